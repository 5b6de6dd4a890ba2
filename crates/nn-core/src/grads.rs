//! Gradients: one store for each trained tensor, in the order of the tensors, kept and reused from step to step.

use guide_core::kernels;
use guide_core::ndarray::ArrayViewMut2;
use rayon::prelude::*;

use crate::{Path, Role, Weights};

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

    /// All numbers as a matrix of `n_cols` columns.
    ///
    /// # Panics
    /// If the tensor is trained by rows, or its length is no multiple of `n_cols`.
    pub fn matrix(&mut self, n_cols: usize) -> ArrayViewMut2<'_, f32> {
        let values = self.dense();
        let n_rows = values.len() / n_cols.max(1);
        match ArrayViewMut2::from_shape((n_rows, n_cols), values) {
            Ok(matrix) => matrix,
            Err(reason) => panic!("gradient as {n_rows} x {n_cols}: {reason}"),
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

    fn stored_mut(&mut self) -> &mut [f32] {
        match self {
            Self::Dense(values) => values,
            Self::Rows(rows) => &mut rows.values,
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

/// The gradients of all trained tensors of a model.
///
/// ```
/// use guide_core::{ndarray::array, seeded};
/// use nn_core::{Dense, Grads, Init, Layer};
/// let dense = Dense::new(2, 1, Init::Constant(3.0), 0);
/// let mut grads = Grads::of(&dense);
/// let (_, cache) = dense.forward(&array![[1.0, 2.0]], &mut seeded(0));
/// let dx = dense.backward(&cache, &array![[10.0]], grads.as_mut());
/// assert_eq!(dx, array![[30.0, 30.0]]);
/// assert_eq!(grads.as_ref()[0].stored(), [10.0, 20.0]); // xᵀ dy
/// assert_eq!(grads.as_ref()[1].stored(), [10.0]); // the bias
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Grads(Vec<Grad>);

impl AsRef<[Grad]> for Grads {
    fn as_ref(&self) -> &[Grad] {
        &self.0
    }
}

impl AsMut<[Grad]> for Grads {
    fn as_mut(&mut self) -> &mut [Grad] {
        &mut self.0
    }
}

impl Grads {
    /// Zeros for every trained tensor of `model`.
    pub fn of(model: &(impl Weights + ?Sized)) -> Self {
        let mut grads = Vec::new();
        model.visit(&Path::ROOT, &mut |_, role, tensor| match role {
            Role::Buffer => {}
            Role::Rows => {
                let n_rows = tensor.shape().first().copied().unwrap_or(0);
                let dim = tensor.shape().iter().skip(1).product();
                grads.push(Grad::Rows(RowGrad::new(n_rows, dim)));
            }
            Role::Weight | Role::Transposed => {
                grads.push(Grad::Dense(vec![0.0; tensor.data().len()]));
            }
        });
        Self(grads)
    }

    /// Back to 0; memory is kept.
    pub fn clear(&mut self) {
        for grad in &mut self.0 {
            match grad {
                Grad::Dense(values) => values.fill(0.0),
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

    /// `√ Σ g²` over all tensors, the sum in `f64`.
    pub fn norm(&self) -> f64 {
        let squares = |grad: &Grad| -> f64 {
            let square = |&g: &f32| f64::from(g) * f64::from(g);
            grad.stored().iter().map(square).sum()
        };
        self.0.iter().map(squares).sum::<f64>().sqrt()
    }

    /// Multiplies all by `factor`.
    pub fn scale(&mut self, factor: f32) {
        for grad in &mut self.0 {
            grad.stored_mut().iter_mut().for_each(|g| *g *= factor);
        }
    }

    /// Shrinks all so that [`Grads::norm`] is at most `max_norm` (Pascanu, Mikolov, Bengio, 2013), and returns the norm before.
    ///
    /// As PyTorch's `clip_grad_norm_`: the factor is `max_norm / (norm + 1e-6)`, at most 1.
    pub fn clip(&mut self, max_norm: f32) -> f64 {
        let norm = self.norm();
        let factor = f64::from(max_norm) / (norm + 1e-6);
        if factor < 1.0 {
            self.scale(factor as f32);
        }
        norm
    }
}
