//! Feature matrices, dense or sparse, and their products with a matrix of a few outputs.

use guide_core::kernels::{gather_rows, matmul_into};
use guide_core::ndarray::{Array2, ArrayView2, ArrayViewMut2};
use guide_core::{Error, Result, SparseRows};
use rayon::prelude::*;

/// The features of examples, one example a row.
#[derive(Clone, Copy, Debug)]
pub enum FeatureRows<'a> {
    /// Every number, shape `[examples, features]`.
    Dense(ArrayView2<'a, f32>),
    /// The numbers that are not 0.
    Sparse(&'a SparseRows),
}

impl<'a> From<&'a Array2<f32>> for FeatureRows<'a> {
    fn from(rows: &'a Array2<f32>) -> Self {
        Self::Dense(rows.view())
    }
}

impl<'a> From<ArrayView2<'a, f32>> for FeatureRows<'a> {
    fn from(rows: ArrayView2<'a, f32>) -> Self {
        Self::Dense(rows)
    }
}

impl<'a> From<&'a SparseRows> for FeatureRows<'a> {
    fn from(rows: &'a SparseRows) -> Self {
        Self::Sparse(rows)
    }
}

impl FeatureRows<'_> {
    /// The number of examples.
    pub fn n_rows(&self) -> usize {
        match self {
            Self::Dense(rows) => rows.nrows(),
            Self::Sparse(rows) => rows.n_rows(),
        }
    }

    /// The number of features.
    pub fn n_columns(&self) -> usize {
        match self {
            Self::Dense(rows) => rows.ncols(),
            Self::Sparse(rows) => rows.n_columns(),
        }
    }

    /// Refuses NaN and infinities. Sparse rows have been checked when they were made.
    pub(super) fn ensure_finite(&self) -> Result<()> {
        if let Self::Dense(rows) = self
            && let Some(((row, column), &bad)) = rows.indexed_iter().find(|(_, x)| !x.is_finite())
        {
            return Err(Error::NotFinite {
                what: format!("row {row}, feature"),
                index: column,
                value: f64::from(bad),
            });
        }
        Ok(())
    }
}

/// Outputs that are computed together by the sparse kernel.
const WIDTH: usize = 16;
/// Rows of one task. A row is summed in the order of its columns, whatever the task.
const ROWS: usize = 128;

/// The outputs that are stored for `n` outputs: at most [`WIDTH`] as they are, more in whole blocks.
pub(super) fn padded(n: usize) -> usize {
    if n <= WIDTH {
        n
    } else {
        n.next_multiple_of(WIDTH)
    }
}

/// A feature matrix, ready for products from both sides.
pub(super) struct Design<'a> {
    rows: FeatureRows<'a>,
    /// The transposed matrix, of sparse features.
    by_column: Option<SparseRows>,
}

impl<'a> Design<'a> {
    pub(super) fn new(rows: FeatureRows<'a>) -> Self {
        let by_column = match rows {
            FeatureRows::Dense(_) => None,
            FeatureRows::Sparse(rows) => Some(rows.transposed()),
        };
        Self { rows, by_column }
    }

    /// `out = X W`: `W` is `[features, width]`, `out` `[examples, width]`, both row by row.
    pub(super) fn times(&self, width: usize, weights: &[f32], out: &mut [f32]) {
        times(self.rows, width, weights, out);
    }

    /// `out = Xᵀ R`: `R` is `[examples, width]`, `out` `[features, width]`.
    pub(super) fn transposed_times(&self, width: usize, residuals: &[f32], out: &mut [f32]) {
        match (&self.by_column, self.rows) {
            (Some(by_column), _) => sparse_times(by_column, width, residuals, out),
            (None, FeatureRows::Dense(rows)) => dense_times(rows.t(), width, residuals, out),
            (None, FeatureRows::Sparse(_)) => {}
        }
    }

    /// For each feature the sum of its squares, each weighted with the weight of its example.
    pub(super) fn weighted_squares(&self, weights: &[f32]) -> Vec<f32> {
        match (&self.by_column, self.rows) {
            (Some(by_column), _) => (0..by_column.n_rows())
                .into_par_iter()
                .map(|column| {
                    let (rows, values) = by_column.row(column);
                    let squares = rows.iter().zip(values);
                    squares.map(|(&row, x)| weights[row as usize] * x * x).sum()
                })
                .collect(),
            (None, FeatureRows::Dense(rows)) => {
                let mut sums = vec![0.0; rows.ncols()];
                for (row, weight) in rows.rows().into_iter().zip(weights) {
                    for (sum, x) in sums.iter_mut().zip(row) {
                        *sum += weight * x * x;
                    }
                }
                sums
            }
            (None, FeatureRows::Sparse(_)) => Vec::new(),
        }
    }
}

/// `out = X W`, as [`Design::times`].
pub(super) fn times(rows: FeatureRows<'_>, width: usize, weights: &[f32], out: &mut [f32]) {
    match rows {
        FeatureRows::Dense(rows) => dense_times(rows, width, weights, out),
        FeatureRows::Sparse(rows) => sparse_times(rows, width, weights, out),
    }
}

fn dense_times(rows: ArrayView2<'_, f32>, width: usize, weights: &[f32], out: &mut [f32]) {
    let (n, d) = rows.dim();
    // Both have these sizes by construction.
    if let (Ok(weights), Ok(out)) = (
        ArrayView2::from_shape((d, width), weights),
        ArrayViewMut2::from_shape((n, width), out),
    ) {
        matmul_into(1.0, rows, weights, 0.0, out);
    }
}

fn sparse_times(rows: &SparseRows, width: usize, weights: &[f32], out: &mut [f32]) {
    macro_rules! by_width {
        ($($w:literal)*) => {
            match width {
                $($w => fixed::<$w>(rows, 1, weights, out),)*
                _ => fixed::<WIDTH>(rows, width / WIDTH, weights, out),
            }
        };
    }
    by_width!(1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16);
}

/// As [`sparse_times`], for `n_blocks` blocks of `W` outputs.
fn fixed<const W: usize>(rows: &SparseRows, n_blocks: usize, weights: &[f32], out: &mut [f32]) {
    let (weights, _) = weights.as_chunks::<W>();
    let (out, _) = out.as_chunks_mut::<W>();
    out.par_chunks_mut(ROWS * n_blocks)
        .enumerate()
        .for_each(|(task, out)| {
            for (place, sums) in out.iter_mut().enumerate() {
                let (row, block) = (task * ROWS + place / n_blocks, place % n_blocks);
                let (columns, values) = rows.row(row);
                let pairs = columns.iter().zip(values);
                *sums = gather_rows(
                    pairs.map(|(&column, &value)| (column as usize * n_blocks + block, value)),
                    weights,
                );
            }
        });
}
