//! Batch normalisation of columns (Ioffe, Szegedy, 2015).

use guide_core::Rng;
use guide_core::ndarray::{Array1, Array2, Axis, Zip};
use serde::{Deserialize, Serialize};

use crate::layer_norm::add_scale_and_shift;
use crate::{Grad, Layer, Path, Role, Summary, Visitor, VisitorMut, Weights};

/// `y = γ ⊙ (x − μ) / √(σ² + ε) + β` with mean and variance of each column: of the batch while training, the running ones
/// afterwards.
///
/// The forward pass leaves the statistics of its batch in its cache; [`Layer::absorb`] folds them in:
/// `running ← (1 − m) running + m batch`, the variance with `n − 1` below, as in PyTorch. When a batch is split into shards,
/// each is normalised by itself, and what is absorbed are the statistics of all its rows (Chan, Golub, LeVeque, 1979, eq. 2.1).
/// A single row has no variance and is not absorbed.
///
/// ```
/// use guide_core::{ndarray::array, seeded};
/// use nn_core::{BatchNorm1d, Layer};
/// let mut norm = BatchNorm1d::new(1);
/// let (y, cache) = norm.forward(&array![[1.0], [3.0]], &mut seeded(0));
/// assert!((y[[1, 0]] - 1.0).abs() < 1e-4);
/// norm.absorb(&[&cache]);
/// assert!((norm.running_mean[0] - 0.2).abs() < 1e-6); // 0.9 · 0 + 0.1 · 2
/// assert!((norm.running_var[0] - 1.1).abs() < 1e-6); // 0.9 · 1 + 0.1 · 2
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BatchNorm1d {
    /// `γ`, `[width]`.
    pub weight: Array1<f32>,
    /// `β`, `[width]`.
    pub bias: Array1<f32>,
    /// Running mean, `[width]`.
    pub running_mean: Array1<f32>,
    /// Running variance, `[width]`.
    pub running_var: Array1<f32>,
    /// `m`: how much a batch counts; 0.1 as in PyTorch (Keras says 0.99 for `1 − m`).
    pub momentum: f32,
    /// `ε`; 1e-5 as in PyTorch (Keras: 1e-3).
    pub epsilon: f32,
}

/// What the backward pass and the running statistics need of a batch.
#[derive(Clone, Debug)]
pub struct BatchStatistics {
    normal: Array2<f32>, // x̂
    scale: Array1<f32>,  // 1 / √(σ² + ε)
    mean: Array1<f64>,
    squares: Array1<f64>, // Σ (x − μ)²
}

impl BatchNorm1d {
    /// `γ = 1`, `β = 0`, running mean 0 and variance 1.
    pub fn new(width: usize) -> Self {
        Self {
            weight: Array1::ones(width),
            bias: Array1::zeros(width),
            running_mean: Array1::zeros(width),
            running_var: Array1::ones(width),
            momentum: 0.1,
            epsilon: 1e-5,
        }
    }
}

impl Weights for BatchNorm1d {
    fn visit(&self, at: &Path<'_>, visitor: &mut Visitor<'_>) {
        visitor(&at.name("weight"), Role::Weight, &self.weight);
        visitor(&at.name("bias"), Role::Weight, &self.bias);
        visitor(&at.name("running_mean"), Role::Buffer, &self.running_mean);
        visitor(&at.name("running_var"), Role::Buffer, &self.running_var);
    }

    fn visit_mut(&mut self, at: &Path<'_>, visitor: &mut VisitorMut<'_>) {
        visitor(&at.name("weight"), Role::Weight, &mut self.weight);
        visitor(&at.name("bias"), Role::Weight, &mut self.bias);
        visitor(
            &at.name("running_mean"),
            Role::Buffer,
            &mut self.running_mean,
        );
        visitor(&at.name("running_var"), Role::Buffer, &mut self.running_var);
    }
}

impl Layer for BatchNorm1d {
    type Input = Array2<f32>;
    type Output = Array2<f32>;
    type Cache = BatchStatistics;

    fn infer(&self, x: &Array2<f32>) -> Array2<f32> {
        assert_eq!(x.ncols(), self.weight.len(), "columns of a batch norm");
        let scale = self.running_var.mapv(|v| (v + self.epsilon).sqrt().recip()) * &self.weight;
        (x - &self.running_mean) * &scale + &self.bias
    }

    fn forward(&self, x: &Array2<f32>, _: &mut Rng) -> (Array2<f32>, BatchStatistics) {
        assert_eq!(x.ncols(), self.weight.len(), "columns of a batch norm");
        let n = x.nrows().max(1) as f64;
        let mut mean = Array1::<f64>::zeros(x.ncols());
        for row in x.rows() {
            Zip::from(&mut mean)
                .and(row)
                .for_each(|m, &x| *m += f64::from(x) / n);
        }
        let mut squares = Array1::<f64>::zeros(x.ncols());
        for row in x.rows() {
            Zip::from(&mut squares)
                .and(&mean)
                .and(row)
                .for_each(|s, m, &x| {
                    *s += (f64::from(x) - m).powi(2);
                });
        }
        let epsilon = f64::from(self.epsilon);
        let scale = squares.mapv(|s| (s / n + epsilon).sqrt().recip() as f32);
        let normal = (x - &mean.mapv(|m| m as f32)) * &scale;
        let y = &normal * &self.weight + &self.bias;
        (
            y,
            BatchStatistics {
                normal,
                scale,
                mean,
                squares,
            },
        )
    }

    fn backward(
        &self,
        cache: &BatchStatistics,
        dy: &Array2<f32>,
        grads: &mut [Grad],
    ) -> Array2<f32> {
        add_scale_and_shift(&cache.normal, dy, grads);
        let g = dy * &self.weight;
        let n = g.nrows().max(1) as f32;
        let mean = g.sum_axis(Axis(0)) / n;
        let along = (&g * &cache.normal).sum_axis(Axis(0)) / n;
        (g - &mean - &cache.normal * &along) * &cache.scale
    }

    fn absorb(&mut self, shards: &[&BatchStatistics]) {
        let rows = |shard: &BatchStatistics| shard.normal.nrows() as f64;
        let n: f64 = shards.iter().map(|shard| rows(shard)).sum();
        if n < 2.0 {
            return;
        }
        let mut mean = Array1::<f64>::zeros(self.weight.len());
        for shard in shards {
            mean.scaled_add(rows(shard) / n, &shard.mean);
        }
        let mut squares = Array1::<f64>::zeros(self.weight.len());
        for shard in shards {
            squares += &shard.squares;
            squares.scaled_add(
                rows(shard),
                &(&shard.mean - &mean).mapv(|apart| apart * apart),
            );
        }
        let m = self.momentum;
        let fold = |running: &mut f32, batch: f64| *running += m * (batch as f32 - *running);
        self.running_mean
            .zip_mut_with(&mean, |running, &mean| fold(running, mean));
        self.running_var.zip_mut_with(&squares, |running, &square| {
            fold(running, square / (n - 1.0))
        });
    }

    fn describe(&self, summary: &mut Summary) {
        summary.same("BatchNormalization", self);
    }
}
