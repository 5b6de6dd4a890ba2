//! Softmax of one row, compiled for the processor at hand: the exponential is a polynomial that the compiler turns into vectors.

/// `e^x` for `x <= 0` within 2e-7 of itself; 0 below −87. NaN stays NaN.
///
/// `e^x = 2^k e^r` with `k = round(x / ln 2)` and a polynomial of degree 7 in `r` (its Taylor series), `|r| <= ln 2 / 2`.
#[inline(always)]
pub(crate) fn exp_below_zero(x: f32) -> f32 {
    const ROUND: f32 = 12_582_912.0; // 1.5 · 2²³: adding it leaves the nearest whole number in the last bits
    const LN2_HIGH: f32 = 0.693_145_75;
    const LN2_LOW: f32 = 1.428_606_8e-6;
    let shifted = x * std::f32::consts::LOG2_E + ROUND;
    let k = shifted - ROUND;
    let r = (x - k * LN2_HIGH) - k * LN2_LOW;
    let mut p = 1.0 / 5040.0;
    p = p * r + 1.0 / 720.0;
    p = p * r + 1.0 / 120.0;
    p = p * r + 1.0 / 24.0;
    p = p * r + 1.0 / 6.0;
    p = p * r + 0.5;
    p = p * r + 1.0;
    p = p * r + 1.0;
    let power = f32::from_bits((shifted.to_bits() << 23).wrapping_add(0x3F80_0000));
    if x < -87.0 { 0.0 } else { p * power }
}

/// Lanes that are summed apart, so that the order of additions does not depend on the processor.
const LANES: usize = 16;

/// Replaces `y` by `scale · softmax(y) − even` and returns `log Σ e^y`.
#[inline(always)]
fn plain(row: &mut [f32], scale: f32, even: f32) -> f64 {
    let mut tops = [f32::NEG_INFINITY; LANES];
    let (blocks, rest) = row.as_chunks::<LANES>();
    for block in blocks {
        for (top, &y) in tops.iter_mut().zip(block) {
            *top = if y > *top { y } else { *top };
        }
    }
    let top = tops
        .iter()
        .chain(rest)
        .fold(f32::NEG_INFINITY, |top, &y| if y > top { y } else { top });
    let mut sums = [0.0_f32; LANES];
    let (blocks, rest) = row.as_chunks_mut::<LANES>();
    for block in blocks {
        for (sum, y) in sums.iter_mut().zip(block) {
            *y = exp_below_zero(*y - top);
            *sum += *y;
        }
    }
    let mut sum: f64 = sums.iter().copied().map(f64::from).sum();
    for y in rest {
        *y = exp_below_zero(*y - top);
        sum += f64::from(*y);
    }
    let factor = (f64::from(scale) / sum) as f32;
    for y in row {
        *y = *y * factor - even;
    }
    f64::from(top) + sum.ln()
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn with_avx2(row: &mut [f32], scale: f32, even: f32) -> f64 {
    plain(row, scale, even)
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512dq,avx512bw,avx512vl")]
fn with_avx512(row: &mut [f32], scale: f32, even: f32) -> f64 {
    plain(row, scale, even)
}

/// Replaces `y` by `scale · softmax(y) − even` and returns `log Σ e^y`, the same bits on every path. An empty row gives −∞.
pub(crate) fn softmax_scaled(row: &mut [f32], scale: f32, even: f32) -> f64 {
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::is_x86_feature_detected as has;
        if has!("avx512f") && has!("avx512dq") && has!("avx512bw") && has!("avx512vl") {
            // SAFETY: the processor has the features, which is all that the callee asks for.
            return unsafe { with_avx512(row, scale, even) };
        }
        if has!("avx2") {
            // SAFETY: as above.
            return unsafe { with_avx2(row, scale, even) };
        }
    }
    plain(row, scale, even)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_polynomial_is_the_exponential() {
        for step in 0..100_000 {
            let x = -87.0 * step as f32 / 100_000.0;
            let (got, expected) = (f64::from(exp_below_zero(x)), f64::from(x).exp());
            let apart = (got - expected).abs() / expected;
            assert!(apart < 2e-7, "{x}: {got} {expected}");
        }
        assert_eq!(exp_below_zero(0.0), 1.0);
        assert_eq!(exp_below_zero(f32::NEG_INFINITY), 0.0);
        assert!(exp_below_zero(f32::NAN).is_nan());
    }

    proptest! {
        #[test]
        fn every_path_gives_the_same_bits(row in proptest::collection::vec(-30.0_f32..30.0, 0..70)) {
            let (mut fast, mut slow) = (row.clone(), row.clone());
            let (a, b) = (softmax_scaled(&mut fast, 0.5, 0.25), plain(&mut slow, 0.5, 0.25));
            prop_assert_eq!(a.to_bits(), b.to_bits());
            prop_assert_eq!(&fast, &slow);
            if !row.is_empty() {
                let sum: f64 = row.iter().map(|&y| f64::from(y).exp()).sum();
                prop_assert!((a - sum.ln()).abs() < 1e-5);
                let first = 0.5 * f64::from(row[0]).exp() / sum - 0.25;
                prop_assert!((f64::from(fast[0]) - first).abs() < 1e-6);
            }
        }
    }
}
