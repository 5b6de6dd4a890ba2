//! One step of AdaGrad (Duchi, Hazan, Singer, 2011) on two vectors whose product is learned.
#![allow(unsafe_code)]

#[cfg(target_arch = "x86_64")]
use std::arch::x86_64::*;

/// One step of AdaGrad down a loss of the product `x · y` whose slope is `slope`, each vector from the other's old values: for
/// each number `g = rate · clip(slope · y_i)`, then `x_i ← x_i − g / √G_i` and `G_i ← G_i + g²` with the sum of squares `G` of
/// `x`, and the same for `y`; `clip` holds a number within `±limit`.
///
/// The rate stands inside of the squares and the step is divided by the old sum, as in the C program GloVe. Both forms round
/// alike, so the bits are the same on every processor.
///
/// # Panics
/// If the lengths differ.
///
/// ```
/// let (mut x, mut x_sums) = ([1.0], [4.0]);
/// let (mut y, mut y_sums) = ([3.0], [1.0]);
/// guide_core::kernels::adagrad_pair((&mut x, &mut x_sums), (&mut y, &mut y_sums), 2.0, 0.5, 4.0);
/// // x: 2 · 3 is clipped to 4, g = 2, and the step 2 / √4; y: g = .5 · 2 · 1.
/// assert_eq!((x, x_sums, y, y_sums), ([0.0], [8.0], [2.0], [2.0]));
/// ```
#[inline]
pub fn adagrad_pair(
    (x, x_sums): (&mut [f32], &mut [f32]),
    (y, y_sums): (&mut [f32], &mut [f32]),
    slope: f32,
    rate: f32,
    limit: f32,
) {
    assert!(
        x.len() == y.len() && x.len() == x_sums.len() && x.len() == y_sums.len(),
        "AdaGrad step on vectors of different lengths"
    );
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx2") {
        // SAFETY: the processor has the feature, which is all that the callee asks for.
        return unsafe { pair_avx2((x, x_sums), (y, y_sums), slope, rate, limit) };
    }
    pair((x, x_sums), (y, y_sums), slope, rate, limit);
}

#[inline]
fn pair(
    (x, x_sums): (&mut [f32], &mut [f32]),
    (y, y_sums): (&mut [f32], &mut [f32]),
    slope: f32,
    rate: f32,
    limit: f32,
) {
    for ((x, x_sum), (y, y_sum)) in (x.iter_mut().zip(x_sums)).zip(y.iter_mut().zip(y_sums)) {
        let x_step = rate * (slope * *y).clamp(-limit, limit);
        let y_step = rate * (slope * *x).clamp(-limit, limit);
        *x -= x_step / x_sum.sqrt();
        *x_sum += x_step * x_step;
        *y -= y_step / y_sum.sqrt();
        *y_sum += y_step * y_step;
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn pair_avx2(
    (x, x_sums): (&mut [f32], &mut [f32]),
    (y, y_sums): (&mut [f32], &mut [f32]),
    slope: f32,
    rate: f32,
    limit: f32,
) {
    let (x, x_rest) = x.as_chunks_mut::<8>();
    let (y, y_rest) = y.as_chunks_mut::<8>();
    let (x_sums, x_sums_rest) = x_sums.as_chunks_mut::<8>();
    let (y_sums, y_sums_rest) = y_sums.as_chunks_mut::<8>();
    let (slopes, rates) = (_mm256_set1_ps(slope), _mm256_set1_ps(rate));
    let (low, high) = (_mm256_set1_ps(-limit), _mm256_set1_ps(limit));
    let step = |other| {
        // Of a NaN and a number the second is taken: the NaN must stand there, as `clamp` keeps it.
        let slope = _mm256_max_ps(low, _mm256_mul_ps(slopes, other));
        _mm256_mul_ps(rates, _mm256_min_ps(high, slope))
    };
    for ((x, x_sums), (y, y_sums)) in (x.iter_mut().zip(x_sums)).zip(y.iter_mut().zip(y_sums)) {
        let (old_x, old_y) = (load(x), load(y));
        descend(x, old_x, x_sums, step(old_y));
        descend(y, old_y, y_sums, step(old_x));
    }
    let (x, y) = ((x_rest, x_sums_rest), (y_rest, y_sums_rest));
    pair(x, y, slope, rate, limit);
}

/// `x = old − step / √sums` and `sums += step²`.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
#[inline]
fn descend(x: &mut [f32; 8], old: __m256, sums: &mut [f32; 8], step: __m256) {
    let old_sums = load(sums);
    let moved = _mm256_div_ps(step, _mm256_sqrt_ps(old_sums));
    store(x, _mm256_sub_ps(old, moved));
    store(sums, _mm256_add_ps(old_sums, _mm256_mul_ps(step, step)));
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
#[inline]
fn load(from: &[f32; 8]) -> __m256 {
    // SAFETY: the array holds eight numbers.
    unsafe { _mm256_loadu_ps(from.as_ptr()) }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
#[inline]
fn store(to: &mut [f32; 8], values: __m256) {
    // SAFETY: the array holds eight numbers.
    unsafe { _mm256_storeu_ps(to.as_mut_ptr(), values) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Values and sums of both vectors.
    fn vectors() -> impl Strategy<Value = [Vec<f32>; 4]> {
        let value = || prop_oneof![50 => -2.0_f32..2.0, 1 => Just(f32::NAN)];
        (0_usize..100).prop_flat_map(move |n| {
            let values = || proptest::collection::vec(value(), n);
            let sums = || proptest::collection::vec(1.0_f32..9.0, n);
            (values(), sums(), values(), sums()).prop_map(|(a, b, c, d)| [a, b, c, d])
        })
    }

    proptest! {
        #[test]
        fn the_fast_form_equals_the_plain_one(vectors in vectors(), slope in -9.0_f32..9.0, limit in 0.5_f32..20.0) {
            let (mut fast, mut plain) = (vectors.clone(), vectors);
            let [x, x_sums, y, y_sums] = &mut fast;
            adagrad_pair((x, x_sums), (y, y_sums), slope, 0.3, limit);
            let [x, x_sums, y, y_sums] = &mut plain;
            pair((x, x_sums), (y, y_sums), slope, 0.3, limit);
            for (fast, plain) in fast.iter().flatten().zip(plain.iter().flatten()) {
                prop_assert!(fast == plain || fast.is_nan() && plain.is_nan(), "{fast} {plain}");
            }
        }
    }
}
