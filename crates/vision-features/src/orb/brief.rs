//! Rotated BRIEF: 256 comparisons of two points each of the blurred level.

use std::sync::LazyLock;

use rayon::prelude::*;

use super::corners::STRIP;
use super::pattern::PAIRS;
use super::simd;
use crate::GrayImage;

/// How far from a key point the turned pairs reach, in whole pixels.
const REACH: usize = 18;

/// A level blurred by a Gaussian of sigma 2 cut to 7x7 pixels, as far as key points `edge` or more inside look at it; the
/// rest is 0.
///
/// OpenCV 5.0.0 blurs the levels of ORB in floating point and rounds; its `GaussianBlur` on a picture of its own works in
/// integers and is another one.
pub(super) fn blur(image: &GrayImage, edge: usize) -> Vec<u8> {
    let (width, margin) = (image.width(), edge - REACH);
    let weights = gaussian();
    let mut pixels = vec![0; width * image.height()];
    let wanted = &mut pixels[margin * width..(image.height() - margin) * width];
    let strips = wanted.par_chunks_mut(STRIP * width).enumerate();
    strips.for_each(|(strip, pixels)| {
        let first = margin + strip * STRIP;
        let n_rows = pixels.len() / width;
        let n_columns = width - 2 * margin;
        let mut halves = vec![0.0; n_columns * (n_rows + 6)];
        for (half, y) in halves.chunks_exact_mut(n_columns).zip(first - 3..) {
            let row = &image.row(y)[margin - 3..width - margin + 3];
            simd::blur_row(row, &weights, half);
        }
        for (y, row) in pixels.chunks_exact_mut(width).enumerate() {
            let near = std::array::from_fn(|i| &halves[(y + i) * n_columns..][..n_columns]);
            simd::blur_columns(&near, &weights, &mut row[margin..width - margin]);
        }
    });
    pixels
}

/// `exp(-i^2 / 8)` for `i` up to 3 on both sides, summing to 1.
fn gaussian() -> [f32; 4] {
    let values = [0.0f64, 1.0, 4.0, 9.0].map(|square| (-square / 8.0).exp());
    let sum = values[0] + 2.0 * (values[1] + values[2] + values[3]);
    values.map(|value| (value / sum) as f32)
}

/// The columns and the rows of the points of all pairs: first those of `p`, then those of `q`.
pub(super) static POINTS: LazyLock<[[f32; 512]; 2]> = LazyLock::new(|| {
    [0, 1].map(|axis| std::array::from_fn(|i| f32::from(PAIRS[i % 256][2 * (i / 256) + axis])))
});

/// Bit `i` is set where the point `p` of pair `i`, turned by `angle` degrees, is darker than `q`.
pub(super) fn describe(
    blurred: &[u8],
    width: usize,
    (x, y): (usize, usize),
    angle: f32,
    points: &[[f32; 512]; 2],
) -> [u64; 4] {
    let radians = angle * (std::f64::consts::PI / 180.0) as f32;
    let (sine, cosine) = f64::from(radians).sin_cos();
    let mut offsets = [0; 512];
    simd::turned(
        points,
        cosine as f32,
        sine as f32,
        width as i32,
        &mut offsets,
    );
    // From the upper left corner of what can be reached, so that offsets are not negative.
    let corner = REACH * width + REACH;
    let from = y * width + x - corner;
    let near = &blurred[from..from + 2 * corner + 1];
    let pixel = |offset: i32| near[corner.wrapping_add_signed(offset as isize)];
    let (p, q) = offsets.split_at(256);
    std::array::from_fn(|word| {
        let pairs = p[64 * word..].iter().zip(&q[64 * word..]).take(64);
        pairs.enumerate().fold(0, |bits, (bit, (&p, &q))| {
            bits | u64::from(pixel(p) < pixel(q)) << bit
        })
    })
}
