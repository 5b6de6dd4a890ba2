//! Losses and gradients of a fixed run of sentences, on one thread.
#![allow(clippy::needless_range_loop)] // numbers of tags stand in vectors and matrices at once

use super::batch::TagBatch;
use super::chain::{Chain, largest, not_tiny};
use super::tables::Tables;

/// Sentences of a shard. Fewer cost more memory and additions (a table of transitions each), more leave threads idle on small batches.
pub(super) const SHARD: usize = 8;

/// A factor above this one is not used, because its product with a small number may have lost digits.
const LARGE: f64 = 1e200;

/// Sums over a shard; kept from step to step.
#[derive(Debug)]
pub(super) struct Shard {
    chain: Chain,
    pub(super) loss: f64,
    start: Vec<f64>,
    end: Vec<f64>,
    /// Probabilities of pairs, minus the observed ones.
    pairs: Vec<f64>,
    /// The same, still to be multiplied by the weights of the tables.
    outer: Vec<f64>,
}

impl Shard {
    pub(super) fn new(k: usize) -> Self {
        Self {
            chain: Chain::default(),
            loss: 0.0,
            start: vec![0.0; k],
            end: vec![0.0; k],
            pairs: vec![0.0; k * k],
            outer: vec![0.0; k * k],
        }
    }

    /// Sums `−ln p(tags)` of the sentences from `first` on, and its gradients. `gradient` is the shard's part, by emissions, overwritten.
    pub(super) fn learn(
        &mut self,
        tables: &Tables,
        batch: &TagBatch<'_>,
        tags: &[u32],
        first: usize,
        scale: f32,
        gradient: &mut [f32],
    ) {
        self.loss = 0.0;
        for sums in [
            &mut self.start,
            &mut self.end,
            &mut self.pairs,
            &mut self.outer,
        ] {
            sums.fill(0.0);
        }
        let width = batch.steps() * tables.k;
        for (row, gradient) in gradient.chunks_exact_mut(width).enumerate() {
            let emissions = batch.sentence(first + row);
            let (words, padding) = gradient.split_at_mut(emissions.len());
            padding.fill(0.0);
            self.sentence(tables, emissions, batch.row_of(tags, first + row), words);
            for value in words {
                *value *= scale;
            }
        }
        for (pair, (outer, weight)) in self
            .pairs
            .iter_mut()
            .zip(self.outer.iter().zip(&tables.weights))
        {
            *pair += outer * weight;
        }
    }

    /// Adds the sums, multiplied by `scale`, to the gradients of the whole batch.
    pub(super) fn add_to(
        &self,
        start: &mut [f32],
        transitions: &mut [f32],
        end: &mut [f32],
        scale: f32,
    ) {
        let scale = f64::from(scale);
        for (to, from) in [
            (start, &self.start),
            (transitions, &self.pairs),
            (end, &self.end),
        ] {
            for (to, from) in to.iter_mut().zip(from) {
                *to += not_tiny(from * scale);
            }
        }
    }

    fn sentence(&mut self, tables: &Tables, emissions: &[f32], tags: &[u32], gradient: &mut [f32]) {
        let k = tables.k;
        let (Some(&first), Some(&last)) = (tags.first(), tags.last()) else {
            return;
        };
        let log_sum = self.chain.forward(tables, emissions);
        self.chain.backward(tables, emissions);
        self.loss += log_sum - tables.score(emissions, tags);
        self.chain.marginals(log_sum, gradient);
        for j in 0..k {
            self.start[j] += f64::from(gradient[j]);
            self.end[j] += f64::from(gradient[gradient.len() - k + j]);
        }
        self.start[first as usize] -= 1.0;
        self.end[last as usize] -= 1.0;
        for (word, &tag) in gradient.chunks_exact_mut(k).zip(tags) {
            word[tag as usize] -= 1.0;
        }
        for t in 1..tags.len() {
            self.pairs_of(tables, emissions, t, log_sum);
            self.pairs[tags[t - 1] as usize * k + tags[t] as usize] -= 1.0;
        }
    }

    /// Adds `p(yₜ₋₁ = i, yₜ = j) = exp(alpha[t−1, i] + t[i, j] + e[t, j] + beta[t, j] − ln Z)` for all pairs, as a product of a column and a
    /// row with the weights, which are multiplied in once at the end of the shard.
    fn pairs_of(&mut self, tables: &Tables, emissions: &[f32], t: usize, log_sum: f64) {
        let k = tables.k;
        let before = &self.chain.alpha[(t - 1) * k..t * k];
        let most = largest(before);
        let after =
            |j: usize| f64::from(emissions[t * k + j]) + self.chain.beta[t * k + j] - log_sum;
        for j in 0..k {
            let power = (after(j) + tables.largest[j] + most).exp();
            if power <= LARGE {
                self.chain.powers[j] = power;
                continue;
            }
            self.chain.powers[j] = 0.0;
            for i in 0..k {
                self.pairs[i * k + j] += (before[i] + tables.scores[i * k + j] + after(j)).exp();
            }
        }
        for i in 0..k {
            let power = (before[i] - most).exp();
            let row = &mut self.outer[i * k..(i + 1) * k];
            for (sum, after) in row.iter_mut().zip(&self.chain.powers) {
                *sum += power * after;
            }
        }
    }
}
