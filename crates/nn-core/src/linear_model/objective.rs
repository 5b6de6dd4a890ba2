//! The regularised loss of a linear classifier, its gradient, and its course along a direction.
//!
//! With the weights `s_i` of the examples, `S = Σ s_i` and the scores `z = X W + b`:
//! `f(W, b) = 1/S Σ s_i ℓ(z_i, y_i) + 1/(2 C S) ‖W‖²`, with the loss `ℓ` of [`ExampleLoss`]. For two classes there is one output.

use rayon::prelude::*;

use super::example_loss::ExampleLoss;
use super::features::Design;
use super::vectors::{self, sum_of_chunks};

/// Examples of one task; fixes the order of sums.
const EXAMPLES: usize = 256;
/// Least chunks of examples of one task: with fewer, waking a thread takes longer than the work.
const TASK: usize = 8;

/// The data and settings of one training.
pub(super) struct Objective<'a> {
    pub(super) design: Design<'a>,
    pub(super) labels: &'a [u32],
    /// The weight of each example.
    pub(super) weights: Vec<f32>,
    /// The sum of the weights.
    pub(super) total: f64,
    pub(super) n_features: usize,
    /// Outputs: the number of classes, or 1 for two classes.
    pub(super) n_outputs: usize,
    /// Outputs as stored, see [`padded`](super::features::padded).
    pub(super) width: usize,
    /// `1/(C S)`.
    pub(super) penalty: f64,
    pub(super) fit_intercept: bool,
    pub(super) loss: ExampleLoss,
}

impl Objective<'_> {
    /// Number of weights. Behind them stand `width` intercepts.
    pub(super) fn n_weights(&self) -> usize {
        self.n_features * self.width
    }

    /// `X W + b` of `parameters`, or along a direction.
    pub(super) fn scores(&self, parameters: &[f32], scores: &mut [f32]) {
        let (weights, intercepts) = parameters.split_at(self.n_weights());
        self.design.times(self.width, weights, scores);
        scores
            .par_chunks_mut(self.width * EXAMPLES)
            .with_min_len(TASK)
            .for_each(|chunk| {
                for row in chunk.chunks_mut(self.width) {
                    for (score, intercept) in row.iter_mut().zip(intercepts) {
                        *score += intercept;
                    }
                }
            });
    }

    /// The loss at `scores` and `parameters`; puts the gradient with respect to the scores into `residuals`, and that with
    /// respect to the parameters into `gradient`.
    pub(super) fn gradient(
        &self,
        parameters: &[f32],
        scores: &[f32],
        residuals: &mut [f32],
        gradient: &mut [f32],
    ) -> f64 {
        let n = EXAMPLES * self.width;
        let scale = 1.0 / self.total;
        let losses: Vec<f64> = residuals
            .par_chunks_mut(n)
            .zip(scores.par_chunks(n))
            .enumerate()
            .with_min_len(TASK)
            .map(|(task, (residuals, scores))| {
                let rows = residuals
                    .chunks_mut(self.width)
                    .zip(scores.chunks(self.width));
                let mut loss = 0.0;
                for (place, (residual, scores)) in rows.enumerate() {
                    let example = task * EXAMPLES + place;
                    let label = self.labels[example] as usize;
                    let (residual, padding) = residual.split_at_mut(self.n_outputs);
                    padding.fill(0.0);
                    residual.copy_from_slice(&scores[..self.n_outputs]);
                    let weight = self.weights[example];
                    loss += f64::from(weight * self.loss.gradient(residual, label));
                    let scale = weight * scale as f32;
                    residual.iter_mut().for_each(|r| *r *= scale);
                }
                loss
            })
            .collect();
        let (of_weights, of_intercepts) = gradient.split_at_mut(self.n_weights());
        self.design
            .transposed_times(self.width, residuals, of_weights);
        let weights = &parameters[..of_weights.len()];
        vectors::add_scaled(self.penalty as f32, weights, of_weights);
        let mut sums = vec![0.0_f64; self.width];
        if self.fit_intercept {
            for row in residuals.chunks(self.width) {
                for (sum, &residual) in sums.iter_mut().zip(row) {
                    *sum += f64::from(residual);
                }
            }
        }
        for (gradient, sum) in of_intercepts.iter_mut().zip(sums) {
            *gradient = sum as f32;
        }
        losses.iter().sum::<f64>() * scale + 0.5 * self.penalty * vectors::dot(weights, weights)
    }

    /// The first and second derivative of the loss along a direction, `step` times `along` away from `scores`. Without the
    /// regularisation.
    pub(super) fn along(&self, scores: &[f32], along: &[f32], step: f64) -> (f64, f64) {
        let n = EXAMPLES * self.width;
        let sums: Vec<(f64, f64)> = scores
            .par_chunks(n)
            .zip(along.par_chunks(n))
            .enumerate()
            .with_min_len(TASK)
            .map_init(
                || vec![0.0; self.n_outputs],
                |p, (task, (scores, along))| {
                    let rows = scores.chunks(self.width).zip(along.chunks(self.width));
                    let (mut first, mut second) = (0.0, 0.0);
                    for (place, (scores, along)) in rows.enumerate() {
                        let example = task * EXAMPLES + place;
                        let label = self.labels[example] as usize;
                        for ((p, &score), &q) in p.iter_mut().zip(scores).zip(along) {
                            *p = step as f32 * q + score;
                        }
                        let (of_first, of_second) = self.loss.derivatives(p, label, along);
                        let weight = f64::from(self.weights[example]);
                        first += weight * f64::from(of_first);
                        second += weight * f64::from(of_second);
                    }
                    (first, second)
                },
            )
            .collect();
        let scale = 1.0 / self.total;
        (
            sum_of_chunks(sums.iter().map(|sum| sum.0)) * scale,
            sum_of_chunks(sums.iter().map(|sum| sum.1)) * scale,
        )
    }

    /// The inverse of the diagonal of the Hessian where the classes have the shares `p` of the examples.
    pub(super) fn inverse_diagonal(&self, p: &[f64]) -> Vec<f32> {
        let squares = self.design.weighted_squares(&self.weights);
        let spread = |output: usize| {
            let p = if self.n_outputs == 1 {
                p.get(1)
            } else {
                p.get(output)
            };
            p.map_or(0.0, |&p| self.loss.curvature(p))
        };
        let spreads: Vec<f64> = (0..self.width).map(spread).collect();
        let mut diagonal = vec![1.0; self.n_weights() + self.width];
        let (weights, intercepts) = diagonal.split_at_mut(self.n_weights());
        for (row, square) in weights.chunks_mut(self.width).zip(squares) {
            for (inverse, spread) in row.iter_mut().zip(&spreads) {
                *inverse = (1.0 / (self.penalty + f64::from(square) * spread / self.total)) as f32;
            }
        }
        for (inverse, spread) in intercepts.iter_mut().zip(spreads) {
            *inverse = if spread > 0.0 {
                (1.0 / spread) as f32
            } else {
                1.0
            };
        }
        diagonal
    }
}
