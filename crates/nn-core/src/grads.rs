//! Gradients: one for each tensor of a store, kept and reused from step to step.

use guide_core::kernels;
use rayon::prelude::*;

use crate::{Role, WeightId, Weights};

/// Numbers that one thread handles at a time when long tensors are split; a split never changes a result.
pub(crate) const CHUNK: usize = 1 << 15;

/// The gradient of one tensor.
#[derive(Clone, Debug, PartialEq)]
pub enum Grad {
    /// A number for each number of the tensor.
    Dense(Vec<f32>),
    /// Only the rows that a batch touched.
    Rows(RowGrad),
}

impl Grad {
    /// All numbers, row-major.
    ///
    /// # Panics
    /// If the tensor is trained by rows.
    pub fn dense(&mut self) -> &mut [f32] {
        match self {
            Self::Dense(values) => values,
            Self::Rows(_) => panic!("a gradient by rows where a dense one was expected"),
        }
    }

    /// The rows.
    ///
    /// # Panics
    /// If the tensor is not trained by rows.
    pub fn rows(&mut self) -> &mut RowGrad {
        match self {
            Self::Rows(rows) => rows,
            Self::Dense(_) => panic!("a dense gradient where one by rows was expected"),
        }
    }

    /// The numbers that are stored; those that are not are 0.
    pub fn stored(&self) -> &[f32] {
        match self {
            Self::Dense(values) => values,
            Self::Rows(rows) => &rows.values,
        }
    }

    /// All numbers, zeros too, of a tensor whose rows have `width` numbers.
    pub fn to_dense(&self, width: usize) -> Vec<f32> {
        match self {
            Self::Dense(values) => values.clone(),
            Self::Rows(rows) => {
                let zeros = vec![0.0; width];
                let row = |row| rows.row(row).unwrap_or(&zeros).iter().copied();
                (0..rows.n_rows()).flat_map(row).collect()
            }
        }
    }
}

const ABSENT: u32 = u32::MAX;

/// The gradient of a table of rows of which few were touched.
#[derive(Clone, Debug, PartialEq)]
pub struct RowGrad {
    dim: usize,
    /// Where each row of the table stands in `touched`, or [`ABSENT`].
    place: Vec<u32>, // [n_rows]
    touched: Vec<u32>, // by first touch
    values: Vec<f32>,  // [touched, dim]
}

impl RowGrad {
    fn new(n_rows: usize, dim: usize) -> Self {
        Self {
            dim,
            place: vec![ABSENT; n_rows],
            touched: Vec::new(),
            values: Vec::new(),
        }
    }

    /// The gradient of one row, to add to; it begins at 0.
    ///
    /// # Panics
    /// If the table has no such row.
    pub fn row_mut(&mut self, row: u32) -> &mut [f32] {
        let place = &mut self.place[row as usize];
        if *place == ABSENT {
            *place = self.touched.len() as u32;
            self.touched.push(row);
            self.values.resize(self.touched.len() * self.dim, 0.0);
        }
        let start = *place as usize * self.dim;
        &mut self.values[start..start + self.dim]
    }

    /// The gradient of one row, if it was touched.
    pub fn row(&self, row: usize) -> Option<&[f32]> {
        let place = *self.place.get(row).filter(|&&place| place != ABSENT)? as usize;
        Some(&self.values[place * self.dim..(place + 1) * self.dim])
    }

    /// Numbers a row.
    pub fn dim(&self) -> usize {
        self.dim
    }

    /// The numbers of the touched rows, by first touch.
    pub fn touched(&self) -> &[u32] {
        &self.touched
    }

    /// Rows of the table, touched or not.
    pub fn n_rows(&self) -> usize {
        self.place.len()
    }

    /// The touched rows with their gradients, by first touch.
    pub fn iter(&self) -> impl Iterator<Item = (u32, &[f32])> {
        self.touched
            .iter()
            .copied()
            .zip(self.values.chunks_exact(self.dim.max(1)))
    }

    fn clear(&mut self) {
        for &row in &self.touched {
            self.place[row as usize] = ABSENT;
        }
        self.touched.clear();
        self.values.clear();
    }
}

/// The gradients of all tensors of a store, by the same numbers; those of buffers are empty.
///
/// ```
/// use nn_core::{Backward, Dense, Grads, Init, Layer, Pass, Room, Shape, Weights};
/// let mut weights = Weights::new();
/// let dense = Dense::new(&mut weights, "0", 2, 1, Init::Constant(3.0), 0);
/// let mut grads = Grads::of(&weights);
/// let (x, mut dx, mut scratch) = ([1.0, 2.0], [0.0; 2], [0.0; 2]);
/// let at = Backward { x: &x, y: &[9.0], dy: &mut [10.0], dx: Some(&mut dx), grads: Some(&mut grads) };
/// let room = Room { cache: &mut [], scratch: &mut scratch };
/// dense.backward(&Pass::infer(&weights, 1), Shape::of(&[2]), at, room);
/// assert_eq!(dx, [30.0, 30.0]);
/// assert_eq!(grads.dense(dense.weight()), [10.0, 20.0]); // xᵀ dy
/// assert_eq!(grads.dense(dense.bias().unwrap()), [10.0]);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Grads(Vec<Grad>);

impl Grads {
    /// Zeros for every tensor of `weights`.
    pub fn of(weights: &Weights) -> Self {
        let grad = |id| match weights.role(id) {
            Role::Buffer => Grad::Dense(Vec::new()),
            Role::Rows => {
                let shape = weights.shape(id);
                let n_rows = shape.first().copied().unwrap_or(0);
                Grad::Rows(RowGrad::new(n_rows, shape.iter().skip(1).product()))
            }
            Role::Weight | Role::Transposed | Role::Kernel | Role::Flattened { .. } => {
                Grad::Dense(vec![0.0; weights.get(id).len()])
            }
        };
        Self(weights.ids().map(grad).collect())
    }

    /// The gradient of a tensor.
    pub fn get(&self, id: WeightId) -> &Grad {
        &self.0[id.index()]
    }

    /// The gradient of a tensor to add to.
    pub fn get_mut(&mut self, id: WeightId) -> &mut Grad {
        &mut self.0[id.index()]
    }

    /// [`Grad::dense`] of a tensor.
    ///
    /// # Panics
    /// If the tensor is trained by rows.
    pub fn dense(&mut self, id: WeightId) -> &mut [f32] {
        self.get_mut(id).dense()
    }

    /// [`Grad::rows`] of a tensor.
    ///
    /// # Panics
    /// If the tensor is not trained by rows.
    pub fn rows(&mut self, id: WeightId) -> &mut RowGrad {
        self.get_mut(id).rows()
    }

    /// All gradients, in the order of the store.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Grad> {
        self.0.iter()
    }

    /// Back to 0; memory is kept.
    pub fn clear(&mut self) {
        self.clear_but(None);
    }

    /// [`Grads::clear`] for all tensors but one, whose gradient will be overwritten ([`crate::Objective::overwrites`]).
    pub(crate) fn clear_but(&mut self, overwritten: Option<WeightId>) {
        for (index, grad) in self.0.iter_mut().enumerate() {
            match grad {
                Grad::Dense(_) if overwritten.is_some_and(|id| id.index() == index) => {}
                Grad::Dense(values) if values.len() <= CHUNK => values.fill(0.0),
                Grad::Dense(values) => {
                    let chunks = values.par_chunks_mut(CHUNK);
                    chunks.for_each(|chunk| chunk.fill(0.0));
                }
                Grad::Rows(rows) => rows.clear(),
            }
        }
    }

    /// Adds the gradients of the same model over other examples.
    ///
    /// # Panics
    /// If `other` belongs to a model of another shape.
    pub fn add(&mut self, other: &Self) {
        assert_eq!(self.0.len(), other.0.len(), "gradients of different models");
        for (to, from) in self.0.iter_mut().zip(&other.0) {
            match (to, from) {
                (Grad::Dense(to), Grad::Dense(from)) if to.len() <= CHUNK => {
                    kernels::axpy(1.0, from, to);
                }
                (Grad::Dense(to), Grad::Dense(from)) => to
                    .par_chunks_mut(CHUNK)
                    .zip(from.par_chunks(CHUNK))
                    .for_each(|(to, from)| kernels::axpy(1.0, from, to)),
                (Grad::Rows(to), Grad::Rows(from)) => {
                    for (row, values) in from.iter() {
                        kernels::axpy(1.0, values, to.row_mut(row));
                    }
                }
                _ => panic!("gradients of different models"),
            }
        }
    }

    /// `√ Σ g²` over all tensors: blocks in `f32`, their sums in `f64`, in an order that no thread changes.
    pub fn norm(&self) -> f64 {
        let squares = self.0.iter().map(|grad| sum_of_squares(grad.stored()));
        squares.sum::<f64>().sqrt()
    }

    /// The factor that brings [`Grads::norm`] down to `max_norm` where it is above (Pascanu, Mikolov, Bengio, 2013), and the norm.
    ///
    /// As PyTorch's `clip_grad_norm_`: the factor is `max_norm / (norm + 1e-6)`, at most 1.
    pub fn clip_factor(&self, max_norm: f32) -> (f32, f64) {
        let norm = self.norm();
        let factor = f64::from(max_norm) / (norm + 1e-6);
        (factor.min(1.0) as f32, norm)
    }
}

/// The sum of squares of a tensor; long ones are halved for two threads.
fn sum_of_squares(values: &[f32]) -> f64 {
    if values.len() <= CHUNK {
        let blocks = values.chunks(1 << 10);
        return blocks
            .map(|block| f64::from(kernels::dot(block, block)))
            .sum();
    }
    let (left, right) = values.split_at(values.len() / 2);
    let (left, right) = rayon::join(|| sum_of_squares(left), || sum_of_squares(right));
    left + right
}
