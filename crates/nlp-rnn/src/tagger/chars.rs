//! A convolution of width 3 over the characters of a word with max pooling (Ma, Hovy 2016): what a word looks like, known or not.

use nn_core::{Dense, Embedding, Grads, Init, Pass, Shape, Weights, Workspace};
use serde::{Deserialize, Serialize};

use super::example::Padded;

/// Characters that a filter sees at a time.
const WIDTH: usize = 3;

/// `y_f = max(0, max_p (x_{p-1}, x_p, x_{p+1}) · w_f + b_f)` with 0 before the first and after the last character.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct CharNet {
    pub(super) table: Embedding,
    pub(super) filters: Dense,
}

/// The buffers of its passes.
#[derive(Debug, Default)]
pub(super) struct CharWork {
    /// The three characters around each character, `[characters, 3 dim]`.
    windows: Vec<f32>,
    work: Workspace,
    /// The pooled outputs, `[words, filters]`.
    pub(super) y: Vec<f32>,
    /// Their gradient, to be written before the backward pass.
    pub(super) dy: Vec<f32>,
    /// The character that gave each output, `u32::MAX` where it is 0.
    best: Vec<u32>,
}

impl CharNet {
    pub(super) fn new(
        weights: &mut Weights,
        n_chars: usize,
        dim: usize,
        n_filters: usize,
        seed: u64,
    ) -> Self {
        let bound = (3.0 / dim as f32).sqrt();
        let table = Embedding::new(weights, "chars", n_chars, dim, Init::Uniform(bound), seed);
        let filters = Dense::new(
            weights,
            "char_filters",
            WIDTH * dim,
            n_filters,
            Init::GlorotUniform,
            seed ^ 1,
        );
        Self { table, filters }
    }

    pub(super) fn width(&self) -> usize {
        self.filters.n_out()
    }

    pub(super) fn forward(&self, pass: &Pass<'_>, batch: &Padded, work: &mut CharWork) {
        let (dim, width) = (self.table.dim(), self.width());
        let n = batch.chars.len();
        work.windows.clear();
        work.windows.resize(n * WIDTH * dim, 0.0);
        let mut start = 0;
        for word in 0..batch.n_words() {
            let chars = batch.chars(word);
            for (at, &id) in chars.iter().enumerate() {
                let row = self.table.row(pass.weights, id);
                for offset in 0..WIDTH {
                    // The window at `position` has this character at `offset`.
                    let Some(position) = (at + 1)
                        .checked_sub(offset)
                        .filter(|&position| position < chars.len())
                    else {
                        continue;
                    };
                    let from = ((start + position) * WIDTH + offset) * dim;
                    work.windows[from..from + dim].copy_from_slice(row);
                }
            }
            start += chars.len();
        }
        let pass = Pass { n, ..*pass };
        let scores = work.work.forward(
            &self.filters,
            &pass,
            Shape::of(&[WIDTH * dim]),
            &work.windows,
        );
        work.y.clear();
        work.y.resize(batch.n_words() * width, 0.0);
        work.best.clear();
        work.best.resize(batch.n_words() * width, u32::MAX);
        let mut start = 0;
        for word in 0..batch.n_words() {
            let end = batch.char_ends[word];
            let (y, best) = (
                &mut work.y[word * width..][..width],
                &mut work.best[word * width..][..width],
            );
            for at in start..end {
                for (filter, &score) in scores[at * width..(at + 1) * width].iter().enumerate() {
                    if score > y[filter] {
                        y[filter] = score;
                        best[filter] = at as u32;
                    }
                }
            }
            start = end;
        }
    }

    /// Adds the gradients for `work.dy`.
    pub(super) fn backward(
        &self,
        pass: &Pass<'_>,
        batch: &Padded,
        work: &mut CharWork,
        grads: &mut Grads,
    ) {
        let (dim, width) = (self.table.dim(), self.width());
        let (_, d_scores) = work.work.output();
        d_scores.fill(0.0);
        for (index, (&best, &dy)) in work.best.iter().zip(&work.dy).enumerate() {
            if best != u32::MAX {
                d_scores[best as usize * width + index % width] += dy;
            }
        }
        let pass = Pass {
            n: batch.chars.len(),
            ..*pass
        };
        let input = Shape::of(&[WIDTH * dim]);
        let dx = work.work.backward(
            &self.filters,
            &pass,
            input,
            &work.windows,
            true,
            Some(grads),
        );
        let rows = grads.rows(self.table.weight());
        let mut start = 0;
        for word in 0..batch.n_words() {
            let chars = batch.chars(word);
            for (at, &id) in chars.iter().enumerate() {
                let row = rows.row_mut(id);
                for offset in 0..WIDTH {
                    let Some(position) = (at + 1)
                        .checked_sub(offset)
                        .filter(|&position| position < chars.len())
                    else {
                        continue;
                    };
                    let from = ((start + position) * WIDTH + offset) * dim;
                    guide_core::kernels::axpy(1.0, &dx[from..from + dim], row);
                }
            }
            start += chars.len();
        }
    }
}
