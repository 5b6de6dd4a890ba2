//! How often words stand near each other: `X_ij = Σ 1 / d` over the occurrences of word `j` at a distance `d` of word `i`, in
//! memory that the length of the text does not matter for.
//!
//! The text is taken in batches. A batch is counted word by word, each with a sum for every other word, so that nothing needs
//! to be hashed. Where there is more than one batch, the counts of each go to a file in their order, and the files are merged.
//! Sums are integers, in units of `2^-30`: whatever the batches and the threads, they are the same to the bit.

mod batch;
mod runs;
#[cfg(test)]
mod tests;

use guide_core::{Progress, Result};

use super::params::GloveParams;
use crate::TrainingText;
use crate::corpus::{WORDS_A_LOOK, Watch};
use batch::Batch;
use runs::Runs;

/// One co-occurrence, of the words `key >> 32` and `key & 0xffff_ffff`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cell {
    key: u64,
    /// In units.
    sum: u64,
}

/// Parts of an occurrence at distance 1. A sum has room for `2^34` of those.
const UNITS: f64 = (1 << 30) as f64;

impl Cell {
    fn new(row: u32, column: u32, sum: u64) -> Self {
        Self {
            key: u64::from(row) << 32 | u64::from(column),
            sum,
        }
    }

    pub(super) fn row(self) -> u32 {
        (self.key >> 32) as u32
    }

    pub(super) fn column(self) -> u32 {
        self.key as u32
    }

    /// `X`.
    pub(super) fn value(self) -> f64 {
        self.sum as f64 / UNITS
    }
}

/// Who takes the counts.
type Sink<'a> = dyn FnMut(&[Cell]) -> Result<()> + 'a;

/// Words of a batch, at most, for their places to be numbered in 32 bits.
const MAX_BATCH: usize = 1 << 31;

/// Hands the co-occurrences of `text` to `sink`, by rising row and column. Returns how many known words were met.
///
/// # Errors
/// [`Error::Cancelled`](guide_core::Error::Cancelled) if `progress` ends the counting; those of the text and of `sink`.
pub(super) fn count(
    params: &GloveParams,
    text: &TrainingText<'_>,
    progress: &dyn Progress,
    sink: &mut Sink<'_>,
) -> Result<u64> {
    let watch = Watch::new(progress);
    count_watched(params, text, &|| watch.look(), sink)
}

fn count_watched(
    params: &GloveParams,
    text: &TrainingText<'_>,
    look: &dyn Fn() -> Result<()>,
    sink: &mut Sink<'_>,
) -> Result<u64> {
    let n_words = text.vocabulary.len();
    let room = (params.max_bytes / 2).saturating_sub(Batch::bytes_to_count(n_words));
    // A batch takes a file, and time for each word of the vocabulary: many small ones would take more than the text does.
    let words_a_batch = (room / Batch::BYTES_A_WORD).max(n_words).min(MAX_BATCH);
    let mut batch = Batch::new(n_words, params.window, params.symmetric);
    let mut runs = Runs::new(params.spill_folder());
    let (mut words, mut unseen) = (0, 0);
    let mut sentence = Vec::new();
    look()?;
    text.sentences.walk(&mut |tokens| {
        sentence.clear();
        sentence.extend(tokens.iter().filter_map(|token| text.vocabulary.id(token)));
        words += sentence.len() as u64;
        unseen += sentence.len();
        batch.push(&sentence);
        if unseen >= WORDS_A_LOOK {
            unseen = 0;
            look()?;
        }
        if batch.n_words() >= words_a_batch {
            runs.add(look, &mut |sink| batch.count(look, sink))?;
            batch.clear();
        }
        Ok(())
    })?;
    if runs.is_empty() {
        batch.count(look, sink)?;
    } else {
        runs.add(look, &mut |sink| batch.count(look, sink))?;
        drop(batch);
        runs.merge(look, sink)?;
    }
    Ok(words)
}
