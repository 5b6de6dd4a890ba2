//! The leading singular vectors of a sparse matrix by random projection: Halko, Martinsson and Tropp (2011), "Finding
//! Structure with Randomness", algorithms 4.4 and 5.1.

use guide_core::kernels::{axpy, matmul, matmul_into};
use guide_core::ndarray::{Array2, Axis};
use guide_core::{EpochReport, Progress, Result, report};
use rayon::prelude::*;
use recsys_core::{ByItem, Interactions, ItemId, UserId};

use crate::factors::normal_rows;
use crate::parts::ensure_room;

/// The leading right singular vectors as columns, `[n_items, k]`, and their singular values, falling.
pub(crate) struct Leading {
    pub(crate) vectors: Array2<f32>,
    pub(crate) values: Vec<f32>,
}

/// How closely to look: the meaning of the fields is that of [`PureSvdParams`](crate::PureSvdParams).
pub(crate) struct TruncatedSvd {
    pub(crate) algorithm: &'static str,
    pub(crate) n_factors: usize,
    pub(crate) n_iter: usize,
    pub(crate) oversampling: usize,
    pub(crate) seed: u64,
}

/// A matrix with the cells of the interactions, `values[position]` in the place of their weights.
#[derive(Clone, Copy)]
pub(crate) struct Cells<'a> {
    pub(crate) data: &'a Interactions,
    pub(crate) values: &'a [f32],
}

/// Directions whose singular value is below this share of the largest are rounding errors.
const NOISE: f64 = 1e-5;

impl TruncatedSvd {
    /// Refuses what no memory holds: the two sides of the matrix, and two of each while they are being turned.
    ///
    /// # Errors
    /// [`Error::Memory`](guide_core::Error::Memory).
    pub(crate) fn ensure_room(&self, data: &Interactions) -> Result<()> {
        let n_rows = data.n_users() + data.n_items();
        ensure_room(self.algorithm, n_rows, 2 * self.width(data))
    }

    /// Random directions: no more than the matrix can have of them.
    fn width(&self, data: &Interactions) -> usize {
        let wanted = self.n_factors.saturating_add(self.oversampling);
        wanted.min(data.n_users()).min(data.n_items())
    }

    pub(crate) fn of(&self, cells: Cells<'_>, progress: &dyn Progress) -> Result<Leading> {
        let n_items = cells.data.n_items();
        let columns = cells.data.by_item();
        let width = self.width(cells.data);
        let random = normal_rows(&vec![true; n_items], width, 1.0, self.seed, 0);
        let start = Array2::from_shape_fn((n_items, width), |(i, k)| random[i * width + k]);
        let mut left = Qr::of(cells.times(&start)).q;
        for iteration in 1..=self.n_iter {
            let right = Qr::of(cells.transposed_times(&columns, &left)).q;
            left = Qr::of(cells.times(&right)).q;
            let done = EpochReport {
                algorithm: self.algorithm,
                epoch: iteration,
                n_epochs: self.n_iter,
                loss: None,
            };
            if report(progress, done)?.is_break() {
                break;
            }
        }
        // Aᵀ Q = V' R and R = U S Wᵀ, so that A ≈ Q Qᵀ A = (Q W) S (V' U)ᵀ.
        let Qr { q, r } = Qr::of(cells.transposed_times(&columns, &left));
        let (turns, values) = left_singular(r);
        let largest = values.first().copied().unwrap_or(0.0);
        let kept = values.iter().take(self.n_factors);
        let kept = kept
            .filter(|&&value| value > NOISE * largest)
            .count()
            .max(1);
        let turns = Array2::from_shape_fn((width, kept), |(i, k)| turns[k][i] as f32);
        Ok(Leading {
            vectors: matmul(q.view(), turns.view()),
            values: values[..kept].iter().map(|&value| value as f32).collect(),
        })
    }
}

impl Cells<'_> {
    /// `A Z`: `[n_users, k]`.
    pub(crate) fn times(self, z: &Array2<f32>) -> Array2<f32> {
        sums(self.data.n_users(), z, |user| {
            let row = self.data.row(UserId(user));
            row.map(|position| (self.data.items()[position].0, self.values[position]))
        })
    }

    /// `Aᵀ Y`: `[n_items, k]`.
    fn transposed_times(self, columns: &ByItem, y: &Array2<f32>) -> Array2<f32> {
        sums(self.data.n_items(), y, |item| {
            let item = ItemId(item);
            let positions = columns.positions_of(item).iter();
            let users = columns.users_of(item).iter();
            users
                .zip(positions)
                .map(|(user, &position)| (user.0, self.values[position as usize]))
        })
    }
}

/// One row for each of `n`: the sum of the rows of `of` that `parts` names, each times its weight.
fn sums<I: Iterator<Item = (u32, f32)>>(
    n: usize,
    of: &Array2<f32>,
    parts: impl Fn(u32) -> I + Sync,
) -> Array2<f32> {
    let width = of.ncols();
    let rows = of.as_slice().unwrap_or_default();
    let mut out = vec![0.0; n * width];
    let each = out.par_chunks_mut(width).enumerate().with_min_len(64);
    each.for_each(|(id, sum)| {
        for (other, weight) in parts(id as u32) {
            axpy(weight, &rows[other as usize * width..][..width], sum);
        }
    });
    match Array2::from_shape_vec((n, width), out) {
        Ok(out) => out,
        Err(reason) => unreachable!("{reason}"),
    }
}

/// `Y = Q R` with orthonormal columns of `Q`, zero where a column of `Y` depends on those before it.
struct Qr {
    q: Array2<f32>,
    /// Upper triangle, row by row.
    r: Vec<Vec<f64>>,
}

impl Qr {
    /// Cholesky QR, twice: the second pass makes up for what the first lost to rounding (Yamamoto et al., 2015).
    fn of(y: Array2<f32>) -> Self {
        let first = upper_factor(&y);
        let q = matmul(y.view(), inverse(&first).view());
        let second = upper_factor(&q);
        let q = matmul(q.view(), inverse(&second).view());
        let n = first.len();
        let r = (0..n).map(|i| {
            let cell = |j: usize| (i..=j).map(|k| second[i][k] * first[k][j]).sum();
            (0..n).map(|j| if j < i { 0.0 } else { cell(j) }).collect()
        });
        Self { q, r: r.collect() }
    }
}

/// A column of which less than this share of its square is new depends on those before it: what rounding to `f32` hides.
const DEPENDENT: f64 = 1e-5;
/// Rows whose products are summed in `f32`; their sums are added in `f64`.
const ROWS: usize = 4096;

/// The upper triangle `R` with `RᵀR = YᵀY`; rows of dependent columns are zero.
fn upper_factor(y: &Array2<f32>) -> Vec<Vec<f64>> {
    let n = y.ncols();
    let mut gramian = Array2::<f64>::zeros((n, n));
    let mut part = Array2::<f32>::zeros((n, n));
    for rows in y.axis_chunks_iter(Axis(0), ROWS) {
        matmul_into(1.0, rows.t(), rows, 0.0, part.view_mut());
        gramian.zip_mut_with(&part, |sum, &part| *sum += f64::from(part));
    }
    let mut r = vec![vec![0.0; n]; n];
    for i in 0..n {
        let square = gramian[[i, i]] - (0..i).map(|k| r[k][i] * r[k][i]).sum::<f64>();
        if square > DEPENDENT * gramian[[i, i]] {
            let pivot = square.sqrt();
            for j in i..n {
                let rest = gramian[[i, j]] - (0..i).map(|k| r[k][i] * r[k][j]).sum::<f64>();
                r[i][j] = rest / pivot;
            }
        }
    }
    r
}

/// The inverse of an upper triangle; zero rows and their columns stay zero.
fn inverse(r: &[Vec<f64>]) -> Array2<f32> {
    let n = r.len();
    let mut inverse = Array2::<f64>::zeros((n, n));
    for j in (0..n).filter(|&j| r[j][j] > 0.0) {
        inverse[[j, j]] = 1.0 / r[j][j];
        for i in (0..j).rev().filter(|&i| r[i][i] > 0.0) {
            let known: f64 = (i + 1..=j).map(|k| r[i][k] * inverse[[k, j]]).sum();
            inverse[[i, j]] = -known / r[i][i];
        }
    }
    inverse.mapv(|x| x as f32)
}

const MAX_SWEEPS: usize = 40;

/// The left singular vectors of a square matrix given by its rows, one a row, and its singular values, falling: Jacobi's
/// rotations of pairs of rows until all are orthogonal (Hestenes, 1958).
fn left_singular(mut rows: Vec<Vec<f64>>) -> (Vec<Vec<f64>>, Vec<f64>) {
    let n = rows.len();
    let unit = |i: usize| (0..n).map(|j| f64::from(u8::from(i == j))).collect();
    let mut turns: Vec<Vec<f64>> = (0..n).map(unit).collect();
    for _ in 0..MAX_SWEEPS {
        let mut turned = false;
        for p in 0..n {
            for q in p + 1..n {
                let (a, b) = (product(&rows[p], &rows[p]), product(&rows[q], &rows[q]));
                let both = product(&rows[p], &rows[q]);
                if both.abs() <= 1e-12 * (a * b).sqrt() || both == 0.0 {
                    continue;
                }
                let zeta = (b - a) / (2.0 * both);
                let tangent = zeta.signum() / (zeta.abs() + (1.0 + zeta * zeta).sqrt());
                let cosine = 1.0 / (1.0 + tangent * tangent).sqrt();
                for matrix in [&mut rows, &mut turns] {
                    let (before, after) = matrix.split_at_mut(q);
                    rotate(&mut before[p], &mut after[0], cosine, cosine * tangent);
                }
                turned = true;
            }
        }
        if !turned {
            break;
        }
    }
    let mut found: Vec<(f64, Vec<f64>)> = rows
        .iter()
        .map(|row| product(row, row).sqrt())
        .zip(turns)
        .collect();
    found.sort_by(|a, b| b.0.total_cmp(&a.0));
    let (values, turns) = found.into_iter().unzip();
    (turns, values)
}

fn product(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// `(a, b) ← (c a − s b, s a + c b)`.
fn rotate(a: &mut [f64], b: &mut [f64], cosine: f64, sine: f64) {
    for (a, b) in a.iter_mut().zip(b) {
        (*a, *b) = (cosine * *a - sine * *b, sine * *a + cosine * *b);
    }
}

#[cfg(test)]
mod tests {
    use guide_core::ndarray::array;

    use super::*;

    #[test]
    fn singular_values_by_hand() {
        // [[3, 0], [4, 5]] has the singular values √45 and √5.
        let (turns, values) = left_singular(vec![vec![3.0, 0.0], vec![4.0, 5.0]]);
        assert!(
            (values[0] - 45_f64.sqrt()).abs() < 1e-12 && (values[1] - 5_f64.sqrt()).abs() < 1e-12
        );
        // u_1 = (1, 3) / √10
        assert!((turns[0][1] / turns[0][0] - 3.0).abs() < 1e-12);
    }

    #[test]
    fn q_is_orthonormal_and_r_gives_y_back() {
        let random = normal_rows(&[true; 500], 20, 1.0, 3, 0);
        // Columns of very different length that lean towards the first one.
        let y = Array2::from_shape_fn((500, 20), |(i, j)| {
            (random[i * 20 + j] + 10.0 * random[i * 20]) * 0.5_f32.powi(j as i32)
        });
        let Qr { q, r } = Qr::of(y.clone());
        let gramian = matmul(q.t(), q.view());
        for ((i, j), &cell) in gramian.indexed_iter() {
            let unit = f32::from(u8::from(i == j));
            assert!((cell - unit).abs() < 1e-5, "{i} {j} {cell}");
        }
        let r = Array2::from_shape_fn((20, 20), |(i, j)| r[i][j] as f32);
        let back = matmul(q.view(), r.view());
        for ((back, y), j) in back.iter().zip(&y).zip((0..20).cycle()) {
            assert!(
                (back - y).abs() < 1e-4 * 0.5_f32.powi(j) * 10.0,
                "{back} {y}"
            );
        }
    }

    #[test]
    fn dependent_columns_are_zero() {
        let Qr { q, .. } = Qr::of(array![[1.0, 2.0, 0.0], [0.0, 0.0, 0.0], [0.0, 0.0, 3.0]]);
        assert_eq!(q.column(1).to_vec(), [0.0; 3]);
        assert!((q[[0, 0]] - 1.0).abs() < 1e-6 && (q[[2, 2]] - 1.0).abs() < 1e-6);
    }
}
