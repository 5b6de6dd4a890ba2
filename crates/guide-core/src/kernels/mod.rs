//! The inner loops: dot products, vector updates, matrix products and partial selection.
//!
//! Each has one public function that takes the AVX2 form where the processor has it; [`scalar`] holds the plain twins
//! that the fast forms are tested against.

mod adagrad;
mod logistic;
mod matmul;
mod rows;
pub mod scalar;
mod simd;
mod top_k;

pub use adagrad::adagrad_pair;
pub use logistic::logistic_step;
pub use matmul::{matmul, matmul_into, matmul_on_one_thread};
pub use rows::{gather_rows, scatter_rows};
pub use top_k::{TopK, top_k};

/// `Σ a_i b_i`.
///
/// # Panics
/// If the lengths differ.
///
/// ```
/// assert_eq!(guide_core::kernels::dot(&[1.0, 2.0, 3.0], &[4.0, 5.0, 6.0]), 32.0);
/// ```
#[inline]
pub fn dot(a: &[f32], b: &[f32]) -> f32 {
    assert_eq!(a.len(), b.len(), "dot of vectors of different lengths");
    simd::dot(a, b)
}

/// `y += alpha x`.
///
/// # Panics
/// If the lengths differ.
///
/// ```
/// let mut y = [1.0, 1.0];
/// guide_core::kernels::axpy(2.0, &[3.0, 4.0], &mut y);
/// assert_eq!(y, [7.0, 9.0]);
/// ```
#[inline]
pub fn axpy(alpha: f32, x: &[f32], y: &mut [f32]) {
    assert_eq!(x.len(), y.len(), "axpy of vectors of different lengths");
    simd::axpy(alpha, x, y);
}

/// `y += alpha x` and `z += beta x` in one pass.
///
/// # Panics
/// If the lengths differ.
///
/// ```
/// let (mut y, mut z) = ([1.0], [2.0]);
/// guide_core::kernels::axpy_both(2.0, -1.0, &[3.0], &mut y, &mut z);
/// assert_eq!((y, z), ([7.0], [-1.0]));
/// ```
#[inline]
pub fn axpy_both(alpha: f32, beta: f32, x: &[f32], y: &mut [f32], z: &mut [f32]) {
    assert!(
        x.len() == y.len() && x.len() == z.len(),
        "axpy of vectors of different lengths"
    );
    simd::axpy_both(alpha, beta, x, y, z);
}

/// One step of stochastic gradient descent on a rating: returns the error `e = target − scale p·q` and moves both vectors
/// from their old values, `p ← decay·p + scale·rate·e·q` and `q ← decay·q + scale·rate·e·p`.
///
/// With a learning rate `η`, a regularisation `λ`, `rate = η`, `decay = 1 − η λ` and `scale = 1` it makes the update of
/// Funk's SVD (2006).
///
/// # Panics
/// If the lengths differ.
///
/// ```
/// let (mut p, mut q) = ([1.0], [10.0]);
/// let error = guide_core::kernels::rating_step(&mut p, &mut q, 12.0, 1.0, 0.25, 1.0);
/// assert_eq!((error, p, q), (2.0, [6.0], [10.5]));
/// ```
#[inline]
pub fn rating_step(
    p: &mut [f32],
    q: &mut [f32],
    target: f32,
    scale: f32,
    rate: f32,
    decay: f32,
) -> f32 {
    assert_eq!(
        p.len(),
        q.len(),
        "rating step on vectors of different lengths"
    );
    simd::rating_step(p, q, target, scale, rate, decay)
}

/// One step of stochastic gradient descent on a user and an item, both from their old values: `p ← decay·p + step·q` and
/// `q ← decay·q + step·p`.
///
/// With `step = η e`, the error or slope times the learning rate, and `decay = 1 − η λ` it makes the update of any loss of
/// `p·q`; [`rating_step`] is this one for squared errors.
///
/// # Panics
/// If the lengths differ.
///
/// ```
/// let (mut p, mut q) = ([1.0], [10.0]);
/// guide_core::kernels::factor_step(&mut p, &mut q, 0.5, 1.0);
/// assert_eq!((p, q), ([6.0], [10.5]));
/// ```
#[inline]
pub fn factor_step(p: &mut [f32], q: &mut [f32], step: f32, decay: f32) {
    assert_eq!(
        p.len(),
        q.len(),
        "factor step on vectors of different lengths"
    );
    simd::factor_step(p, q, step, decay);
}

/// One step of stochastic gradient descent on a user and a pair of items at once, all from the old values:
/// `u ← decay·u + step·(i − j)`, `i ← decay·i + step·u`, `j ← decay·j − step·u`.
///
/// With `step = η σ(s_uj − s_ui)` and `decay = 1 − η λ` it makes the update of BPR (Rendle et al., 2009).
///
/// # Panics
/// If the lengths differ.
///
/// ```
/// let (mut u, mut i, mut j) = ([2.0], [3.0], [1.0]);
/// guide_core::kernels::pair_step(&mut u, &mut i, &mut j, 0.5, 1.0);
/// assert_eq!((u, i, j), ([3.0], [4.0], [0.0]));
/// ```
#[inline]
pub fn pair_step(u: &mut [f32], i: &mut [f32], j: &mut [f32], step: f32, decay: f32) {
    assert!(
        u.len() == i.len() && u.len() == j.len(),
        "pair step on vectors of different lengths"
    );
    simd::pair_step(u, i, j, step, decay);
}

/// Asks the processor to bring `values` near, for loops that know early what they read late. Changes nothing else.
#[inline]
pub fn prefetch<T>(values: &[T]) {
    simd::prefetch(values);
}

/// `y = A x` for a row-major `A` of `y.len()` rows of `x.len()` numbers: one dot product a row.
///
/// # Panics
/// If `a.len() != y.len() * x.len()`.
///
/// ```
/// let mut y = [0.0; 2];
/// guide_core::kernels::gemv(&[1.0, 2.0, 3.0, 4.0], &[1.0, 10.0], &mut y);
/// assert_eq!(y, [21.0, 43.0]);
/// ```
pub fn gemv(a: &[f32], x: &[f32], y: &mut [f32]) {
    assert_eq!(
        a.len(),
        y.len() * x.len(),
        "gemv of {} numbers as {} x {}",
        a.len(),
        y.len(),
        x.len()
    );
    simd::gemv(a, x, y);
}

/// How many of the numbers are at least `least`. A NaN is not.
///
/// ```
/// assert_eq!(guide_core::kernels::count_from(&[1.0, 3.0, 2.0, f32::NAN], 2.0), 2);
/// ```
pub fn count_from(numbers: &[f32], least: f32) -> usize {
    simd::count_from(numbers, least)
}

/// Appends the places of the numbers that are at least `least` to `places`, rising. A NaN is not.
///
/// ```
/// let mut places = Vec::new();
/// guide_core::kernels::places_from(&[1.0, 3.0, 2.0], 2.0, &mut places);
/// assert_eq!(places, [1, 2]);
/// ```
pub fn places_from(numbers: &[f32], least: f32, places: &mut Vec<u32>) {
    simd::places_from(numbers, least, places);
}

/// `y = A x` for a row-major `A` of `y.len()` rows of `x.len()` bytes, without rounding. A sum must stay within `i32`, as it does while
/// `128 x.len() max|x|` is at most 2³¹ − 1.
///
/// # Panics
/// If `rows.len() != y.len() * x.len()`.
///
/// ```
/// let mut y = [0; 2];
/// guide_core::kernels::byte_dots(&[1, 2, -3, 4], &[100, 1000], &mut y);
/// assert_eq!(y, [2100, 3700]);
/// ```
pub fn byte_dots(rows: &[i8], x: &[i16], y: &mut [i32]) {
    assert_eq!(
        rows.len(),
        y.len() * x.len(),
        "products of {} bytes as {} x {}",
        rows.len(),
        y.len(),
        x.len()
    );
    simd::byte_dots(rows, x, y);
}

/// `out += Σ_j (t_j − w_j x·y_j) y_j` over the rows `y_j`; returns `Σ_j t_j x·y_j`.
///
/// This is half the way down of `Σ_j (w_j (x·y_j)² − 2 t_j x·y_j)`, so with `w = t = 1` half the negative gradient of a sum
/// of squared errors: the inner loop of conjugate gradient on the normal equations of one user or item.
///
/// # Panics
/// If `rows.len() != weights.len() * x.len()`, or the lengths of `x` and `out`, or of `weights` and `targets`, differ.
///
/// ```
/// let mut out = [0.0, 0.0];
/// // two rows, (1, 0) and (1, 1); x has the products 2 and 5 with them
/// let pull = guide_core::kernels::residual_pull(&[1.0, 0.0, 1.0, 1.0], &[1.0, 2.0], &[3.0, 4.0], &[2.0, 3.0], &mut out);
/// assert_eq!((pull, out), (26.0, [-5.0, -6.0]));
/// ```
pub fn residual_pull(
    rows: &[f32],
    weights: &[f32],
    targets: &[f32],
    x: &[f32],
    out: &mut [f32],
) -> f64 {
    assert!(
        rows.len() == weights.len() * x.len()
            && weights.len() == targets.len()
            && x.len() == out.len(),
        "residual pull of {} numbers as {} x {}, {} targets, into {}",
        rows.len(),
        weights.len(),
        x.len(),
        targets.len(),
        out.len()
    );
    simd::residual_pull(rows, weights, targets, x, out)
}

/// `Σ (a_i − b_i)²`.
///
/// # Panics
/// If the lengths differ.
///
/// ```
/// assert_eq!(guide_core::kernels::squared_distance(&[1.0, 2.0], &[4.0, 6.0]), 25.0);
/// ```
#[inline]
pub fn squared_distance(a: &[f32], b: &[f32]) -> f32 {
    assert_eq!(a.len(), b.len(), "distance of vectors of different lengths");
    simd::squared_distance(a, b)
}
