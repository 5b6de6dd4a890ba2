//! Pads and cuts sequences to one length, as `keras.utils.pad_sequences`.

use guide_core::ndarray::Array2;
use serde::{Deserialize, Serialize};

/// The end of a sequence that is padded or cut.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Side {
    /// Before the first element: Keras's `pre`.
    #[default]
    Pre,
    /// Behind the last element: Keras's `post`.
    Post,
}

/// How sequences are brought to one length. The defaults are Keras's: pad and cut at the start, with the value 0, to the
/// length of the longest sequence.
///
/// ```
/// use guide_core::ndarray::array;
/// use nlp_rnn::{PadSequences, Side};
/// let sequences = [vec![1], vec![2, 3], vec![4, 5, 6]];
/// let pad = PadSequences::default();
/// assert_eq!(pad.apply(&sequences), array![[0, 0, 1], [0, 2, 3], [4, 5, 6]]);
/// let back = pad.padding(Side::Post).value(-1);
/// assert_eq!(back.apply(&sequences), array![[1, -1, -1], [2, 3, -1], [4, 5, 6]]);
/// // Keras: maxlen=2 keeps the last elements, with truncating="post" the first.
/// assert_eq!(pad.maxlen(2).apply(&sequences), array![[0, 1], [2, 3], [5, 6]]);
/// assert_eq!(pad.maxlen(2).truncating(Side::Post).apply(&sequences), array![[0, 1], [2, 3], [4, 5]]);
/// assert_eq!(PadSequences::<i32>::default().apply(&[[]; 2]).dim(), (2, 0));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct PadSequences<T> {
    /// The length; `None` for that of the longest sequence (default).
    pub maxlen: Option<usize>,
    /// Where padding is put (default: before).
    pub padding: Side,
    /// Where longer sequences are cut (default: at the start, so that the last elements stay).
    pub truncating: Side,
    /// The padding (default 0).
    pub value: T,
}

impl<T: Copy> PadSequences<T> {
    /// Sets the length.
    #[must_use]
    pub fn maxlen(mut self, maxlen: usize) -> Self {
        self.maxlen = Some(maxlen);
        self
    }

    /// Sets where padding is put.
    #[must_use]
    pub fn padding(mut self, padding: Side) -> Self {
        self.padding = padding;
        self
    }

    /// Sets where longer sequences are cut.
    #[must_use]
    pub fn truncating(mut self, truncating: Side) -> Self {
        self.truncating = truncating;
        self
    }

    /// Sets the padding.
    #[must_use]
    pub fn value(mut self, value: T) -> Self {
        self.value = value;
        self
    }

    /// The sequences as the rows of a matrix, shape `[sequences, length]`.
    pub fn apply<S: AsRef<[T]>>(&self, sequences: &[S]) -> Array2<T> {
        let longest = sequences
            .iter()
            .map(|sequence| sequence.as_ref().len())
            .max();
        let length = self.maxlen.or(longest).unwrap_or(0);
        let mut padded = Array2::from_elem((sequences.len(), length), self.value);
        for (mut row, sequence) in padded.outer_iter_mut().zip(sequences) {
            let sequence = sequence.as_ref();
            let kept = sequence.len().min(length);
            let kept = match self.truncating {
                Side::Pre => &sequence[sequence.len() - kept..],
                Side::Post => &sequence[..kept],
            };
            let start = match self.padding {
                Side::Pre => length - kept.len(),
                Side::Post => 0,
            };
            for (place, &element) in row.iter_mut().skip(start).zip(kept) {
                *place = element;
            }
        }
        padded
    }
}

#[cfg(test)]
mod tests {
    use guide_core::ndarray::array;

    use super::*;

    /// Worked by hand from the definition: the four ways to pad and cut, with lengths below, at and above `maxlen`.
    #[test]
    fn every_side_pads_and_cuts_as_keras_does() {
        let sequences: [&[u32]; 4] = [&[1, 2, 3, 4], &[5, 6, 7], &[8], &[]];
        let pad = PadSequences::default().maxlen(3).value(9);
        let both = |padding, truncating| {
            pad.padding(padding)
                .truncating(truncating)
                .apply(&sequences)
        };
        let pre_pre = array![[2, 3, 4], [5, 6, 7], [9, 9, 8], [9, 9, 9]];
        assert_eq!(both(Side::Pre, Side::Pre), pre_pre);
        let pre_post = array![[1, 2, 3], [5, 6, 7], [9, 9, 8], [9, 9, 9]];
        assert_eq!(both(Side::Pre, Side::Post), pre_post);
        let post_pre = array![[2, 3, 4], [5, 6, 7], [8, 9, 9], [9, 9, 9]];
        assert_eq!(both(Side::Post, Side::Pre), post_pre);
        let post_post = array![[1, 2, 3], [5, 6, 7], [8, 9, 9], [9, 9, 9]];
        assert_eq!(both(Side::Post, Side::Post), post_post);
    }

    #[test]
    fn no_sequences_and_length_0_give_empty_matrices() {
        let none: [&[f32]; 0] = [];
        assert_eq!(PadSequences::default().apply(&none).dim(), (0, 0));
        let some: [&[f32]; 2] = [&[1.0], &[]];
        assert_eq!(PadSequences::default().maxlen(0).apply(&some).dim(), (2, 0));
        assert_eq!(
            PadSequences::default().maxlen(2).apply(&some),
            array![[0.0, 1.0], [0.0, 0.0]]
        );
    }
}
