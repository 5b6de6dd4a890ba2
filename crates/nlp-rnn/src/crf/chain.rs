//! The recursions of a CRF over one sentence: forward, backward, marginals (Rabiner 1989), Viterbi.
//!
//! Sums of exponentials run in log space over the tags of a word, `ln Σᵢ exp(aᵢ + t[i,j]) = m + l[j] + ln Σᵢ exp(aᵢ − m) w[i,j]` with
//! `m = max a` and `w[i,j] = exp(t[i,j] − l[j])`: `2k` exponentials and logarithms a word instead of `k²`. Where this sum is so small that
//! it may have lost its digits, because the best tag before hardly leads to `j`, it is computed again pair by pair.
#![allow(clippy::needless_range_loop)] // numbers of tags stand in vectors and matrices at once

use super::tables::Tables;

/// A sum below this one is computed again, pair by pair. Products of two `f64` below `1e-308` lose digits; a sum of 1e-200 is far above all
/// that was lost.
const SMALL: f64 = 1e-200;

/// Buffers for one sentence, which grow to the longest.
#[derive(Debug, Default)]
pub(super) struct Chain {
    /// `alpha[t, j] = ln Σ exp(score)` of all tags of the words up to `t` that end with `j`, the emission of `t` included.
    pub(super) alpha: Vec<f64>,
    /// `beta[t, i]`: the same of all tags of the words after `t`, after `i` at `t`.
    pub(super) beta: Vec<f64>,
    /// Exponentials of one word.
    pub(super) powers: Vec<f64>,
    /// Best tag before, `[T, k]`.
    back: Vec<u32>,
}

impl Chain {
    /// Fills `alpha` and returns `ln Σ exp(score)` over all tags of the sentence; 0 of no word.
    pub(super) fn forward(&mut self, tables: &Tables, emissions: &[f32]) -> f64 {
        let k = tables.k;
        let Some(first) = emissions.get(..k) else {
            return 0.0;
        };
        self.alpha.resize(emissions.len(), 0.0);
        self.powers.resize(k, 0.0);
        for j in 0..k {
            self.alpha[j] = tables.start[j] + f64::from(first[j]);
        }
        for (t, emission) in emissions.chunks_exact(k).enumerate().skip(1) {
            let (before, now) = self.alpha.split_at_mut(t * k);
            let (before, now) = (&before[(t - 1) * k..], &mut now[..k]);
            let most = largest(before);
            now.fill(0.0);
            for i in 0..k {
                let power = (before[i] - most).exp();
                let weights = &tables.weights[i * k..(i + 1) * k];
                for (sum, weight) in now.iter_mut().zip(weights) {
                    *sum += power * weight;
                }
            }
            for j in 0..k {
                let sum = if now[j] >= SMALL {
                    most + tables.largest[j] + now[j].ln()
                } else {
                    log_sum((0..k).map(|i| before[i] + tables.scores[i * k + j]))
                };
                now[j] = sum + f64::from(emission[j]);
            }
        }
        let last = &self.alpha[emissions.len() - k..];
        log_sum((0..k).map(|j| last[j] + tables.end[j]))
    }

    /// Fills `beta`.
    pub(super) fn backward(&mut self, tables: &Tables, emissions: &[f32]) {
        let k = tables.k;
        let n_words = emissions.len() / k;
        self.beta.resize(emissions.len(), 0.0);
        self.powers.resize(k, 0.0);
        if n_words == 0 {
            return;
        }
        self.beta[(n_words - 1) * k..].copy_from_slice(&tables.end);
        for t in (0..n_words - 1).rev() {
            let emission = &emissions[(t + 1) * k..(t + 2) * k];
            let (now, after) = self.beta.split_at_mut((t + 1) * k);
            let (now, after) = (&mut now[t * k..], &after[..k]);
            for j in 0..k {
                self.powers[j] = after[j] + f64::from(emission[j]) + tables.largest[j];
            }
            let most = largest(&self.powers);
            for power in &mut self.powers {
                *power = (*power - most).exp();
            }
            for i in 0..k {
                let sum = dot(&tables.weights[i * k..(i + 1) * k], &self.powers);
                now[i] = if sum >= SMALL {
                    most + sum.ln()
                } else {
                    let after = |j: usize| after[j] + f64::from(emission[j]);
                    log_sum((0..k).map(|j| tables.scores[i * k + j] + after(j)))
                };
            }
        }
    }

    /// Writes `p(yₜ = j)` of every word, after [`Chain::forward`] and [`Chain::backward`] of the same sentence. Probabilities below 1e-30
    /// are 0: as denormal numbers they would slow down the products of the backward pass.
    pub(super) fn marginals(&self, log_sum: f64, marginals: &mut [f32]) {
        for ((marginal, alpha), beta) in marginals.iter_mut().zip(&self.alpha).zip(&self.beta) {
            *marginal = not_tiny((alpha + beta - log_sum).exp());
        }
    }

    /// Writes the best tags, one a word of `emissions`, and returns their score. On a tie the lower tag wins, from the last word on.
    pub(super) fn viterbi(&mut self, tables: &Tables, emissions: &[f32], tags: &mut [u32]) -> f64 {
        let k = tables.k;
        let Some(first) = emissions.get(..k) else {
            return 0.0;
        };
        self.alpha.resize(2 * k, 0.0);
        self.back.resize(emissions.len(), 0);
        let (mut before, mut now) = self.alpha.split_at_mut(k);
        for j in 0..k {
            before[j] = tables.start[j] + f64::from(first[j]);
        }
        for (t, emission) in emissions.chunks_exact(k).enumerate().skip(1) {
            let back = &mut self.back[t * k..(t + 1) * k];
            now.fill(f64::NEG_INFINITY);
            back.fill(0);
            for i in 0..k {
                let scores = &tables.scores[i * k..(i + 1) * k];
                for j in 0..k {
                    let score = before[i] + scores[j];
                    if score > now[j] {
                        now[j] = score;
                        back[j] = i as u32;
                    }
                }
            }
            for (now, &emission) in now.iter_mut().zip(emission) {
                *now += f64::from(emission);
            }
            std::mem::swap(&mut before, &mut now);
        }
        let mut best = (f64::NEG_INFINITY, 0);
        for j in 0..k {
            let score = before[j] + tables.end[j];
            if score > best.0 {
                best = (score, j);
            }
        }
        let mut tag = best.1;
        for (t, slot) in tags.iter_mut().enumerate().rev() {
            *slot = tag as u32;
            tag = self.back[t * k + tag] as usize;
        }
        best.0
    }
}

/// The number as `f32`, 0 below 1e-30.
pub(super) fn not_tiny(value: f64) -> f32 {
    if value.abs() < 1e-30 {
        0.0
    } else {
        value as f32
    }
}

pub(super) fn largest(values: &[f64]) -> f64 {
    values.iter().copied().fold(f64::NEG_INFINITY, f64::max)
}

/// `ln Σ exp(x)`; `−∞` if all are.
pub(super) fn log_sum(values: impl Iterator<Item = f64> + Clone) -> f64 {
    let most = values.clone().fold(f64::NEG_INFINITY, f64::max);
    if most == f64::NEG_INFINITY {
        return most;
    }
    most + values.map(|value| (value - most).exp()).sum::<f64>().ln()
}

/// Four sums side by side, so that the compiler can use vectors.
fn dot(a: &[f64], b: &[f64]) -> f64 {
    let mut sums = [0.0; 4];
    let (chunks_a, chunks_b) = (a.chunks_exact(4), b.chunks_exact(4));
    let rest = chunks_a.remainder().iter().zip(chunks_b.remainder());
    let rest: f64 = rest.map(|(a, b)| a * b).sum();
    for (a, b) in chunks_a.zip(chunks_b) {
        for lane in 0..4 {
            sums[lane] += a[lane] * b[lane];
        }
    }
    (sums[0] + sums[1]) + (sums[2] + sums[3]) + rest
}
