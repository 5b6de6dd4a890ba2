//! Layer normalisation (Ba, Kiros, Hinton, 2016).

use guide_core::Result;
use serde::{Deserialize, Serialize};

use crate::layer::misfit;
use crate::{Backward, Layer, Pass, Role, Room, Shape, WeightId, Weights};

/// `y = γ ⊙ (x − μ) / √(σ² + ε) + β` with mean `μ` and variance `σ²` over the last axis.
///
/// With `x̂ = (x − μ)/√(σ² + ε)` and `g = γ ⊙ dy`: `dx = (g − mean(g) − x̂ mean(g ⊙ x̂)) / √(σ² + ε)`.
///
/// ```
/// use nn_core::{LayerNorm, Pass, Shape, Weights, Workspace};
/// let mut weights = Weights::new();
/// let norm = LayerNorm::new(&mut weights, "norm", 2);
/// let mut work = Workspace::default();
/// let y = work.forward(&norm, &Pass::infer(&weights, 1), Shape::of(&[2]), &[1.0, 3.0]);
/// assert!((y[0] + 1.0).abs() < 1e-4 && (y[1] - 1.0).abs() < 1e-4);
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LayerNorm {
    weight: WeightId,
    bias: WeightId,
    width: usize,
    /// `ε`; 1e-5 as in PyTorch.
    pub epsilon: f32,
}

impl LayerNorm {
    /// Adds `name.weight`, `γ = 1`, and `name.bias`, `β = 0`, to the store; `ε = 1e-5`.
    pub fn new(weights: &mut Weights, name: &str, width: usize) -> Self {
        let (weight, bias) = scale_and_shift(weights, name, width);
        Self {
            weight,
            bias,
            width,
            epsilon: 1e-5,
        }
    }
}

/// Adds `γ = 1` and `β = 0` of a norm to the store.
pub(crate) fn scale_and_shift(
    weights: &mut Weights,
    name: &str,
    width: usize,
) -> (WeightId, WeightId) {
    let mut add = |part: &str, value: f32| {
        let name = format!("{name}.{part}");
        weights.add(name, Role::Weight, &[width], vec![value; width])
    };
    (add("weight", 1.0), add("bias", 0.0))
}

impl Layer for LayerNorm {
    fn kind(&self) -> &'static str {
        "LayerNormalization"
    }

    fn output(&self, input: Shape) -> Result<Shape> {
        if input.last() == self.width && !input.axes().is_empty() {
            Ok(input)
        } else {
            let expected = input.with_last(self.width);
            Err(misfit(self.kind(), expected.axes(), input))
        }
    }

    fn visit(&self, visitor: &mut dyn FnMut(WeightId)) {
        visitor(self.weight);
        visitor(self.bias);
    }

    /// `μ` and `1 / √(σ² + ε)` of each row.
    fn cache_len(&self, n: usize, input: Shape) -> usize {
        2 * (n * input.len() / self.width.max(1))
    }

    fn forward(&self, pass: &Pass<'_>, _: Shape, x: &[f32], y: &mut [f32], room: Room<'_>) {
        let (scale, shift) = (pass.weights.get(self.weight), pass.weights.get(self.bias));
        let width = self.width.max(1);
        let kept = room.cache.chunks_exact_mut(2);
        let rows = x.chunks_exact(width).zip(y.chunks_exact_mut(width));
        for ((x, y), kept) in rows.zip(kept) {
            let n = width as f64;
            let mean = x.iter().copied().map(f64::from).sum::<f64>() / n;
            let square = |&x: &f32| (f64::from(x) - mean).powi(2);
            let variance = x.iter().map(square).sum::<f64>() / n;
            let inverse = (variance + f64::from(self.epsilon)).sqrt().recip() as f32;
            let mean = mean as f32;
            for (((y, &x), &scale), &shift) in y.iter_mut().zip(x).zip(scale).zip(shift) {
                *y = (x - mean) * inverse * scale + shift;
            }
            kept.copy_from_slice(&[mean, inverse]);
        }
    }

    fn backward(&self, pass: &Pass<'_>, _: Shape, at: Backward<'_>, room: Room<'_>) {
        let width = self.width.max(1);
        let kept = || room.cache.chunks_exact(2);
        let (x, dy) = (at.x.chunks_exact(width), at.dy.chunks_exact(width));
        if let Some(grads) = at.grads {
            for ((x, dy), kept) in x.clone().zip(dy.clone()).zip(kept()) {
                let along = grads.dense(self.weight);
                for ((sum, &x), &dy) in along.iter_mut().zip(x).zip(dy) {
                    *sum += dy * (x - kept[0]) * kept[1];
                }
                let sums = grads.dense(self.bias).iter_mut();
                sums.zip(dy).for_each(|(sum, dy)| *sum += dy);
            }
        }
        let Some(dx) = at.dx else {
            return;
        };
        let scale = pass.weights.get(self.weight);
        let rows = x.zip(dy).zip(dx.chunks_exact_mut(width));
        for (((x, dy), dx), kept) in rows.zip(kept()) {
            let (mut sum, mut along) = (0.0, 0.0);
            for ((&x, &dy), &scale) in x.iter().zip(dy).zip(scale) {
                sum += dy * scale;
                along += dy * scale * (x - kept[0]) * kept[1];
            }
            let (mean, along) = (sum / width as f32, along / width as f32);
            for (((dx, &x), &dy), &scale) in dx.iter_mut().zip(x).zip(dy).zip(scale) {
                let normal = (x - kept[0]) * kept[1];
                *dx = kept[1] * (dy * scale - mean - normal * along);
            }
        }
    }
}
