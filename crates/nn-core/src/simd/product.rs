//! Products of the small matrices of a step: no packing, no allocation, one thread.

use guide_core::kernels;
use guide_core::ndarray::{ArrayView2, ArrayViewMut2};

use super::Avx2;

/// The second matrix stays in the nearest caches up to this many numbers ..
const MOST_SECOND: usize = 1 << 15;
/// .. and one thread is enough up to this many multiplications; beyond, the packed product of the workspace is faster.
const MOST_WORK: usize = 1 << 22;

/// `C ← A B`, or `C ← C + A B` if `add`: `(m, k) x (k, n) -> (m, n)`.
///
/// Small products with row-major `B` and `C` are made here; `A` may be turned by its strides. All others are
/// [`kernels::matmul_into`].
///
/// # Panics
/// If the shapes do not fit.
pub(crate) fn product(
    a: ArrayView2<'_, f32>,
    b: ArrayView2<'_, f32>,
    add: bool,
    mut c: ArrayViewMut2<'_, f32>,
) {
    let ((m, k), n) = (a.dim(), b.ncols());
    assert!(
        b.nrows() == k && c.dim() == (m, n),
        "product of {m} x {k} by {:?} into {:?}",
        b.dim(),
        c.dim()
    );
    let (row, col) = (a.strides()[0], a.strides()[1]);
    let small = k > 0 && b.len() <= MOST_SECOND && m * k * n <= MOST_WORK;
    #[cfg(target_arch = "x86_64")]
    if let (true, true, true, Some(_)) = (small, row >= 0, col >= 0, Avx2::detect())
        && let (Some(b), Some(c)) = (b.as_slice(), c.as_slice_mut())
    {
        let (first, strides) = (a.as_ptr(), (row as usize, col as usize));
        // SAFETY: the token says that the processor has the features. `a` is a live view, whose element (i, l) lies
        // `i * row + l * col` behind its first one for all i < m, l < k; `b` and `c` are slices of k * n and m * n numbers.
        unsafe { avx2::product((m, k, n), first, strides, b, add, c) };
        return;
    }
    kernels::matmul_into(1.0, a, b, if add { 1.0 } else { 0.0 }, c);
}

#[cfg(target_arch = "x86_64")]
mod avx2 {
    use std::arch::x86_64::{
        __m256, _mm256_fmadd_ps, _mm256_loadu_ps, _mm256_set1_ps, _mm256_setzero_ps,
        _mm256_storeu_ps,
    };

    /// Numbers in a register.
    const LANES: usize = 8;
    /// Rows of `C` in a tile: with two registers a row, twelve sums, two rows of `B` and one number of `A` fill all sixteen.
    const ROWS: usize = 6;

    /// Strips of sixteen columns of `B`, each against all rows of `A`.
    ///
    /// # Safety
    /// The processor has AVX2 and FMA; `a.add(i * strides.0 + l * strides.1)` can be read for all `i < m`, `l < k`;
    /// `b.len() == k * n`, `c.len() == m * n`.
    #[target_feature(enable = "avx2,fma")]
    pub(super) unsafe fn product(
        (m, k, n): (usize, usize, usize),
        a: *const f32,
        strides: (usize, usize),
        b: &[f32],
        add: bool,
        c: &mut [f32],
    ) {
        let mut j = 0;
        while j + LANES <= n {
            let n_registers = if j + 2 * LANES <= n { 2 } else { 1 };
            for i in (0..m).step_by(ROWS) {
                // SAFETY: the tile covers rows i.. of at most m and columns j.. of at most n, by the two conditions above.
                unsafe {
                    let (a, b) = (a.add(i * strides.0), b.as_ptr().add(j));
                    let c = c.as_mut_ptr().add(i * n + j);
                    match (ROWS.min(m - i), n_registers) {
                        (6, 2) => tile::<6, 2>(k, n, a, strides, b, add, c),
                        (5, 2) => tile::<5, 2>(k, n, a, strides, b, add, c),
                        (4, 2) => tile::<4, 2>(k, n, a, strides, b, add, c),
                        (3, 2) => tile::<3, 2>(k, n, a, strides, b, add, c),
                        (2, 2) => tile::<2, 2>(k, n, a, strides, b, add, c),
                        (_, 2) => tile::<1, 2>(k, n, a, strides, b, add, c),
                        (6, _) => tile::<6, 1>(k, n, a, strides, b, add, c),
                        (5, _) => tile::<5, 1>(k, n, a, strides, b, add, c),
                        (4, _) => tile::<4, 1>(k, n, a, strides, b, add, c),
                        (3, _) => tile::<3, 1>(k, n, a, strides, b, add, c),
                        (2, _) => tile::<2, 1>(k, n, a, strides, b, add, c),
                        _ => tile::<1, 1>(k, n, a, strides, b, add, c),
                    }
                }
            }
            j += n_registers * LANES;
        }
        if j == n {
            return;
        }
        // The last columns, fewer than a register holds.
        for (i, row) in c.chunks_exact_mut(n).enumerate() {
            for (j, c) in row.iter_mut().enumerate().skip(j) {
                let mut sum = if add { *c } else { 0.0 };
                for (l, b) in b.iter().skip(j).step_by(n).enumerate() {
                    // SAFETY: i < m, l < k.
                    sum += unsafe { *a.add(i * strides.0 + l * strides.1) } * b;
                }
                *c = sum;
            }
        }
    }

    /// `R` rows and `V` registers of columns of `C`, summed in registers.
    ///
    /// # Safety
    /// As [`product`], with `b` and `c` pointing at the first column of the tile in rows of `n` numbers.
    #[target_feature(enable = "avx2,fma")]
    #[inline]
    unsafe fn tile<const R: usize, const V: usize>(
        k: usize,
        n: usize,
        a: *const f32,
        (row, col): (usize, usize),
        b: *const f32,
        add: bool,
        c: *mut f32,
    ) {
        // SAFETY: rows r < R, columns v * LANES .. (v + 1) * LANES for v < V and l < k lie within the matrices.
        unsafe {
            let mut sums: [[__m256; V]; R] = [[_mm256_setzero_ps(); V]; R];
            if add {
                for (r, sums) in sums.iter_mut().enumerate() {
                    for (v, sum) in sums.iter_mut().enumerate() {
                        *sum = _mm256_loadu_ps(c.add(r * n + v * LANES));
                    }
                }
            }
            for l in 0..k {
                let mut b_row = [_mm256_setzero_ps(); V];
                for (v, b_part) in b_row.iter_mut().enumerate() {
                    *b_part = _mm256_loadu_ps(b.add(l * n + v * LANES));
                }
                for (r, sums) in sums.iter_mut().enumerate() {
                    let x = _mm256_set1_ps(*a.add(r * row + l * col));
                    for (sum, &b_part) in sums.iter_mut().zip(&b_row) {
                        *sum = _mm256_fmadd_ps(x, b_part, *sum);
                    }
                }
            }
            for (r, sums) in sums.iter().enumerate() {
                for (v, &sum) in sums.iter().enumerate() {
                    _mm256_storeu_ps(c.add(r * n + v * LANES), sum);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use guide_core::kernels::scalar;
    use guide_core::ndarray::Array2;
    use guide_core::seeded;
    use proptest::prelude::*;

    use super::*;
    use crate::testing::fill;

    fn random(rows: usize, cols: usize, seed: u64) -> Array2<f32> {
        let mut x = Array2::zeros((rows, cols));
        fill(&mut x, &mut seeded(seed));
        x
    }

    proptest! {
        #[test]
        fn equals_its_plain_twin(m in 0_usize..20, k in 0_usize..40, n in 0_usize..40, add in any::<bool>(), seed in any::<u64>()) {
            let (b, old) = (random(k, n, !seed), random(m, n, seed ^ 1));
            for a in [random(m, k, seed), random(k, m, seed).reversed_axes()] {
                let mut fast = old.clone();
                product(a.view(), b.view(), add, fast.view_mut());
                let plain = scalar::matmul(a.view(), b.view()) + &(&old * f32::from(u8::from(add)));
                prop_assert!(fast.iter().zip(&plain).all(|(f, p)| (f - p).abs() < 1e-4));
            }
        }
    }
}
