//! A tower over sparse rows: the first layer is a weighted sum of its rows, the others are dense.

use guide_core::kernels;
use guide_core::ndarray::Array2;
use nn_core::{Dense, Embedding, Grad, Init, Layer, Path, Visitor, VisitorMut, Weights};
use serde::{Deserialize, Serialize};

use crate::pair_net::relu;

/// `h₁ = Σ_j x_j E_j`, `h_k = relu(W_k h_{k−1} + b_k)`; the last without the relu if asked for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Tower {
    pub(crate) first: Embedding, // [n_columns, hidden[0]]
    pub(crate) layers: Vec<Dense>,
    pub(crate) linear_end: bool,
}

/// The numbers of one row that are not 0, with their columns.
pub(crate) type Cells = Vec<(u32, f32)>;

/// What the backward pass needs: the outputs of the layers, the vectors last.
pub(crate) struct Pass(Vec<Array2<f32>>);

impl Pass {
    /// One vector a row.
    pub(crate) fn vectors(&self) -> &Array2<f32> {
        &self.0[self.0.len() - 1]
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

    pub(crate) fn forward(&self, rows: &[Cells]) -> Pass {
        let mut sums = Array2::zeros((rows.len(), self.first.dim()));
        for (mut sum, cells) in sums.rows_mut().into_iter().zip(rows) {
            if let Some(sum) = sum.as_slice_mut() {
                for &(column, value) in cells {
                    if let Some(weights) = self.first.weight.row(column as usize).as_slice() {
                        kernels::axpy(value, weights, sum);
                    }
                }
            }
        }
        let mut outputs = vec![sums];
        for layer in &self.layers {
            let mut h = layer.infer(&outputs[outputs.len() - 1]);
            if !self.ends_linear(outputs.len()) {
                relu(&mut h);
            }
            outputs.push(h);
        }
        Pass(outputs)
    }

    /// Adds the gradient of `Σ d · vectors` to `grads`.
    pub(crate) fn backward(&self, rows: &[Cells], pass: &Pass, d: Array2<f32>, grads: &mut [Grad]) {
        let mut d = d;
        for (index, layer) in self.layers.iter().enumerate().rev() {
            if !self.ends_linear(index + 1) {
                let output = &pass.0[index + 1];
                d.zip_mut_with(output, |d, &h| *d = if h > 0.0 { *d } else { 0.0 });
            }
            let own = &mut grads[1 + 2 * index..3 + 2 * index];
            d = layer.backward(&pass.0[index], &d, own);
        }
        let table = grads[0].rows();
        for (d, cells) in d.rows().into_iter().zip(rows) {
            if let Some(d) = d.as_slice() {
                for &(column, value) in cells {
                    kernels::axpy(value, d, table.row_mut(column));
                }
            }
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
