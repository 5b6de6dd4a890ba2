//! Sources of sentences.

use guide_core::Result;

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
