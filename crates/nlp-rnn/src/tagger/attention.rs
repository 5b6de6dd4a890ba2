//! Attention that pools the words of a sentence (Yang et al. 2016): `c = Σₜ aₜ hₜ`, `a = softmax(v · tanh(W hₜ + b))`.

use guide_core::kernels::{axpy, dot};
use nn_core::{Activation, Dense, Grads, Init, Pass, Shape, Weights, Workspace};
use serde::{Deserialize, Serialize};

use super::example::Padded;

/// The two layers that score a word.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Attention {
    hidden: Dense,
    score: Dense,
}

/// The buffers of its passes.
#[derive(Debug, Default)]
pub(super) struct AttentionWork {
    hidden: Workspace,
    score: Workspace,
    /// `tanh(W h + b)`, `[n steps, attention]`.
    u: Vec<f32>,
    /// Shares of the words, `[n, steps]`, 0 in the padding.
    shares: Vec<f32>,
    /// The pooled sentences, `[n, width]`.
    pub(super) y: Vec<f32>,
    /// Their gradient, to be written before the backward pass.
    pub(super) dy: Vec<f32>,
}

impl Attention {
    pub(super) fn new(weights: &mut Weights, n_in: usize, dim: usize, seed: u64) -> Self {
        let init = Init::GlorotUniform;
        let hidden = Dense::new(weights, "attention", n_in, dim, init, seed);
        Self {
            hidden: hidden.activation(Activation::Tanh),
            score: Dense::without_bias(weights, "attention_score", dim, 1, init, seed ^ 1),
        }
    }

    /// `h` is `[n, steps, width]`.
    pub(super) fn forward(
        &self,
        pass: &Pass<'_>,
        batch: &Padded,
        h: &[f32],
        work: &mut AttentionWork,
    ) {
        let (width, dim, steps) = (self.hidden.n_in(), self.hidden.n_out(), batch.steps);
        let pass = Pass {
            n: batch.n * steps,
            ..*pass
        };
        let u = work
            .hidden
            .forward(&self.hidden, &pass, Shape::of(&[width]), h);
        work.u.clear();
        work.u.extend_from_slice(u);
        let scores = work
            .score
            .forward(&self.score, &pass, Shape::of(&[dim]), &work.u);
        work.shares.clear();
        work.shares.resize(batch.n * steps, 0.0);
        work.y.clear();
        work.y.resize(batch.n * width, 0.0);
        for (row, &length) in batch.lengths.iter().enumerate() {
            let scores = &scores[row * steps..row * steps + length];
            let shares = &mut work.shares[row * steps..row * steps + length];
            shares.copy_from_slice(scores);
            Activation::Softmax.apply(shares, length);
            let y = &mut work.y[row * width..(row + 1) * width];
            for (word, share) in shares.iter().enumerate() {
                let from = (row * steps + word) * width;
                axpy(*share, &h[from..from + width], y);
            }
        }
    }

    /// Adds the gradients for `work.dy` to those of the weights and to `dh`.
    pub(super) fn backward(
        &self,
        pass: &Pass<'_>,
        batch: &Padded,
        h: &[f32],
        work: &mut AttentionWork,
        dh: &mut [f32],
        grads: &mut Grads,
    ) {
        let (width, dim, steps) = (self.hidden.n_in(), self.hidden.n_out(), batch.steps);
        let (_, d_scores) = work.score.output();
        d_scores.fill(0.0);
        for (row, &length) in batch.lengths.iter().enumerate() {
            let dy = &work.dy[row * width..(row + 1) * width];
            let words = row * steps..row * steps + length;
            let mut mean = 0.0;
            for word in words.clone() {
                let of = word * width..(word + 1) * width;
                let d_share = dot(dy, &h[of.clone()]);
                mean += work.shares[word] * d_share;
                d_scores[word] = d_share;
                axpy(work.shares[word], dy, &mut dh[of]);
            }
            for word in words {
                d_scores[word] = work.shares[word] * (d_scores[word] - mean);
            }
        }
        let pass = Pass {
            n: batch.n * steps,
            ..*pass
        };
        let du = work.score.backward(
            &self.score,
            &pass,
            Shape::of(&[dim]),
            &work.u,
            true,
            Some(&mut *grads),
        );
        let (_, d_hidden) = work.hidden.output();
        d_hidden.copy_from_slice(du);
        let dx = work.hidden.backward(
            &self.hidden,
            &pass,
            Shape::of(&[width]),
            h,
            true,
            Some(grads),
        );
        axpy(1.0, dx, dh);
    }
}
