//! The inner loops of ORB as plain Rust: what they mean, and what runs on a processor without AVX2. All are integers or sums
//! in a fixed order, so that every processor gives the same bits.

use super::levels::Tap;
use crate::simd::ROUND;

/// The 16 points of the circle of radius 3, in order.
pub(super) const CIRCLE: [(isize, isize); 16] = [
    (0, 3),
    (1, 3),
    (2, 2),
    (3, 1),
    (3, 0),
    (3, -1),
    (2, -2),
    (1, -3),
    (0, -3),
    (-1, -3),
    (-2, -2),
    (-3, -1),
    (-3, 0),
    (-3, 1),
    (-2, 2),
    (-1, 3),
];

/// The FAST-9/16 scores of the pixels `from..to` of the middle one of seven rows: the largest threshold at which nine points
/// in a row on the circle are all brighter or all darker than the pixel by more than it; 0 where that is below `threshold`.
pub(super) fn fast_scores(
    rows: &[&[u8]; 7],
    threshold: u8,
    from: usize,
    to: usize,
    out: &mut [u8],
) {
    for x in from..to {
        let centre = rows[3][x];
        let circle = CIRCLE.map(|(dx, dy)| rows[(3 + dy) as usize][x.wrapping_add_signed(dx)]);
        let strongest = |difference: &dyn Fn(u8) -> u8| {
            let weakest = |start: usize| {
                let arc = (start..start + 9).map(|i| difference(circle[i % 16]));
                arc.min().unwrap_or(0)
            };
            (0..16).map(weakest).max().unwrap_or(0)
        };
        let brighter = strongest(&|value| value.saturating_sub(centre));
        let darker = strongest(&|value| centre.saturating_sub(value));
        let most = brighter.max(darker);
        out[x] = if most > threshold { most - 1 } else { 0 };
    }
}

/// `256 - weight` parts of `upper` and `weight` of `lower`, in units of 1/256.
#[inline(always)]
pub(super) fn mix_rows(upper: &[u8], lower: &[u8], weight: u16, out: &mut [u16]) {
    for ((out, &a), &b) in out.iter_mut().zip(upper).zip(lower) {
        *out = u16::from(a) * (256 - weight) + u16::from(b) * weight;
    }
}

/// The new pixels of a row that is in units of 1/256.
#[inline(always)]
pub(super) fn mix_columns(mixed: &[u16], taps: &[Tap], out: &mut [u8]) {
    for (out, tap) in out.iter_mut().zip(taps) {
        let from = tap.from as usize;
        let (a, b) = (u32::from(mixed[from]), u32::from(mixed[from + 1]));
        let weight = u32::from(tap.weight);
        *out = ((a * (256 - weight) + b * weight + (1 << 15)) >> 16) as u8;
    }
}

/// The halves of the blur: `weights[0]` for the middle, `weights[i]` for those `i` away. A row grows shorter by 6.
#[inline(always)]
pub(super) fn blur_row(row: &[u8], weights: &[f32; 4], out: &mut [f32]) {
    let n = out.len();
    let at: [&[u8]; 7] = std::array::from_fn(|i| &row[i..i + n]);
    let sum = |a: u8, b: u8| f32::from(a) + f32::from(b);
    for x in 0..n {
        out[x] = weights[0] * f32::from(at[3][x])
            + weights[1] * sum(at[2][x], at[4][x])
            + weights[2] * sum(at[1][x], at[5][x])
            + weights[3] * sum(at[0][x], at[6][x]);
    }
}

/// The other half, down the columns, rounded half to even.
#[inline(always)]
pub(super) fn blur_columns(rows: &[&[f32]; 7], weights: &[f32; 4], out: &mut [u8]) {
    let n = out.len();
    let rows = rows.map(|row| &row[..n]);
    for x in 0..n {
        let sum = weights[0] * rows[3][x]
            + weights[1] * (rows[2][x] + rows[4][x])
            + weights[2] * (rows[1][x] + rows[5][x])
            + weights[3] * (rows[0][x] + rows[6][x]);
        out[x] = (sum + ROUND).to_bits() as u8;
    }
}

/// The offsets in memory of the points of `pattern`, turned by an angle of this cosine and sine.
#[inline(always)]
pub(super) fn turned(
    [xs, ys]: &[[f32; 512]; 2],
    cosine: f32,
    sine: f32,
    stride: i32,
    out: &mut [i32; 512],
) {
    for (out, (x, y)) in out.iter_mut().zip(xs.iter().zip(ys)) {
        let whole = |value: f32| (value + ROUND).to_bits() as i32 - ROUND.to_bits() as i32;
        *out = whole(x * sine + y * cosine) * stride + whole(x * cosine - y * sine);
    }
}
