//! Products of a sparse row with a dense matrix of few columns, and of its transpose: what passes over a matrix of events for
//! several users at once are made of. The width is fixed, so that a sum stays in registers.

/// `Σ_k w_k rows[r_k]` for the pairs `(r_k, w_k)` of `row`, in their order.
///
/// # Panics
/// If a row is out of range.
///
/// ```
/// use guide_core::kernels::gather_rows;
/// let rows = [[1.0, 2.0], [10.0, 20.0], [100.0, 200.0]];
/// assert_eq!(gather_rows([(2, 1.0), (0, 0.5)].into_iter(), &rows), [100.5, 201.0]);
/// ```
#[inline]
pub fn gather_rows<const W: usize>(
    row: impl Iterator<Item = (usize, f32)>,
    rows: &[[f32; W]],
) -> [f32; W] {
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx2") && std::arch::is_x86_feature_detected!("fma") {
        // SAFETY: the processor has the two features, which is all that the callee asks for.
        #[allow(unsafe_code)]
        return unsafe { gather_avx2(row, rows) };
    }
    gather(row, rows, |w, x, sum| w * x + sum)
}

/// `rows[r_k] += w_k x` for the pairs `(r_k, w_k)` of `row`, in their order.
///
/// # Panics
/// If a row is out of range.
///
/// ```
/// use guide_core::kernels::scatter_rows;
/// let mut rows = [[1.0, 2.0], [10.0, 20.0]];
/// scatter_rows([(1, 0.5)].into_iter(), &[2.0, 4.0], &mut rows);
/// assert_eq!(rows, [[1.0, 2.0], [11.0, 22.0]]);
/// ```
#[inline]
pub fn scatter_rows<const W: usize>(
    row: impl Iterator<Item = (usize, f32)>,
    x: &[f32; W],
    rows: &mut [[f32; W]],
) {
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx2") && std::arch::is_x86_feature_detected!("fma") {
        // SAFETY: the processor has the two features, which is all that the callee asks for.
        #[allow(unsafe_code)]
        return unsafe { scatter_avx2(row, x, rows) };
    }
    scatter(row, x, rows, |w, x, sum| w * x + sum);
}

#[inline(always)]
fn gather<const W: usize>(
    row: impl Iterator<Item = (usize, f32)>,
    rows: &[[f32; W]],
    add: impl Fn(f32, f32, f32) -> f32,
) -> [f32; W] {
    let mut sum = [0.0; W];
    for (from, weight) in row {
        for (sum, &x) in sum.iter_mut().zip(&rows[from]) {
            *sum = add(weight, x, *sum);
        }
    }
    sum
}

#[inline(always)]
fn scatter<const W: usize>(
    row: impl Iterator<Item = (usize, f32)>,
    x: &[f32; W],
    rows: &mut [[f32; W]],
    add: impl Fn(f32, f32, f32) -> f32,
) {
    for (to, weight) in row {
        for (sum, &x) in rows[to].iter_mut().zip(x) {
            *sum = add(weight, x, *sum);
        }
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn gather_avx2<const W: usize>(
    row: impl Iterator<Item = (usize, f32)>,
    rows: &[[f32; W]],
) -> [f32; W] {
    gather(row, rows, f32::mul_add)
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn scatter_avx2<const W: usize>(
    row: impl Iterator<Item = (usize, f32)>,
    x: &[f32; W],
    rows: &mut [[f32; W]],
) {
    scatter(row, x, rows, f32::mul_add);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_fast_forms_equal_the_plain_ones(
            row in proptest::collection::vec((0_usize..20, -2.0_f32..2.0), 0..40),
            numbers in proptest::collection::vec(-3.0_f32..3.0, 20 * 16),
        ) {
            let plain = |w: f32, x: f32, sum: f32| w * x + sum;
            let near = |a: &[f32; 16], b: &[f32; 16]| a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-4);
            let (rows, _) = numbers.as_chunks::<16>();
            let sum = gather_rows(row.iter().copied(), rows);
            prop_assert!(near(&sum, &gather(row.iter().copied(), rows, plain)));
            let (mut fast, mut slow) = (rows.to_vec(), rows.to_vec());
            scatter_rows(row.iter().copied(), &sum, &mut fast);
            scatter(row.iter().copied(), &sum, &mut slow, plain);
            prop_assert!(fast.iter().zip(&slow).all(|(a, b)| a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-3 * (1.0 + b.abs()))));
        }
    }
}
