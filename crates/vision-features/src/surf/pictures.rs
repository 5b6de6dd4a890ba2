//! The picture halved again and again, so that a cell of any scale is about a pixel wide in one of them.

use std::borrow::Cow;

use super::simd;
use crate::{GrayImage, Keypoint};

/// A picture of at least two columns and rows.
pub(super) struct Picture {
    pub(super) width: usize,
    pub(super) height: usize,
    /// Each pixel but those of the last row with the one below: one read of 32 bits takes the four around a point.
    pub(super) pairs: Vec<[u8; 2]>,
}

impl Picture {
    pub(super) fn new(width: usize, pixels: &[u8]) -> Self {
        let below = &pixels[width..];
        let pairs = pixels.iter().zip(below).map(|(&a, &b)| [a, b]).collect();
        let height = pixels.len() / width;
        Self {
            width,
            height,
            pairs,
        }
    }
}

/// The levels, each half as wide as the one before, smoothed so that cells up to two pixels and a half apart miss nothing.
pub(super) struct Pictures(Vec<Picture>);

impl Pictures {
    /// `None` for a picture of a single row or column, in which no key point is found either.
    pub(super) fn new(image: &GrayImage) -> Option<Self> {
        let (mut width, mut height) = (image.width(), image.height());
        let mut pixels = Cow::Borrowed(image.pixels());
        let mut levels = Vec::new();
        while width.min(height) >= 2 {
            levels.push(Picture::new(width, &smooth(&pixels, width)));
            pixels = Cow::Owned(half(&pixels, width));
            (width, height) = (width / 2, height / 2);
        }
        (!levels.is_empty()).then_some(Self(levels))
    }

    /// The brightness of cells of one scale each around a key point, in rows along the unit vector `[cos, sin]`: see
    /// [`plain::sample`](super::plain::sample).
    pub(super) fn cells<const W: usize>(
        &self,
        keypoint: &Keypoint,
        [cos, sin]: [f32; 2],
        across: &[f32; W],
        out: &mut [[f32; W]],
    ) {
        let scale = scale(keypoint);
        let wanted = (scale / 1.2).log2().max(0.0) as usize;
        let level = wanted.min(self.0.len() - 1);
        let shrink = (1 << level) as f32;
        let centre = [keypoint.x, keypoint.y].map(|at| (at + 0.5) / shrink - 0.5);
        let step = [cos, sin].map(|part| scale / shrink * part);
        simd::sample(&self.0[level], centre, step, across, out);
    }
}

/// What a filter of nine pixels stands for is σ = 1.2.
fn scale(keypoint: &Keypoint) -> f32 {
    keypoint.size * 1.2 / 9.0
}

/// Means of 3x3 pixels with the weights 1, 2, 1 either way; what lies outside is as the border.
fn smooth(pixels: &[u8], width: usize) -> Vec<u8> {
    let mut out = Vec::with_capacity(pixels.len());
    let mut sums = vec![0; width + 2];
    let last = pixels.len() / width - 1;
    for y in 0..=last {
        let row = |y: usize| pixels[y * width..][..width].iter();
        let rows = row(y.saturating_sub(1))
            .zip(row(y))
            .zip(row((y + 1).min(last)));
        for (sum, ((&a, &b), &c)) in sums[1..].iter_mut().zip(rows) {
            *sum = u16::from(a) + 2 * u16::from(b) + u16::from(c);
        }
        (sums[0], sums[width + 1]) = (sums[1], sums[width]);
        let sides = sums.iter().zip(&sums[1..]).zip(&sums[2..]);
        out.extend(sides.map(|((a, b), c)| ((a + 2 * b + c + 8) / 16) as u8));
    }
    out
}

/// Means of 2x2 pixels; an odd last row or column is left out.
fn half(pixels: &[u8], width: usize) -> Vec<u8> {
    let mut out = Vec::with_capacity(pixels.len() / 4);
    for rows in pixels.chunks_exact(2 * width) {
        let (upper, lower) = rows.split_at(width);
        let (upper, lower) = (upper.as_chunks::<2>().0, lower.as_chunks::<2>().0);
        out.extend(upper.iter().zip(lower).map(|(&[a, b], &[c, d])| {
            ((u16::from(a) + u16::from(b) + u16::from(c) + u16::from(d) + 2) / 4) as u8
        }));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bright_pixel_spreads_and_halves() {
        let mut pixels = vec![0; 5 * 4];
        pixels[5 + 2] = 160;
        let soft = smooth(&pixels, 5);
        assert_eq!(soft[..5], [0, 10, 20, 10, 0]);
        assert_eq!(soft[5..10], [0, 20, 40, 20, 0]);
        assert_eq!(soft[10..15], [0, 10, 20, 10, 0]);
        assert_eq!(soft[15..], [0; 5]);
        // The last column is left out.
        assert_eq!(half(&soft, 5), [8, 23, 3, 8]);
        // At the border a pixel counts for those outside as well.
        assert_eq!(smooth(&[16, 0, 0, 0], 2), [9, 3, 3, 1]);
        assert_eq!(smooth(&[200; 6], 3), [200; 6]);
    }

    #[test]
    fn levels_end_before_a_single_row() {
        let levels = |width, height| {
            let image = GrayImage::from_fn(width, height, |_, _| 7).unwrap();
            Pictures::new(&image).map(|pictures| pictures.0.len())
        };
        assert_eq!(levels(9, 1), None);
        assert_eq!(levels(2, 3), Some(1));
        assert_eq!(levels(9, 8), Some(3));
        let image = GrayImage::new(2, 2, vec![1, 2, 3, 4]).unwrap();
        assert_eq!(Picture::new(2, image.pixels()).pairs, [[1, 3], [2, 4]]);
    }
}
