//! A sentence that grows token by token.

use guide_core::Result;

/// The tokens of a sentence that has not ended yet.
pub(super) struct Sentence {
    text: String,
    /// Where each token ends in `text`.
    ends: Vec<usize>,
    max_len: usize,
}

type Visit<'a> = dyn FnMut(&[&str]) -> Result<()> + 'a;

impl Sentence {
    pub(super) fn new(max_len: usize) -> Self {
        Self {
            text: String::new(),
            ends: Vec::new(),
            max_len,
        }
    }

    /// Adds `token`, and hands the sentence on when it is full.
    pub(super) fn push(&mut self, token: &str, visit: &mut Visit<'_>) -> Result<()> {
        self.text.push_str(token);
        self.ends.push(self.text.len());
        if self.ends.len() == self.max_len {
            self.end(visit)?;
        }
        Ok(())
    }

    /// Hands the sentence on, if there is any, and begins the next.
    pub(super) fn end(&mut self, visit: &mut Visit<'_>) -> Result<()> {
        if self.ends.is_empty() {
            return Ok(());
        }
        let mut start = 0;
        let tokens: Vec<&str> = self
            .ends
            .iter()
            .map(|&end| {
                let token = &self.text[start..end];
                start = end;
                token
            })
            .collect();
        visit(&tokens)?;
        self.text.clear();
        self.ends.clear();
        Ok(())
    }
}
