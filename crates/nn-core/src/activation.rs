//! Functions applied to every number, and softmax over the last axis.

use guide_core::Result;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::{Backward, Layer, Pass, Room, Shape};

/// A function of every number (softmax: of the last axis). It is a [`Layer`] for inputs of any shape.
///
/// ```
/// use nn_core::Activation;
/// let mut x = [0.0, 0.0, 1e9, 0.0];
/// Activation::Softmax.apply(&mut x, 2);
/// assert_eq!(x, [0.5, 0.5, 1.0, 0.0]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Activation {
    /// `x`.
    Linear,
    /// `max(x, 0)`.
    Relu,
    /// `x` above 0, `a x` below.
    LeakyRelu(f32),
    /// `tanh x`.
    Tanh,
    /// `1 / (1 + e^−x)`.
    Sigmoid,
    /// `min(max(x + 3, 0), 6) / 6`, as in PyTorch and Keras 3.
    HardSigmoid,
    /// `e^x_i / Σ_j e^x_j` over the last axis.
    Softmax,
    /// `x Φ(x)` with the normal distribution function `Φ` (Hendrycks, Gimpel, 2016); `Φ` within 1e-7.
    Gelu,
    /// `x (1 + tanh(√(2/π) (x + 0.044715 x³))) / 2`, the usual approximation of it.
    GeluTanh,
}

/// `1 / (1 + e^−x)`.
pub fn sigmoid(x: f32) -> f32 {
    1.0 / (1.0 + (-x).exp())
}

/// Gradient of the hard sigmoid between its two corners.
const HARD: f32 = 1.0 / 6.0;
const SQRT_2_OVER_PI: f32 = 0.797_884_6;
const CUBIC: f32 = 0.044_715;

impl Activation {
    /// Replaces `x`, rows of `width` numbers, by `f(x)`. Only softmax looks at the rows.
    pub fn apply(self, x: &mut [f32], width: usize) {
        match self {
            Self::Linear => {}
            Self::Relu => each(x, |x| if x <= 0.0 { 0.0 } else { x }),
            Self::LeakyRelu(a) => each(x, |x| if x > 0.0 { x } else { a * x }),
            Self::Tanh => each(x, f32::tanh),
            Self::Sigmoid => each(x, sigmoid),
            Self::HardSigmoid => each(x, |x| (x + 3.0).clamp(0.0, 6.0) * HARD),
            Self::Softmax => x.chunks_exact_mut(width.max(1)).for_each(softmax),
            Self::Gelu => each(x, |x| x * normal_cdf(x)),
            Self::GeluTanh => each(x, |x| 0.5 * x * (1.0 + gelu_tanh(x))),
        }
    }

    /// Whether the gradient follows from `f(x)` alone; the others need `x`.
    pub fn keeps_output(self) -> bool {
        !matches!(self, Self::Gelu | Self::GeluTanh)
    }

    /// Replaces `dy` by `dy · f'(x)`. `kept` is `f(x)`, or `x` for the two gelus.
    pub fn backprop(self, kept: &[f32], dy: &mut [f32], width: usize) {
        match self {
            Self::Linear => {}
            Self::Relu => multiply(kept, dy, |y| if y > 0.0 { 1.0 } else { 0.0 }),
            Self::LeakyRelu(a) => multiply(kept, dy, |y| if y > 0.0 { 1.0 } else { a }),
            Self::Tanh => multiply(kept, dy, |y| 1.0 - y * y),
            Self::Sigmoid => multiply(kept, dy, |y| y * (1.0 - y)),
            Self::HardSigmoid => {
                multiply(kept, dy, |y| if y > 0.0 && y < 1.0 { HARD } else { 0.0 })
            }
            Self::Softmax => {
                let width = width.max(1);
                for (y, dy) in kept.chunks_exact(width).zip(dy.chunks_exact_mut(width)) {
                    let along: f32 = y.iter().zip(&*dy).map(|(y, dy)| y * dy).sum();
                    dy.iter_mut()
                        .zip(y)
                        .for_each(|(dy, y)| *dy = y * (*dy - along));
                }
            }
            Self::Gelu => multiply(kept, dy, |x| {
                normal_cdf(x) + 0.5 * SQRT_2_OVER_PI * x * (-0.5 * x * x).exp()
            }),
            Self::GeluTanh => multiply(kept, dy, |x| {
                let t = gelu_tanh(x);
                let inner = SQRT_2_OVER_PI * (1.0 + 3.0 * CUBIC * x * x);
                0.5 * (1.0 + t) + 0.5 * x * (1.0 - t * t) * inner
            }),
        }
    }
}

impl Activation {
    /// [`Activation::backprop`] by several threads.
    pub(crate) fn backprop_in_parts(self, kept: &[f32], dy: &mut [f32], width: usize) {
        in_parts(dy, kept, width, |dy, kept| self.backprop(kept, dy, width));
    }
}

/// Runs `work` on pairs of parts of two arrays of the same length, by several threads where there is enough to do. Parts hold whole rows of
/// `width`, and each number is made by one thread, so that a split changes nothing.
pub(crate) fn in_parts(
    to: &mut [f32],
    from: &[f32],
    width: usize,
    work: impl Fn(&mut [f32], &[f32]) + Sync,
) {
    /// Numbers in a part: fewer cost more to hand over than to work on.
    const PART: usize = 1 << 15;
    let width = width.max(1);
    let part = (PART / width).max(1) * width;
    if to.len() <= part {
        return work(to, from);
    }
    let parts = to.par_chunks_mut(part).zip(from.par_chunks(part));
    parts.for_each(|(to, from)| work(to, from));
}

fn each(x: &mut [f32], f: impl Fn(f32) -> f32) {
    x.iter_mut().for_each(|x| *x = f(*x));
}

fn multiply(kept: &[f32], dy: &mut [f32], f: impl Fn(f32) -> f32) {
    dy.iter_mut()
        .zip(kept)
        .for_each(|(dy, &kept)| *dy *= f(kept));
}

/// Softmax of one row, the largest number taken off first so that nothing overflows.
pub(crate) fn softmax(row: &mut [f32]) {
    let top = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    each(row, |x| (x - top).exp());
    let sum: f32 = row.iter().sum();
    each(row, |x| x / sum);
}

fn gelu_tanh(x: f32) -> f32 {
    (SQRT_2_OVER_PI * (x + CUBIC * x * x * x)).tanh()
}

/// `Φ(x)` by Abramowitz and Stegun (1964), 7.1.26, within 1e-7.
fn normal_cdf(x: f32) -> f32 {
    let z = f64::from(x.abs()) * std::f64::consts::FRAC_1_SQRT_2;
    let t = 1.0 / (1.0 + 0.327_591_1 * z);
    let poly = t
        * (0.254_829_592
            + t * (-0.284_496_736
                + t * (1.421_413_741 + t * (-1.453_152_027 + t * 1.061_405_429))));
    let tail = 0.5 * poly * (-z * z).exp();
    (if x > 0.0 { 1.0 - tail } else { tail }) as f32
}

impl Layer for Activation {
    fn kind(&self) -> &'static str {
        match self {
            Self::Linear => "Linear",
            Self::Relu => "ReLU",
            Self::LeakyRelu(_) => "LeakyReLU",
            Self::Tanh => "Tanh",
            Self::Sigmoid => "Sigmoid",
            Self::HardSigmoid => "HardSigmoid",
            Self::Softmax => "Softmax",
            Self::Gelu | Self::GeluTanh => "GELU",
        }
    }

    fn output(&self, input: Shape) -> Result<Shape> {
        Ok(input)
    }

    fn forward(&self, _: &Pass<'_>, input: Shape, x: &[f32], y: &mut [f32], _: Room<'_>) {
        in_parts(y, x, input.last(), |y, x| {
            y.copy_from_slice(x);
            self.apply(y, input.last());
        });
    }

    fn backward(&self, _: &Pass<'_>, input: Shape, at: Backward<'_>, _: Room<'_>) {
        if let Some(dx) = at.dx {
            let kept = if self.keeps_output() { at.y } else { at.x };
            in_parts(dx, at.dy, input.last(), |dx, dy| dx.copy_from_slice(dy));
            self.backprop_in_parts(kept, dx, input.last());
        }
    }
}
