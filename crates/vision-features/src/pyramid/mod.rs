//! Planes of `f32`, Gaussian blur, doubling and halving: what scale spaces are made of.
//!
//! Values are those of the bytes, `0..=255`. Beyond its edges a plane goes on as in a mirror that stands on the outermost
//! pixels (`.. 2 1 [0 1 2 .. n-1] n-2 n-3 ..`).

mod plain;
mod simd;

use rayon::prelude::*;

use crate::GrayImage;

/// Rows that one task blurs. Every pixel is summed in the same order however the rows are dealt out.
const STRIP: usize = 32;

/// Rows that are blurred from top to bottom together, so that each row read serves as many sums.
const GROUP: usize = 4;

/// A picture of `f32`, row by row.
#[derive(Debug, PartialEq)]
pub(crate) struct Plane {
    width: usize,
    height: usize,
    values: Vec<f32>,
}

impl Plane {
    /// All zeros.
    pub(crate) fn new(width: usize, height: usize) -> Self {
        Self {
            width,
            height,
            values: vec![0.0; width * height],
        }
    }

    pub(crate) fn width(&self) -> usize {
        self.width
    }

    pub(crate) fn height(&self) -> usize {
        self.height
    }

    pub(crate) fn row(&self, y: usize) -> &[f32] {
        &self.values[y * self.width..(y + 1) * self.width]
    }

    #[cfg(test)]
    pub(crate) fn row_mut(&mut self, y: usize) -> &mut [f32] {
        &mut self.values[y * self.width..(y + 1) * self.width]
    }

    /// The pixels from column `x` of row `y` to the end of the plane.
    pub(crate) fn from(&self, x: usize, y: usize) -> &[f32] {
        &self.values[y * self.width + x..]
    }

    pub(crate) fn at(&self, x: usize, y: usize) -> f32 {
        self.values[y * self.width + x]
    }
}

/// The weights of a blur along one axis: an odd number of them, symmetric, of sum 1.
#[derive(Clone, Debug)]
pub(crate) struct Gaussian {
    taps: Vec<f32>,
}

impl Gaussian {
    /// `exp(-i² / 2σ²)` for `|i| <= r`, normalised, with `2r + 1` the odd number at or above `round(8σ + 1)`: OpenCV's
    /// choice for floating-point pictures.
    pub(crate) fn new(sigma: f64) -> Self {
        let radius = ((8.0 * sigma + 1.0).round_ties_even() as usize) / 2;
        let weight = |i: usize| {
            let from_centre = i as f64 - radius as f64;
            (-0.5 * (from_centre / sigma).powi(2)).exp()
        };
        let weights: Vec<f64> = (0..2 * radius + 1).map(weight).collect();
        let sum: f64 = weights.iter().sum();
        Self {
            taps: weights.iter().map(|weight| (weight / sum) as f32).collect(),
        }
    }

    /// How far it reaches to either side.
    pub(crate) fn radius(&self) -> usize {
        self.taps.len() / 2
    }
}

/// The pixel among `n` that stands for `index`, which may lie outside.
pub(crate) fn reflect(index: isize, n: usize) -> usize {
    let period = 2 * (n as isize - 1);
    if period == 0 {
        return 0;
    }
    let folded = index.rem_euclid(period);
    folded.min(period - folded) as usize
}

/// `from`, blurred along both axes, into `to` of the same size.
pub(crate) fn blur(from: &Plane, gaussian: &Gaussian, to: &mut Plane) {
    assert_eq!(
        (from.width, from.height),
        (to.width, to.height),
        "blur into another size"
    );
    let width = from.width;
    let radius = gaussian.radius();
    let strips = to.values.par_chunks_mut(width * STRIP).enumerate();
    strips.for_each_init(
        || vec![0.0; GROUP * (width + 2 * radius)],
        |between, (strip, rows)| {
            for (group, rows) in rows.chunks_mut(width * GROUP).enumerate() {
                blur_rows(from, gaussian, strip * STRIP + group * GROUP, rows, between);
            }
        },
    );
}

/// Rows of the blurred plane from `first` on, up to [`GROUP`] of them: down the columns, then along the rows.
fn blur_rows(from: &Plane, gaussian: &Gaussian, first: usize, to: &mut [f32], between: &mut [f32]) {
    let (width, radius) = (from.width, gaussian.radius());
    let n = to.len() / width;
    let padded = width + 2 * radius;
    let sources = (0..n + 2 * radius).map(|i| {
        let y = first as isize + i as isize - radius as isize;
        from.row(reflect(y, from.height))
    });
    let sources: Vec<&[f32]> = sources.collect();
    let mut outs = between[..n * padded]
        .chunks_mut(padded)
        .map(|row| &mut row[radius..radius + width]);
    match (outs.next(), outs.next(), outs.next(), outs.next()) {
        (Some(a), Some(b), Some(c), Some(d)) => {
            simd::columns_4(&sources, &gaussian.taps, [a, b, c, d])
        }
        (a, b, c, _) => {
            for (i, out) in [a, b, c].into_iter().flatten().enumerate() {
                simd::columns_1(&sources[i..i + 2 * radius + 1], &gaussian.taps, [out]);
            }
        }
    }
    for (row, to) in between.chunks_mut(padded).zip(to.chunks_mut(width)) {
        for i in 1..=radius {
            row[radius - i] = row[radius + reflect(-(i as isize), width)];
            row[radius + width - 1 + i] = row[radius + reflect((width - 1 + i) as isize, width)];
        }
        simd::along(row, &gaussian.taps, to);
    }
}

/// `image` at twice its size into `to`, between its pixels linear.
///
/// `precise` puts pixel `x` at `2x`. Otherwise the corners of the two pictures fall together, so that pixel `x` lies at
/// `2x + ½`: what OpenCV does unless asked for the other.
pub(crate) fn double(image: &GrayImage, precise: bool, to: &mut Plane) {
    assert_eq!(
        (2 * image.width(), 2 * image.height()),
        (to.width, to.height),
        "doubled into another size"
    );
    let (width, height) = (to.width, image.height());
    let rows = to.values.par_chunks_mut(width).enumerate();
    rows.for_each_init(
        || vec![0.0; image.width()],
        |between, (y, to)| {
            let (near, far, weight) = neighbours(y, height, precise);
            let (near, far) = (image.row(near), image.row(far));
            for ((value, &near), &far) in between.iter_mut().zip(near).zip(far) {
                *value = (1.0 - weight) * f32::from(near) + weight * f32::from(far);
            }
            let at = |x: usize| between[x];
            let n = between.len();
            for (x, to) in to.as_chunks_mut::<2>().0.iter_mut().enumerate() {
                let (left, right) = (at(x.saturating_sub(1)), at((x + 1).min(n - 1)));
                *to = if precise {
                    [at(x), 0.5 * at(x) + 0.5 * right]
                } else {
                    [0.75 * at(x) + 0.25 * left, 0.75 * at(x) + 0.25 * right]
                };
            }
        },
    );
}

/// The two of `n` rows that row `y` of the doubled picture lies between, and the weight of the second.
fn neighbours(y: usize, n: usize, precise: bool) -> (usize, usize, f32) {
    let (near, below) = (y / 2, (y / 2 + 1).min(n - 1));
    match (precise, y % 2) {
        (true, 0) => (near, near, 0.0),
        (true, _) => (near, below, 0.5),
        (false, 0) => (near, near.saturating_sub(1), 0.25),
        (false, _) => (near, below, 0.25),
    }
}

/// Every second pixel of every second row of `from` into `to` of half its size, rounded down.
pub(crate) fn halve(from: &Plane, to: &mut Plane) {
    assert_eq!(
        (from.width / 2, from.height / 2),
        (to.width, to.height),
        "halved into another size"
    );
    let width = to.width;
    for (y, to) in to.values.chunks_mut(width).enumerate() {
        for (to, from) in to.iter_mut().zip(from.row(2 * y).as_chunks::<2>().0) {
            *to = from[0];
        }
    }
}

#[cfg(test)]
mod tests;
