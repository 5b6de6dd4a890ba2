//! Trained word vectors as the first rows of an embedding.

use guide_core::{Error, Result};
use nlp_embed::WordVectors;

/// Refuses vectors of another width than the parameter `name`, which is `dim`.
pub(crate) fn ensure_width(vectors: &WordVectors, name: &'static str, dim: usize) -> Result<()> {
    if vectors.dim() == dim {
        return Ok(());
    }
    let width = vectors.dim();
    let expected = format!("the width of the word vectors to start from, {width}");
    Err(Error::param(name, dim, expected))
}

/// Writes the vectors of `words` into the rows of `table`, a row for each word; rows of words without a vector stay. Returns how many
/// words have one.
pub(crate) fn write_first_vectors(
    vectors: &WordVectors,
    words: &[impl AsRef<str>],
    table: &mut [f32],
) -> usize {
    let mut found = 0;
    for (row, word) in table.chunks_exact_mut(vectors.dim()).zip(words) {
        if let Some(vector) = vectors.get(word.as_ref()) {
            row.copy_from_slice(vector);
            found += 1;
        }
    }
    found
}
