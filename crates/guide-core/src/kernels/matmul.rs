//! The one matrix product of the workspace: a safe wrapper of the kernels of the `gemm` crate.
#![allow(unsafe_code)]

use gemm_common::Parallelism;
use ndarray::{Array2, ArrayView2, ArrayViewMut2, Axis};

/// Below this many multiplications two threads cost more than they bring (measured at 64³ and 128³).
const PARALLEL_FROM: usize = 96 * 96 * 96;

/// `A B`: `(m, k) x (k, n) -> (m, n)`, any strides (so `b.t()` costs no copy).
///
/// The same bits for any number of threads. A row computed alone may differ in the last bits from the same row inside a
/// batch when `k > 512`, because the kernel splits long sums by the shape of the whole product.
///
/// # Panics
/// If `a.ncols() != b.nrows()`.
///
/// ```
/// use guide_core::{kernels::matmul, ndarray::array};
/// let (a, b) = (array![[1.0, 2.0]], array![[3.0], [4.0]]);
/// assert_eq!(matmul(a.view(), b.view()), array![[11.0]]);
/// ```
pub fn matmul(a: ArrayView2<'_, f32>, b: ArrayView2<'_, f32>) -> Array2<f32> {
    let mut c = Array2::zeros((a.nrows(), b.ncols()));
    matmul_into(1.0, a, b, 0.0, c.view_mut());
    c
}

/// `C ← alpha A B + beta C`: `(m, k) x (k, n) -> (m, n)`, any strides. With `beta = 0` the old `C` is not read.
///
/// # Panics
/// If the shapes do not fit.
///
/// ```
/// use guide_core::{kernels::matmul_into, ndarray::array};
/// let (a, b) = (array![[1.0, 2.0]], array![[3.0], [4.0]]);
/// let mut c = array![[100.0]];
/// matmul_into(2.0, a.view(), b.view(), 0.5, c.view_mut());
/// assert_eq!(c, array![[72.0]]); // 2 * 11 + 0.5 * 100
/// ```
pub fn matmul_into(
    alpha: f32,
    a: ArrayView2<'_, f32>,
    b: ArrayView2<'_, f32>,
    beta: f32,
    c: ArrayViewMut2<'_, f32>,
) {
    let work = a.nrows() * a.ncols() * b.ncols();
    let parallel = work >= PARALLEL_FROM && rayon::current_num_threads() > 1;
    product(alpha, (a, b), beta, c, parallel);
}

/// [`matmul_into`] on the calling thread alone, for callers that share their work out themselves.
///
/// # Panics
/// If the shapes do not fit.
pub fn matmul_on_one_thread(
    alpha: f32,
    a: ArrayView2<'_, f32>,
    b: ArrayView2<'_, f32>,
    beta: f32,
    c: ArrayViewMut2<'_, f32>,
) {
    product(alpha, (a, b), beta, c, false);
}

fn product(
    alpha: f32,
    (a, b): (ArrayView2<'_, f32>, ArrayView2<'_, f32>),
    beta: f32,
    mut c: ArrayViewMut2<'_, f32>,
    parallel: bool,
) {
    let ((m, k), (k_b, n)) = (a.dim(), b.dim());
    assert_eq!(k, k_b, "matmul of {m} x {k} by {k_b} x {n}");
    assert_eq!(
        c.dim(),
        (m, n),
        "matmul of {m} x {k} by {k_b} x {n} into {:?}",
        c.dim()
    );
    if m == 0 || n == 0 {
        return;
    }
    if k == 0 {
        let keep = if beta == 0.0 { 0.0 } else { beta };
        c.mapv_inplace(|old| if keep == 0.0 { 0.0 } else { keep * old });
        return;
    }
    let parallelism = if parallel {
        Parallelism::Rayon(0)
    } else {
        Parallelism::None
    };
    let (a, b, mut c) = for_the_kernels(a, b, c);
    let ((m, n), k) = (c.dim(), a.ncols());
    let (a_strides, b_strides, c_strides) = (a.strides(), b.strides(), c.strides().to_vec());
    // SAFETY: the pointers and strides come from live views of the asserted shapes, so every element that the kernel
    // touches lies inside them; `c` is borrowed mutably, so it overlaps neither `a` nor `b`.
    unsafe {
        gemm_f32::gemm::f32::get_gemm_fn()(
            m,
            n,
            k,
            c.as_mut_ptr(),
            c_strides[1],
            c_strides[0],
            beta != 0.0,
            a.as_ptr(),
            a_strides[1],
            a_strides[0],
            b.as_ptr(),
            b_strides[1],
            b_strides[0],
            beta,
            alpha,
            false,
            false,
            false,
            parallelism,
        );
    }
}

/// The same product as the kernels want it: the columns of the result close together (`Cᵀ = Bᵀ Aᵀ` where its rows are), and no
/// negative strides in the result and along the sums.
#[allow(clippy::type_complexity)]
fn for_the_kernels<'v>(
    a: ArrayView2<'v, f32>,
    b: ArrayView2<'v, f32>,
    c: ArrayViewMut2<'v, f32>,
) -> (
    ArrayView2<'v, f32>,
    ArrayView2<'v, f32>,
    ArrayViewMut2<'v, f32>,
) {
    let has_rows = c.strides()[1].abs() < c.strides()[0].abs();
    let (mut a, mut b, mut c) = match has_rows {
        true => (b.reversed_axes(), a.reversed_axes(), c.reversed_axes()),
        false => (a, b, c),
    };
    if c.strides()[0] < 0 {
        c.invert_axis(Axis(0));
        a.invert_axis(Axis(0));
    }
    if c.strides()[1] < 0 {
        c.invert_axis(Axis(1));
        b.invert_axis(Axis(1));
    }
    if a.strides()[1] < 0 {
        a.invert_axis(Axis(1));
        b.invert_axis(Axis(0));
    }
    (a, b, c)
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;
    use proptest::prelude::*;
    use rand::RngExt;

    use super::*;
    use crate::{kernels::scalar, seeded, testing};

    fn random(rows: usize, cols: usize, seed: u64) -> Array2<f32> {
        let mut rng = seeded(seed);
        Array2::from_shape_simple_fn((rows, cols), || rng.random_range(-1.0..1.0))
    }

    proptest! {
        #[test]
        fn equals_its_plain_twin(m in 0_usize..40, k in 0_usize..40, n in 0_usize..40, beta in 0_u8..2, seed in any::<u64>()) {
            let (a, b, old) = (random(m, k, seed), random(n, k, !seed), random(m, n, seed ^ 1));
            let mut fast = old.clone();
            matmul_into(2.0, a.view(), b.t(), f32::from(beta), fast.view_mut());
            let mut alone = old.clone();
            matmul_on_one_thread(2.0, a.view(), b.t(), f32::from(beta), alone.view_mut());
            prop_assert_eq!(&alone, &fast);
            let plain = scalar::matmul(a.view(), b.t()) * 2.0 + &(old * f32::from(beta));
            prop_assert!(fast.iter().zip(&plain).all(|(f, p)| (f - p).abs() < 1e-4));
        }
    }

    #[test]
    fn equals_its_plain_twin_on_threads_and_for_long_sums() {
        // Above `PARALLEL_FROM`, with sums that the kernel splits (beyond 512), in both layouts of the second matrix.
        for (m, k, n) in [(70, 600, 90), (1, 1030, 1000), (97, 513, 33)] {
            assert!(m * k * n >= PARALLEL_FROM);
            let (a, b, old) = (random(m, k, 1), random(n, k, 2), random(m, n, 3));
            let columns = b.t().as_standard_layout().into_owned();
            let plain = scalar::matmul(a.view(), b.t()) * 0.5 + &(&old * 3.0);
            for b in [b.t(), columns.view()] {
                let fast = testing::on_threads(2, || {
                    let mut fast = old.clone();
                    matmul_into(0.5, a.view(), b, 3.0, fast.view_mut());
                    fast
                });
                let apart = fast.iter().zip(&plain).map(|(f, p)| (f - p).abs());
                let most = apart.fold(0.0, f32::max);
                assert!(most < 1e-4, "{m} x {k} x {n}: {most}");
            }
        }
    }

    #[test]
    fn any_layout_gives_the_same_product() {
        let (a, b, old) = (random(5, 7, 1), random(7, 4, 2), random(5, 4, 3));
        let expected = scalar::matmul(a.view(), b.view()) * 2.0 + &(&old * 3.0);
        // Six bits say of each axis of each matrix whether its stride is negative, and the last one whether columns lie together.
        for layout in 0..128 {
            let is = |bit: usize| layout >> bit & 1 == 1;
            let turn = |mut matrix: ArrayView2<'_, f32>, bit: usize| {
                let flipped = [Axis(0), Axis(1)].into_iter().zip([is(bit), is(bit + 1)]);
                let flipped: Vec<Axis> = flipped
                    .filter_map(|(axis, is)| is.then_some(axis))
                    .collect();
                flipped.iter().for_each(|&axis| matrix.invert_axis(axis));
                (matrix.to_owned(), flipped)
            };
            let laid = |(matrix, _): &(Array2<f32>, Vec<Axis>), columns: bool| match columns {
                true => matrix.t().as_standard_layout().into_owned().reversed_axes(),
                false => matrix.as_standard_layout().into_owned(),
            };
            let (left, right, result) = (turn(a.view(), 0), turn(b.view(), 2), turn(old.view(), 4));
            let (own_a, own_b) = (laid(&left, is(6)), laid(&right, is(6)));
            let mut own_c = laid(&result, is(6));
            let (mut a, mut b, mut c) = (own_a.view(), own_b.view(), own_c.view_mut());
            left.1.iter().for_each(|&axis| a.invert_axis(axis));
            right.1.iter().for_each(|&axis| b.invert_axis(axis));
            result.1.iter().for_each(|&axis| c.invert_axis(axis));
            matmul_into(2.0, a, b, 3.0, c.view_mut());
            let apart = c.iter().zip(&expected).map(|(c, e)| (c - e).abs());
            assert!(apart.fold(0.0, f32::max) < 1e-4, "{layout}");
        }
    }

    #[test]
    fn same_bits_for_one_and_two_threads() {
        let (a, b) = (random(130, 700, 1), random(700, 150, 2));
        testing::same_for_one_and_two_threads(|| matmul(a.view(), b.view()));
    }
}
