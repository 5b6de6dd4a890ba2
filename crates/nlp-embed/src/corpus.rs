//! Sources of sentences.

use std::cell::Cell;

use guide_core::{Error, Progress, Result};

/// Sentences that can be walked as often as a training has passes, always in the same order.
///
/// ```
/// use nlp_embed::Sentences;
/// let sentences = vec![vec!["a", "red", "coat"], vec!["a", "blue", "coat"]];
/// let mut words = 0;
/// sentences.walk(&mut |tokens| {
///     words += tokens.len();
///     Ok(())
/// })?;
/// assert_eq!(words, 6);
/// # Ok::<(), guide_core::Error>(())
/// ```
pub trait Sentences: Sync {
    /// Hands each sentence's tokens to `visit`.
    ///
    /// # Errors
    /// Those of the source and of `visit`, the first of which ends the walk.
    fn walk(&self, visit: &mut dyn FnMut(&[&str]) -> Result<()>) -> Result<()>;
}

impl Sentences for Vec<Vec<&str>> {
    fn walk(&self, visit: &mut dyn FnMut(&[&str]) -> Result<()>) -> Result<()> {
        self.iter().try_for_each(|tokens| visit(tokens))
    }
}

impl Sentences for Vec<Vec<String>> {
    fn walk(&self, visit: &mut dyn FnMut(&[&str]) -> Result<()>) -> Result<()> {
        self.iter().try_for_each(|tokens| {
            let tokens: Vec<&str> = tokens.iter().map(String::as_str).collect();
            visit(&tokens)
        })
    }
}

/// Words between two questions whether to go on.
pub(crate) const WORDS_A_LOOK: usize = 1 << 16;

/// Asks whether to go on within work that nothing but an error ends, such as a walk. [`Watch::of`] is for work that has a
/// result when it is stopped; all other work passes the error on.
pub(crate) struct Watch<'a> {
    progress: &'a dyn Progress,
    stopped: Cell<bool>,
}

impl<'a> Watch<'a> {
    pub(crate) fn new(progress: &'a dyn Progress) -> Self {
        Self {
            progress,
            stopped: Cell::new(false),
        }
    }

    /// # Errors
    /// [`Error::Cancelled`] if `progress` stops the work.
    pub(crate) fn look(&self) -> Result<()> {
        if self.progress.within_epoch().is_break() {
            self.stopped.set(true);
            return Err(Error::cancelled("a walk through the text"));
        }
        Ok(())
    }

    /// What the work gave, or nothing where it was stopped.
    pub(crate) fn of<T>(&self, work: Result<T>) -> Result<Option<T>> {
        match work {
            Err(_) if self.stopped.get() => Ok(None),
            done => done.map(Some),
        }
    }
}
