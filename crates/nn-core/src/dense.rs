//! The fully connected layer.

use guide_core::ndarray::{Array1, Array2, ArrayView2, ArrayViewMut2, Axis};
use guide_core::{Rng, Tensor, seeded};
use serde::{Deserialize, Serialize};

use crate::simd::product;
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

/// The same passes on rows in slices, into memory that the caller keeps from step to step.
impl Dense {
    /// Writes `x W + b` into `y`, a row of `n_out` numbers for each row of `n_in` in `x`.
    ///
    /// # Panics
    /// If the lengths do not fit.
    pub fn forward_into(&self, x: &[f32], y: &mut [f32]) {
        let (x, mut y) = (rows(x, self.n_in()), rows_mut(y, self.n_out()));
        if let Some(bias) = &self.bias {
            y.assign(bias);
        }
        product(x, self.weight.view(), self.bias.is_some(), y);
    }

    /// Adds `dW = xᵀ dy` and `db` to `grads`.
    ///
    /// # Panics
    /// If the lengths do not fit.
    pub fn weight_gradient(&self, x: &[f32], dy: &[f32], grads: &mut [Grad]) {
        let (x, dy) = (rows(x, self.n_in()), rows(dy, self.n_out()));
        product(x.t(), dy, true, grads[0].matrix(self.n_out()));
        if self.bias.is_some() {
            let d_bias = grads[1].dense();
            for row in dy.axis_iter(Axis(0)) {
                row.iter().zip(&mut *d_bias).for_each(|(dy, db)| *db += dy);
            }
        }
    }

    /// Writes `dx = dy Wᵀ`. `turned` is work space.
    ///
    /// # Panics
    /// If the lengths do not fit.
    pub fn input_gradient(&self, dy: &[f32], dx: &mut [f32], turned: &mut Vec<f32>) {
        let (n_in, n_out) = self.weight.dim();
        turned.resize(n_in * n_out, 0.0);
        let mut transposed = rows_mut(turned, n_in);
        transposed.assign(&self.weight.t());
        let (dy, dx) = (rows(dy, n_out), rows_mut(dx, n_in));
        product(dy, transposed.view(), false, dx);
    }
}

/// Numbers as rows of `width`.
fn rows(values: &[f32], width: usize) -> ArrayView2<'_, f32> {
    match ArrayView2::from_shape((values.len() / width.max(1), width), values) {
        Ok(rows) => rows,
        Err(reason) => panic!("{} numbers as rows of {width}: {reason}", values.len()),
    }
}

/// The same to write to.
fn rows_mut(values: &mut [f32], width: usize) -> ArrayViewMut2<'_, f32> {
    let len = values.len();
    match ArrayViewMut2::from_shape((len / width.max(1), width), values) {
        Ok(rows) => rows,
        Err(reason) => panic!("{len} numbers as rows of {width}: {reason}"),
    }
}

impl Layer for Dense {
    type Input = Array2<f32>;
    type Output = Array2<f32>;
    /// The input.
    type Cache = Array2<f32>;

    fn infer(&self, x: &Array2<f32>) -> Array2<f32> {
        let mut y = Array2::zeros((x.nrows(), self.n_out()));
        if let Some(bias) = &self.bias {
            y.assign(bias);
        }
        product(
            x.view(),
            self.weight.view(),
            self.bias.is_some(),
            y.view_mut(),
        );
        y
    }

    fn forward(&self, x: &Array2<f32>, _: &mut Rng) -> (Array2<f32>, Array2<f32>) {
        (self.infer(x), x.as_standard_layout().into_owned())
    }

    fn backward(&self, x: &Array2<f32>, dy: &Array2<f32>, grads: &mut [Grad]) -> Array2<f32> {
        let (x, dy) = (x.as_standard_layout(), dy.as_standard_layout());
        let (x, dy) = (
            x.as_slice().unwrap_or_default(),
            dy.as_slice().unwrap_or_default(),
        );
        let mut dx = Array2::zeros((dy.len() / self.n_out().max(1), self.n_in()));
        self.weight_gradient(x, dy, grads);
        self.input_gradient(dy, dx.data_mut(), &mut Vec::new());
        dx
    }

    fn describe(&self, summary: &mut Summary) {
        summary.row("Dense", &[self.n_out()], self);
    }
}
