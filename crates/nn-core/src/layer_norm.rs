//! Layer normalisation (Ba, Kiros, Hinton, 2016).

use guide_core::Rng;
use guide_core::ndarray::{Array1, Array2, Axis, Zip};
use serde::{Deserialize, Serialize};

use crate::{Grad, Layer, Path, Role, Summary, Visitor, VisitorMut, Weights};

/// `y = γ ⊙ (x − μ) / √(σ² + ε) + β` with mean `μ` and variance `σ²` over each row of `[n, width]`.
///
/// With `x̂ = (x − μ)/√(σ² + ε)` and `g = γ ⊙ dy`: `dx = (g − mean(g) − x̂ mean(g ⊙ x̂)) / √(σ² + ε)`.
///
/// ```
/// use guide_core::ndarray::array;
/// use nn_core::{Layer, LayerNorm};
/// let y = LayerNorm::new(2).infer(&array![[1.0, 3.0]]);
/// assert!((y[[0, 0]] + 1.0).abs() < 1e-4 && (y[[0, 1]] - 1.0).abs() < 1e-4);
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LayerNorm {
    /// `γ`, `[width]`.
    pub weight: Array1<f32>,
    /// `β`, `[width]`.
    pub bias: Array1<f32>,
    /// `ε`; 1e-5 as in PyTorch.
    pub epsilon: f32,
}

impl LayerNorm {
    /// `γ = 1`, `β = 0`, `ε = 1e-5`.
    pub fn new(width: usize) -> Self {
        Self {
            weight: Array1::ones(width),
            bias: Array1::zeros(width),
            epsilon: 1e-5,
        }
    }

    /// `x̂`, and `1 / √(σ² + ε)` of each row.
    fn normalise(&self, x: &Array2<f32>) -> (Array2<f32>, Array1<f32>) {
        assert_eq!(x.ncols(), self.weight.len(), "columns of a layer norm");
        let mut normal = x.clone();
        let scales = normal.axis_iter_mut(Axis(0)).map(|mut row| {
            let n = row.len() as f64;
            let mean = row.iter().copied().map(f64::from).sum::<f64>() / n;
            let square = |&x: &f32| (f64::from(x) - mean).powi(2);
            let variance = row.iter().map(square).sum::<f64>() / n;
            let scale = (variance + f64::from(self.epsilon)).sqrt().recip();
            row.mapv_inplace(|x| ((f64::from(x) - mean) * scale) as f32);
            scale as f32
        });
        let scales = scales.collect();
        (normal, scales)
    }
}

impl Weights for LayerNorm {
    fn visit(&self, at: &Path<'_>, visitor: &mut Visitor<'_>) {
        visitor(&at.name("weight"), Role::Weight, &self.weight);
        visitor(&at.name("bias"), Role::Weight, &self.bias);
    }

    fn visit_mut(&mut self, at: &Path<'_>, visitor: &mut VisitorMut<'_>) {
        visitor(&at.name("weight"), Role::Weight, &mut self.weight);
        visitor(&at.name("bias"), Role::Weight, &mut self.bias);
    }
}

impl Layer for LayerNorm {
    type Input = Array2<f32>;
    type Output = Array2<f32>;
    /// `x̂` and the scale of each row.
    type Cache = (Array2<f32>, Array1<f32>);

    fn infer(&self, x: &Array2<f32>) -> Array2<f32> {
        self.normalise(x).0 * &self.weight + &self.bias
    }

    fn forward(&self, x: &Array2<f32>, _: &mut Rng) -> (Array2<f32>, Self::Cache) {
        let (normal, scales) = self.normalise(x);
        (&normal * &self.weight + &self.bias, (normal, scales))
    }

    fn backward(&self, cache: &Self::Cache, dy: &Array2<f32>, grads: &mut [Grad]) -> Array2<f32> {
        let (normal, scales) = cache;
        add_scale_and_shift(normal, dy, grads);
        let mut dx = dy * &self.weight;
        let n = dx.ncols().max(1) as f32;
        Zip::from(dx.rows_mut())
            .and(normal.rows())
            .and(scales)
            .for_each(|mut g, normal, &scale| {
                let mean = g.sum() / n;
                let along = g.dot(&normal) / n;
                g.zip_mut_with(&normal, |g, x| *g = scale * (*g - mean - x * along));
            });
        dx
    }

    fn describe(&self, summary: &mut Summary) {
        summary.same("LayerNormalization", self);
    }
}

/// `dγ += Σ_n dy ⊙ x̂`, `dβ += Σ_n dy`: the same for layer and batch norm.
pub(crate) fn add_scale_and_shift(normal: &Array2<f32>, dy: &Array2<f32>, grads: &mut [Grad]) {
    let [d_scale, d_shift, ..] = grads else {
        panic!("a norm has two gradients, got {}", grads.len())
    };
    let (d_scale, d_shift) = (d_scale.dense(), d_shift.dense());
    for (normal, dy) in normal.rows().into_iter().zip(dy.rows()) {
        for (((x, dy), scale), shift) in normal.iter().zip(dy).zip(&mut *d_scale).zip(&mut *d_shift)
        {
            *scale += dy * x;
            *shift += dy;
        }
    }
}
