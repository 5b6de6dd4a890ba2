//! A sentence that grows token by token.

use guide_core::Result;

/// Most bytes of a token. Without this bound a file without blanks would fill the memory.
pub(super) const LONGEST_TOKEN: usize = 100;

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

    /// Adds the first [`LONGEST_TOKEN`] bytes of `token`, and passes the sentence to `visit` when it is full.
    pub(super) fn push(&mut self, token: &str, visit: &mut Visit<'_>) -> Result<()> {
        let most = token.len().min(LONGEST_TOKEN);
        let cut = (0..=most).rev().find(|&at| token.is_char_boundary(at));
        self.text.push_str(&token[..cut.unwrap_or(0)]);
        self.ends.push(self.text.len());
        if self.ends.len() == self.max_len {
            self.end(visit)?;
        }
        Ok(())
    }

    /// Passes the sentence to `visit`, unless it is empty, and begins the next one.
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
