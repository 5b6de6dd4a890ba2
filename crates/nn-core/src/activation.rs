//! Functions applied to every number, and softmax over the last axis.

use std::marker::PhantomData;

use guide_core::ndarray::{Array, Dimension, Ix2};
use guide_core::{Rng, Tensor};
use serde::{Deserialize, Serialize};

use crate::{Grad, Layer, Summary, Weights};

/// Which function.
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

/// Slope within the two bends of the hard sigmoid.
const HARD: f32 = 1.0 / 6.0;
const SQRT_2_OVER_PI: f32 = 0.797_884_6;
const CUBIC: f32 = 0.044_715;

impl Activation {
    /// The layer of this function for arrays of any number of axes.
    pub fn layer<D>(self) -> Activate<D> {
        Activate {
            function: self,
            axes: PhantomData,
        }
    }

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

    /// Whether the slope follows from `f(x)` alone; the others need `x`.
    fn keeps_output(self) -> bool {
        !matches!(self, Self::Gelu | Self::GeluTanh)
    }

    /// Replaces `dy` by `dy · f'(x)`. `kept` is `f(x)`, or `x` for the two gelus.
    pub fn backprop(self, kept: &[f32], dy: &mut [f32], width: usize) {
        match self {
            Self::Linear => {}
            Self::Relu => slope(kept, dy, |y| if y > 0.0 { 1.0 } else { 0.0 }),
            Self::LeakyRelu(a) => slope(kept, dy, |y| if y > 0.0 { 1.0 } else { a }),
            Self::Tanh => slope(kept, dy, |y| 1.0 - y * y),
            Self::Sigmoid => slope(kept, dy, |y| y * (1.0 - y)),
            Self::HardSigmoid => slope(kept, dy, |y| if y > 0.0 && y < 1.0 { HARD } else { 0.0 }),
            Self::Softmax => {
                let width = width.max(1);
                for (y, dy) in kept.chunks_exact(width).zip(dy.chunks_exact_mut(width)) {
                    let along: f32 = y.iter().zip(&*dy).map(|(y, dy)| y * dy).sum();
                    dy.iter_mut()
                        .zip(y)
                        .for_each(|(dy, y)| *dy = y * (*dy - along));
                }
            }
            Self::Gelu => slope(kept, dy, |x| {
                normal_cdf(x) + 0.5 * SQRT_2_OVER_PI * x * (-0.5 * x * x).exp()
            }),
            Self::GeluTanh => slope(kept, dy, |x| {
                let t = gelu_tanh(x);
                let inner = SQRT_2_OVER_PI * (1.0 + 3.0 * CUBIC * x * x);
                0.5 * (1.0 + t) + 0.5 * x * (1.0 - t * t) * inner
            }),
        }
    }

    fn kind(self) -> &'static str {
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
}

fn each(x: &mut [f32], f: impl Fn(f32) -> f32) {
    x.iter_mut().for_each(|x| *x = f(*x));
}

fn slope(kept: &[f32], dy: &mut [f32], f: impl Fn(f32) -> f32) {
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

/// An [`Activation`] as a layer over arrays with axes `D`; made by [`Activation::layer`].
///
/// ```
/// use guide_core::ndarray::array;
/// use nn_core::{Activation, Layer};
/// let y = Activation::Softmax.layer().infer(&array![[0.0, 0.0], [1e9, 0.0]]);
/// assert_eq!(y, array![[0.5, 0.5], [1.0, 0.0]]);
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Activate<D = Ix2> {
    /// Which function.
    pub function: Activation,
    axes: PhantomData<D>,
}

impl<D> Weights for Activate<D> {}

impl<D: Dimension> Layer for Activate<D> {
    type Input = Array<f32, D>;
    type Output = Array<f32, D>;
    /// The output, or the input where the slope needs it.
    type Cache = Array<f32, D>;

    fn infer(&self, x: &Array<f32, D>) -> Array<f32, D> {
        let mut y = x.clone();
        let width = width(x);
        self.function.apply(y.data_mut(), width);
        y
    }

    fn forward(&self, x: &Array<f32, D>, _: &mut Rng) -> (Array<f32, D>, Array<f32, D>) {
        let y = self.infer(x);
        let kept = if self.function.keeps_output() { &y } else { x }.clone();
        (y, kept)
    }

    fn backward(&self, kept: &Array<f32, D>, dy: &Array<f32, D>, _: &mut [Grad]) -> Array<f32, D> {
        assert_eq!(
            kept.shape(),
            dy.shape(),
            "gradient of {}",
            self.function.kind()
        );
        let mut dx = dy.clone();
        let width = width(kept);
        self.function.backprop(kept.data(), dx.data_mut(), width);
        dx
    }

    fn describe(&self, summary: &mut Summary) {
        summary.same(self.function.kind(), self);
    }
}

fn width<D: Dimension>(x: &Array<f32, D>) -> usize {
    x.shape().last().copied().unwrap_or(1)
}
