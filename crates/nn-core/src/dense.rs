//! The fully connected layer.

use guide_core::ndarray::{Array1, Array2, Axis};
use guide_core::{Rng, kernels, seeded};
use serde::{Deserialize, Serialize};

use crate::{Grad, Init, Layer, Path, Role, Summary, Visitor, VisitorMut, Weights};

/// `y = x W + b` for `x` of `[n, in]`, `W` of `[in, out]`, `b` of `[out]`.
///
/// Backward: `dx = dy Wᵀ`, `dW = xᵀ dy`, `db = Σ_n dy`.
///
/// ```
/// use guide_core::ndarray::array;
/// use nn_core::{Dense, Layer};
/// let dense = Dense { weight: array![[1.0], [10.0]], bias: Some(array![0.5]) };
/// assert_eq!(dense.infer(&array![[2.0, 3.0]]), array![[32.5]]);
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Dense {
    /// `W`, `[in, out]`.
    pub weight: Array2<f32>,
    /// `b`, `[out]`.
    pub bias: Option<Array1<f32>>,
}

impl Dense {
    /// A weight by `init` under `seed`, and a bias of 0, as Keras begins.
    pub fn new(n_in: usize, n_out: usize, init: Init, seed: u64) -> Self {
        Self {
            weight: init.matrix(n_in, n_out, seed),
            bias: Some(Array1::zeros(n_out)),
        }
    }

    /// Weight and bias `U(±1/√n_in)`, as PyTorch's `Linear` begins.
    pub fn torch(n_in: usize, n_out: usize, seed: u64) -> Self {
        let mut rng = seeded(seed);
        Self {
            weight: Init::TorchDefault.draw((n_in, n_out), n_in, n_out, &mut rng),
            bias: Some(Init::TorchDefault.draw(n_out, n_in, n_out, &mut rng)),
        }
    }

    /// The same without a bias.
    #[must_use]
    pub fn without_bias(mut self) -> Self {
        self.bias = None;
        self
    }

    /// Numbers in.
    pub fn n_in(&self) -> usize {
        self.weight.nrows()
    }

    /// Numbers out.
    pub fn n_out(&self) -> usize {
        self.weight.ncols()
    }
}

impl Weights for Dense {
    fn visit(&self, at: &Path<'_>, visitor: &mut Visitor<'_>) {
        visitor(&at.name("weight"), Role::Transposed, &self.weight);
        if let Some(bias) = &self.bias {
            visitor(&at.name("bias"), Role::Weight, bias);
        }
    }

    fn visit_mut(&mut self, at: &Path<'_>, visitor: &mut VisitorMut<'_>) {
        visitor(&at.name("weight"), Role::Transposed, &mut self.weight);
        if let Some(bias) = &mut self.bias {
            visitor(&at.name("bias"), Role::Weight, bias);
        }
    }
}

impl Layer for Dense {
    type Input = Array2<f32>;
    type Output = Array2<f32>;
    /// The input.
    type Cache = Array2<f32>;

    fn infer(&self, x: &Array2<f32>) -> Array2<f32> {
        let mut y = Array2::zeros((x.nrows(), self.n_out()));
        let beta = match &self.bias {
            Some(bias) => {
                y.assign(bias);
                1.0
            }
            None => 0.0,
        };
        kernels::matmul_into(1.0, x.view(), self.weight.view(), beta, y.view_mut());
        y
    }

    fn forward(&self, x: &Array2<f32>, _: &mut Rng) -> (Array2<f32>, Array2<f32>) {
        (self.infer(x), x.clone())
    }

    fn backward(&self, x: &Array2<f32>, dy: &Array2<f32>, grads: &mut [Grad]) -> Array2<f32> {
        let d_weight = grads[0].matrix(self.n_out());
        kernels::matmul_into(1.0, x.t(), dy.view(), 1.0, d_weight);
        if self.bias.is_some() {
            let d_bias = grads[1].dense();
            for row in dy.axis_iter(Axis(0)) {
                row.iter().zip(&mut *d_bias).for_each(|(dy, db)| *db += dy);
            }
        }
        kernels::matmul(dy.view(), self.weight.t())
    }

    fn describe(&self, summary: &mut Summary) {
        summary.row("Dense", &[self.n_out()], self);
    }
}
