//! A table of vectors, looked up by number.

use guide_core::{kernels, seeded};
use serde::{Deserialize, Serialize};

use crate::grads::Grad;
use crate::{Grads, Init, Role, WeightId, Weights};

/// `y_n = E[id_n]`: numbers in, rows of `dim` out. Its gradient by `E` holds the rows that were looked up, each the sum of its `dy`;
/// numbers have no gradient.
///
/// ```
/// use nn_core::{Embedding, Init, Weights};
/// let mut weights = Weights::new();
/// let table = Embedding::new(&mut weights, "words", 2, 2, Init::Zeros, 0);
/// weights.get_mut(table.weight()).copy_from_slice(&[0.0, 0.0, 1.0, 2.0]);
/// let mut y = [0.0; 6];
/// table.gather(&weights, &[1, 0, 1], &mut y);
/// assert_eq!(y, [1.0, 2.0, 0.0, 0.0, 1.0, 2.0]);
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Embedding {
    weight: WeightId,
    n_rows: usize,
    dim: usize,
    /// A row that is never trained, as PyTorch's `padding_idx`.
    padding: Option<u32>,
}

impl Embedding {
    /// Adds `name.weight` to the store: `n_rows` vectors of `dim` numbers by `init` under `seed`, trained by rows. Keras begins with
    /// [`Init::Uniform`] of 0.05, PyTorch with [`Init::Normal`] of 1.
    pub fn new(
        weights: &mut Weights,
        name: &str,
        n_rows: usize,
        dim: usize,
        init: Init,
        seed: u64,
    ) -> Self {
        let values = init.draw((n_rows, dim), n_rows, dim, &mut seeded(seed));
        let name = format!("{name}.weight");
        let values = values.into_iter().collect();
        let weight = weights.add(name, Role::Rows, &[n_rows, dim], values);
        Self::of(weights, weight)
    }

    /// The rows of a tensor of the store, `[n_rows, dim]`, which other layers may use too: tied to an output layer, it has the role
    /// [`Role::Weight`].
    ///
    /// # Panics
    /// If the tensor is no matrix.
    pub fn of(weights: &Weights, weight: WeightId) -> Self {
        let &[n_rows, dim] = weights.shape(weight) else {
            panic!("table of an embedding: {:?}", weights.shape(weight))
        };
        Self {
            weight,
            n_rows,
            dim,
            padding: None,
        }
    }

    /// The same with row `id` all 0 and never trained.
    ///
    /// # Panics
    /// If there is no such row.
    #[must_use]
    pub fn with_padding(mut self, weights: &mut Weights, id: u32) -> Self {
        let start = id as usize * self.dim;
        weights.get_mut(self.weight)[start..start + self.dim].fill(0.0);
        self.padding = Some(id);
        self
    }

    /// The number of the table in the store.
    pub fn weight(&self) -> WeightId {
        self.weight
    }

    /// Rows in the table.
    pub fn n_rows(&self) -> usize {
        self.n_rows
    }

    /// Numbers a row.
    pub fn dim(&self) -> usize {
        self.dim
    }

    /// One row.
    ///
    /// # Panics
    /// If there is no such row.
    pub fn row<'w>(&self, weights: &'w Weights, id: u32) -> &'w [f32] {
        let start = id as usize * self.dim;
        &weights.get(self.weight)[start..start + self.dim]
    }

    /// Writes the rows of `ids` into `y`, `[ids, dim]`.
    ///
    /// # Panics
    /// If a number is past the end of the table, or `y` is too short.
    pub fn gather(&self, weights: &Weights, ids: &[u32], y: &mut [f32]) {
        assert_eq!(ids.len() * self.dim, y.len(), "rows of an embedding");
        for (to, &id) in y.chunks_exact_mut(self.dim.max(1)).zip(ids) {
            to.copy_from_slice(self.row(weights, id));
        }
    }

    /// Adds `dy`, `[ids, dim]`, to the gradients of the rows of `ids`.
    ///
    /// # Panics
    /// As [`Embedding::gather`].
    pub fn scatter(&self, ids: &[u32], dy: &[f32], grads: &mut Grads) {
        assert_eq!(ids.len() * self.dim, dy.len(), "rows of an embedding");
        let rows = ids.iter().zip(dy.chunks_exact(self.dim.max(1)));
        let rows = rows.filter(|&(&id, _)| Some(id) != self.padding);
        match grads.get_mut(self.weight) {
            Grad::Rows(grad) => rows.for_each(|(&id, dy)| kernels::axpy(1.0, dy, grad.row_mut(id))),
            Grad::Dense(grad) => rows.for_each(|(&id, dy)| {
                let start = id as usize * self.dim;
                kernels::axpy(1.0, dy, &mut grad[start..start + self.dim]);
            }),
        }
    }
}
