//! Starting values, by the names that Keras and PyTorch give them.

use guide_core::ndarray::{Array, Array2, Dimension, IntoDimension, ShapeBuilder};
use guide_core::{Rng, seeded};
use rand::RngExt;
use rand_distr::{Distribution, Normal, StandardNormal};
use serde::{Deserialize, Serialize};

/// How a weight begins. `fan_in` and `fan_out` are how many numbers come in and go out, for a matrix `[in, out]` its two
/// lengths.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Init {
    /// 0.
    Zeros,
    /// 1.
    Ones,
    /// One value.
    Constant(f32),
    /// `U(−a, a)`; Keras's `uniform` has `a = 0.05`.
    Uniform(f32),
    /// `N(0, σ²)`.
    Normal(f32),
    /// `N(0, σ²)`, drawn again beyond `2σ` (Keras's `TruncatedNormal`).
    TruncatedNormal(f32),
    /// `U(±√(6 / (fan_in + fan_out)))` (Glorot, Bengio, 2010): Keras's default, PyTorch's `xavier_uniform_`.
    GlorotUniform,
    /// Variance `2 / (fan_in + fan_out)`, truncated as Keras does.
    GlorotNormal,
    /// Variance `2 / (fan_in + fan_out)`, not truncated: PyTorch's `xavier_normal_`.
    XavierNormal,
    /// `U(±√(6 / fan_in))` (He et al., 2015): PyTorch's `kaiming_uniform_` for relu.
    HeUniform,
    /// Variance `2 / fan_in`, truncated as Keras does.
    HeNormal,
    /// Variance `2 / fan_in`, not truncated: PyTorch's `kaiming_normal_` for relu.
    KaimingNormal,
    /// `U(±√(3 / fan_in))` (LeCun et al., 1998).
    LecunUniform,
    /// Variance `1 / fan_in`, truncated as Keras does.
    LecunNormal,
    /// `U(±1 / √fan_in)`: what PyTorch gives `Linear` and convolutions (`kaiming_uniform_` with `a = √5`), weights and biases.
    TorchDefault,
    /// Orthonormal rows or columns, whichever are fewer, times a gain (Saxe et al., 2014).
    Orthogonal(f32),
    /// Variance `2 / fan_out`, not truncated: PyTorch's `kaiming_normal_` for relu with `mode="fan_out"`, as torchvision's networks begin.
    KaimingNormalFanOut,
}

/// Standard deviation of `N(0, 1)` cut at two: what Keras divides by to keep the variance.
const TRUNCATED_STD: f32 = 0.879_625_7;

impl Init {
    /// A tensor of `shape` with these fans, drawn from `rng`. [`Init::Orthogonal`] sees it as a matrix of its first axis by the rest.
    ///
    /// ```
    /// use guide_core::seeded;
    /// use nn_core::Init;
    /// let w = Init::GlorotUniform.draw((50, 50), 50, 50, &mut seeded(1));
    /// assert!(w.iter().all(|w| w.abs() <= (6.0_f32 / 100.0).sqrt()));
    /// ```
    pub fn draw<D: Dimension, S: IntoDimension<Dim = D>>(
        self,
        shape: S,
        fan_in: usize,
        fan_out: usize,
        rng: &mut Rng,
    ) -> Array<f32, D> {
        let (input, output) = (fan_in.max(1) as f32, fan_out.max(1) as f32);
        let both = input + output;
        match self {
            Self::Zeros => constant(shape, 0.0),
            Self::Ones => constant(shape, 1.0),
            Self::Constant(value) => constant(shape, value),
            Self::Uniform(a) => uniform(shape, a, rng),
            Self::Normal(std) => normal(shape, std, rng),
            Self::TruncatedNormal(std) => truncated(shape, std, rng),
            Self::GlorotUniform => uniform(shape, (6.0 / both).sqrt(), rng),
            Self::GlorotNormal => truncated(shape, (2.0 / both).sqrt() / TRUNCATED_STD, rng),
            Self::XavierNormal => normal(shape, (2.0 / both).sqrt(), rng),
            Self::HeUniform => uniform(shape, (6.0 / input).sqrt(), rng),
            Self::HeNormal => truncated(shape, (2.0 / input).sqrt() / TRUNCATED_STD, rng),
            Self::KaimingNormal => normal(shape, (2.0 / input).sqrt(), rng),
            Self::KaimingNormalFanOut => normal(shape, (2.0 / output).sqrt(), rng),
            Self::LecunUniform => uniform(shape, (3.0 / input).sqrt(), rng),
            Self::LecunNormal => truncated(shape, (1.0 / input).sqrt() / TRUNCATED_STD, rng),
            Self::TorchDefault => uniform(shape, input.sqrt().recip(), rng),
            Self::Orthogonal(gain) => orthogonal(shape, gain, rng),
        }
    }

    /// A matrix `[n_in, n_out]` drawn under `seed`.
    pub fn matrix(self, n_in: usize, n_out: usize, seed: u64) -> Array2<f32> {
        self.draw((n_in, n_out), n_in, n_out, &mut seeded(seed))
    }
}

fn constant<D: Dimension>(shape: impl IntoDimension<Dim = D>, value: f32) -> Array<f32, D> {
    Array::from_elem(shape.into_dimension(), value)
}

fn uniform<D: Dimension>(
    shape: impl IntoDimension<Dim = D>,
    bound: f32,
    rng: &mut Rng,
) -> Array<f32, D> {
    fill(shape, || bound * rng.random_range(-1.0..=1.0))
}

fn normal<D: Dimension>(
    shape: impl IntoDimension<Dim = D>,
    std: f32,
    rng: &mut Rng,
) -> Array<f32, D> {
    fill(shape, || std * rng.sample::<f32, _>(StandardNormal))
}

fn truncated<D: Dimension>(
    shape: impl IntoDimension<Dim = D>,
    std: f32,
    rng: &mut Rng,
) -> Array<f32, D> {
    fill(shape, || {
        loop {
            let z: f32 = rng.sample(StandardNormal);
            if z.abs() <= 2.0 {
                return std * z;
            }
        }
    })
}

fn fill<D: Dimension>(
    shape: impl IntoDimension<Dim = D>,
    mut draw: impl FnMut() -> f32,
) -> Array<f32, D> {
    Array::from_shape_simple_fn(shape.into_dimension().into_shape_with_order(), &mut draw)
}

/// Gram and Schmidt on normal rows, in `f64`, twice over so that long rows stay orthogonal.
fn orthogonal<D: Dimension>(
    shape: impl IntoDimension<Dim = D>,
    gain: f32,
    rng: &mut Rng,
) -> Array<f32, D> {
    let mut tensor = Array::zeros(shape.into_dimension());
    let n_rows = tensor.shape().first().copied().unwrap_or(1);
    let n_cols = tensor.len() / n_rows.max(1);
    let (few, many) = (n_rows.min(n_cols), n_rows.max(n_cols));
    let normal = Normal::new(0.0_f64, 1.0).ok();
    let mut basis: Vec<Vec<f64>> = Vec::with_capacity(few);
    while basis.len() < few {
        let mut row: Vec<f64> = (0..many)
            .map(|_| normal.map_or(0.0, |normal| normal.sample(rng)))
            .collect();
        for done in basis.iter().chain(&basis) {
            let along: f64 = row.iter().zip(done).map(|(x, y)| x * y).sum();
            row.iter_mut().zip(done).for_each(|(x, y)| *x -= along * y);
        }
        let norm = row.iter().map(|x| x * x).sum::<f64>().sqrt();
        if norm > 1e-6 {
            row.iter_mut().for_each(|x| *x /= norm);
            basis.push(row);
        }
    }
    for (position, value) in tensor.iter_mut().enumerate() {
        let (row, col) = (position / n_cols.max(1), position % n_cols.max(1));
        let unit = if n_rows <= n_cols {
            basis[row][col]
        } else {
            basis[col][row]
        };
        *value = gain * unit as f32;
    }
    tensor
}
