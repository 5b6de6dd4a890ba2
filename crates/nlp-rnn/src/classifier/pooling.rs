//! Pooling: from the outputs of all steps of a text to one vector.

use guide_core::kernels;
use nn_core::{
    Activation, Backward, Dense, Grads, Init, Layer, Pass, Role, Room, Shape, WeightId, Weights,
};
use serde::{Deserialize, Serialize};

use crate::{State, Steps};

/// How the outputs `y_t` of all steps of a text become one vector `s`. Padding does not count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Pooling {
    /// The state after the last step of each direction.
    Last,
    /// `s = 1/T Σ_t y_t`.
    Mean,
    /// `s_j = max_t y_tj` (Conneau et al., 2017).
    #[default]
    Max,
    /// `s = Σ_t α_t y_t` with `α = softmax_t(v · tanh(W y_t + b))` (Yang et al., 2016, eq. 5 to 7).
    Attention,
}

/// The pooling over the tensors of a store.
#[derive(Clone, Debug)]
pub(super) struct Pool {
    kind: Pooling,
    /// `W`, `b` and `v` of attention.
    attention: Option<(Dense, WeightId)>,
    width: usize,
}

/// The memory of the pooling, kept from step to step.
#[derive(Debug, Default)]
pub(super) struct PoolWork {
    /// Max: the row that each number came from, `[n, width]`.
    best: Vec<u32>,
    /// Attention: `tanh(W y + b)`, `[rows, width]`, and its gradient.
    inner: Vec<f32>,
    d_inner: Vec<f32>,
    /// Attention: `α`, `[rows]`, and the gradient of its logarithm's argument.
    alpha: Vec<f32>,
    d_score: Vec<f32>,
    scratch: Vec<f32>,
}

impl Pool {
    /// Adds the tensors of attention: `attention.weight`, `attention.bias` and `attention.context`.
    pub(super) fn new(
        weights: &mut Weights,
        kind: Pooling,
        width: usize,
        draw: bool,
        seed: u64,
    ) -> Self {
        let attention = (kind == Pooling::Attention).then(|| {
            let init = if draw {
                Init::GlorotUniform
            } else {
                Init::Zeros
            };
            let dense = Dense::new(weights, "attention", width, width, init, seed);
            let shape = [1, width];
            let seed = seed.wrapping_add(1);
            let context = weights.add_matrix("attention.context", Role::Weight, shape, init, seed);
            (dense.activation(Activation::Tanh), context)
        });
        Self {
            kind,
            attention,
            width,
        }
    }

    /// Writes `s` of each text into `pooled`, `[n, width]`. `hidden` is `[n, steps, width]`; `last` are the states of each direction after
    /// the last step. Each text has a step that counts.
    pub(super) fn forward(
        &self,
        weights: &Weights,
        hidden: &[f32],
        steps: Steps<'_>,
        last: &[State],
        pooled: &mut [f32],
        work: &mut PoolWork,
    ) {
        let width = self.width;
        if let Some((dense, context)) = &self.attention {
            work.inner.resize(hidden.len(), 0.0);
            dense.apply(weights, hidden, &mut work.inner);
            work.alpha.resize(steps.len(), 0.0);
            kernels::gemv(&work.inner, weights.get(*context), &mut work.alpha);
        }
        work.best.resize(pooled.len(), 0);
        for (i, s) in pooled.chunks_exact_mut(width).enumerate() {
            let counted = || counted(steps, i);
            let row = |row: usize| &hidden[row * width..(row + 1) * width];
            match self.kind {
                Pooling::Last => {
                    let units = width / last.len().max(1);
                    for (s, state) in s.chunks_exact_mut(units).zip(last) {
                        s.copy_from_slice(&state.h[i * units..(i + 1) * units]);
                    }
                }
                Pooling::Mean => {
                    s.fill(0.0);
                    let share = 1.0 / counted().count().max(1) as f32;
                    counted().for_each(|t| kernels::axpy(share, row(t), s));
                }
                Pooling::Max => {
                    let best = &mut work.best[i * width..(i + 1) * width];
                    s.fill(f32::NEG_INFINITY);
                    best.fill((i * steps.steps) as u32);
                    for t in counted() {
                        for ((s, best), &y) in s.iter_mut().zip(&mut *best).zip(row(t)) {
                            if y > *s {
                                (*s, *best) = (y, t as u32);
                            }
                        }
                    }
                }
                Pooling::Attention => {
                    s.fill(0.0);
                    softmax(counted, &mut work.alpha);
                    counted().for_each(|t| kernels::axpy(work.alpha[t], row(t), s));
                }
            }
        }
    }

    /// After [`Pool::forward`]: from the gradient of `s` to that of `hidden`, which is overwritten, and of the last states, to which it is
    /// added. Adds the gradients of the tensors.
    #[allow(clippy::too_many_arguments)] // each is a buffer of its own
    pub(super) fn backward(
        &self,
        weights: &Weights,
        hidden: &[f32],
        steps: Steps<'_>,
        d_pooled: &[f32],
        d_hidden: &mut [f32],
        d_last: &mut [State],
        work: &mut PoolWork,
        grads: &mut Grads,
    ) {
        let width = self.width;
        if let Some((dense, context)) = &self.attention {
            self.score_gradient(hidden, steps, d_pooled, work);
            let context = (*context, weights.get(*context));
            work.d_inner.resize(hidden.len(), 0.0);
            let to_context = grads.dense(context.0);
            let rows = work.d_inner.chunks_exact_mut(width);
            let rows = rows.zip(work.inner.chunks_exact(width));
            for ((d_inner, inner), &d_score) in rows.zip(&work.d_score) {
                kernels::axpy(d_score, inner, to_context);
                d_inner
                    .iter_mut()
                    .zip(context.1)
                    .for_each(|(d, v)| *d = d_score * v);
            }
            let (pass, shape) = (Pass::infer(weights, steps.len()), Shape::of(&[width]));
            work.scratch
                .resize(dense.scratch_len(steps.len(), shape), 0.0);
            let at = Backward {
                x: hidden,
                y: &work.inner,
                dy: &mut work.d_inner,
                dx: Some(&mut *d_hidden),
                grads: Some(grads),
            };
            let room = Room {
                cache: &mut [],
                scratch: &mut work.scratch,
            };
            dense.backward(&pass, shape, at, room);
        } else {
            d_hidden.fill(0.0);
        }
        for (i, ds) in d_pooled.chunks_exact(width).enumerate() {
            let counted = || counted(steps, i);
            let span = |row: usize| row * width..(row + 1) * width;
            match self.kind {
                Pooling::Last => {
                    let units = width / d_last.len().max(1);
                    for (ds, state) in ds.chunks_exact(units).zip(&mut *d_last) {
                        kernels::axpy(1.0, ds, &mut state.h[i * units..(i + 1) * units]);
                    }
                }
                Pooling::Mean => {
                    let share = 1.0 / counted().count().max(1) as f32;
                    counted().for_each(|t| kernels::axpy(share, ds, &mut d_hidden[span(t)]));
                }
                Pooling::Max => {
                    let best = &work.best[i * width..(i + 1) * width];
                    for (j, (&t, ds)) in best.iter().zip(ds).enumerate() {
                        d_hidden[t as usize * width + j] += ds;
                    }
                }
                Pooling::Attention => {
                    counted().for_each(|t| kernels::axpy(work.alpha[t], ds, &mut d_hidden[span(t)]))
                }
            }
        }
    }

    /// The gradient of the scores before the softmax: `α_t (ds · y_t − Σ_u α_u ds · y_u)`, 0 for padding.
    fn score_gradient(
        &self,
        hidden: &[f32],
        steps: Steps<'_>,
        d_pooled: &[f32],
        work: &mut PoolWork,
    ) {
        let width = self.width;
        work.d_score.resize(steps.len(), 0.0);
        work.d_score.fill(0.0);
        for (i, ds) in d_pooled.chunks_exact(width).enumerate() {
            let mut mean = 0.0;
            for t in counted(steps, i) {
                let d_alpha = kernels::dot(ds, &hidden[t * width..(t + 1) * width]);
                work.d_score[t] = d_alpha;
                mean += work.alpha[t] * d_alpha;
            }
            for t in counted(steps, i) {
                work.d_score[t] = work.alpha[t] * (work.d_score[t] - mean);
            }
        }
    }
}

/// The rows of the steps of text `i` that count.
fn counted(steps: Steps<'_>, i: usize) -> impl Iterator<Item = usize> {
    let rows = i * steps.steps..(i + 1) * steps.steps;
    rows.filter(move |&row| steps.mask.is_none_or(|mask| mask[row]))
}

/// Softmax over the rows that count.
fn softmax<I: Iterator<Item = usize>>(rows: impl Fn() -> I, scores: &mut [f32]) {
    let top = rows().fold(f32::NEG_INFINITY, |top, row| top.max(scores[row]));
    let mut sum = 0.0;
    for row in rows() {
        scores[row] = (scores[row] - top).exp();
        sum += scores[row];
    }
    rows().for_each(|row| scores[row] /= sum);
}
