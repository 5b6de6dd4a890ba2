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
    /// Whether a sentence of this line was full.
    was_full: bool,
    /// Tokens that were cut to [`LONGEST_TOKEN`] bytes.
    pub(super) n_cut: u64,
    /// Lines that became several sentences.
    pub(super) n_split: u64,
    /// Whether this line is counted in `n_split`.
    is_counted: bool,
}

type Visit<'a> = dyn FnMut(&[&str]) -> Result<()> + 'a;

impl Sentence {
    pub(super) fn new(max_len: usize) -> Self {
        Self {
            text: String::new(),
            ends: Vec::new(),
            max_len,
            was_full: false,
            n_cut: 0,
            n_split: 0,
            is_counted: false,
        }
    }

    /// Adds the first [`LONGEST_TOKEN`] bytes of `token`, and passes the sentence to `visit` when it is full.
    pub(super) fn push(&mut self, token: &str, visit: &mut Visit<'_>) -> Result<()> {
        if self.was_full && !self.is_counted {
            self.n_split += 1;
            self.is_counted = true;
        }
        self.n_cut += u64::from(token.len() > LONGEST_TOKEN);
        let most = token.len().min(LONGEST_TOKEN);
        let cut = (0..=most).rev().find(|&at| token.is_char_boundary(at));
        self.text.push_str(&token[..cut.unwrap_or(0)]);
        self.ends.push(self.text.len());
        if self.ends.len() == self.max_len {
            self.end(visit)?;
            self.was_full = true;
        }
        Ok(())
    }

    /// Ends the sentence with its line.
    pub(super) fn end_line(&mut self, visit: &mut Visit<'_>) -> Result<()> {
        self.was_full = false;
        self.is_counted = false;
        self.end(visit)
    }

    /// Passes the sentence to `visit`, unless it is empty, and begins the next one.
    fn end(&mut self, visit: &mut Visit<'_>) -> Result<()> {
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
