//! Relations between words: analogies, and the one that does not belong.

use guide_core::{Error, Result, Scored, kernels};
use rayon::prelude::*;

use super::WordVectors;

/// Keeps 3CosMul from dividing by zero: gensim's, where the paper (Levy and Goldberg, 2014, equation 4) has 0.001.
const EPSILON: f32 = 1e-6;

impl WordVectors {
    /// The `n` words that are to `positive` what `negative` is not: `max cos(w, Σ p̂ − Σ n̂)` over the unit vectors, the given
    /// words left out (3CosAdd; Mikolov, Yih and Zweig, 2013).
    ///
    /// `analogy(&["king", "woman"], &["man"], 1)`: man is to king as woman is to ...
    ///
    /// # Errors
    /// [`Error::Unknown`] for an unknown word, [`Error::Empty`] without any word.
    ///
    /// ```
    /// use guide_core::ndarray::array;
    /// use nlp_embed::{Vocabulary, WordVectors};
    /// let words = ["man", "woman", "king", "queen"].map(|word| (word, 1));
    /// let rows = array![[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [1.0, 0.0, 1.0], [0.0, 1.0, 1.0]];
    /// let vectors = WordVectors::new(Vocabulary::from_counts(words)?, rows)?;
    /// assert_eq!(vectors.analogy(&["king", "woman"], &["man"], 1)?[0].id, "queen");
    /// assert_eq!(vectors.analogy_mul(&["king", "woman"], &["man"], 1)?[0].id, "queen");
    /// # Ok::<(), guide_core::Error>(())
    /// ```
    pub fn analogy(
        &self,
        positive: &[&str],
        negative: &[&str],
        n: usize,
    ) -> Result<Vec<Scored<&str>>> {
        let mut sum = vec![0.0; self.dim()];
        for (words, sign) in [(positive, 1.0), (negative, -1.0)] {
            for id in self.ids(words)? {
                kernels::axpy(sign, &self.vectors.unit(id), &mut sum);
            }
        }
        let given = [positive, negative].concat();
        if given.is_empty() {
            return Err(Error::empty("the analogy"));
        }
        self.nearest_to(&sum, n, &given)
    }

    /// As [`WordVectors::analogy`], but by `Π (1 + cos(w, p))/2 / (Π (1 + cos(w, n))/2 + 1e-6)`, where no single word
    /// outweighs the rest (3CosMul; Levy and Goldberg, 2014).
    ///
    /// # Errors
    /// As [`WordVectors::analogy`].
    pub fn analogy_mul(
        &self,
        positive: &[&str],
        negative: &[&str],
        n: usize,
    ) -> Result<Vec<Scored<&str>>> {
        let given = [self.ids(positive)?, self.ids(negative)?].concat();
        if given.is_empty() {
            return Err(Error::empty("the analogy"));
        }
        let product = |words: &[&str]| -> Result<Vec<f32>> {
            let mut product = vec![1.0; self.len()];
            for id in self.ids(words)? {
                for (product, cosine) in product.iter_mut().zip(self.cosines(id)) {
                    *product *= f32::midpoint(1.0, cosine);
                }
            }
            Ok(product)
        };
        let mut scores = product(positive)?;
        for (score, below) in scores.iter_mut().zip(product(negative)?) {
            *score /= below + EPSILON;
        }
        Ok(self.named(kernels::top_k(&scores, n, |id| !given.contains(&id))))
    }

    /// The word whose cosine with the mean of all the unit vectors of `words` is the least; the first of equals.
    ///
    /// # Errors
    /// [`Error::Unknown`] for an unknown word, [`Error::Unsuitable`] for fewer than three words.
    ///
    /// ```
    /// use guide_core::ndarray::array;
    /// use nlp_embed::{Vocabulary, WordVectors};
    /// let words = ["coat", "lamp", "jacket"].map(|word| (word, 1));
    /// let rows = array![[3.0, 0.0], [0.0, 5.0], [4.0, 1.0]];
    /// let vectors = WordVectors::new(Vocabulary::from_counts(words)?, rows)?;
    /// assert_eq!(vectors.doesnt_match(&["coat", "jacket", "lamp"])?, "lamp");
    /// # Ok::<(), guide_core::Error>(())
    /// ```
    pub fn doesnt_match<'a>(&self, words: &[&'a str]) -> Result<&'a str> {
        let units: Vec<Vec<f32>> = self
            .ids(words)?
            .into_iter()
            .map(|id| self.vectors.unit(id))
            .collect();
        if words.len() < 3 {
            return Err(Error::Unsuitable {
                algorithm: "doesnt_match",
                needed: format!("at least 3 words, not {}", words.len()),
            });
        }
        let mut mean = vec![0.0; self.dim()];
        units
            .iter()
            .for_each(|unit| kernels::axpy(1.0, unit, &mut mean));
        let cosines = units.iter().map(|unit| kernels::dot(unit, &mean));
        let least = words.iter().zip(cosines).min_by(|a, b| a.1.total_cmp(&b.1));
        least
            .map(|(&word, _)| word)
            .ok_or_else(|| Error::empty("the words"))
    }

    /// The cosine of every word with a known one.
    fn cosines(&self, id: u32) -> Vec<f32> {
        (0..self.len() as u32)
            .into_par_iter()
            .map(|row| self.vectors.cosine(id, row))
            .collect()
    }
}
