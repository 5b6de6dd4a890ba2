//! Small dense systems: the normal equations of one user or item.

use guide_core::kernels::{dot, matmul};
use guide_core::ndarray::{Array2, ArrayView2};

/// Solves `A x = b` in place for a symmetric `A`, `[n, n]` row-major, of which only the lower half is read: by Cholesky,
/// row by row. `A` becomes its factor and `b` the solution.
///
/// Where `A` is not positive (columns that say nothing new), the unknown is 0.
pub(crate) fn cholesky(a: &mut [f32], b: &mut [f32]) {
    let n = b.len();
    for i in 0..n {
        let (done, row) = a.split_at_mut(i * n);
        let row = &mut row[..n];
        let size = row[i];
        for j in 0..i {
            let other = &done[j * n..j * n + j + 1];
            let pivot = other[j];
            let rest = row[j] - dot(&row[..j], &other[..j]);
            row[j] = if pivot > 0.0 { rest / pivot } else { 0.0 };
        }
        let rest = size - dot(&row[..i], &row[..i]);
        row[i] = if rest > 1e-6 * size { rest.sqrt() } else { 0.0 };
        b[i] = if row[i] > 0.0 {
            (b[i] - dot(&row[..i], &b[..i])) / row[i]
        } else {
            0.0
        };
    }
    for i in (0..n).rev() {
        let row = &a[i * n..i * n + i + 1];
        b[i] = if row[i] > 0.0 { b[i] / row[i] } else { 0.0 };
        let x = b[i];
        for (b, l) in b[..i].iter_mut().zip(row) {
            *b -= x * l;
        }
    }
}

/// The `x` that minimises `Σ_r (y_r − x·row_r)² + Σ_f λ_f x_f²`: `(XᵀX + diag(λ)) x = Xᵀy`, with one row of `X` for each `y`
/// and `pull` giving `λ_f`.
pub(crate) fn ridge(rows: ArrayView2<'_, f32>, y: &[f32], pull: impl Fn(usize) -> f32) -> Vec<f32> {
    let targets = ArrayView2::from_shape((y.len(), 1), y);
    let Ok(targets) = targets else {
        return vec![0.0; rows.ncols()];
    };
    let mut gramian: Array2<f32> = matmul(rows.t(), rows);
    for (f, cell) in gramian.diag_mut().iter_mut().enumerate() {
        *cell += pull(f);
    }
    let mut x = matmul(rows.t(), targets).into_raw_vec_and_offset().0;
    cholesky(gramian.as_slice_mut().unwrap_or_default(), &mut x);
    x
}

#[cfg(test)]
mod tests {
    use guide_core::{ndarray::array, seeded};
    use proptest::prelude::*;
    use rand::RngExt;

    use super::*;

    proptest! {
        #[test]
        fn the_solution_solves(n in 0_usize..40, seed in any::<u64>()) {
            let mut rng = seeded(seed);
            let x = Array2::from_shape_simple_fn((n + 3, n), || rng.random_range(-1.0..1.0_f32));
            let mut a = matmul(x.t(), x.view());
            a.diag_mut().mapv_inplace(|x| x + 0.5);
            let truth: Vec<f32> = (0..n).map(|_| rng.random_range(-1.0..1.0)).collect();
            let mut b: Vec<f32> = a.outer_iter().map(|row| dot(row.as_slice().unwrap(), &truth)).collect();
            cholesky(a.as_slice_mut().unwrap(), &mut b);
            prop_assert!(b.iter().zip(&truth).all(|(b, t)| (b - t).abs() < 1e-3), "{b:?} {truth:?}");
        }
    }

    #[test]
    fn ridge_by_hand() {
        // x = Σ r y / (Σ r² + 1) = (1·2 + 2·3) / (1 + 4 + 1)
        let x = ridge(array![[1.0], [2.0]].view(), &[2.0, 3.0], |_| 1.0);
        assert!((x[0] - 8.0 / 6.0).abs() < 1e-6);
        // (1, 0) and (0, 2): x = 1·2 / (1 + 1), 2·3 / (4 + 2)
        let x = ridge(array![[1.0, 0.0], [0.0, 2.0]].view(), &[2.0, 3.0], |f| {
            [1.0, 2.0][f]
        });
        assert!((x[0] - 1.0).abs() < 1e-6 && (x[1] - 1.0).abs() < 1e-6);
    }

    #[test]
    fn what_cannot_be_told_is_zero() {
        assert_eq!(
            ridge(array![[1.0, 1.0], [1.0, 1.0]].view(), &[2.0, 2.0], |_| 0.0),
            [2.0, 0.0]
        );
        assert_eq!(
            ridge(Array2::zeros((0, 2)).view(), &[], |_| 0.0),
            [0.0, 0.0]
        );
    }
}
