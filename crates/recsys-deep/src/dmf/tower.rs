//! A tower over sparse rows: the first layer is a weighted sum of its rows, the others are dense.

use guide_core::kernels;
use nn_core::{Activation, Dense, Embedding, Grad, Init, Path, Visitor, VisitorMut, Weights};
use serde::{Deserialize, Serialize};

/// `h₁ = Σ_j x_j E_j`, `h_k = relu(W_k h_{k−1} + b_k)`; the last without the relu if asked for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Tower {
    pub(crate) first: Embedding, // [n_columns, hidden[0]]
    pub(crate) layers: Vec<Dense>,
    pub(crate) linear_end: bool,
}

/// What a tower works in over `n` rows.
#[derive(Debug, Default)]
pub(crate) struct TowerWork {
    /// `[n, width]` of each layer; the first are the sums `Σ_j x_j E_j`, written by the caller, the last the vectors.
    pub(crate) outputs: Vec<Vec<f32>>,
    /// Slopes by the vectors, written by the caller; after [`Tower::backward`] those by the sums.
    pub(crate) d: Vec<f32>,
    below: Vec<f32>,
    turned: Vec<f32>,
}

impl TowerWork {
    /// One vector a row.
    pub(crate) fn vectors(&self) -> &[f32] {
        self.outputs.last().map_or(&[], Vec::as_slice)
    }
}

impl Tower {
    pub(crate) fn new(n_columns: usize, hidden: &[usize], linear_end: bool, seed: u64) -> Self {
        let first = hidden.first().copied().unwrap_or(1);
        let layers = (1..).zip(hidden.windows(2));
        let layers = layers
            .map(|(number, pair)| Dense::new(pair[0], pair[1], Init::HeNormal, seed + number));
        Self {
            first: Embedding::new(n_columns, first, Init::TruncatedNormal(0.01), seed),
            layers: layers.collect(),
            linear_end,
        }
    }

    /// Room for the sums of `n` rows, all 0.
    pub(crate) fn begin<'w>(&self, n: usize, work: &'w mut TowerWork) -> &'w mut [f32] {
        work.outputs.resize_with(1 + self.layers.len(), Vec::new);
        let sums = &mut work.outputs[0];
        sums.clear();
        sums.resize(n * self.first.dim(), 0.0);
        sums
    }

    /// Adds `value` times the weights of `column` to a sum.
    pub(crate) fn add(&self, column: u32, value: f32, sum: &mut [f32]) {
        if let Some(weights) = self.first.weight.row(column as usize).as_slice() {
            kernels::axpy(value, weights, sum);
        }
    }

    /// From the sums to the vectors.
    pub(crate) fn finish(&self, work: &mut TowerWork) {
        let n = work.outputs[0].len() / self.first.dim().max(1);
        for (index, layer) in self.layers.iter().enumerate() {
            if let [x, y] = &mut work.outputs[index..index + 2] {
                y.resize(n * layer.n_out(), 0.0);
                layer.forward_into(x, y);
                if !self.ends_linear(index + 1) {
                    Activation::Relu.apply(y, 1);
                }
            }
        }
    }

    /// From the slopes by the vectors to those by the sums; adds those by the weights of the layers to `grads`.
    pub(crate) fn backward(&self, work: &mut TowerWork, grads: &mut [Grad]) {
        for (index, layer) in self.layers.iter().enumerate().rev() {
            if !self.ends_linear(index + 1) {
                Activation::Relu.backprop(&work.outputs[index + 1], &mut work.d, 1);
            }
            let x = &work.outputs[index];
            layer.weight_gradient(x, &work.d, &mut grads[1 + 2 * index..3 + 2 * index]);
            work.below.resize(x.len(), 0.0);
            layer.input_gradient(&work.d, &mut work.below, &mut work.turned);
            std::mem::swap(&mut work.d, &mut work.below);
        }
    }

    /// Whether output number `index` is the last one and has no relu.
    fn ends_linear(&self, index: usize) -> bool {
        self.linear_end && index == self.layers.len()
    }

    /// Numbers in a vector.
    pub(crate) fn dim(&self) -> usize {
        self.layers.last().map_or(self.first.dim(), Dense::n_out)
    }

    /// Whether all shapes fit together and all numbers are finite.
    pub(crate) fn fits(&self, n_columns: usize) -> bool {
        let mut width = self.first.dim();
        let chained = self.layers.iter().all(|layer| {
            let bias = layer
                .bias
                .as_ref()
                .is_some_and(|bias| bias.len() == layer.n_out());
            let fits = layer.n_in() == width && bias && layer.weight.is_standard_layout();
            width = layer.n_out();
            fits && width > 0
        });
        let mut sound = chained
            && self.first.dim() > 0
            && self.first.n_rows() == n_columns
            && self.first.padding.is_none()
            && self.first.weight.is_standard_layout();
        if sound {
            self.visit(&Path::ROOT, &mut |_, _, tensor| {
                sound &= tensor.data().iter().all(|x| x.is_finite());
            });
        }
        sound
    }
}

impl Weights for Tower {
    fn visit(&self, at: &Path<'_>, visitor: &mut Visitor<'_>) {
        self.first.visit(&at.name("first"), visitor);
        for (index, layer) in self.layers.iter().enumerate() {
            layer.visit(&at.name("layers").index(index), visitor);
        }
    }

    fn visit_mut(&mut self, at: &Path<'_>, visitor: &mut VisitorMut<'_>) {
        self.first.visit_mut(&at.name("first"), visitor);
        for (index, layer) in self.layers.iter_mut().enumerate() {
            layer.visit_mut(&at.name("layers").index(index), visitor);
        }
    }
}
