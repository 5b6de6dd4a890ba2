//! Vectors of sentences from those of their words.

use guide_core::{Error, Result, ensure, kernels};

use super::{WordVectors, to_unit};
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
/// let vector = Sif::new(0.1)?.vector(&vectors, &["the", "coat"])?.unwrap();
/// assert!((vector[0] - 0.05).abs() < 1e-6 && (vector[1] - 0.25).abs() < 1e-6);
/// # Ok::<(), guide_core::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Sif {
    a: f32,
    /// The direction that is removed, of length 1; empty for none.
    common: Vec<f32>,
}

impl Sif {
    /// With `a` (1e-3 in the paper), and no direction removed.
    ///
    /// # Errors
    /// [`Error::Param`] unless `a` is finite and above 0.
    pub fn new(a: f32) -> Result<Self> {
        ensure::positive("a", a)?;
        Ok(Self {
            a,
            common: Vec::new(),
        })
    }

    /// With `a`, and with the first singular vector of the vectors of `sentences` removed.
    ///
    /// # Errors
    /// Those of [`Sif::new`], [`Sif::vector`] and `sentences`; [`Error::Empty`] where no sentence has a vector.
    pub fn fit<S: Sentences + ?Sized>(
        a: f32,
        vectors: &WordVectors,
        sentences: &S,
    ) -> Result<Self> {
        let mut sif = Self::new(a)?;
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
    /// [`Error::Unsuitable`] for vectors whose words have no counts, [`Error::Shape`] for vectors of another length than
    /// those it was fitted on.
    pub fn vector(&self, vectors: &WordVectors, tokens: &[&str]) -> Result<Option<Vec<f32>>> {
        let counts = vectors.vocabulary().counts();
        let total = vectors.vocabulary().total() as f32;
        if total == 0.0 {
            return Err(Error::Unsuitable {
                algorithm: "sif",
                needed: "the words' counts, which vector files do not hold".to_owned(),
            });
        }
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

/// The eigenvector of the largest eigenvalue of a positive semidefinite matrix, by power iteration from its largest column;
/// none of a matrix of zeros.
fn first_eigenvector(matrix: &[f64], dim: usize) -> Option<Vec<f32>> {
    let rows = || matrix.chunks_exact(dim);
    let diagonal = |&row: &usize| matrix.get(row * dim + row).copied().unwrap_or_default();
    let largest = (0..dim).max_by(|a, b| diagonal(a).total_cmp(&diagonal(b)))?;
    let mut vector: Vec<f64> = rows().nth(largest)?.to_vec(); // symmetric: a row is a column
    for _ in 0..200 {
        let norm = vector.iter().map(|x| x * x).sum::<f64>().sqrt();
        if norm == 0.0 {
            return None;
        }
        vector.iter_mut().for_each(|x| *x /= norm);
        let next: Vec<f64> = rows()
            .map(|row| row.iter().zip(&vector).map(|(a, b)| a * b).sum())
            .collect();
        vector = next;
    }
    let mut vector: Vec<f32> = {
        let norm = vector.iter().map(|x| x * x).sum::<f64>().sqrt();
        vector.iter().map(|x| (x / norm) as f32).collect()
    };
    to_unit(&mut vector);
    Some(vector)
}
