//! The fully connected layer.

use guide_core::ndarray::{ArrayView2, ArrayViewMut2};
use guide_core::{Result, kernels, seeded};
use serde::{Deserialize, Serialize};

use crate::layer::misfit;
use crate::simd::product;
use crate::{Activation, Backward, Grads, Init, Layer, Pass, Role, Room, Shape, WeightId, Weights};

/// `y = f(x W + b)` over the last axis: `x` of `[.., in]`, `W` of `[in, out]`, `b` of `[out]`, `f` linear unless said.
///
/// Backward, with `dz = dy ⊙ f'(z)`: `dx = dz Wᵀ`, `dW = xᵀ dz`, `db = Σ dz`.
///
/// ```
/// use nn_core::{Dense, Init, Pass, Shape, Weights, Workspace};
/// let mut weights = Weights::new();
/// let dense = Dense::new(&mut weights, "0", 2, 1, Init::Zeros, 0);
/// weights.get_mut(dense.weight()).copy_from_slice(&[1.0, 10.0]);
/// weights.get_mut(dense.bias().unwrap())[0] = 0.5;
/// let mut work = Workspace::default();
/// let y = work.forward(&dense, &Pass::infer(&weights, 1), Shape::of(&[2]), &[2.0, 3.0]);
/// assert_eq!(y, [32.5]);
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Dense {
    weight: WeightId,
    bias: Option<WeightId>,
    n_in: usize,
    n_out: usize,
    activation: Activation,
}

impl Dense {
    /// Adds `name.weight` by `init` under `seed` and `name.bias` of 0 to the store, as Keras begins.
    pub fn new(
        weights: &mut Weights,
        name: &str,
        n_in: usize,
        n_out: usize,
        init: Init,
        seed: u64,
    ) -> Self {
        let dense = Self::without_bias(weights, name, n_in, n_out, init, seed);
        let zeros = vec![0.0; n_out];
        let bias = weights.add(format!("{name}.bias"), Role::Weight, &[n_out], zeros);
        Self {
            bias: Some(bias),
            ..dense
        }
    }

    /// The same without a bias.
    pub fn without_bias(
        weights: &mut Weights,
        name: &str,
        n_in: usize,
        n_out: usize,
        init: Init,
        seed: u64,
    ) -> Self {
        let shape = [n_in, n_out];
        let name = format!("{name}.weight");
        let weight = weights.add_matrix(name, Role::Transposed, shape, init, seed);
        Self::of(weights, weight, None)
    }

    /// The same behind flattened pictures of `[height, width, channels]`: [`Role::Flattened`], so that the weight is written to files in
    /// the order of PyTorch, which flattens channels first.
    pub fn after_flatten(
        weights: &mut Weights,
        name: &str,
        pictures: Shape,
        n_out: usize,
        init: Init,
        seed: u64,
    ) -> Self {
        let (shape, zeros) = ([pictures.len(), n_out], vec![0.0; n_out]);
        let role = Role::Flattened {
            channels: pictures.last(),
        };
        let weight = weights.add_matrix(format!("{name}.weight"), role, shape, init, seed);
        let bias = weights.add(format!("{name}.bias"), Role::Weight, &[n_out], zeros);
        Self::of(weights, weight, Some(bias))
    }

    /// Weight and bias `U(±1/√n_in)`, as PyTorch's `Linear` begins.
    pub fn torch(weights: &mut Weights, name: &str, n_in: usize, n_out: usize, seed: u64) -> Self {
        let mut rng = seeded(seed);
        let init = Init::TorchDefault;
        let weight = init.draw((n_in, n_out), n_in, n_out, &mut rng).into_iter();
        let bias = init.draw(n_out, n_in, n_out, &mut rng).into_iter();
        let (of_weight, of_bias) = (format!("{name}.weight"), format!("{name}.bias"));
        let weight = weights.add(
            of_weight,
            Role::Transposed,
            &[n_in, n_out],
            weight.collect(),
        );
        let bias = weights.add(of_bias, Role::Weight, &[n_out], bias.collect());
        Self::of(weights, weight, Some(bias))
    }

    /// A layer over tensors of the store: `weight` of `[in, out]`, `bias` of `[out]`. Other layers may use them too.
    ///
    /// # Panics
    /// If the shapes do not fit.
    pub fn of(weights: &Weights, weight: WeightId, bias: Option<WeightId>) -> Self {
        let &[n_in, n_out] = weights.shape(weight) else {
            panic!("weight of a dense layer: {:?}", weights.shape(weight))
        };
        let fits = bias.is_none_or(|bias| weights.shape(bias) == [n_out]);
        assert!(fits, "bias of a dense layer of {n_out} outputs");
        Self {
            weight,
            bias,
            n_in,
            n_out,
            activation: Activation::Linear,
        }
    }

    /// The same followed by a function, as Keras's `activation`.
    #[must_use]
    pub fn activation(mut self, activation: Activation) -> Self {
        self.activation = activation;
        self
    }

    /// The number of `W` in the store.
    pub fn weight(&self) -> WeightId {
        self.weight
    }

    /// The number of `b` in the store.
    pub fn bias(&self) -> Option<WeightId> {
        self.bias
    }

    /// Numbers in.
    pub fn n_in(&self) -> usize {
        self.n_in
    }

    /// Numbers out.
    pub fn n_out(&self) -> usize {
        self.n_out
    }

    /// Writes `f(x W + b)` into `y`, a row of `n_out` numbers for each row of `n_in` in `x`.
    ///
    /// # Panics
    /// If the lengths do not fit.
    pub fn apply(&self, weights: &Weights, x: &[f32], y: &mut [f32]) {
        self.linear(weights, x, y);
        self.activation.apply(y, self.n_out);
    }

    fn linear(&self, weights: &Weights, x: &[f32], y: &mut [f32]) {
        if self.n_out == 1 {
            // A product of a matrix and a column is a dot product a row.
            let (w, bias) = (
                weights.get(self.weight),
                self.bias.map(|id| weights.get(id)[0]),
            );
            for (y, x) in y.iter_mut().zip(x.chunks_exact(self.n_in.max(1))) {
                *y = bias.unwrap_or(0.0) + kernels::dot(x, w);
            }
            return;
        }
        let (x, mut y) = (rows(x, self.n_in), rows_mut(y, self.n_out));
        if let Some(bias) = self.bias {
            let bias = weights.get(bias);
            for mut row in y.rows_mut() {
                row.iter_mut().zip(bias).for_each(|(y, &b)| *y = b);
            }
        }
        product(x, weights.matrix(self.weight), self.bias.is_some(), y);
    }

    /// Adds `dW = xᵀ dz` and `db` to `grads`.
    fn weight_gradient(&self, x: &[f32], dz: &[f32], grads: &mut Grads) {
        if self.n_out == 1 {
            let dw = grads.dense(self.weight);
            for (x, &dz) in x.chunks_exact(self.n_in.max(1)).zip(dz) {
                kernels::axpy(dz, x, dw);
            }
            if let Some(bias) = self.bias {
                grads.dense(bias)[0] += dz.iter().sum::<f32>();
            }
            return;
        }
        let (x, dz) = (rows(x, self.n_in), rows(dz, self.n_out));
        let dw = rows_mut(grads.dense(self.weight), self.n_out);
        product(x.t(), dz, true, dw);
        if let Some(bias) = self.bias {
            let db = grads.dense(bias);
            for row in dz.rows() {
                row.iter().zip(&mut *db).for_each(|(dz, db)| *db += dz);
            }
        }
    }

    /// Writes `dx = dz Wᵀ`. `transposed` is work space.
    fn input_gradient(
        &self,
        weights: &Weights,
        dz: &[f32],
        dx: &mut [f32],
        transposed: &mut [f32],
    ) {
        if self.n_out == 1 {
            let w = weights.get(self.weight);
            for (dx, &dz) in dx.chunks_exact_mut(self.n_in.max(1)).zip(dz) {
                dx.iter_mut().zip(w).for_each(|(dx, w)| *dx = dz * w);
            }
            return;
        }
        let mut transposed = rows_mut(&mut transposed[..self.n_in * self.n_out], self.n_in);
        transposed.assign(&weights.matrix(self.weight).t());
        let (dz, dx) = (rows(dz, self.n_out), rows_mut(dx, self.n_in));
        product(dz, transposed.view(), false, dx);
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
    fn kind(&self) -> &'static str {
        "Dense"
    }

    fn output(&self, input: Shape) -> Result<Shape> {
        if input.last() == self.n_in && !input.axes().is_empty() {
            Ok(input.with_last(self.n_out))
        } else {
            Err(misfit("Dense", input.with_last(self.n_in).axes(), input))
        }
    }

    fn visit(&self, visitor: &mut dyn FnMut(WeightId)) {
        visitor(self.weight);
        self.bias.iter().for_each(|&bias| visitor(bias));
    }

    /// `z`, where the gradient of `f` does not follow from `y`.
    fn cache_len(&self, n: usize, input: Shape) -> usize {
        if self.activation.keeps_output() {
            0
        } else {
            n * input.len() / self.n_in.max(1) * self.n_out
        }
    }

    /// `Wᵀ`.
    fn scratch_len(&self, _: usize, _: Shape) -> usize {
        self.n_in * self.n_out
    }

    fn forward(&self, pass: &Pass<'_>, _: Shape, x: &[f32], y: &mut [f32], room: Room<'_>) {
        self.linear(pass.weights, x, y);
        if !self.activation.keeps_output() {
            room.cache.copy_from_slice(y);
        }
        self.activation.apply(y, self.n_out);
    }

    fn backward(&self, pass: &Pass<'_>, _: Shape, at: Backward<'_>, room: Room<'_>) {
        let kept = if self.activation.keeps_output() {
            at.y
        } else {
            &*room.cache
        };
        self.activation.backprop(kept, at.dy, self.n_out);
        if let Some(grads) = at.grads {
            self.weight_gradient(at.x, at.dy, grads);
        }
        if let Some(dx) = at.dx {
            self.input_gradient(pass.weights, at.dy, dx, room.scratch);
        }
    }
}
