//! Linear-chain conditional random field (Lafferty, McCallum, Pereira 2001) over the scores that a network gives each word.

mod allowed;
mod batch;
mod chain;
mod shard;
mod tables;
#[cfg(test)]
mod tests;

pub use allowed::AllowedTags;
pub use batch::TagBatch;

use guide_core::{Error, Result};
use rayon::prelude::*;

use chain::Chain;
use shard::{SHARD, Shard};
use tables::Tables;

/// Most tags of a field: its table of transitions then has 2²⁰ numbers.
pub(crate) const MAX_TAGS: usize = 1024;

/// The scores of a field that do not depend on the words, or their gradients. `k` is the number of tags.
#[derive(Clone, Copy, Debug)]
pub struct CrfScores<'a> {
    /// Score of beginning with each tag, `[k]`.
    pub start: &'a [f32],
    /// Score of each pair of neighbouring tags, `[k, k]`: row = the tag before, column = the tag after.
    pub transitions: &'a [f32],
    /// Score of ending with each tag, `[k]`.
    pub end: &'a [f32],
}

/// A linear-chain conditional random field.
///
/// The score of tags `y` for the emissions `e` of a sentence of `T` words is
/// `s(y) = start[y₁] + Σₜ e[t, yₜ] + Σₜ transitions[yₜ₋₁, yₜ] + end[y_T]`, and `p(y) = exp(s(y)) / Σ_y' exp(s(y'))`. A sentence
/// without words has the probability 1. Sums run in `f64`. Sentences are padded on the right; what stands in the padding is not
/// read, and its gradient is 0.
///
/// The names and layouts are those of pytorch-crf (`start_transitions`, `transitions`, `end_transitions`).
///
/// ```
/// use nlp_rnn::{Crf, CrfScores, TagBatch};
/// let mut crf = Crf::new(2)?;
/// // Staying costs nothing, changing costs 1.
/// crf.set_scores(CrfScores { start: &[0.0, 0.0], transitions: &[0.0, -1.0, -1.0, 0.0], end: &[0.0, 0.0] })?;
/// let emissions = [0.5, 0.0, 0.0, 0.2]; // two words
/// let batch = TagBatch::new(2, 2, &emissions, &[2])?;
/// let mut tags = [9; 2];
/// crf.decode(&batch, &mut tags)?;
/// assert_eq!(tags, [0, 0]); // 0.5 + 0, above 0.5 + 0.2 - 1
/// // 0.5 - ln(e^0.5 + e^-0.3 + e^-1 + e^0.2)
/// let likelihood = crf.log_likelihoods(&batch, &[0, 0])?[0];
/// let sum: f64 = [0.5f64, -0.3, -1.0, 0.2].iter().map(|score| score.exp()).sum();
/// assert!((likelihood - (0.5 - sum.ln())).abs() < 1e-6);
/// # Ok::<(), guide_core::Error>(())
/// ```
#[derive(Debug)]
pub struct Crf {
    n_tags: usize,
    allowed: Option<AllowedTags>,
    tables: Option<Tables>,
    /// Buffers for fixed runs of sentences, kept from step to step.
    shards: Vec<Shard>,
    start: Vec<f32>,
    transitions: Vec<f32>,
    end: Vec<f32>,
}

impl Crf {
    /// A field of `n_tags` tags, all of whose sequences are allowed.
    ///
    /// # Errors
    /// [`Error::Param`] for no tag or more than 1024.
    pub fn new(n_tags: usize) -> Result<Self> {
        guide_core::ensure::within("n_tags", n_tags, 1, MAX_TAGS)?;
        Ok(Self {
            n_tags,
            allowed: None,
            tables: None,
            shards: Vec::new(),
            start: vec![0.0; n_tags],
            transitions: vec![0.0; n_tags * n_tags],
            end: vec![0.0; n_tags],
        })
    }

    /// A field in which only the sequences of `allowed` have a probability above 0, in training and in decoding.
    ///
    /// # Errors
    /// As [`Crf::new`].
    pub fn constrained(allowed: AllowedTags) -> Result<Self> {
        let crf = Self::new(allowed.n_tags())?;
        Ok(Self {
            allowed: Some(allowed),
            ..crf
        })
    }

    /// Tags it has.
    pub fn n_tags(&self) -> usize {
        self.n_tags
    }

    /// Sets the scores, to be done after every step of an optimiser.
    ///
    /// # Errors
    /// [`Error::Shape`] for scores of another size, [`Error::NotFinite`] for NaN or an infinity.
    pub fn set_scores(&mut self, scores: CrfScores<'_>) -> Result<()> {
        let k = self.n_tags;
        let shape = [k, k];
        for (what, values, shape) in [
            ("start", scores.start, &shape[1..]),
            ("transitions", scores.transitions, &shape[..]),
            ("end", scores.end, &shape[1..]),
        ] {
            if values.len() != shape.iter().product::<usize>() {
                return Err(Error::Shape {
                    what: format!("the `{what}` scores of a CRF"),
                    expected: shape.to_vec(),
                    got: vec![values.len()],
                });
            }
            ensure_finite(values, || format!("`{what}` score"))?;
        }
        let tables = self.tables.get_or_insert_with(|| Tables::new(k));
        tables.set(scores, self.allowed.as_ref());
        Ok(())
    }

    /// Computes the summed negative log-likelihood `Σ −ln p(tags)`. Overwrites `gradient` with its gradient by the emissions, times
    /// `scale` (0 in the padding), and keeps the gradients by the scores for [`Crf::gradients`].
    ///
    /// Sentences are split into fixed runs of 8, whose gradients are added in their order: any number of threads gives the same bits.
    ///
    /// # Errors
    /// [`Error::Shape`] for tags or a gradient of another size than the batch, [`Error::OutOfRange`] for an unknown tag,
    /// [`Error::Unsuitable`] for tags that are not [allowed](Crf::constrained) or before the scores are set.
    pub fn learn(
        &mut self,
        batch: &TagBatch<'_>,
        tags: &[u32],
        scale: f32,
        gradient: &mut [f32],
    ) -> Result<f64> {
        let (k, steps) = (self.n_tags, batch.steps());
        batch.ensure_fits(k)?;
        self.ensure_tags(batch, tags)?;
        if gradient.len() != batch.emissions().len() {
            return Err(Error::Shape {
                what: "the gradient by the emissions of a CRF".to_owned(),
                expected: vec![batch.len(), steps, k],
                got: vec![gradient.len()],
            });
        }
        let tables = ready(self.tables.as_ref())?;
        self.start.fill(0.0);
        self.transitions.fill(0.0);
        self.end.fill(0.0);
        let n_shards = batch.len().div_ceil(SHARD);
        while self.shards.len() < n_shards {
            self.shards.push(Shard::new(k));
        }
        let shards = &mut self.shards[..n_shards];
        let width = (SHARD * steps * k).max(1);
        if steps == 0 {
            return Ok(0.0);
        }
        let work = shards
            .par_iter_mut()
            .zip(gradient.par_chunks_mut(width))
            .enumerate();
        work.for_each(|(number, (shard, gradient))| {
            shard.learn(tables, batch, tags, number * SHARD, scale, gradient)
        });
        let mut loss = 0.0;
        for shard in &self.shards[..n_shards] {
            loss += shard.loss;
            shard.add_to(&mut self.start, &mut self.transitions, &mut self.end, scale);
        }
        Ok(loss)
    }

    /// The gradients by the scores, of the last [`Crf::learn`].
    pub fn gradients(&self) -> CrfScores<'_> {
        CrfScores {
            start: &self.start,
            transitions: &self.transitions,
            end: &self.end,
        }
    }

    /// `ln p(tags)` of each sentence.
    ///
    /// # Errors
    /// As [`Crf::learn`].
    pub fn log_likelihoods(&self, batch: &TagBatch<'_>, tags: &[u32]) -> Result<Vec<f64>> {
        batch.ensure_fits(self.n_tags)?;
        self.ensure_tags(batch, tags)?;
        let tables = ready(self.tables.as_ref())?;
        let sentences = (0..batch.len())
            .into_par_iter()
            .map_init(Chain::default, |chain, row| {
                let emissions = batch.sentence(row);
                tables.score(emissions, batch.row_of(tags, row)) - chain.forward(tables, emissions)
            });
        Ok(sentences.collect())
    }

    /// The most probable tags of each sentence (Viterbi 1967), the lower tag on a tie; 0 in the padding. Returns their scores.
    ///
    /// # Errors
    /// [`Error::Shape`] for `tags` of another size than `[sentences, steps]`, [`Error::Unsuitable`] before the scores are set.
    pub fn decode(&self, batch: &TagBatch<'_>, tags: &mut [u32]) -> Result<Vec<f64>> {
        batch.ensure_fits(self.n_tags)?;
        ensure_tag_shape(batch, tags.len())?;
        let tables = ready(self.tables.as_ref())?;
        if batch.steps() == 0 {
            return Ok(vec![0.0; batch.len()]);
        }
        let rows = tags.par_chunks_mut(batch.steps()).enumerate();
        let scores = rows.map_init(Chain::default, |chain, (row, tags)| {
            tags.fill(0);
            let emissions = batch.sentence(row);
            let n_words = emissions.len() / self.n_tags;
            chain.viterbi(tables, emissions, &mut tags[..n_words])
        });
        Ok(scores.collect())
    }

    /// The probability of each tag of each word, `[sentences, steps, k]`; 0 in the padding.
    ///
    /// # Errors
    /// [`Error::Unsuitable`] before the scores are set.
    pub fn marginals(&self, batch: &TagBatch<'_>) -> Result<Vec<f32>> {
        batch.ensure_fits(self.n_tags)?;
        let tables = ready(self.tables.as_ref())?;
        let mut marginals = vec![0.0; batch.emissions().len()];
        let width = (batch.steps() * self.n_tags).max(1);
        let rows = marginals.par_chunks_mut(width).enumerate();
        rows.for_each_init(Chain::default, |chain, (row, marginals)| {
            let emissions = batch.sentence(row);
            let log_sum = chain.forward(tables, emissions);
            chain.backward(tables, emissions);
            chain.marginals(log_sum, &mut marginals[..emissions.len()]);
        });
        Ok(marginals)
    }

    /// Refuses tags that are unknown or not allowed, so that every likelihood is finite.
    fn ensure_tags(&self, batch: &TagBatch<'_>, tags: &[u32]) -> Result<()> {
        ensure_tag_shape(batch, tags.len())?;
        for row in 0..batch.len() {
            let tags = batch.row_of(tags, row);
            if let Some(&tag) = tags.iter().find(|&&tag| tag as usize >= self.n_tags) {
                return Err(Error::out_of_range("tag", tag as usize, self.n_tags));
            }
            let misfit = self
                .allowed
                .as_ref()
                .and_then(|allowed| allowed.first_misfit(tags));
            if let Some(word) = misfit {
                let needed = format!(
                    "tags that its constraints allow; sentence {row} has {tags:?}, refused at word {word}"
                );
                return Err(Error::Unsuitable {
                    algorithm: "crf",
                    needed,
                });
            }
        }
        Ok(())
    }
}

fn ready(tables: Option<&Tables>) -> Result<&Tables> {
    tables.ok_or_else(|| Error::Unsuitable {
        algorithm: "crf",
        needed: "its scores to be set before it is used".to_owned(),
    })
}

fn ensure_tag_shape(batch: &TagBatch<'_>, got: usize) -> Result<()> {
    if got == batch.len() * batch.steps() {
        return Ok(());
    }
    Err(Error::Shape {
        what: "the tags of a CRF".to_owned(),
        expected: vec![batch.len(), batch.steps()],
        got: vec![got],
    })
}

fn ensure_finite(values: &[f32], what: impl FnOnce() -> String) -> Result<()> {
    match values.iter().position(|value| !value.is_finite()) {
        None => Ok(()),
        Some(index) => Err(Error::NotFinite {
            what: what(),
            index,
            value: f64::from(values[index]),
        }),
    }
}
