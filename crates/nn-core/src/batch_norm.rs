//! Batch normalisation (Ioffe, Szegedy, 2015).

use guide_core::{Error, Result};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::layer::misfit;
use crate::layer_norm::scale_and_shift;
use crate::simd::batch_norm as kernel;
use crate::{Activation, Backward, Layer, Pass, Role, Room, Shape, WeightId, Weights};

/// `y = f(γ ⊙ (x − μ) / √(σ² + ε) + β)` with mean and variance of each channel: of the whole batch while training, the running ones in
/// answers; `f` linear unless said. Channels are the last axis of an example: `[width]` is PyTorch's `BatchNorm1d`,
/// `[height, width, channels]` its `BatchNorm2d`.
///
/// After a step [`Layer::commit`] folds the statistics of its batch in: `running ← (1 − m) running + m batch`, the variance with
/// `n − 1` in the denominator, as in PyTorch. A single number a channel has no variance and is not folded in.
///
/// Sums are made in blocks of rows that depend on the shape alone, and added in `f64` in their order.
///
/// ```
/// use nn_core::{BatchNorm, Mode, Pass, Shape, Weights, Workspace};
/// let mut weights = Weights::new();
/// let norm = BatchNorm::new(&mut weights, "norm", 1);
/// let (mut work, input) = (Workspace::default(), Shape::of(&[1]));
/// let mode = Mode::Train { seed: 0, step: 1 };
/// let y = work.forward(&norm, &Pass { mode, ..Pass::infer(&weights, 2) }, input, &[1.0, 3.0]);
/// assert!((y[1] - 1.0).abs() < 1e-4);
/// work.commit(&norm, input, 2, &mut weights);
/// assert!((weights.get(norm.running_mean())[0] - 0.2).abs() < 1e-6); // 0.9 · 0 + 0.1 · 2
/// assert!((weights.get(norm.running_var())[0] - 1.1).abs() < 1e-6); // 0.9 · 1 + 0.1 · 2
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BatchNorm {
    weight: WeightId,
    bias: WeightId,
    running_mean: WeightId,
    running_var: WeightId,
    channels: usize,
    /// `m`: how much a batch counts; 0.1 as in PyTorch (Keras says 0.99 for `1 − m`).
    pub momentum: f32,
    /// `ε`; 1e-5 as in PyTorch (Keras: 1e-3).
    pub epsilon: f32,
    activation: Activation,
}

impl BatchNorm {
    /// Adds `γ = 1` (`name.weight`), `β = 0` (`name.bias`), the running mean 0 (`name.running_mean`) and variance 1
    /// (`name.running_var`) to the store.
    pub fn new(weights: &mut Weights, name: &str, channels: usize) -> Self {
        let (weight, bias) = scale_and_shift(weights, name, channels);
        let mut add = |part: &str, value: f32| {
            let name = format!("{name}.{part}");
            weights.add(name, Role::Buffer, &[channels], vec![value; channels])
        };
        Self {
            weight,
            bias,
            running_mean: add("running_mean", 0.0),
            running_var: add("running_var", 1.0),
            channels,
            momentum: 0.1,
            epsilon: 1e-5,
            activation: Activation::Linear,
        }
    }

    /// The number of the running mean in the store.
    pub fn running_mean(&self) -> WeightId {
        self.running_mean
    }

    /// The number of the running variance in the store.
    pub fn running_var(&self) -> WeightId {
        self.running_var
    }

    /// The same followed by a function. Its gradient must follow from its output: not a GELU.
    #[must_use]
    pub fn activation(mut self, activation: Activation) -> Self {
        self.activation = activation;
        self
    }

    /// Rows of `channels` numbers in a block.
    fn block_rows(&self) -> usize {
        (BLOCK / self.channels.max(1)).clamp(1, MOST_ROWS)
    }

    /// Blocks in `n` examples of this shape.
    fn n_blocks(&self, n: usize, input: Shape) -> usize {
        let rows = n * input.len() / self.channels.max(1);
        rows.div_ceil(self.block_rows())
    }

    /// Mean, `1 / √(σ² + ε)` and variance with `n − 1`, each for all channels, into `kept`.
    fn statistics(&self, x: &[f32], kept: &mut [f32], partial: &mut [f32]) {
        let channels = self.channels.max(1);
        let block = self.block_rows() * channels;
        let blocks = x
            .par_chunks(block)
            .zip(partial.par_chunks_exact_mut(2 * channels));
        blocks.with_min_len(BLOCKS_A_TASK).for_each(|(x, partial)| {
            let (mean, squares) = partial.split_at_mut(channels);
            kernel::moments(x, mean, squares);
        });
        let (means, rest) = kept.split_at_mut(channels);
        let (scales, variances) = rest.split_at_mut(channels);
        let n = (x.len() / channels) as f64;
        for channel in 0..channels {
            // The moments of two parts give those of both (Chan, Golub, LeVeque, 1979).
            let (mut count, mut mean, mut squares) = (0.0_f64, 0.0_f64, 0.0_f64);
            for (x, partial) in x.chunks(block).zip(partial.chunks_exact(2 * channels)) {
                let more = (x.len() / channels) as f64;
                let apart = f64::from(partial[channel]) - mean;
                let all = count + more;
                mean += apart * more / all;
                squares +=
                    f64::from(partial[channels + channel]) + apart * apart * count * more / all;
                count = all;
            }
            means[channel] = mean as f32;
            scales[channel] = (squares / n + f64::from(self.epsilon)).sqrt().recip() as f32;
            variances[channel] = (squares / (n - 1.0)) as f32;
        }
    }
}

/// Numbers in a block of rows, which one thread handles at a time: it stays in the cache between two passes.
const BLOCK: usize = 1 << 14;
/// Rows in a block at most, so that sums in `f32` stay exact to 1e-6.
const MOST_ROWS: usize = 512;
/// Blocks that one thread takes at least, so that small layers stay on one.
const BLOCKS_A_TASK: usize = 4;

impl Layer for BatchNorm {
    fn kind(&self) -> &'static str {
        "BatchNormalization"
    }

    fn output(&self, input: Shape) -> Result<Shape> {
        if !self.activation.keeps_output() {
            let expected = "a function whose gradient follows from its output (not a GELU)";
            let value = format!("{:?}", self.activation);
            return Err(Error::param("activation", value, expected));
        }
        if input.last() == self.channels && !input.axes().is_empty() {
            Ok(input)
        } else {
            Err(misfit(
                self.kind(),
                input.with_last(self.channels).axes(),
                input,
            ))
        }
    }

    fn visit(&self, visitor: &mut dyn FnMut(WeightId)) {
        let ids = [self.weight, self.bias, self.running_mean, self.running_var];
        ids.into_iter().for_each(visitor);
    }

    /// Mean, scale and variance of each channel.
    fn cache_len(&self, _: usize, _: Shape) -> usize {
        3 * self.channels
    }

    /// Two sums a channel and block, and three numbers a channel.
    fn scratch_len(&self, n: usize, input: Shape) -> usize {
        (2 * self.n_blocks(n, input) + 3) * self.channels
    }

    fn forward(&self, pass: &Pass<'_>, input: Shape, x: &[f32], y: &mut [f32], room: Room<'_>) {
        let (weights, channels) = (pass.weights, self.channels.max(1));
        let sums = 2 * self.n_blocks(pass.n, input) * self.channels;
        let (partial, rest) = room.scratch.split_at_mut(sums);
        if pass.trains() {
            self.statistics(x, room.cache, partial);
        } else {
            let running = weights
                .get(self.running_mean)
                .iter()
                .zip(weights.get(self.running_var));
            for (channel, (&mean, &variance)) in running.enumerate() {
                let scale = (variance + self.epsilon).sqrt().recip();
                for (place, value) in [mean, scale, variance].into_iter().enumerate() {
                    room.cache[place * channels + channel] = value;
                }
            }
        }
        let (mean, scale) = room.cache[..2 * self.channels].split_at(self.channels);
        let factor = &mut rest[..self.channels];
        for ((factor, scale), weight) in factor.iter_mut().zip(scale).zip(weights.get(self.weight))
        {
            *factor = scale * weight;
        }
        let coefficients = [mean, &*factor, weights.get(self.bias)];
        let block = self.block_rows() * channels;
        let blocks = y.par_chunks_mut(block).zip(x.par_chunks(block));
        blocks.with_min_len(BLOCKS_A_TASK).for_each(|(y, x)| {
            kernel::scale_and_shift(coefficients, x, y);
            self.activation.apply(y, channels);
        });
    }

    fn backward(&self, pass: &Pass<'_>, input: Shape, at: Backward<'_>, room: Room<'_>) {
        let channels = self.channels.max(1);
        let (mean, scale) = room.cache[..2 * self.channels].split_at(self.channels);
        let block = self.block_rows() * channels;
        let sums = 2 * self.n_blocks(pass.n, input) * self.channels;
        let (partial, rest) = room.scratch.split_at_mut(sums);
        // Σ dz and Σ dz (x − μ) of each channel.
        let blocks = at
            .dy
            .par_chunks_mut(block)
            .zip(partial.par_chunks_exact_mut(2 * channels));
        let inputs = at.x.par_chunks(block).zip(at.y.par_chunks(block));
        let blocks = blocks.zip(inputs).with_min_len(BLOCKS_A_TASK);
        blocks.for_each(|((dy, partial), (x, y))| {
            self.activation.backprop(y, dy, channels);
            let (sum, along) = partial.split_at_mut(channels);
            kernel::sums(mean, x, dy, sum, along);
        });
        let count = (at.x.len() / channels).max(1) as f64;
        let (factors, rest) = rest.split_at_mut(self.channels);
        let (shifts, rest) = rest.split_at_mut(self.channels);
        let slopes = &mut rest[..self.channels];
        let mut grads = at.grads;
        for channel in 0..self.channels {
            let total = |place: usize| -> f64 {
                let blocks = partial.chunks_exact(2 * channels);
                blocks.map(|block| f64::from(block[place + channel])).sum()
            };
            let (sum, along) = (total(0), total(channels) * f64::from(scale[channel]));
            if let Some(grads) = grads.as_deref_mut() {
                grads.dense(self.weight)[channel] += along as f32;
                grads.dense(self.bias)[channel] += sum as f32;
            }
            let factor = scale[channel] * pass.weights.get(self.weight)[channel];
            factors[channel] = factor;
            let through = if pass.trains() {
                f64::from(factor) / count
            } else {
                0.0
            };
            shifts[channel] = (through * sum) as f32;
            slopes[channel] = (through * along * f64::from(scale[channel])) as f32;
        }
        let Some(dx) = at.dx else {
            return;
        };
        let coefficients = [mean, &*factors, &*shifts, &*slopes];
        let inputs = at.x.par_chunks(block).zip(at.dy.par_chunks(block));
        let blocks = dx.par_chunks_mut(block).zip(inputs);
        blocks
            .with_min_len(BLOCKS_A_TASK)
            .for_each(|(dx, (x, dy))| {
                kernel::input_gradient(coefficients, x, dy, dx);
            });
    }

    fn commit(&self, input: Shape, n: usize, cache: &[f32], weights: &mut Weights) {
        let channels = self.channels.max(1);
        if n * input.len() / channels < 2 {
            return;
        }
        for (id, place) in [(self.running_mean, 0), (self.running_var, 2)] {
            let kept = &cache[place * self.channels..];
            for (running, kept) in weights.get_mut(id).iter_mut().zip(kept) {
                *running += self.momentum * (kept - *running);
            }
        }
    }

    fn needs_whole_batch(&self) -> bool {
        true
    }
}
