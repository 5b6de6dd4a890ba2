//! Words with a vector each, from any trainer or file.

mod format;
#[cfg(test)]
mod golden;
mod relations;
mod sentence;
#[cfg(test)]
mod tests;

pub use format::{OnBadRow, SkippedRows, VectorFile, VectorFormat};
pub use sentence::Sif;

use guide_core::ndarray::Array2;
use guide_core::{Error, Metric, Persist, Result, Scored, VectorIndex, Vectors};
use serde::{Deserialize, Serialize};

use crate::Vocabulary;

/// Words with a vector each, compared by cosine.
///
/// ```
/// use guide_core::ndarray::array;
/// use nlp_embed::{Vocabulary, WordVectors};
/// let words = Vocabulary::from_counts([("coat", 3), ("jacket", 2), ("lamp", 2)])?;
/// let vectors = WordVectors::new(words, array![[3.0, 0.0], [4.0, 3.0], [0.0, 1.0]])?;
/// let nearest = vectors.nearest("coat", 1)?;
/// assert_eq!((nearest[0].id, nearest[0].score), ("jacket", 0.8)); // 4 / 5
/// assert_eq!(vectors.similarity("coat", "lamp")?, 0.0);
/// # Ok::<(), guide_core::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WordVectors {
    vocabulary: Vocabulary,
    vectors: Vectors,
}

impl WordVectors {
    /// The words of `vocabulary` with the rows of `rows`, `[words, dim]`, by number.
    ///
    /// # Errors
    /// [`Error::Shape`] for another number of rows, [`Error::Empty`] without a word or a number a row,
    /// [`Error::NotFinite`] for NaN and infinities.
    pub fn new(vocabulary: Vocabulary, rows: Array2<f32>) -> Result<Self> {
        if rows.nrows() != vocabulary.len() {
            return Err(Error::Shape {
                what: "word vectors".to_owned(),
                expected: vec![vocabulary.len(), rows.ncols()],
                got: rows.shape().to_vec(),
            });
        }
        if rows.is_empty() {
            return Err(Error::empty("the table of word vectors"));
        }
        let vectors = Vectors::new(rows, Metric::Cosine)?;
        Ok(Self {
            vocabulary,
            vectors,
        })
    }

    /// How many words there are.
    pub fn len(&self) -> usize {
        self.vocabulary.len()
    }

    /// Always false: [`WordVectors::new`] refuses an empty table.
    pub fn is_empty(&self) -> bool {
        self.vocabulary.is_empty()
    }

    /// Numbers a word.
    pub fn dim(&self) -> usize {
        self.vectors.dim()
    }

    /// The words with their counts; a count is 0 if it is not known.
    pub fn vocabulary(&self) -> &Vocabulary {
        &self.vocabulary
    }

    /// The rows, by the words' numbers.
    pub fn vectors(&self) -> &Vectors {
        &self.vectors
    }

    /// The vector of `word`, if it is known.
    pub fn get(&self, word: &str) -> Option<&[f32]> {
        self.vocabulary.id(word).map(|id| self.vectors.row(id))
    }

    /// The `n` words nearest to `word`, itself left out, by decreasing cosine.
    ///
    /// # Errors
    /// [`Error::Unknown`] for an unknown word.
    pub fn nearest(&self, word: &str, n: usize) -> Result<Vec<Scored<&str>>> {
        let hits = self.vectors.similar(self.id(word)?, n)?;
        Ok(self.named(hits))
    }

    /// The `n` words nearest to `vector`, those of `exclude` left out, by decreasing cosine.
    ///
    /// # Errors
    /// [`Error::Shape`] and [`Error::NotFinite`] for a vector that does not fit.
    ///
    /// ```
    /// use guide_core::ndarray::array;
    /// use nlp_embed::{Vocabulary, WordVectors};
    /// let words = Vocabulary::from_counts([("coat", 1), ("jacket", 1), ("lamp", 1)])?;
    /// let vectors = WordVectors::new(words, array![[3.0, 0.0], [4.0, 3.0], [0.0, 1.0]])?;
    /// let nearest = vectors.nearest_to(&[2.0, 0.0], 1, &["coat"])?;
    /// assert_eq!((nearest[0].id, nearest[0].score), ("jacket", 0.8)); // 8 / (2 * 5)
    /// # Ok::<(), guide_core::Error>(())
    /// ```
    pub fn nearest_to(
        &self,
        vector: &[f32],
        n: usize,
        exclude: &[&str],
    ) -> Result<Vec<Scored<&str>>> {
        let excluded: Vec<u32> = exclude
            .iter()
            .filter_map(|word| self.vocabulary.id(word))
            .collect();
        let hits = self
            .vectors
            .search(vector, n, &|id| !excluded.contains(&id))?;
        Ok(self.named(hits))
    }

    /// The cosine of two words, within -1 and 1; 0 if one of them has a row of zeros.
    ///
    /// # Errors
    /// [`Error::Unknown`] for an unknown word.
    pub fn similarity(&self, a: &str, b: &str) -> Result<f32> {
        Ok(self.vectors.cosine(self.id(a)?, self.id(b)?))
    }

    fn id(&self, word: &str) -> Result<u32> {
        self.vocabulary
            .id(word)
            .ok_or_else(|| Error::unknown("word", word))
    }

    fn ids(&self, words: &[&str]) -> Result<Vec<u32>> {
        words.iter().map(|word| self.id(word)).collect()
    }

    fn named(&self, hits: Vec<Scored<u32>>) -> Vec<Scored<&str>> {
        let named = hits.into_iter().map(|Scored { id, score }| Scored {
            id: self.vocabulary.word(id),
            score,
        });
        named.collect()
    }
}

impl Persist for WordVectors {
    const KIND: &'static str = "word-vectors";
    const VERSION: u16 = 1;

    fn about(&self) -> serde_json::Value {
        serde_json::json!({ "words": self.len(), "dim": self.dim() })
    }

    fn check(&self) -> Result<()> {
        let (words, rows) = (self.len(), self.vectors.len());
        let reason = if words != rows {
            format!("{words} words with {rows} vectors")
        } else if self.vectors.rows().is_empty() {
            format!("{words} words of {} numbers", self.dim())
        } else if self.vectors.metric() != Metric::Cosine {
            format!("compared by {:?}", self.vectors.metric())
        } else {
            return Ok(());
        };
        Err(Error::decode(Self::KIND, reason))
    }
}
