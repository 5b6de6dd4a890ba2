//! Batch normalisation (Ioffe, Szegedy, 2015).

use guide_core::Result;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::layer::misfit;
use crate::layer_norm::scale_and_shift;
use crate::{Backward, Layer, Pass, Role, Room, Shape, WeightId, Weights};

/// `y = γ ⊙ (x − μ) / √(σ² + ε) + β` with mean and variance of each channel: of the whole batch while training, the running ones in
/// answers. Channels are the first axis of an example: `[width]` is PyTorch's `BatchNorm1d`, `[channels, height, width]` its
/// `BatchNorm2d`.
///
/// After a step [`Layer::commit`] folds the statistics of its batch in: `running ← (1 − m) running + m batch`, the variance with
/// `n − 1` in the denominator, as in PyTorch. A single number a channel has no variance and is not folded in.
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

    /// Mean, `1 / √(σ² + ε)` and the variance with `n − 1` of one channel, summed in `f64`.
    fn statistics(&self, x: &[f32], channel: usize, space: usize) -> [f32; 3] {
        let runs = || {
            let blocks = x.chunks_exact((self.channels * space).max(1));
            blocks.flat_map(move |block| &block[channel * space..(channel + 1) * space])
        };
        let n = (x.len() / self.channels.max(1)) as f64;
        let mean = runs().map(|&x| f64::from(x)).sum::<f64>() / n;
        let square = |&x: &f32| (f64::from(x) - mean).powi(2);
        let squares = runs().map(square).sum::<f64>();
        let scale = (squares / n + f64::from(self.epsilon)).sqrt().recip();
        [mean as f32, scale as f32, (squares / (n - 1.0)) as f32]
    }
}

/// Numbers above which channels and examples are shared out to threads. Each number is made by one thread, so that no result
/// depends on how many there are.
const PARALLEL_FROM: usize = 1 << 16;

impl Layer for BatchNorm {
    fn kind(&self) -> &'static str {
        "BatchNormalization"
    }

    fn output(&self, input: Shape) -> Result<Shape> {
        if input.axes().first() == Some(&self.channels) {
            Ok(input)
        } else {
            let mut expected = input.axes().to_vec();
            expected
                .first_mut()
                .into_iter()
                .for_each(|first| *first = self.channels);
            Err(misfit(self.kind(), &expected, input))
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

    /// Two sums a channel.
    fn scratch_len(&self, _: usize, _: Shape) -> usize {
        2 * self.channels
    }

    fn forward(&self, pass: &Pass<'_>, input: Shape, x: &[f32], y: &mut [f32], room: Room<'_>) {
        let space = input.len() / self.channels.max(1);
        let kept = room.cache.par_chunks_exact_mut(3).enumerate();
        let weights = pass.weights;
        let (running_mean, running_var) = (
            weights.get(self.running_mean),
            weights.get(self.running_var),
        );
        let least = (PARALLEL_FROM / (pass.n * space).max(1)).max(1);
        kept.with_min_len(least).for_each(|(channel, kept)| {
            let of_channel = if pass.trains() {
                self.statistics(x, channel, space)
            } else {
                let variance = running_var[channel];
                let scale = (variance + self.epsilon).sqrt().recip();
                [running_mean[channel], scale, variance]
            };
            kept.copy_from_slice(&of_channel);
        });
        let kept = &*room.cache;
        let (scale, shift) = (weights.get(self.weight), weights.get(self.bias));
        let len = input.len().max(1);
        let examples = y.par_chunks_exact_mut(len).zip(x.par_chunks_exact(len));
        let least = (PARALLEL_FROM / len).max(1);
        examples.with_min_len(least).for_each(|(y, x)| {
            let channels = y
                .chunks_exact_mut(space.max(1))
                .zip(x.chunks_exact(space.max(1)));
            for (channel, (y, x)) in channels.enumerate() {
                let factor = kept[3 * channel + 1] * scale[channel];
                let mean = kept[3 * channel];
                for (y, &x) in y.iter_mut().zip(x) {
                    *y = (x - mean) * factor + shift[channel];
                }
            }
        });
    }

    fn backward(&self, pass: &Pass<'_>, input: Shape, at: Backward<'_>, room: Room<'_>) {
        let space = input.len() / self.channels.max(1);
        let (kept, block) = (&*room.cache, (self.channels * space).max(1));
        let (x, dy) = (at.x, &*at.dy);
        // Σ dy and Σ dy x̂ of each channel.
        let sums = &mut room.scratch[..2 * self.channels];
        let least = (PARALLEL_FROM / (pass.n * space).max(1)).max(1);
        let channels = sums.par_chunks_exact_mut(2).enumerate();
        channels.with_min_len(least).for_each(|(channel, sums)| {
            let (mean, scale) = (kept[3 * channel], kept[3 * channel + 1]);
            let run = channel * space..(channel + 1) * space;
            let (mut sum, mut along) = (0.0_f64, 0.0_f64);
            for (x, dy) in x.chunks_exact(block).zip(dy.chunks_exact(block)) {
                for (&x, &dy) in x[run.clone()].iter().zip(&dy[run.clone()]) {
                    sum += f64::from(dy);
                    along += f64::from(dy * ((x - mean) * scale));
                }
            }
            sums.copy_from_slice(&[sum as f32, along as f32]);
        });
        let sums = &*sums;
        if let Some(grads) = at.grads {
            for (to, sums) in grads
                .dense(self.weight)
                .iter_mut()
                .zip(sums.chunks_exact(2))
            {
                *to += sums[1];
            }
            for (to, sums) in grads.dense(self.bias).iter_mut().zip(sums.chunks_exact(2)) {
                *to += sums[0];
            }
        }
        let Some(dx) = at.dx else {
            return;
        };
        let scale = pass.weights.get(self.weight);
        let count = (pass.n * space).max(1) as f32;
        let examples = dx.par_chunks_exact_mut(block);
        let examples = examples.zip(x.par_chunks_exact(block).zip(dy.par_chunks_exact(block)));
        let least = (PARALLEL_FROM / block).max(1);
        examples.with_min_len(least).for_each(|(dx, (x, dy))| {
            for channel in 0..self.channels {
                let (mean, inverse) = (kept[3 * channel], kept[3 * channel + 1]);
                let factor = inverse * scale[channel];
                let (of_mean, along) = if pass.trains() {
                    (sums[2 * channel] / count, sums[2 * channel + 1] / count)
                } else {
                    (0.0, 0.0)
                };
                let run = channel * space..(channel + 1) * space;
                let inputs = x[run.clone()].iter().zip(&dy[run.clone()]);
                for (dx, (&x, &dy)) in dx[run].iter_mut().zip(inputs) {
                    *dx = factor * (dy - of_mean - (x - mean) * inverse * along);
                }
            }
        });
    }

    fn commit(&self, input: Shape, n: usize, cache: &[f32], weights: &mut Weights) {
        let space = input.len() / self.channels.max(1);
        if n * space < 2 {
            return;
        }
        for (id, place) in [(self.running_mean, 0), (self.running_var, 2)] {
            let running = weights.get_mut(id).iter_mut();
            for (running, kept) in running.zip(cache.chunks_exact(3)) {
                *running += self.momentum * (kept[place] - *running);
            }
        }
    }

    fn needs_whole_batch(&self) -> bool {
        true
    }
}
