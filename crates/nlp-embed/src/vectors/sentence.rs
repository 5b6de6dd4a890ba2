//! Vectors of sentences from those of their words.

use guide_core::{Error, Result, ensure, kernels};
use nalgebra::{DMatrix, SymmetricEigen};
use serde::{Deserialize, Serialize};

use super::WordVectors;
use crate::Sentences;

impl WordVectors {
    /// The mean of the vectors of those `tokens` that are known; none where none is.
    ///
    /// ```
    /// use guide_core::ndarray::array;
    /// use nlp_embed::{Vocabulary, WordVectors};
    /// let words = Vocabulary::from_counts([("red", 1), ("coat", 1)])?;
    /// let vectors = WordVectors::new(words, array![[1.0, 0.0], [0.0, 3.0]])?;
    /// assert_eq!(vectors.mean(&["a", "red", "coat"]), Some(vec![0.5, 1.5]));
    /// assert_eq!(vectors.mean(&["lamp"]), None);
    /// # Ok::<(), guide_core::Error>(())
    /// ```
    pub fn mean(&self, tokens: &[&str]) -> Option<Vec<f32>> {
        self.weighted_mean(tokens, |_| 1.0)
    }

    /// `Σ weight(w) v(w) / m` over the `m` known tokens.
    fn weighted_mean(&self, tokens: &[&str], weight: impl Fn(u32) -> f32) -> Option<Vec<f32>> {
        let mut mean = vec![0.0; self.dim()];
        let mut known = 0_u32;
        for id in tokens.iter().filter_map(|token| self.vocabulary.id(token)) {
            known += 1;
            kernels::axpy(weight(id), self.vectors.row(id), &mut mean);
        }
        mean.iter_mut().for_each(|x| *x /= known as f32);
        (known > 0).then_some(mean)
    }
}

/// Smooth inverse frequency: the mean of a sentence's word vectors, each times `a / (a + p(w))` with the word's share `p` of
/// all words, so that frequent words count little; then, if it was fitted, less its part along the direction that all
/// sentences share, `v − u (u·v)` (Arora, Liang and Ma, 2017).
///
/// ```
/// use guide_core::ndarray::array;
/// use nlp_embed::{Sif, Vocabulary, WordVectors};
/// let words = Vocabulary::from_counts([("the", 9), ("coat", 1)])?;
/// let vectors = WordVectors::new(words, array![[1.0, 0.0], [0.0, 1.0]])?;
/// // a / (a + p): .1 / (.1 + .9) = .1 and .1 / (.1 + .1) = .5
/// let vector = Sif::new(0.1, &vectors)?.vector(&vectors, &["the", "coat"])?.unwrap();
/// assert!((vector[0] - 0.05).abs() < 1e-6 && (vector[1] - 0.25).abs() < 1e-6);
/// # Ok::<(), guide_core::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sif {
    a: f32,
    /// The sum of the words' counts.
    total: u64,
    /// The direction that is removed, of length 1; empty for none.
    common: Vec<f32>,
}

impl Sif {
    /// With `a` (1e-3 in the paper) and the counts of the words of `vectors`, and no direction removed.
    ///
    /// # Errors
    /// [`Error::Param`] unless `a` is finite and above 0, [`Error::Unsuitable`] for vectors whose words have no counts.
    pub fn new(a: f32, vectors: &WordVectors) -> Result<Self> {
        ensure::positive("a", a)?;
        let total = vectors.vocabulary().total();
        if total == 0 {
            return Err(Error::Unsuitable {
                algorithm: "sif",
                needed: "the words' counts, which vector files do not hold".to_owned(),
            });
        }
        Ok(Self {
            a,
            total,
            common: Vec::new(),
        })
    }

    /// With `a`, and with the first singular vector of the vectors of `sentences` removed.
    ///
    /// # Errors
    /// Those of [`Sif::new`] and `sentences`; [`Error::Empty`] where no sentence has a vector.
    ///
    /// ```
    /// use guide_core::ndarray::array;
    /// use nlp_embed::{Sif, Vocabulary, WordVectors};
    /// let words = Vocabulary::from_counts([("the", 1), ("coat", 1)])?;
    /// let vectors = WordVectors::new(words, array![[2.0, 0.0], [0.0, 1.0]])?;
    /// let sif = Sif::fit(0.5, &vectors, &vec![vec!["the"], vec!["coat"]])?;
    /// // a / (a + p) = .5: sentences (1, 0) and (0, .5), of which the first is the longer
    /// assert_eq!(sif.common().map(|common| common[0].abs()), Some(1.0));
    /// assert_eq!(sif.vector(&vectors, &["coat"])?, Some(vec![0.0, 0.5]));
    /// # Ok::<(), guide_core::Error>(())
    /// ```
    pub fn fit<S: Sentences + ?Sized>(
        a: f32,
        vectors: &WordVectors,
        sentences: &S,
    ) -> Result<Self> {
        let mut sif = Self::new(a, vectors)?;
        let dim = vectors.dim();
        let mut moments = vec![0.0_f64; dim * dim]; // sum of v v^T
        sentences.walk(&mut |tokens| {
            if let Some(vector) = sif.vector(vectors, tokens)? {
                for (row, &x) in moments.chunks_exact_mut(dim).zip(&vector) {
                    for (moment, &y) in row.iter_mut().zip(&vector) {
                        *moment += f64::from(x) * f64::from(y);
                    }
                }
            }
            Ok(())
        })?;
        sif.common = first_eigenvector(&moments, dim)
            .ok_or_else(|| Error::empty("the set of sentences with a known word"))?;
        Ok(sif)
    }

    /// The direction that is removed, of length 1, if any.
    pub fn common(&self) -> Option<&[f32]> {
        Some(self.common.as_slice()).filter(|common| !common.is_empty())
    }

    /// The vector of a sentence; none where none of its words is known.
    ///
    /// # Errors
    /// [`Error::Shape`] for vectors of another length than those it was fitted on.
    pub fn vector(&self, vectors: &WordVectors, tokens: &[&str]) -> Result<Option<Vec<f32>>> {
        let counts = vectors.vocabulary().counts();
        let total = self.total as f32;
        if !self.common.is_empty() && self.common.len() != vectors.dim() {
            return Err(Error::Shape {
                what: "word vectors".to_owned(),
                expected: vec![self.common.len()],
                got: vec![vectors.dim()],
            });
        }
        let share = |id: u32| counts.get(id as usize).map_or(0.0, |&c| c as f32 / total);
        let mut vector = vectors.weighted_mean(tokens, |id| self.a / (self.a + share(id)));
        if let (Some(vector), Some(common)) = (&mut vector, self.common()) {
            kernels::axpy(-kernels::dot(vector, common), common, vector);
        }
        Ok(vector)
    }
}

/// The eigenvector of the largest eigenvalue of a positive semidefinite matrix; none of a matrix of zeros.
fn first_eigenvector(matrix: &[f64], dim: usize) -> Option<Vec<f32>> {
    let eigen = SymmetricEigen::new(DMatrix::from_row_slice(dim, dim, matrix));
    let (largest, value) = eigen.eigenvalues.argmax();
    let vector = eigen.eigenvectors.column(largest);
    (value > 0.0).then(|| vector.iter().map(|&x| x as f32).collect())
}
