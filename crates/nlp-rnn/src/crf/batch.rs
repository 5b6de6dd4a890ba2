//! A batch of sentences as a network hands it to a CRF: scores of the tags of each word, padded on the right.

use guide_core::{Error, Result};

use super::ensure_finite;

/// Emissions `[sentences, steps, n_tags]`, row-major, and how many words each sentence has.
#[derive(Clone, Copy, Debug)]
pub struct TagBatch<'a> {
    n_tags: usize,
    steps: usize,
    emissions: &'a [f32],
    lengths: &'a [usize],
}

impl<'a> TagBatch<'a> {
    /// Checks the sizes and that the emissions of all words are finite; those in the padding are not looked at.
    ///
    /// # Errors
    /// [`Error::Shape`], [`Error::OutOfRange`] for a sentence longer than `steps`, [`Error::NotFinite`].
    pub fn new(
        n_tags: usize,
        steps: usize,
        emissions: &'a [f32],
        lengths: &'a [usize],
    ) -> Result<Self> {
        if emissions.len() != lengths.len() * steps * n_tags {
            return Err(Error::Shape {
                what: "the emissions of a CRF".to_owned(),
                expected: vec![lengths.len(), steps, n_tags],
                got: vec![emissions.len()],
            });
        }
        if let Some(&longest) = lengths.iter().find(|&&length| length > steps) {
            return Err(Error::out_of_range(
                "the length of a sentence",
                longest,
                steps + 1,
            ));
        }
        let batch = Self {
            n_tags,
            steps,
            emissions,
            lengths,
        };
        for row in 0..batch.len() {
            ensure_finite(batch.sentence(row), || {
                format!("in sentence {row} emission")
            })?;
        }
        Ok(batch)
    }

    /// Sentences.
    pub fn len(&self) -> usize {
        self.lengths.len()
    }

    /// Whether it has no sentence.
    pub fn is_empty(&self) -> bool {
        self.lengths.is_empty()
    }

    /// Words of the longest sentence, or more.
    pub fn steps(&self) -> usize {
        self.steps
    }

    pub(super) fn emissions(&self) -> &'a [f32] {
        self.emissions
    }

    /// The emissions of the words of a sentence, `[length, n_tags]`.
    pub(super) fn sentence(&self, row: usize) -> &'a [f32] {
        let from = row * self.steps * self.n_tags;
        &self.emissions[from..from + self.lengths[row] * self.n_tags]
    }

    /// The words of a sentence in a table `[sentences, steps]`.
    pub(super) fn row_of<'t, T>(&self, table: &'t [T], row: usize) -> &'t [T] {
        let from = row * self.steps;
        &table[from..from + self.lengths[row]]
    }

    pub(super) fn ensure_fits(&self, n_tags: usize) -> Result<()> {
        if self.n_tags == n_tags {
            return Ok(());
        }
        Err(Error::Shape {
            what: "the emissions of a CRF".to_owned(),
            expected: vec![self.len(), self.steps, n_tags],
            got: vec![self.len(), self.steps, self.n_tags],
        })
    }
}
