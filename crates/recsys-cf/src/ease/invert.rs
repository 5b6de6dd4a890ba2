//! The inverse of a symmetric positive definite matrix in its own memory: the sweep operator (Goodnight, 1979, "A tutorial
//! on the sweep operator") by blocks, so that nearly all the work is one matrix product after the other.

use std::ops::ControlFlow;

use guide_core::Result;
use guide_core::kernels::matmul_into;
use guide_core::ndarray::{Array2, ArrayView2, ArrayViewMut2, Axis, s};

/// Matrices up to this order are inverted number by number, in double precision.
const SMALL: usize = 64;

/// The columns swept at once: wide enough for full speed, narrow enough that the block itself costs little.
fn block_of(n: usize) -> usize {
    match n {
        0..=1024 => SMALL,
        1025..=8192 => 256,
        _ => 512,
    }
}

/// Bytes of a matrix of order `n` and of the panels that [`sweep`] takes beside it.
pub(super) fn bytes(n: usize) -> u64 {
    let (n, block) = (n as u64, block_of(n) as u64);
    4 * n * (n + 2 * block)
}

/// How a sweep ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Swept {
    /// All columns, or so many of the first where the listener ended it.
    First(usize),
    /// A pivot was too small; the matrix is spoilt.
    SmallPivot,
}

/// Replaces the lower triangle of `a` by that of `−a⁻¹`; what stands above the diagonal afterwards has no meaning.
///
/// Sweeping the block `K` of columns, with `D = A_KK⁻¹` and `C = A_·K`: every other `A_IJ` loses `C_I D C_Jᵀ`, then
/// `A_IK = C_I D` and `A_KK = −D`. After all blocks `A` is the negative inverse: `n³` multiplications and additions in all.
///
/// `after_block` hears how many blocks are swept and how many there are, and may end it. Then, with `K` all that were
/// swept, `A_KK = −(a_KK)⁻¹` and `A_IK = a_IK (a_KK)⁻¹` of the matrix `a` as it was: what least squares by `K` alone would
/// give.
pub(super) fn sweep(
    mut a: ArrayViewMut2<'_, f32>,
    least: f64,
    after_block: &mut dyn FnMut(usize, usize) -> Result<ControlFlow<()>>,
) -> Result<Swept> {
    let n = a.nrows();
    if n <= SMALL {
        if !sweep_small(a, least) {
            return Ok(Swept::SmallPivot);
        }
        let _ = after_block(1, 1)?;
        return Ok(Swept::First(n));
    }
    let block = block_of(n);
    let rows = (n / 32).clamp(SMALL, 1024);
    let mut panels = (Array2::zeros((n, block)), Array2::zeros((n, block)));
    for start in (0..n).step_by(block) {
        let end = (start + block).min(n);
        let (mut c, mut cd) = (
            panels.0.slice_mut(s![.., ..end - start]),
            panels.1.slice_mut(s![.., ..end - start]),
        );
        transpose_into(
            a.slice(s![start..end, ..start]),
            c.slice_mut(s![..start, ..]),
        );
        c.slice_mut(s![start..end, ..]).fill(0.0); // the block's own rows and columns stay out of the update
        c.slice_mut(s![end.., ..])
            .assign(&a.slice(s![end.., start..end]));
        let own = a.slice_mut(s![start..end, start..end]);
        if sweep(own, least, &mut |_, _| Ok(ControlFlow::Continue(())))? == Swept::SmallPivot {
            return Ok(Swept::SmallPivot);
        }
        let negative_d = symmetric(a.slice(s![start..end, start..end]));
        matmul_into(-1.0, c.view(), negative_d.view(), 0.0, cd.view_mut());
        for top in (0..n).step_by(rows) {
            let bottom = (top + rows).min(n);
            matmul_into(
                -1.0,
                cd.slice(s![top..bottom, ..]),
                c.slice(s![..bottom, ..]).t(),
                1.0,
                a.slice_mut(s![top..bottom, ..bottom]),
            );
        }
        transpose_into(
            cd.slice(s![..start, ..]),
            a.slice_mut(s![start..end, ..start]),
        );
        a.slice_mut(s![end.., start..end])
            .assign(&cd.slice(s![end.., ..]));
        if after_block(end.div_ceil(block), n.div_ceil(block))?.is_break() {
            return Ok(Swept::First(end));
        }
    }
    Ok(Swept::First(n))
}

/// Writes the lower triangle of a square matrix above its diagonal, in parallel.
pub(super) fn mirror(mut a: ArrayViewMut2<'_, f32>) {
    let n = a.nrows();
    if n <= SMALL {
        for i in 0..n {
            for j in 0..i {
                a[(j, i)] = a[(i, j)];
            }
        }
        return;
    }
    let (top, bottom) = a.split_at(Axis(0), n / 2);
    let (first, above) = top.split_at(Axis(1), n / 2);
    let (below, last) = bottom.split_at(Axis(1), n / 2);
    transpose_into(below.view(), above);
    rayon::join(|| mirror(first), || mirror(last));
}

/// `to ← fromᵀ`, in parallel: halves of halves until a part fits into the cache.
fn transpose_into(from: ArrayView2<'_, f32>, mut to: ArrayViewMut2<'_, f32>) {
    let (rows, columns) = from.dim();
    if rows.max(columns) <= SMALL {
        to.assign(&from.t());
        return;
    }
    let axis = usize::from(columns > rows);
    let middle = rows.max(columns) / 2;
    let (left, right) = from.split_at(Axis(axis), middle);
    let (to_left, to_right) = to.split_at(Axis(1 - axis), middle);
    rayon::join(
        || transpose_into(left, to_left),
        || transpose_into(right, to_right),
    );
}

/// [`sweep`] number by number, in double precision.
fn sweep_small(mut a: ArrayViewMut2<'_, f32>, least: f64) -> bool {
    let n = a.nrows();
    let mut m = symmetric(a.view()).mapv(f64::from);
    for k in 0..n {
        let pivot = m[(k, k)];
        if !pivot.is_finite() || pivot < least {
            return false;
        }
        let column = m.column(k).to_owned();
        for (i, mut row) in m.outer_iter_mut().enumerate() {
            let factor = column[i] / pivot;
            if i != k {
                row.scaled_add(-factor, &column);
            }
            row[k] = factor;
        }
        m.row_mut(k).assign(&(&column / pivot));
        m[(k, k)] = -1.0 / pivot;
    }
    for i in 0..n {
        for j in 0..=i {
            a[(i, j)] = m[(i, j)] as f32;
        }
    }
    true
}

/// The whole of a symmetric matrix of which the lower triangle is given.
fn symmetric(lower: ArrayView2<'_, f32>) -> Array2<f32> {
    Array2::from_shape_fn(lower.dim(), |(i, j)| lower[(i.max(j), i.min(j))])
}

#[cfg(test)]
mod tests {
    use guide_core::{kernels::matmul, seeded, testing};
    use rand::RngExt;

    use super::*;

    fn random_positive(n: usize, ridge: f32) -> Array2<f32> {
        let mut rng = seeded(n as u64);
        let x = Array2::from_shape_simple_fn((n + 3, n), || rng.random_range(-1.0_f32..1.0));
        matmul(x.t(), x.view()) + Array2::from_diag_elem(n, ridge)
    }

    /// Sweeps so many blocks of `a`.
    fn swept(a: &Array2<f32>, n_blocks: usize) -> (Array2<f32>, Swept) {
        let mut a = a.clone();
        let ended = sweep(a.view_mut(), 0.5, &mut |done, _| {
            Ok(if done < n_blocks {
                ControlFlow::Continue(())
            } else {
                ControlFlow::Break(())
            })
        });
        (a, ended.unwrap())
    }

    #[test]
    fn a_matrix_by_hand() {
        // [4 2; 2 3]⁻¹ = [3 −2; −2 4] / 8.
        let (a, _) = swept(&guide_core::ndarray::array![[4.0, f32::NAN], [2.0, 3.0]], 1);
        assert_eq!((a[(0, 0)], a[(1, 0)], a[(1, 1)]), (-0.375, 0.25, -0.5));
    }

    #[test]
    fn times_the_matrix_is_the_identity() {
        for n in [0, 1, 2, 63, 64, 65, 129, 300, 1100] {
            let a = random_positive(n, 1.0);
            let (inverse, ended) = swept(&a, usize::MAX);
            assert_eq!(ended, Swept::First(n));
            let product = matmul(a.view(), symmetric(inverse.view()).view());
            for ((i, j), &x) in product.indexed_iter() {
                let expected = if i == j { -1.0 } else { 0.0 };
                assert!((x - expected).abs() < 1e-3, "{n}: ({i}, {j}) is {x}");
            }
        }
    }

    #[test]
    fn ended_early_it_is_the_least_squares_of_the_first() {
        let a = random_positive(300, 1.0);
        let (part, ended) = swept(&a, 2);
        assert_eq!(ended, Swept::First(128));
        let inverse = swept(&a.slice(s![..128, ..128]).to_owned(), 2).0;
        let own = part.slice(s![..128, ..128]);
        let coefficients = matmul(a.slice(s![128.., ..128]), symmetric(inverse.view()).view());
        for i in 0..300_usize {
            for j in 0..128.min(i + 1) {
                let expected = match i.checked_sub(128) {
                    Some(i) => -coefficients[(i, j)],
                    None => inverse[(i, j)],
                };
                let found = if i < 128 { own[(i, j)] } else { part[(i, j)] };
                assert!((found - expected).abs() < 1e-4, "({i}, {j})");
            }
        }
    }

    #[test]
    fn a_mirror_is_the_transpose() {
        for n in [0, 1, 63, 64, 65, 130, 257] {
            let a = random_positive(n, 1.0);
            let mut lower = a.clone();
            for ((i, j), x) in lower.indexed_iter_mut() {
                if j > i {
                    *x = f32::NAN;
                }
            }
            mirror(lower.view_mut());
            assert_eq!(lower, symmetric(a.view()));
        }
    }

    #[test]
    fn a_small_pivot_is_seen_in_every_block() {
        for at in [0, 70, 199] {
            let mut a = Array2::from_diag_elem(200, 1.0);
            a[(at, at)] = -1.0;
            assert_eq!(swept(&a, usize::MAX).1, Swept::SmallPivot);
        }
    }

    #[test]
    fn same_bits_for_one_and_two_threads() {
        let a = random_positive(700, 1.0);
        testing::same_for_one_and_two_threads(|| {
            let (mut inverse, ended) = swept(&a, usize::MAX);
            assert_eq!(ended, Swept::First(700));
            mirror(inverse.view_mut());
            inverse.mapv(f32::to_bits)
        });
    }
}
