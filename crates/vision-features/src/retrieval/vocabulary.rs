//! Visual words: the centres of a cloud of descriptors, and what a picture is in terms of them.

use guide_core::ndarray::Array2;
use guide_core::{Error, Fit, Params, Persist, Progress, Result, kernels, seeded};
use rand::RngExt;
use serde::{Deserialize, Serialize};

use super::{VisualVocabularyParams, k_means};
use crate::Features;

/// Numbers of a SIFT descriptor.
pub(super) const DIM: usize = 128;

/// The visual words of SIFT descriptors: each descriptor belongs to the nearest word.
///
/// ```
/// use guide_core::Fit;
/// use vision_features::VisualVocabulary;
/// let descriptors: Vec<[u8; 128]> = [10, 12, 200, 204].map(|value| [value; 128]).to_vec();
/// let vocabulary = VisualVocabulary::params().n_words(2).fit(descriptors.as_slice())?;
/// let mut values = [vocabulary.word(0)[0], vocabulary.word(1)[0]];
/// values.sort_by(f32::total_cmp);
/// assert_eq!(values, [11.0, 202.0]); // the two means
/// # Ok::<(), guide_core::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct VisualVocabulary {
    params: VisualVocabularyParams,
    words: Array2<f32>, // [n_words, 128]
}

impl VisualVocabulary {
    /// The parameters by default, to be changed and fitted.
    pub fn params() -> VisualVocabularyParams {
        VisualVocabularyParams::default()
    }

    /// How many words.
    pub fn n_words(&self) -> usize {
        self.words.nrows()
    }

    /// The descriptor that a word stands for.
    ///
    /// # Panics
    /// If `word` is not below [`VisualVocabulary::n_words`].
    pub fn word(&self, word: u32) -> &[f32] {
        &self.words.as_slice().unwrap_or_default()[word as usize * DIM..][..DIM]
    }

    /// The word of each descriptor: the nearest, of equally near ones the first.
    ///
    /// ```
    /// use guide_core::Fit;
    /// use vision_features::VisualVocabulary;
    /// let vocabulary = VisualVocabulary::params().n_words(2).fit([[10; 128], [200; 128]].as_slice())?;
    /// let words = vocabulary.words_of(&[[30; 128], [180; 128], [0; 128]]);
    /// let values = words.iter().map(|&word| vocabulary.word(word)[0]).collect::<Vec<_>>();
    /// assert_eq!(values, [10.0, 200.0, 10.0]);
    /// # Ok::<(), guide_core::Error>(())
    /// ```
    pub fn words_of(&self, descriptors: &[[u8; DIM]]) -> Vec<u32> {
        let rows = to_rows(descriptors.iter());
        let nearest = k_means::nearest(rows.view(), self.words.view());
        nearest.into_iter().map(|nearest| nearest.centre).collect()
    }

    /// The bag of words of a picture: each word it has, with the number of key points, by word.
    ///
    /// ```
    /// use guide_core::Fit;
    /// use vision_features::{Features, Keypoint, VisualVocabulary};
    /// let vocabulary = VisualVocabulary::params().n_words(2).fit([[10; 128], [200; 128]].as_slice())?;
    /// let keypoint = Keypoint { x: 5.0, y: 5.0, size: 7.0, angle: 0.0, response: 1.0, octave: 0, polarity: 0 };
    /// let features = Features { keypoints: vec![keypoint; 3], descriptors: vec![[190; 128], [200; 128], [220; 128]] };
    /// let bright = vocabulary.words_of(&[[200; 128]])[0];
    /// assert_eq!(vocabulary.bag(&features), [(bright, 3)]);
    /// # Ok::<(), guide_core::Error>(())
    /// ```
    pub fn bag(&self, features: &Features<[u8; DIM]>) -> Vec<(u32, u32)> {
        super::bag::count(self.words_of(&features.descriptors))
    }

    /// The vector of locally aggregated descriptors of a picture: for each word the sum of `descriptor - word` over its
    /// descriptors (Jégou et al., 2010), the root of each number with its sign kept, each word's part scaled to length 1
    /// (Arandjelović and Zisserman, All about VLAD, 2013), then the whole. `[128 * n_words]`; zeros without key points.
    ///
    /// ```
    /// use guide_core::Fit;
    /// use vision_features::{Features, Keypoint, VisualVocabulary};
    /// let vocabulary = VisualVocabulary::params().n_words(1).fit([[10; 128]].as_slice())?;
    /// let mut descriptor = [10; 128];
    /// (descriptor[0], descriptor[1]) = (10 + 9, 10 - 4);
    /// let keypoint = Keypoint { x: 5.0, y: 5.0, size: 7.0, angle: 0.0, response: 1.0, octave: 0, polarity: 0 };
    /// let vlad = vocabulary.vlad(&Features { keypoints: vec![keypoint], descriptors: vec![descriptor] });
    /// // 9 and -4, roots 3 and -2, over √13
    /// assert!((vlad[0] - 3.0 / 13f32.sqrt()).abs() < 1e-6);
    /// assert!((vlad[1] + 2.0 / 13f32.sqrt()).abs() < 1e-6);
    /// # Ok::<(), guide_core::Error>(())
    /// ```
    pub fn vlad(&self, features: &Features<[u8; DIM]>) -> Vec<f32> {
        let words = self.words_of(&features.descriptors);
        let parts = self.parts(&words, &features.descriptors);
        let mut vlad = vec![0.0; DIM * self.n_words()];
        for (&word, part) in parts.words.iter().zip(parts.numbers.chunks(DIM)) {
            vlad[word as usize * DIM..][..DIM].copy_from_slice(part);
        }
        vlad
    }

    /// The parts of [`VisualVocabulary::vlad`] that are not zero, of descriptors whose words, which must be known ones, are at
    /// hand.
    pub(super) fn parts(&self, words: &[u32], descriptors: &[[u8; DIM]]) -> WordParts {
        let mut there = words.to_vec();
        there.sort_unstable();
        there.dedup();
        let mut numbers = vec![0.0; DIM * there.len()];
        for (word, descriptor) in words.iter().zip(descriptors) {
            let Ok(part) = there.binary_search(word) else {
                continue;
            };
            let sums = numbers[part * DIM..][..DIM].iter_mut();
            for ((sum, &value), centre) in sums.zip(descriptor).zip(self.word(*word)) {
                *sum += f32::from(value) - centre;
            }
        }
        for number in &mut numbers {
            *number = number.abs().sqrt().copysign(*number);
        }
        for part in numbers.chunks_mut(DIM) {
            to_unit(part);
        }
        to_unit(&mut numbers);
        WordParts {
            words: there,
            numbers,
        }
    }
}

/// A VLAD as what it has of each of its words: `512` bytes a word, so that memory grows with the key points.
#[derive(Clone, Debug)]
pub(super) struct WordParts {
    words: Vec<u32>,   // ascending
    numbers: Vec<f32>, // [words.len(), 128]
}

impl WordParts {
    /// The product with a whole VLAD.
    pub(super) fn dot(&self, vlad: &[f32]) -> f32 {
        let parts = self.words.iter().zip(self.numbers.chunks_exact(DIM));
        parts
            .map(|(&word, part)| kernels::dot(part, &vlad[word as usize * DIM..][..DIM]))
            .sum()
    }
}

impl Fit<[[u8; DIM]]> for VisualVocabularyParams {
    type Model = VisualVocabulary;

    /// # Errors
    /// [`Error::Param`] for a parameter outside its range, [`Error::Unsuitable`] for fewer different descriptors (among those
    /// drawn) than words.
    fn fit_with(
        &self,
        descriptors: &[[u8; DIM]],
        progress: &dyn Progress,
    ) -> Result<VisualVocabulary> {
        self.validate()?;
        let mut rng = seeded(self.seed);
        // A shuffle that ends when enough are drawn; k-means wants them in random order anyway.
        let mut order: Vec<usize> = (0..descriptors.len()).collect();
        let n = self.max_descriptors.min(order.len());
        for place in 0..n {
            let from = rng.random_range(place..order.len());
            order.swap(place, from);
        }
        let rows = to_rows(order[..n].iter().map(|&index| &descriptors[index]));
        let words = k_means::fit(
            rows.view(),
            self.n_words,
            self.n_iterations,
            &mut rng,
            progress,
        )?;
        Ok(VisualVocabulary {
            params: self.clone(),
            words,
        })
    }
}

impl Persist for VisualVocabulary {
    const KIND: &'static str = "visual-vocabulary";
    const VERSION: u16 = 1;

    fn about(&self) -> serde_json::Value {
        serde_json::json!({ "params": self.params })
    }

    fn check(&self) -> Result<()> {
        self.params.validate()?;
        let reason = if self.words.dim() != (self.params.n_words, DIM) {
            format!(
                "words of shape {:?} where {} of {DIM} numbers were asked for",
                self.words.shape(),
                self.params.n_words
            )
        } else if !self.words.is_standard_layout() {
            "words that do not lie row by row".to_owned()
        } else if !self
            .words
            .iter()
            .all(|number| (0.0..=255.0).contains(number))
        {
            "a word that no bytes have as their mean".to_owned()
        } else {
            return Ok(());
        };
        Err(Error::decode(Self::KIND, reason))
    }
}

fn to_rows<'a>(descriptors: impl ExactSizeIterator<Item = &'a [u8; DIM]>) -> Array2<f32> {
    let mut rows = Array2::zeros((descriptors.len(), DIM));
    for (mut row, descriptor) in rows.outer_iter_mut().zip(descriptors) {
        for (number, &byte) in row.iter_mut().zip(descriptor) {
            *number = f32::from(byte);
        }
    }
    rows
}

/// Scales to length 1; zeros stay zeros.
fn to_unit(vector: &mut [f32]) {
    let norm = kernels::dot(vector, vector).sqrt();
    if norm > 0.0 {
        vector.iter_mut().for_each(|number| *number /= norm);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_for_words_that_are_there() {
        let descriptors: Vec<[u8; DIM]> = (0..9).map(|value| [20 * value; DIM]).collect();
        let vocabulary = VisualVocabulary::params()
            .n_words(9)
            .fit(descriptors.as_slice())
            .unwrap();
        let seen = [[21; DIM], [22; DIM], [99; DIM]];
        let parts = vocabulary.parts(&vocabulary.words_of(&seen), &seen);
        assert_eq!((parts.words.len(), parts.numbers.len()), (2, 2 * DIM));
        let none = vocabulary.parts(&[], &[]);
        assert_eq!((none.words.capacity(), none.numbers.capacity()), (0, 0));
    }
}
