//! The fast twins, chosen at run time where the processor has AVX2 and FMA.
//!
//! Updates are the same Rust compiled a second time for those instructions. Sums are written with intrinsics: the compiler
//! may not reorder a sum, and left alone it reached a third of this speed. They run in four registers, enough to hide the
//! latency of a fused multiply-add, and are added in a fixed order.
#![allow(unsafe_code)]

#[cfg(target_arch = "x86_64")]
use std::arch::x86_64::*;

use super::scalar;

/// Writes the run-time choice between the fast form of a kernel and its plain twin.
macro_rules! dispatch {
    ($name:ident or $avx:ident($($arg:ident: $kind:ty),*) $(-> $out:ty)?) => {
        #[inline]
        pub(super) fn $name($($arg: $kind),*) $(-> $out)? {
            #[cfg(target_arch = "x86_64")]
            if std::arch::is_x86_feature_detected!("avx2") && std::arch::is_x86_feature_detected!("fma") {
                // SAFETY: the processor has the two features, which is all that the callee asks for.
                return unsafe { $avx($($arg),*) };
            }
            scalar::$name($($arg),*)
        }
    };
}

dispatch!(dot or dot_avx2(a: &[f32], b: &[f32]) -> f32);
dispatch!(squared_distance or squared_distance_avx2(a: &[f32], b: &[f32]) -> f32);
dispatch!(axpy or axpy_avx2(alpha: f32, x: &[f32], y: &mut [f32]));
dispatch!(axpy_both or axpy_both_avx2(alpha: f32, beta: f32, x: &[f32], y: &mut [f32], z: &mut [f32]));
dispatch!(rating_step or rating_step_avx2(p: &mut [f32], q: &mut [f32], target: f32, scale: f32, rate: f32, decay: f32) -> f32);
dispatch!(factor_step or factor_step_avx2(p: &mut [f32], q: &mut [f32], step: f32, decay: f32));
dispatch!(pair_step or pair_step_avx2(u: &mut [f32], i: &mut [f32], j: &mut [f32], step: f32, decay: f32));
dispatch!(gemv or gemv_avx2(a: &[f32], x: &[f32], y: &mut [f32]));
dispatch!(byte_dots or byte_dots_avx2(rows: &[i8], x: &[i16], y: &mut [i32]));
dispatch!(count_from or count_from_avx2(numbers: &[f32], least: f32) -> usize);
dispatch!(places_from or places_from_avx2(numbers: &[f32], least: f32, places: &mut Vec<u32>));
dispatch!(residual_pull or residual_pull_avx2(rows: &[f32], weights: &[f32], targets: &[f32], x: &[f32], out: &mut [f32]) -> f64);

/// `Σ add(a_i, b_i)` over registers of eight numbers, four sums at a time; what does not fill a register comes last.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
#[inline]
fn sum_of_pairs(
    a: &[f32],
    b: &[f32],
    add: impl Fn(__m256, __m256, __m256) -> __m256,
    add_one: impl Fn(f32, f32, f32) -> f32,
) -> f32 {
    let (a_wide, a) = a.as_chunks::<32>();
    let (b_wide, b) = b.as_chunks::<32>();
    let mut sums = [_mm256_setzero_ps(); 4];
    for (a, b) in a_wide.iter().zip(b_wide) {
        for (lane, sum) in sums.iter_mut().enumerate() {
            // SAFETY: both arrays hold 32 numbers, and `8 * lane + 8 <= 32`.
            let (a, b) = unsafe {
                (
                    _mm256_loadu_ps(a.as_ptr().add(8 * lane)),
                    _mm256_loadu_ps(b.as_ptr().add(8 * lane)),
                )
            };
            *sum = add(a, b, *sum);
        }
    }
    let (a_eight, a) = a.as_chunks::<8>();
    let (b_eight, b) = b.as_chunks::<8>();
    for ((a, b), sum) in a_eight.iter().zip(b_eight).zip(&mut sums) {
        // SAFETY: both arrays hold eight numbers.
        let (a, b) = unsafe { (_mm256_loadu_ps(a.as_ptr()), _mm256_loadu_ps(b.as_ptr())) };
        *sum = add(a, b, *sum);
    }
    let eight = _mm256_add_ps(
        _mm256_add_ps(sums[0], sums[1]),
        _mm256_add_ps(sums[2], sums[3]),
    );
    let four = _mm_add_ps(
        _mm256_castps256_ps128(eight),
        _mm256_extractf128_ps::<1>(eight),
    );
    let two = _mm_add_ps(four, _mm_movehl_ps(four, four));
    let one = _mm_add_ss(two, _mm_shuffle_ps::<1>(two, two));
    a.iter()
        .zip(b)
        .fold(_mm_cvtss_f32(one), |sum, (&a, &b)| add_one(a, b, sum))
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
#[inline]
fn dot_avx2(a: &[f32], b: &[f32]) -> f32 {
    sum_of_pairs(
        a,
        b,
        |a, b, sum| _mm256_fmadd_ps(a, b, sum),
        |a, b, sum| a.mul_add(b, sum),
    )
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
#[inline]
fn squared_distance_avx2(a: &[f32], b: &[f32]) -> f32 {
    let square = |a, b, sum| {
        let apart = _mm256_sub_ps(a, b);
        _mm256_fmadd_ps(apart, apart, sum)
    };
    sum_of_pairs(a, b, square, |a, b, sum| (a - b).mul_add(a - b, sum))
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
#[inline]
fn axpy_avx2(alpha: f32, x: &[f32], y: &mut [f32]) {
    for (y, &x) in y.iter_mut().zip(x) {
        *y = alpha.mul_add(x, *y);
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
#[inline]
fn axpy_both_avx2(alpha: f32, beta: f32, x: &[f32], y: &mut [f32], z: &mut [f32]) {
    for ((&x, y), z) in x.iter().zip(y).zip(z) {
        *y = alpha.mul_add(x, *y);
        *z = beta.mul_add(x, *z);
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
#[inline]
fn rating_step_avx2(
    p: &mut [f32],
    q: &mut [f32],
    target: f32,
    scale: f32,
    rate: f32,
    decay: f32,
) -> f32 {
    let error = target - scale * dot_avx2(p, q);
    factor_step_avx2(p, q, scale * rate * error, decay);
    error
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
#[inline]
fn factor_step_avx2(p: &mut [f32], q: &mut [f32], step: f32, decay: f32) {
    for (p, q) in p.iter_mut().zip(q) {
        let (old_p, old_q) = (*p, *q);
        *p = step.mul_add(old_q, decay * old_p);
        *q = step.mul_add(old_p, decay * old_q);
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
#[inline]
fn pair_step_avx2(u: &mut [f32], i: &mut [f32], j: &mut [f32], step: f32, decay: f32) {
    for ((u, i), j) in u.iter_mut().zip(i).zip(j) {
        let (old_u, old_i, old_j) = (*u, *i, *j);
        *u = step.mul_add(old_i - old_j, decay * old_u);
        *i = step.mul_add(old_u, decay * old_i);
        *j = (-step).mul_add(old_u, decay * old_j);
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn gemv_avx2(a: &[f32], x: &[f32], y: &mut [f32]) {
    if x.is_empty() {
        return y.fill(0.0);
    }
    for (row, y) in a.chunks_exact(x.len()).zip(y) {
        *y = dot_avx2(row, x);
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn residual_pull_avx2(
    rows: &[f32],
    weights: &[f32],
    targets: &[f32],
    x: &[f32],
    out: &mut [f32],
) -> f64 {
    let mut pull = 0.0;
    if x.is_empty() {
        return pull;
    }
    for ((row, weight), target) in rows.chunks_exact(x.len()).zip(weights).zip(targets) {
        let product = dot_avx2(row, x);
        pull += f64::from(target * product);
        axpy_avx2(target - weight * product, row, out);
    }
    pull
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn byte_dots_avx2(rows: &[i8], x: &[i16], y: &mut [i32]) {
    let (x_wide, x_rest) = x.as_chunks::<16>();
    if x_wide.is_empty() {
        return scalar::byte_dots(rows, x, y);
    }
    for (y, row) in y.iter_mut().zip(rows.chunks_exact(x.len())) {
        let (row_wide, row_rest) = row.as_chunks::<16>();
        let mut sum = _mm256_setzero_si256();
        for (row, x) in row_wide.iter().zip(x_wide) {
            // SAFETY: one array holds 16 numbers of one byte, the other 16 of two.
            let (row, x) = unsafe {
                (
                    _mm_loadu_si128(row.as_ptr().cast()),
                    _mm256_loadu_si256(x.as_ptr().cast()),
                )
            };
            let products = _mm256_madd_epi16(_mm256_cvtepi8_epi16(row), x);
            sum = _mm256_add_epi32(sum, products);
        }
        let four = _mm_add_epi32(
            _mm256_castsi256_si128(sum),
            _mm256_extracti128_si256::<1>(sum),
        );
        let two = _mm_add_epi32(four, _mm_shuffle_epi32::<0b_00_00_11_10>(four));
        let one = _mm_add_epi32(two, _mm_shuffle_epi32::<0b_00_00_00_01>(two));
        let rest = row_rest.iter().zip(x_rest);
        let rest: i32 = rest.map(|(&a, &b)| i32::from(a) * i32::from(b)).sum();
        *y = _mm_cvtsi128_si32(one) + rest;
    }
}

/// For each of the eight numbers one bit: whether it is at least `least`.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
#[inline]
fn mask_from(eight: &[f32; 8], least: __m256) -> u32 {
    // SAFETY: the array holds eight numbers.
    let eight = unsafe { _mm256_loadu_ps(eight.as_ptr()) };
    _mm256_movemask_ps(_mm256_cmp_ps::<_CMP_GE_OQ>(eight, least)) as u32
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn count_from_avx2(numbers: &[f32], least: f32) -> usize {
    let (wide, rest) = numbers.as_chunks::<8>();
    let all = _mm256_set1_ps(least);
    let counts = wide
        .iter()
        .map(|eight| mask_from(eight, all).count_ones() as usize);
    counts.sum::<usize>() + scalar::count_from(rest, least)
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn places_from_avx2(numbers: &[f32], least: f32, places: &mut Vec<u32>) {
    let (wide, rest) = numbers.as_chunks::<32>();
    let all = _mm256_set1_ps(least);
    for (first, stretch) in (0_u32..).step_by(32).zip(wide) {
        let (eights, _) = stretch.as_chunks::<8>();
        let mut mask = 0;
        for (lane, eight) in eights.iter().enumerate() {
            mask |= mask_from(eight, all) << (8 * lane);
        }
        while mask != 0 {
            places.push(first + mask.trailing_zeros());
            mask &= mask - 1;
        }
    }
    let first = (numbers.len() - rest.len()) as u32;
    let rest = (first..).zip(rest).filter(|&(_, &number)| number >= least);
    places.extend(rest.map(|(place, _)| place));
}

/// Bytes that come from memory together.
#[cfg(target_arch = "x86_64")]
const LINE: usize = 64;

#[inline]
pub(super) fn prefetch<T>(values: &[T]) {
    #[cfg(target_arch = "x86_64")]
    for offset in (0..size_of_val(values)).step_by(LINE) {
        let line = values.as_ptr().cast::<i8>().wrapping_add(offset);
        // SAFETY: the instruction is part of every x86-64 processor and reads nothing, whatever the address.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(line) };
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = values;
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::kernels::{
        axpy, axpy_both, byte_dots, count_from, dot, factor_step, gemv, pair_step, places_from,
        rating_step, residual_pull, scalar, squared_distance,
    };

    fn vector(len: usize) -> impl Strategy<Value = Vec<f32>> {
        proptest::collection::vec(-2.0_f32..2.0, len)
    }

    fn two_vectors() -> impl Strategy<Value = (Vec<f32>, Vec<f32>)> {
        (0_usize..200).prop_flat_map(|len| (vector(len), vector(len)))
    }

    fn near(fast: f32, plain: f32, len: usize) -> bool {
        (fast - plain).abs() <= 1e-6 * (1.0 + 4.0 * len as f32)
    }

    #[test]
    fn nothing_pulls_nothing() {
        // Rows of no numbers, and no rows.
        assert_eq!(residual_pull(&[], &[2.0], &[3.0], &[], &mut []), 0.0);
        assert_eq!(
            scalar::residual_pull(&[], &[2.0], &[3.0], &[], &mut []),
            0.0
        );
        let mut out = [5.0];
        assert_eq!(residual_pull(&[], &[], &[], &[1.0], &mut out), 0.0);
        assert_eq!(scalar::residual_pull(&[], &[], &[], &[1.0], &mut out), 0.0);
        assert_eq!(out, [5.0]);
    }

    proptest! {
        #[test]
        fn products_of_bytes_equal_their_plain_twin(n in 0_usize..5, x in proptest::collection::vec(any::<i16>(), 0..100), seed in any::<i8>()) {
            let rows: Vec<i8> = (0..n * x.len()).map(|place| seed.wrapping_mul(31).wrapping_add((place * place) as i8)).collect();
            let (mut fast, mut plain) = (vec![1; n], vec![2; n]);
            byte_dots(&rows, &x, &mut fast);
            scalar::byte_dots(&rows, &x, &mut plain);
            prop_assert_eq!(fast, plain);
        }

        #[test]
        fn numbers_from_a_bound_on_are_those_of_the_plain_twins(mut numbers in proptest::collection::vec(-2.0_f32..2.0, 0..200), least in -2.0_f32..2.0) {
            if let Some(first) = numbers.first_mut() {
                *first = f32::NAN;
            }
            if let Some(last) = numbers.last_mut() {
                *last = least;
            }
            let (mut fast, mut plain) = (vec![7], vec![7]);
            places_from(&numbers, least, &mut fast);
            scalar::places_from(&numbers, least, &mut plain);
            prop_assert_eq!(count_from(&numbers, least), fast.len() - 1);
            prop_assert_eq!(fast, plain);
        }

        #[test]
        fn sums_equal_their_plain_twins((a, b) in two_vectors()) {
            prop_assert!(near(dot(&a, &b), scalar::dot(&a, &b), a.len()));
            prop_assert!(near(squared_distance(&a, &b), scalar::squared_distance(&a, &b), 4 * a.len()));
        }

        #[test]
        fn updates_equal_their_plain_twins((x, y) in two_vectors(), alpha in -1.0_f32..1.0) {
            let (mut fast, mut plain) = (y.clone(), y.clone());
            axpy(alpha, &x, &mut fast);
            scalar::axpy(alpha, &x, &mut plain);
            prop_assert!(fast.iter().zip(&plain).all(|(f, p)| near(*f, *p, 1)));

            let (mut fast, mut plain) = ([y.clone(), x.clone()], [y.clone(), x.clone()]);
            let [first, second] = &mut fast;
            axpy_both(alpha, -0.5, &x, first, second);
            let [first, second] = &mut plain;
            scalar::axpy_both(alpha, -0.5, &x, first, second);
            prop_assert!(fast.iter().flatten().zip(plain.iter().flatten()).all(|(f, p)| near(*f, *p, 1)));

            let (mut p, mut q) = (x.clone(), y.clone());
            let (mut plain_p, mut plain_q) = (x, y);
            factor_step(&mut p, &mut q, alpha, 0.9);
            scalar::factor_step(&mut plain_p, &mut plain_q, alpha, 0.9);
            prop_assert!(p.iter().zip(&plain_p).chain(q.iter().zip(&plain_q)).all(|(f, p)| near(*f, *p, 1)));
            let len = p.len();
            let error = rating_step(&mut p, &mut q, 1.5, 0.7, 0.01 * alpha, 0.9);
            let plain_error = scalar::rating_step(&mut plain_p, &mut plain_q, 1.5, 0.7, 0.01 * alpha, 0.9);
            prop_assert!(near(error, plain_error, len));
            prop_assert!(p.iter().zip(&plain_p).chain(q.iter().zip(&plain_q)).all(|(f, p)| near(*f, *p, 1)));
        }

        #[test]
        fn pair_steps_equal_their_plain_twin((x, y) in two_vectors(), step in -1.0_f32..1.0) {
            let z: Vec<f32> = x.iter().zip(&y).map(|(x, y)| x * y).collect();
            let (mut fast, mut plain) = ([x, y, z.clone()], [vec![], vec![], z]);
            plain[..2].clone_from_slice(&fast[..2]);
            let [u, i, j] = &mut fast;
            pair_step(u, i, j, step, 0.9);
            let [u, i, j] = &mut plain;
            scalar::pair_step(u, i, j, step, 0.9);
            prop_assert!(fast.iter().flatten().zip(plain.iter().flatten()).all(|(f, p)| near(*f, *p, 1)));
        }

        #[test]
        fn residual_pull_equals_its_plain_twin((x, y) in two_vectors(), weights in (0_usize..9).prop_flat_map(vector), seed in any::<u64>()) {
            let mut rng = crate::seeded(seed);
            let mut draw = |n: usize| -> Vec<f32> { (0..n).map(|_| rand::RngExt::random_range(&mut rng, -1.0..1.0)).collect() };
            let (rows, targets) = (draw(weights.len() * x.len()), draw(weights.len()));
            let (mut fast, mut plain) = (y.clone(), y);
            let pull = residual_pull(&rows, &weights, &targets, &x, &mut fast);
            let expected = scalar::residual_pull(&rows, &weights, &targets, &x, &mut plain);
            prop_assert!((pull - expected).abs() < 1e-3);
            prop_assert!(fast.iter().zip(&plain).all(|(f, p)| near(*f, *p, 20 * x.len())));
        }

        #[test]
        fn gemv_equals_its_plain_twin(rows in 0_usize..9, x in (0_usize..70).prop_flat_map(vector), seed in any::<u64>()) {
            let mut rng = crate::seeded(seed);
            let a: Vec<f32> = (0..rows * x.len()).map(|_| rand::RngExt::random_range(&mut rng, -1.0..1.0)).collect();
            let (mut fast, mut plain) = (vec![7.0; rows], vec![7.0; rows]);
            gemv(&a, &x, &mut fast);
            scalar::gemv(&a, &x, &mut plain);
            prop_assert!(fast.iter().zip(&plain).all(|(f, p)| near(*f, *p, x.len())));
        }
    }
}
