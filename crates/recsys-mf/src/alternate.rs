//! Alternating least squares: one side solved with the other fixed. Shared by the models of events and of ratings.
//!
//! With the other side's vectors `y_j`, a row of cells `(j, w, t)` is the minimum `x` of
//! `Σ (w (x·y_j)² − 2 t x·y_j) + α₀ Σ_all (x·y)² + λ |x|²`, the solution of `A x = b` with
//! `A = α₀ YᵀY + Σ w y_j y_jᵀ + λ I` and `b = Σ t y_j`. Rows are solved in parallel and do not see each other, so the
//! number of threads changes nothing.

use guide_core::kernels::{axpy, dot, matmul, matmul_into};
use guide_core::ndarray::{Array2, ArrayView2, ArrayViewMut2};
use guide_core::{EpochReport, Error, Progress, Result, report};
use rayon::prelude::*;
use recsys_core::{Contribution, Interactions, ItemId, Part, UserId};
use serde::{Deserialize, Serialize};

use crate::factors::Factors;
use crate::solve::cholesky;

/// How the linear system of each user and item is solved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Solver {
    /// Exactly, in `n_factors³ / 3` steps.
    Cholesky,
    /// A few steps of conjugate gradient from the last epoch's solution, `n_factors²` each (Takács, Pilászy, Tikk, 2011).
    ConjugateGradient,
}

/// What a row knows about one of the other side: its weight in `A`, and its weight in `b`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cell {
    pub(crate) other: u32,
    pub(crate) weight: f32,
    pub(crate) target: f32,
}

/// The cells of one side, row after row, and the `λ` of each row.
pub(crate) struct Rows {
    starts: Vec<usize>,
    cells: Vec<Cell>,
    ridges: Vec<f32>,
}

impl Rows {
    /// One row a user. `cell` gives the weights in `A` and `b` of an interaction, `ridge` the `λ` of a number of them.
    pub(crate) fn by_user(
        data: &Interactions,
        cell: impl Fn(usize) -> (f32, f32),
        ridge: impl Fn(usize) -> f32,
    ) -> Self {
        let users = (0..data.n_users() as u32).map(|user| {
            let row = data.row(UserId(user));
            row.map(|position| (data.items()[position].0, position))
        });
        Self::new(users, cell, ridge)
    }

    /// One row an item.
    pub(crate) fn by_item(
        data: &Interactions,
        cell: impl Fn(usize) -> (f32, f32),
        ridge: impl Fn(usize) -> f32,
    ) -> Self {
        let columns = data.by_item();
        let items = (0..data.n_items() as u32).map(ItemId).map(|item| {
            let users = columns.users_of(item).iter().map(|user| user.0);
            users.zip(
                columns
                    .positions_of(item)
                    .iter()
                    .map(|&position| position as usize),
            )
        });
        Self::new(items, cell, ridge)
    }

    fn new<R: Iterator<Item = (u32, usize)>>(
        rows: impl Iterator<Item = R>,
        cell: impl Fn(usize) -> (f32, f32),
        ridge: impl Fn(usize) -> f32,
    ) -> Self {
        let (mut starts, mut cells, mut ridges) = (vec![0], Vec::new(), Vec::new());
        for row in rows {
            let before = cells.len();
            cells.extend(row.map(|(other, position)| {
                let (weight, target) = cell(position);
                Cell {
                    other,
                    weight,
                    target,
                }
            }));
            ridges.push(ridge(cells.len() - before));
            starts.push(cells.len());
        }
        Self {
            starts,
            cells,
            ridges,
        }
    }

    fn row(&self, row: usize) -> &[Cell] {
        &self.cells[self.starts[row]..self.starts[row + 1]]
    }

    /// `Σ λ |x|²` over the rows of `factors`.
    fn penalty(&self, factors: &[f32], n_factors: usize) -> f64 {
        let rows = factors.chunks_exact(n_factors).zip(&self.ridges);
        rows.map(|(row, &ridge)| f64::from(ridge) * f64::from(dot(row, row)))
            .sum()
    }
}

/// How a half-step solves its rows.
#[derive(Clone, Copy, Debug)]
enum Method {
    /// By Cholesky.
    Exact,
    /// By this many steps of conjugate gradient from where the rows stand.
    Steps(usize),
    /// By conjugate gradient from 0 until nothing is left to gain.
    Converge,
}

/// A whole training: items and users in turn.
pub(crate) struct Alternation {
    pub(crate) algorithm: &'static str,
    pub(crate) by_user: Rows,
    pub(crate) by_item: Rows,
    pub(crate) n_factors: usize,
    pub(crate) n_epochs: usize,
    /// α₀.
    pub(crate) unobserved: f32,
    pub(crate) solver: Solver,
    pub(crate) cg_steps: usize,
    /// The loss of a model that scores everything 0.
    pub(crate) loss_of_nothing: f64,
}

impl Alternation {
    /// Starts from `users`, ends with users that are solved exactly, and returns `α₀ YᵀY` too. The loss reported is that
    /// of one interaction.
    pub(crate) fn run(
        &self,
        mut users: Vec<f32>,
        progress: &dyn Progress,
    ) -> Result<(Factors, Option<Array2<f32>>)> {
        let k = self.n_factors;
        let mut items = vec![0.0; self.by_item.ridges.len() * k];
        let method = match self.solver {
            Solver::Cholesky => Method::Exact,
            Solver::ConjugateGradient => Method::Steps(self.cg_steps),
        };
        for epoch in 1..=self.n_epochs {
            let gramian_of_users = gramian(&users, k, self.unobserved);
            let fixed = Fixed::new(&users, k, gramian_of_users.as_ref());
            fixed.half_step(&self.by_item, &mut items, method);
            let gramian_of_items = gramian(&items, k, self.unobserved);
            let fixed = Fixed::new(&items, k, gramian_of_items.as_ref());
            let minima = fixed.half_step(&self.by_user, &mut users, method);
            let loss = self.loss_of_nothing + minima + self.by_item.penalty(&items, k);
            let done = EpochReport {
                algorithm: self.algorithm,
                epoch,
                n_epochs: self.n_epochs,
                loss: Some(loss / self.by_user.cells.len() as f64),
            };
            if report(progress, done)?.is_break() {
                break;
            }
        }
        let gramian = gramian(&items, k, self.unobserved);
        if self.solver == Solver::ConjugateGradient {
            let fixed = Fixed::new(&items, k, gramian.as_ref());
            fixed.half_step(&self.by_user, &mut users, Method::Converge);
        }
        let factors = Factors::new(users, items, k).map_err(|_| Error::Diverged {
            algorithm: self.algorithm,
            epoch: self.n_epochs,
            step: 1,
            loss: f64::INFINITY,
        })?;
        Ok((factors, gramian))
    }
}

/// The side that stands still.
pub(crate) struct Fixed<'a> {
    factors: &'a [f32],
    n_factors: usize,
    /// `α₀ YᵀY`, none where `α₀` is 0.
    gramian: Option<ArrayView2<'a, f32>>,
}

/// `α₀ YᵀY`, none where `α₀` is 0.
fn gramian(factors: &[f32], n_factors: usize, unobserved: f32) -> Option<Array2<f32>> {
    let rows = ArrayView2::from_shape((factors.len() / n_factors, n_factors), factors).ok()?;
    (unobserved > 0.0).then(|| matmul(rows.t(), rows) * unobserved)
}

/// Rows solved together: enough for a product of matrices, few enough that what they touch stays in cache.
const BLOCK: usize = 32;
/// Conjugate gradient ends at this share of its first squared residual ..
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
}

impl<'a> Fixed<'a> {
    fn new(factors: &'a [f32], n_factors: usize, gramian: Option<&'a Array2<f32>>) -> Self {
        let gramian = gramian.map(|gramian| gramian.view());
        Self {
            factors,
            n_factors,
            gramian,
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
    pub(crate) fn row(&self, cells: &[Cell], ridge: f32) -> Vec<f32> {
        let mut x = self.right_side(cells);
        self.solve(cells, ridge, &mut x);
        x
    }

    /// What each cell adds to the score of `item` for a row: `t y_iᵀ A⁻¹ y_j`.
    pub(crate) fn parts(&self, cells: &[Cell], ridge: f32, item: ItemId) -> Vec<Contribution> {
        let mut view = self.vector(item.0).to_vec();
        self.solve(cells, ridge, &mut view);
        let parts = cells.iter().map(|cell| Contribution {
            from: Part::Item(ItemId(cell.other)),
            amount: cell.target * dot(&view, self.vector(cell.other)),
        });
        parts.collect()
    }

    /// `b = Σ t y_j`.
    fn right_side(&self, cells: &[Cell]) -> Vec<f32> {
        let mut b = vec![0.0; self.n_factors];
        for cell in cells {
            axpy(cell.target, self.vector(cell.other), &mut b);
        }
        b
    }

    /// Solves `A x = b` in place by Cholesky.
    fn solve(&self, cells: &[Cell], ridge: f32, b: &mut [f32]) {
        let k = self.n_factors;
        let mut a = match &self.gramian {
            Some(gramian) => gramian.to_owned(),
            None => Array2::zeros((k, k)),
        };
        let mut panel = Array2::zeros((cells.len(), k));
        let mut weighted = Array2::zeros((cells.len(), k));
        let rows = panel
            .outer_iter_mut()
            .zip(weighted.outer_iter_mut())
            .zip(cells);
        for ((mut plain, mut scaled), cell) in rows {
            let vector = self.vector(cell.other);
            plain.iter_mut().zip(vector).for_each(|(to, y)| *to = *y);
            scaled
                .iter_mut()
                .zip(vector)
                .for_each(|(to, y)| *to = cell.weight * y);
        }
        matmul_into(1.0, panel.t(), weighted.view(), 1.0, a.view_mut());
        a.diag_mut().mapv_inplace(|x| x + ridge);
        cholesky(a.as_slice_mut().unwrap_or_default(), b);
    }

    /// Solves every row of the other side, `own`, and returns the sum of the minima.
    fn half_step(&self, rows: &Rows, own: &mut [f32], method: Method) -> f64 {
        let blocks = own.par_chunks_mut(BLOCK * self.n_factors).enumerate();
        let minima: Vec<f64> = blocks
            .map_init(Scratch::default, |scratch, (block, own)| match method {
                Method::Exact => self.exact(rows, block * BLOCK, own),
                Method::Steps(n) => self.descend(rows, block * BLOCK, own, n, 0.0, scratch),
                Method::Converge => {
                    own.fill(0.0);
                    self.descend(rows, block * BLOCK, own, MAX_STEPS, CONVERGED, scratch)
                }
            })
            .collect();
        minima.iter().sum()
    }

    fn exact(&self, rows: &Rows, first: usize, own: &mut [f32]) -> f64 {
        let mut minimum = 0.0;
        for (row, x) in (first..).zip(own.chunks_exact_mut(self.n_factors)) {
            let cells = rows.row(row);
            if cells.is_empty() {
                x.fill(0.0);
                continue;
            }
            let b = self.right_side(cells);
            x.copy_from_slice(&b);
            self.solve(cells, rows.ridges[row], x);
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
        } = scratch;
        panel.clear();
        for cell in (first..first + n).flat_map(|row| rows.row(row)) {
            panel.extend_from_slice(self.vector(cell.other));
        }
        for buffer in [&mut *residuals, directions, images] {
            buffer.resize(n * k, 0.0);
        }
        squares.clear();
        limits.clear();
        let mut minimum = 0.0;
        self.times_gramian(-1.0, own, residuals);
        let mut vectors = panel.chunks_exact(k);
        for (row, (x, r)) in
            (first..).zip(own.chunks_exact_mut(k).zip(residuals.chunks_exact_mut(k)))
        {
            let cells = rows.row(row);
            if cells.is_empty() {
                x.fill(0.0);
                r.fill(0.0);
            }
            axpy(-rows.ridges[row], x, r);
            let mut pull = 0.0;
            for (cell, y) in cells.iter().zip(&mut vectors) {
                let product = dot(x, y);
                pull += f64::from(cell.target * product);
                axpy(cell.target - cell.weight * product, y, r);
            }
            let square = dot(r, r);
            minimum -= pull + f64::from(dot(x, r));
            squares.push(square);
            limits.push(tolerance * square);
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
            self.times_gramian(1.0, directions, images);
            let mut vectors = panel.chunks_exact(k);
            let all = (own.chunks_exact_mut(k).zip(residuals.chunks_exact_mut(k)))
                .zip(
                    directions
                        .chunks_exact_mut(k)
                        .zip(images.chunks_exact_mut(k)),
                )
                .zip(squares.iter_mut().zip(limits.iter()));
            for (row, (((x, r), (p, image)), (square, limit))) in (first..).zip(all) {
                let cells = rows.row(row);
                if *square <= *limit {
                    vectors.by_ref().take(cells.len()).for_each(drop);
                    continue;
                }
                axpy(rows.ridges[row], p, image);
                for (cell, y) in cells.iter().zip(&mut vectors) {
                    axpy(cell.weight * dot(p, y), y, image);
                }
                let bend = dot(p, image);
                if bend <= 0.0 {
                    *square = 0.0;
                    continue;
                }
                let step = *square / bend;
                axpy(step, p, x);
                axpy(-step, image, r);
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

    /// `to = scale α₀ rows YᵀY`.
    fn times_gramian(&self, scale: f32, rows: &[f32], to: &mut [f32]) {
        let shape = (rows.len() / self.n_factors, self.n_factors);
        let views = (
            ArrayView2::from_shape(shape, rows),
            ArrayViewMut2::from_shape(shape, &mut *to),
        );
        match (&self.gramian, views) {
            (Some(gramian), (Ok(rows), Ok(to))) => {
                matmul_into(scale, rows, gramian.view(), 0.0, to)
            }
            _ => to.fill(0.0),
        }
    }
}
