//! The fast twins: the same Rust compiled twice, once for AVX2 and FMA, chosen at run time.
//!
//! Sums run in 32 independent lanes (four AVX2 registers), enough to hide the latency of a fused multiply-add; the lanes
//! are added in a fixed order, so the result of one machine never depends on threads.
#![allow(unsafe_code)]

/// Lanes of a running sum.
const LANES: usize = 32;

/// Writes the run-time choice between the two compilations of a kernel's body.
macro_rules! dispatch {
    ($name:ident / $avx:ident = $body:ident($($arg:ident: $kind:ty),*) $(-> $out:ty)?) => {
        #[inline]
        pub(super) fn $name($($arg: $kind),*) $(-> $out)? {
            #[cfg(target_arch = "x86_64")]
            if std::arch::is_x86_feature_detected!("avx2") && std::arch::is_x86_feature_detected!("fma") {
                // SAFETY: the processor has the two features, which is all that the callee asks for.
                return unsafe { $avx($($arg),*) };
            }
            $body::<false>($($arg),*)
        }

        #[cfg(target_arch = "x86_64")]
        #[target_feature(enable = "avx2,fma")]
        fn $avx($($arg: $kind),*) $(-> $out)? {
            $body::<true>($($arg),*)
        }
    };
}

dispatch!(dot / dot_avx2 = dot_body(a: &[f32], b: &[f32]) -> f32);
dispatch!(squared_distance / squared_distance_avx2 = squared_distance_body(a: &[f32], b: &[f32]) -> f32);
dispatch!(axpy / axpy_avx2 = axpy_body(alpha: f32, x: &[f32], y: &mut [f32]));
dispatch!(factor_step / factor_step_avx2 = factor_step_body(p: &mut [f32], q: &mut [f32], step: f32, decay: f32));
dispatch!(gemv / gemv_avx2 = gemv_body(a: &[f32], x: &[f32], y: &mut [f32]));

/// `x y + z`: fused where the target has the instruction; elsewhere `mul_add` would be a slow library call.
#[inline(always)]
fn fma<const FMA: bool>(x: f32, y: f32, z: f32) -> f32 {
    if FMA { x.mul_add(y, z) } else { x * y + z }
}

/// `Σ term(a_i, b_i)` in [`LANES`] lanes, then eight, then one.
#[inline(always)]
fn sum_lanes(a: &[f32], b: &[f32], add: impl Fn(f32, f32, f32) -> f32) -> f32 {
    let (a_wide, a) = a.as_chunks::<LANES>();
    let (b_wide, b) = b.as_chunks::<LANES>();
    let mut lanes = [0.0_f32; LANES];
    for (a, b) in a_wide.iter().zip(b_wide) {
        for lane in 0..LANES {
            lanes[lane] = add(a[lane], b[lane], lanes[lane]);
        }
    }
    let mut eight = [0.0_f32; 8];
    for (lane, sum) in eight.iter_mut().enumerate() {
        *sum = (lanes[lane] + lanes[lane + 8]) + (lanes[lane + 16] + lanes[lane + 24]);
    }
    let (a_eight, a) = a.as_chunks::<8>();
    let (b_eight, b) = b.as_chunks::<8>();
    for (a, b) in a_eight.iter().zip(b_eight) {
        for lane in 0..8 {
            eight[lane] = add(a[lane], b[lane], eight[lane]);
        }
    }
    let tail = a.iter().zip(b).fold(0.0, |sum, (&a, &b)| add(a, b, sum));
    let four = [
        eight[0] + eight[4],
        eight[1] + eight[5],
        eight[2] + eight[6],
        eight[3] + eight[7],
    ];
    (four[0] + four[2]) + (four[1] + four[3]) + tail
}

#[inline(always)]
fn dot_body<const FMA: bool>(a: &[f32], b: &[f32]) -> f32 {
    sum_lanes(a, b, fma::<FMA>)
}

#[inline(always)]
fn squared_distance_body<const FMA: bool>(a: &[f32], b: &[f32]) -> f32 {
    sum_lanes(a, b, |a, b, sum| fma::<FMA>(a - b, a - b, sum))
}

#[inline(always)]
fn axpy_body<const FMA: bool>(alpha: f32, x: &[f32], y: &mut [f32]) {
    for (y, &x) in y.iter_mut().zip(x) {
        *y = fma::<FMA>(alpha, x, *y);
    }
}

#[inline(always)]
fn factor_step_body<const FMA: bool>(p: &mut [f32], q: &mut [f32], step: f32, decay: f32) {
    for (p, q) in p.iter_mut().zip(q) {
        let (old_p, old_q) = (*p, *q);
        *p = fma::<FMA>(step, old_q, decay * old_p);
        *q = fma::<FMA>(step, old_p, decay * old_q);
    }
}

#[inline(always)]
fn gemv_body<const FMA: bool>(a: &[f32], x: &[f32], y: &mut [f32]) {
    if x.is_empty() {
        return y.fill(0.0);
    }
    for (row, y) in a.chunks_exact(x.len()).zip(y) {
        *y = dot_body::<FMA>(row, x);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::kernels::{axpy, dot, factor_step, gemv, scalar, squared_distance};

    fn vector(len: usize) -> impl Strategy<Value = Vec<f32>> {
        proptest::collection::vec(-2.0_f32..2.0, len)
    }

    fn two_vectors() -> impl Strategy<Value = (Vec<f32>, Vec<f32>)> {
        (0_usize..200).prop_flat_map(|len| (vector(len), vector(len)))
    }

    fn near(fast: f32, plain: f32, len: usize) -> bool {
        (fast - plain).abs() <= 1e-6 * (1.0 + 4.0 * len as f32)
    }

    proptest! {
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

            let (mut p, mut q) = (x.clone(), y.clone());
            let (mut plain_p, mut plain_q) = (x, y);
            factor_step(&mut p, &mut q, alpha, 0.9);
            scalar::factor_step(&mut plain_p, &mut plain_q, alpha, 0.9);
            prop_assert!(p.iter().zip(&plain_p).chain(q.iter().zip(&plain_q)).all(|(f, p)| near(*f, *p, 1)));
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

    #[test]
    fn both_compilations_agree() {
        let a: Vec<f32> = (0..77).map(|i| (i as f32).sin()).collect();
        let b: Vec<f32> = (0..77).map(|i| (i as f32).cos()).collect();
        assert!(near(super::dot_body::<false>(&a, &b), dot(&a, &b), 77));
    }
}
