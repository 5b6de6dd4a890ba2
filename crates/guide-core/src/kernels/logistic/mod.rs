//! A step of logistic regression of a few rows on a few others: the inner loop of word2vec.

mod simd;

/// Moves the picked rows of `y` one step towards telling, for each picked row of `x`, whether it goes with them, and returns
/// in `pull` what would move the rows of `x` likewise.
///
/// `x` and `y` are matrices of rows of `dim` numbers, each with the row numbers picked from it: `m` of `x` and `n` of `y`.
/// All products are taken before anything moves: `errors[i, j] = rate (labels[j] − σ(x_i · y_j))`, `pull[i] = Σ_j errors[i, j] y_j`
/// `[m, dim]`, and only then `y_j += Σ_i errors[i, j] x_i`. A row picked twice moves twice.
///
/// `σ(z) = 1 / (1 + e^−z)` is computed to the accuracy of `f32`, not looked up in a table.
///
/// The window as a small matrix product is from Ji, Satish, Li, Dubey (2016), "Parallelizing Word2Vec in Shared and
/// Distributed Memory".
///
/// # Panics
/// If `dim` is 0, a row number is past the end, or `labels`, `errors` or `pull` do not hold `n`, `m n` and `m dim` numbers.
///
/// ```
/// let mut y = [0.0, 4.0];
/// let (mut errors, mut pull) = ([0.0], [0.0; 2]);
/// guide_core::kernels::logistic_step((&[1.0, 0.0], &[0]), (&mut y, &[0]), 2, &[1.0], 0.5, &mut errors, &mut pull);
/// assert_eq!(errors, [0.25]); // 0.5 (1 − σ(0))
/// assert_eq!((pull, y), ([0.0, 1.0], [0.25, 4.0]));
/// ```
pub fn logistic_step(
    x: (&[f32], &[u32]),
    y: (&mut [f32], &[u32]),
    dim: usize,
    labels: &[f32],
    rate: f32,
    errors: &mut [f32],
    pull: &mut [f32],
) {
    let (m, n) = (x.1.len(), y.1.len());
    assert!(
        dim > 0 && labels.len() == n && errors.len() == m * n && pull.len() == m * dim,
        "logistic step of {m} rows on {n} of {dim} numbers, with {} labels, {} errors and a pull of {}",
        labels.len(),
        errors.len(),
        pull.len()
    );
    simd::logistic_step(x, y, dim, labels, rate, errors, pull);
}
