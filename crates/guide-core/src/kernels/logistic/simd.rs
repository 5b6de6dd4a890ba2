//! The fast twin of the logistic step: products four at a time, sums held in registers over all rows that add to them.
#![allow(unsafe_code)]

#[cfg(target_arch = "x86_64")]
use std::arch::x86_64::*;

use crate::kernels::scalar;

pub(super) fn logistic_step(
    x: (&[f32], &[u32]),
    y: (&mut [f32], &[u32]),
    dim: usize,
    labels: &[f32],
    rate: f32,
    errors: &mut [f32],
    pull: &mut [f32],
) {
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx2") && std::arch::is_x86_feature_detected!("fma") {
        // SAFETY: the processor has the two features, which is all that the callee asks for.
        return unsafe { logistic_step_avx2(x, y, dim, labels, rate, errors, pull) };
    }
    scalar::logistic_step(x, y, dim, labels, rate, errors, pull);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn logistic_step_avx2(
    (x, inputs): (&[f32], &[u32]),
    (y, outputs): (&mut [f32], &[u32]),
    dim: usize,
    labels: &[f32],
    rate: f32,
    errors: &mut [f32],
    pull: &mut [f32],
) {
    let n = outputs.len();
    if n == 0 {
        return pull.fill(0.0);
    }
    let row = |number: u32| {
        let start = number as usize * dim;
        start..start + dim
    };
    let (fours, rest) = outputs.as_chunks::<4>();
    for (&input, errors) in inputs.iter().zip(errors.chunks_exact_mut(n)) {
        let x = &x[row(input)];
        let (error_fours, error_rest) = errors.as_chunks_mut::<4>();
        for (four, products) in fours.iter().zip(error_fours) {
            *products = products_of(x, four.map(|output| &y[row(output)]));
        }
        for (&output, product) in rest.iter().zip(error_rest) {
            *product = products_of(x, [&y[row(output)]; 1])[0];
        }
        for (error, label) in errors.iter_mut().zip(labels) {
            *error = rate * (label - sigmoid(*error));
        }
    }
    for (errors, pull) in errors.chunks_exact(n).zip(pull.chunks_exact_mut(dim)) {
        pull.fill(0.0);
        add_rows(pull, n, |j| (errors[j], &y[row(outputs[j])]));
    }
    for (j, &output) in outputs.iter().enumerate() {
        add_rows(&mut y[row(output)], inputs.len(), |i| {
            (errors[i * n + j], &x[row(inputs[i])])
        });
    }
}

/// `x · y_k` of each row `y_k`, all as long as `x`.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
#[inline]
fn products_of<const N: usize>(x: &[f32], rows: [&[f32]; N]) -> [f32; N] {
    let (wide, tail) = x.as_chunks::<8>();
    let mut sums = [_mm256_setzero_ps(); N];
    for (c, x) in wide.iter().enumerate() {
        // SAFETY: the array holds eight numbers.
        let x = unsafe { _mm256_loadu_ps(x.as_ptr()) };
        for (sum, row) in sums.iter_mut().zip(rows) {
            let y = &row[8 * c..8 * c + 8];
            // SAFETY: the slice holds eight numbers.
            *sum = _mm256_fmadd_ps(x, unsafe { _mm256_loadu_ps(y.as_ptr()) }, *sum);
        }
    }
    let start = 8 * wide.len();
    std::array::from_fn(|k| {
        let four = _mm_add_ps(
            _mm256_castps256_ps128(sums[k]),
            _mm256_extractf128_ps::<1>(sums[k]),
        );
        let two = _mm_add_ps(four, _mm_movehl_ps(four, four));
        let one = _mm_cvtss_f32(_mm_add_ss(two, _mm_shuffle_ps::<1>(two, two)));
        (tail.iter().zip(&rows[k][start..])).fold(one, |sum, (x, y)| x.mul_add(*y, sum))
    })
}

/// `target += Σ_k weight_k row_k` for the `n` pairs of `term`, in their order; the rows are as long as `target`.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
#[inline]
fn add_rows<'a>(target: &mut [f32], n: usize, term: impl Fn(usize) -> (f32, &'a [f32])) {
    let mut start = 0;
    let (wide, rest) = target.as_chunks_mut::<32>();
    for target in wide {
        add_block::<32, 4>(target, n, start, &term);
        start += 32;
    }
    let (eights, tail) = rest.as_chunks_mut::<8>();
    for target in eights {
        add_block::<8, 1>(target, n, start, &term);
        start += 8;
    }
    for k in 0..if tail.is_empty() { 0 } else { n } {
        let (weight, row) = term(k);
        for (target, x) in tail.iter_mut().zip(&row[start..]) {
            *target = weight.mul_add(*x, *target);
        }
    }
}

/// The part of [`add_rows`] from column `start`, `WIDTH = 8 REGISTERS` columns wide.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
#[inline]
fn add_block<'a, const WIDTH: usize, const REGISTERS: usize>(
    target: &mut [f32; WIDTH],
    n: usize,
    start: usize,
    term: &impl Fn(usize) -> (f32, &'a [f32]),
) {
    const { assert!(WIDTH == 8 * REGISTERS) };
    let mut sums = [_mm256_setzero_ps(); REGISTERS];
    for (r, sum) in sums.iter_mut().enumerate() {
        // SAFETY: `8 r + 8 <= WIDTH`.
        *sum = unsafe { _mm256_loadu_ps(target.as_ptr().add(8 * r)) };
    }
    for k in 0..n {
        let (weight, row) = term(k);
        let (weight, row) = (_mm256_set1_ps(weight), &row[start..start + WIDTH]);
        for (r, sum) in sums.iter_mut().enumerate() {
            // SAFETY: the slice holds `WIDTH >= 8 r + 8` numbers.
            let x = unsafe { _mm256_loadu_ps(row.as_ptr().add(8 * r)) };
            *sum = _mm256_fmadd_ps(weight, x, *sum);
        }
    }
    for (r, sum) in sums.iter().enumerate() {
        // SAFETY: `8 r + 8 <= WIDTH`.
        unsafe { _mm256_storeu_ps(target.as_mut_ptr().add(8 * r), *sum) };
    }
}

/// `1 / (1 + e^−z)` without a branch, so that eight are computed at once: `e^−z = 2^k e^r` with `|r| <= ln 2 / 2`, and `e^r` by
/// its Taylor series to the seventh power. Over every number the result is off by at most 1.6e-7 of itself.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
#[inline]
fn sigmoid(z: f32) -> f32 {
    /// `1.5 · 2^23`: added to a small number it leaves the nearest integer in the low bits.
    const ROUND: f32 = 12_582_912.0;
    /// ln 2 in two parts, the first with zeros enough to be multiplied by `k` exactly.
    const LN_2: [f32; 2] = [0.693_359_4, -2.121_944_4e-4];
    // Beyond ±87 the exponent would leave the normal numbers; a NaN passes.
    let z = if z > 87.0 { 87.0 } else { z };
    let z = if z < -87.0 { -87.0 } else { z };
    let shifted = (-z).mul_add(std::f32::consts::LOG2_E, ROUND);
    let k = shifted - ROUND;
    let r = (-k).mul_add(LN_2[0], -z);
    let r = (-k).mul_add(LN_2[1], r);
    let powers = [
        1.0 / 720.0,
        1.0 / 120.0,
        1.0 / 24.0,
        1.0 / 6.0,
        0.5,
        1.0,
        1.0,
    ];
    let e = (powers.iter()).fold(1.0 / 5040.0, |sum: f32, &power| sum.mul_add(r, power));
    let e = f32::from_bits(e.to_bits().wrapping_add(shifted.to_bits() << 23));
    1.0 / (1.0 + e)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rand::RngExt;

    use crate::kernels::{logistic_step, scalar};

    proptest! {
        #[test]
        fn equals_its_plain_twin(m in 0_usize..8, n in 0_usize..11, dim in 1_usize..75, size in 0.1_f32..3.0, seed in any::<u64>()) {
            let mut rng = crate::seeded(seed);
            let mut draw = |n: usize| -> Vec<f32> { (0..n).map(|_| rng.random_range(-size..size)).collect() };
            let (x, y) = (draw(9 * dim), draw(12 * dim));
            let labels: Vec<f32> = (0..n).map(|j| (j % 3 == 0) as u8 as f32).collect();
            // Rows may come twice.
            let inputs: Vec<u32> = (0..m).map(|_| rng.random_range(0..9)).collect();
            let outputs: Vec<u32> = (0..n).map(|_| rng.random_range(0..12)).collect();
            let (mut fast, mut plain) = (y.clone(), y);
            let mut errors = [vec![7.0; m * n], vec![7.0; m * n]];
            let mut pulls = [vec![7.0; m * dim], vec![7.0; m * dim]];
            logistic_step((&x, &inputs), (&mut fast, &outputs), dim, &labels, 0.3, &mut errors[0], &mut pulls[0]);
            scalar::logistic_step((&x, &inputs), (&mut plain, &outputs), dim, &labels, 0.3, &mut errors[1], &mut pulls[1]);
            let near = |a: &[f32], b: &[f32]| a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-4);
            prop_assert!(near(&errors[0], &errors[1]));
            prop_assert!(near(&pulls[0], &pulls[1]));
            prop_assert!(near(&fast, &plain));
        }

        #[test]
        fn the_sigmoid_is_exact(z in -200.0_f32..200.0) {
            let mut error = [0.0];
            logistic_step((&[z], &[0]), (&mut [1.0], &[0]), 1, &[0.0], 1.0, &mut error, &mut [0.0]);
            let expected = 1.0 / (1.0 + f64::from(-z).exp());
            prop_assert!((f64::from(-error[0]) - expected).abs() < 2e-7 * expected + 2e-38, "{} {}", error[0], expected);
        }
    }

    #[test]
    fn what_is_not_a_number_stays_so() {
        let mut error = [0.0];
        logistic_step(
            (&[f32::NAN], &[0]),
            (&mut [1.0], &[0]),
            1,
            &[0.0],
            1.0,
            &mut error,
            &mut [0.0],
        );
        assert!(error[0].is_nan());
    }
}
