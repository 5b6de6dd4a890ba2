//! One half-step: rows solved while the other side stands still.

use guide_core::kernels::{axpy, dot, matmul, matmul_into, prefetch, residual_pull};
use guide_core::ndarray::{Array2, ArrayView2, ArrayViewMut2, s};
use rayon::prelude::*;
use recsys_core::{Contribution, ItemId, Part};

use super::rows::{Cells, Row, Rows};
use crate::factors::Factors;
use crate::solve::cholesky;

/// How a half-step solves its rows.
#[derive(Clone, Copy, Debug)]
pub(super) enum Method {
    /// By Cholesky.
    Exact,
    /// By this many steps of conjugate gradient from where the rows stand.
    Steps(usize),
    /// By conjugate gradient from where the rows stand until nothing is left to gain.
    Converge,
}

/// The side that stands still.
pub(crate) struct Fixed<'a> {
    factors: &'a [f32],
    n_factors: usize,
    /// `α₀ YᵀY`, none where `α₀` is 0.
    gramian: Option<ArrayView2<'a, f32>>,
}

/// `α₀ YᵀY`, none where `α₀` is 0.
pub(super) fn gramian(factors: &[f32], n_factors: usize, unobserved: f32) -> Option<Array2<f32>> {
    let rows = ArrayView2::from_shape((factors.len() / n_factors, n_factors), factors).ok()?;
    (unobserved > 0.0).then(|| matmul(rows.t(), rows) * unobserved)
}

/// Rows solved together: enough for a product of matrices, few enough that what they touch stays in cache.
const BLOCK: usize = 32;
/// Columns of `A` made together.
const BAND: usize = 64;
/// How many vectors ahead the memory is asked for.
const AHEAD: usize = 8;
/// Conjugate gradient ends where the squared residual is this share of `|b|²` ..
const CONVERGED: f32 = 1e-12;
/// .. or after so many steps.
const MAX_STEPS: usize = 200;

/// What the threads write into.
#[derive(Default)]
struct Scratch {
    /// The other side's vectors of all cells of the block.
    panel: Vec<f32>,
    residuals: Vec<f32>,
    directions: Vec<f32>,
    images: Vec<f32>,
    squares: Vec<f32>,
    limits: Vec<f32>,
    /// The targets of a row without any.
    zeros: Vec<f32>,
    /// The panel, each vector times its weight.
    weighted: Vec<f32>,
    /// `A`.
    matrix: Vec<f32>,
}

impl<'a> Fixed<'a> {
    pub(super) fn new(
        factors: &'a [f32],
        n_factors: usize,
        gramian: Option<&'a Array2<f32>>,
    ) -> Self {
        Self {
            factors,
            n_factors,
            gramian: gramian.map(|gramian| gramian.view()),
        }
    }

    /// The items of a trained model.
    pub(crate) fn items(factors: &'a Factors, gramian: Option<&'a Array2<f32>>) -> Self {
        let rows = factors.items.rows().to_slice().unwrap_or_default();
        Self::new(rows, factors.items.dim(), gramian)
    }

    fn vector(&self, id: u32) -> &'a [f32] {
        &self.factors[id as usize * self.n_factors..][..self.n_factors]
    }

    /// The vector of a row.
    pub(crate) fn row(&self, cells: &Cells, ridge: f32) -> Vec<f32> {
        let mut x = self.right_side(cells.all());
        self.solve(cells.all(), ridge, &mut x, &mut Scratch::default());
        x
    }

    /// What each cell adds to the score of `item` for a row: `t y_iᵀ A⁻¹ y_j`.
    pub(crate) fn parts(&self, cells: &Cells, ridge: f32, item: ItemId) -> Vec<Contribution> {
        let row = cells.all();
        let mut view = self.vector(item.0).to_vec();
        self.solve(row, ridge, &mut view, &mut Scratch::default());
        let parts = row.others.iter().zip(row.targets);
        let parts = parts.map(|(&other, target)| Contribution {
            from: Part::Item(ItemId(other)),
            amount: target * dot(&view, self.vector(other)),
        });
        parts.collect()
    }

    /// `b = Σ t y_j`.
    fn right_side(&self, row: Row<'_>) -> Vec<f32> {
        let mut b = vec![0.0; self.n_factors];
        for (&other, &target) in row.others.iter().zip(row.targets) {
            axpy(target, self.vector(other), &mut b);
        }
        b
    }

    /// Solves `A x = b` in place by Cholesky.
    fn solve(&self, row: Row<'_>, ridge: f32, b: &mut [f32], scratch: &mut Scratch) {
        let k = self.n_factors;
        let Scratch {
            panel,
            weighted,
            matrix,
            ..
        } = scratch;
        matrix.clear();
        match &self.gramian {
            Some(gramian) => matrix.extend(gramian.iter()),
            None => matrix.resize(k * k, 0.0),
        }
        self.gather(row, panel);
        weighted.clear();
        for (vector, weight) in panel.chunks_exact(k).zip(row.weights) {
            weighted.extend(vector.iter().map(|y| y * weight));
        }
        let shape = (row.others.len(), k);
        let views = (
            ArrayView2::from_shape(shape, panel),
            ArrayView2::from_shape(shape, weighted),
            ArrayViewMut2::from_shape((k, k), &mut matrix[..]),
        );
        if let (Ok(panel), Ok(weighted), Ok(mut a)) = views {
            // Only the lower half is read: in bands of columns, from the diagonal down.
            for first in (0..k).step_by(BAND) {
                let columns = first..(first + BAND).min(k);
                let below = panel.slice(s![.., first..]);
                let band = weighted.slice(s![.., columns.clone()]);
                let to = a.slice_mut(s![first.., columns]);
                matmul_into(1.0, below.t(), band, 1.0, to);
            }
            a.diag_mut().mapv_inplace(|x| x + ridge);
        }
        cholesky(matrix, b);
    }

    /// Copies the vectors of `row` side by side.
    fn gather(&self, row: Row<'_>, panel: &mut Vec<f32>) {
        panel.clear();
        panel.reserve(row.others.len() * self.n_factors);
        for (place, &other) in row.others.iter().enumerate() {
            if let Some(&later) = row.others.get(place + AHEAD) {
                prefetch(self.vector(later));
            }
            panel.extend_from_slice(self.vector(other));
        }
    }

    /// Solves every row of the other side, `own`, and returns the sum of the minima.
    pub(super) fn half_step(&self, rows: &Rows, own: &mut [f32], method: Method) -> f64 {
        let blocks = own.par_chunks_mut(BLOCK * self.n_factors).enumerate();
        let minima: Vec<f64> = blocks
            .map_init(Scratch::default, |scratch, (block, own)| match method {
                Method::Exact => self.exact(rows, block * BLOCK, own, scratch),
                Method::Steps(n) => self.descend(rows, block * BLOCK, own, n, 0.0, scratch),
                Method::Converge => {
                    self.descend(rows, block * BLOCK, own, MAX_STEPS, CONVERGED, scratch)
                }
            })
            .collect();
        minima.iter().sum()
    }

    fn exact(&self, rows: &Rows, first: usize, own: &mut [f32], scratch: &mut Scratch) -> f64 {
        let mut minimum = 0.0;
        for (index, x) in (first..).zip(own.chunks_exact_mut(self.n_factors)) {
            let row = rows.row(index);
            if row.others.is_empty() {
                x.fill(0.0);
                continue;
            }
            let b = self.right_side(row);
            x.copy_from_slice(&b);
            self.solve(row, rows.ridges[index], x, scratch);
            minimum -= f64::from(dot(x, &b));
        }
        minimum
    }

    /// Conjugate gradient on a block of rows in step, so that their products with the Gramian are one product of matrices.
    fn descend(
        &self,
        rows: &Rows,
        first: usize,
        own: &mut [f32],
        n_steps: usize,
        tolerance: f32,
        scratch: &mut Scratch,
    ) -> f64 {
        let k = self.n_factors;
        let n = own.len() / k;
        let Scratch {
            panel,
            residuals,
            directions,
            images,
            squares,
            limits,
            zeros,
            ..
        } = scratch;
        self.gather(rows.rows(first..first + n), panel);
        for buffer in [&mut *residuals, directions, images] {
            buffer.resize(n * k, 0.0);
        }
        squares.clear();
        limits.clear();
        let mut minimum = 0.0;
        self.minus_gramian(own, residuals);
        let mut vectors = &panel[..];
        let each = own.chunks_exact_mut(k).zip(residuals.chunks_exact_mut(k));
        for (index, (x, r)) in (first..).zip(each) {
            let row = rows.row(index);
            if row.others.is_empty() {
                x.fill(0.0);
                r.fill(0.0);
            }
            axpy(-rows.ridges[index], x, r);
            let (of_row, rest) = vectors.split_at(row.others.len() * k);
            vectors = rest;
            let pull = residual_pull(of_row, row.weights, row.targets, x, r);
            minimum -= pull + f64::from(dot(x, r));
            squares.push(dot(r, r));
            limits.push(if tolerance > 0.0 {
                let b = self.right_side(row);
                tolerance * dot(&b, &b)
            } else {
                0.0
            });
        }
        directions.copy_from_slice(residuals);
        for _ in 0..n_steps {
            if squares
                .iter()
                .zip(limits.iter())
                .all(|(square, limit)| square <= limit)
            {
                break;
            }
            self.minus_gramian(directions, images);
            let mut vectors = &panel[..];
            let each = (own.chunks_exact_mut(k).zip(residuals.chunks_exact_mut(k)))
                .zip(
                    directions
                        .chunks_exact_mut(k)
                        .zip(images.chunks_exact_mut(k)),
                )
                .zip(squares.iter_mut().zip(limits.iter()));
            for (index, (((x, r), (p, image)), (square, limit))) in (first..).zip(each) {
                let row = rows.row(index);
                let (of_row, rest) = vectors.split_at(row.others.len() * k);
                vectors = rest;
                if *square <= *limit {
                    continue;
                }
                // The image is −A p.
                axpy(-rows.ridges[index], p, image);
                if zeros.len() < row.others.len() {
                    zeros.resize(row.others.len(), 0.0);
                }
                residual_pull(of_row, row.weights, &zeros[..row.others.len()], p, image);
                let bend = -dot(p, image);
                if bend <= 0.0 {
                    *square = 0.0;
                    continue;
                }
                let step = *square / bend;
                axpy(step, p, x);
                axpy(step, image, r);
                minimum -= f64::from(step) * f64::from(*square);
                let next = dot(r, r);
                let keep = next / *square;
                p.iter_mut()
                    .zip(r.iter())
                    .for_each(|(p, r)| *p = r + keep * *p);
                *square = next;
            }
        }
        minimum
    }

    /// `to = −α₀ rows YᵀY`.
    fn minus_gramian(&self, rows: &[f32], to: &mut [f32]) {
        let shape = (rows.len() / self.n_factors, self.n_factors);
        let views = (
            ArrayView2::from_shape(shape, rows),
            ArrayViewMut2::from_shape(shape, &mut *to),
        );
        match (&self.gramian, views) {
            (Some(gramian), (Ok(rows), Ok(to))) => matmul_into(-1.0, rows, gramian.view(), 0.0, to),
            _ => to.fill(0.0),
        }
    }
}
