//! A table of vectors, looked up by number.

use guide_core::ndarray::{Array2, Axis};
use guide_core::{Rng, kernels, seeded};
use serde::{Deserialize, Serialize};

use crate::{Grad, Init, Layer, Path, Role, Summary, Visitor, VisitorMut, Weights};

/// `y_n = E[id_n]`: `n` numbers in, `[n, dim]` out. Its gradient holds the rows that were looked up, each the sum of its `dy`.
///
/// ```
/// use guide_core::ndarray::array;
/// use nn_core::{Embedding, Layer};
/// let table = Embedding { weight: array![[0.0, 0.0], [1.0, 2.0]], padding: None };
/// assert_eq!(table.infer(&vec![1, 0, 1]), array![[1.0, 2.0], [0.0, 0.0], [1.0, 2.0]]);
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Embedding {
    /// `E`, `[n_rows, dim]`.
    pub weight: Array2<f32>,
    /// A row that is never trained, as PyTorch's `padding_idx`.
    pub padding: Option<u32>,
}

impl Embedding {
    /// `n_rows` vectors of `dim` numbers by `init` under `seed`. Keras begins with [`Init::Uniform`] of 0.05, PyTorch with
    /// [`Init::Normal`] of 1.
    pub fn new(n_rows: usize, dim: usize, init: Init, seed: u64) -> Self {
        Self {
            weight: init.draw((n_rows, dim), n_rows, dim, &mut seeded(seed)),
            padding: None,
        }
    }

    /// The same with row `id` all 0 and never trained.
    ///
    /// # Panics
    /// If there is no such row.
    #[must_use]
    pub fn with_padding(mut self, id: u32) -> Self {
        self.weight.row_mut(id as usize).fill(0.0);
        self.padding = Some(id);
        self
    }

    /// Rows in the table.
    pub fn n_rows(&self) -> usize {
        self.weight.nrows()
    }

    /// Numbers a row.
    pub fn dim(&self) -> usize {
        self.weight.ncols()
    }
}

impl Weights for Embedding {
    fn visit(&self, at: &Path<'_>, visitor: &mut Visitor<'_>) {
        visitor(&at.name("weight"), Role::Rows, &self.weight);
    }

    fn visit_mut(&mut self, at: &Path<'_>, visitor: &mut VisitorMut<'_>) {
        visitor(&at.name("weight"), Role::Rows, &mut self.weight);
    }
}

impl Layer for Embedding {
    type Input = Vec<u32>;
    type Output = Array2<f32>;
    /// The numbers looked up.
    type Cache = Vec<u32>;

    /// # Panics
    /// If a number is past the end of the table.
    fn infer(&self, ids: &Vec<u32>) -> Array2<f32> {
        let mut y = Array2::zeros((ids.len(), self.dim()));
        for (mut to, &id) in y.axis_iter_mut(Axis(0)).zip(ids) {
            to.assign(&self.weight.row(id as usize));
        }
        y
    }

    fn forward(&self, ids: &Vec<u32>, _: &mut Rng) -> (Array2<f32>, Vec<u32>) {
        (self.infer(ids), ids.clone())
    }

    /// Numbers have no gradient: what comes back is empty.
    fn backward(&self, ids: &Vec<u32>, dy: &Array2<f32>, grads: &mut [Grad]) -> Vec<u32> {
        let rows = grads[0].rows();
        for (&id, dy) in ids.iter().zip(dy.axis_iter(Axis(0))) {
            if Some(id) == self.padding {
                continue;
            }
            let row = rows.row_mut(id);
            match dy.as_slice() {
                Some(dy) => kernels::axpy(1.0, dy, row),
                None => row.iter_mut().zip(dy).for_each(|(row, dy)| *row += dy),
            }
        }
        Vec::new()
    }

    fn describe(&self, summary: &mut Summary) {
        summary.row("Embedding", &[self.dim()], self);
    }
}
