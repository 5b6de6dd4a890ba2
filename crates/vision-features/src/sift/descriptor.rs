//! The descriptor: 4 x 4 histograms of 8 directions, on a grid turned into the direction of the key point.

use super::gradient::{Bell, SIDE_BY_SIDE, ask_ahead, gradients};
use super::simd;
use crate::Keypoint;
use crate::pyramid::Plane;
use crate::simd::ROUND;

/// Histograms along a side.
const SIDE: usize = 4;

/// Directions of a histogram: one register of `f32`.
const BINS: usize = 8;

/// Width of a histogram in multiples of the key point's scale.
const CELL: f32 = 3.0;

/// Histograms along a side, and one more beyond each end for what falls outside by less than a cell.
const PADDED: usize = SIDE + 2;

/// From the middle of the grid, in cells, to where nothing reaches a histogram any more.
const REACH: f32 = (SIDE as f32 + 1.0) / 2.0;

/// Greatest share of the norm that one number may have.
const CLIP: f32 = 0.2;

/// What a norm of 1 becomes.
const UNIT: f32 = 512.0;

type Histograms = [[f32; BINS]; PADDED * PADDED];

/// The descriptor of a key point found in `layer`.
pub(super) fn describe(layer: &Plane, keypoint: &Keypoint, root: bool) -> [u8; SIDE * SIDE * BINS] {
    let pixel = (-keypoint.octave as f32).exp2();
    let place = Place {
        x: (keypoint.x * pixel).round_ties_even() as isize,
        y: (keypoint.y * pixel).round_ties_even() as isize,
        angle: 360.0 - keypoint.angle,
        scale: 0.5 * keypoint.size * pixel,
    };
    let histograms = simd::histograms(layer, &place);
    let mut numbers = [0.0; SIDE * SIDE * BINS];
    for (cell, numbers) in numbers.as_chunks_mut::<BINS>().0.iter_mut().enumerate() {
        *numbers = histograms[(cell / SIDE + 1) * PADDED + cell % SIDE + 1];
    }
    normalise(&mut numbers, root)
}

/// Clips the numbers to [`CLIP`] of their norm, brings the norm to [`UNIT`] (or as `root` tells) and rounds.
fn normalise(numbers: &mut [f32; SIDE * SIDE * BINS], root: bool) -> [u8; SIDE * SIDE * BINS] {
    let norm = |numbers: &[f32]| numbers.iter().map(|v| v * v).sum::<f32>().sqrt();
    let most = CLIP * norm(numbers);
    for number in numbers.iter_mut() {
        *number = number.min(most);
    }
    let over = if root {
        1.0 / numbers.iter().sum::<f32>().max(f32::EPSILON)
    } else {
        UNIT / norm(numbers).max(f32::EPSILON)
    };
    numbers.map(|number| {
        let scaled = if root {
            UNIT * (number * over).sqrt()
        } else {
            number * over
        };
        scaled.round_ties_even() as u8
    })
}

/// Where a descriptor is made, in pixels of the layer; the angle is in degrees, anticlockwise as the picture is seen.
pub(super) struct Place {
    pub(super) x: isize,
    pub(super) y: isize,
    pub(super) angle: f32,
    pub(super) scale: f32,
}

/// The histograms around `place`: each gradient goes to the two nearest cells along both axes and to the two nearest
/// directions, by their nearness, weighed with a bell half as wide as the grid.
#[inline(always)]
pub(super) fn histograms(
    layer: &Plane,
    place: &Place,
    add: impl Fn(&mut Sums, &Samples, usize),
) -> Histograms {
    let cell = CELL * place.scale;
    let (width, height) = (layer.width() as isize, layer.height() as isize);
    let diagonal = ((width * width + height * height) as f32).sqrt();
    let radius = (cell * std::f32::consts::SQRT_2 * REACH)
        .round_ties_even()
        .min(diagonal) as isize;
    let bell = Bell::new(radius as usize, SIDE as f32 / 2.0 * cell);
    let (sin, cos) = place.angle.to_radians().sin_cos();
    let (sin, cos) = (sin / cell, cos / cell);
    let turn = place.angle / 360.0;

    let mut sums = Sums::new();
    for dy in (-radius).max(1 - place.y)..=radius.min(height - 2 - place.y) {
        // Pixel `dx` of the row lies at these coordinates of the grid, in cells from its middle.
        let across = |dx: f32| dx * cos - dy as f32 * sin;
        let down = |dx: f32| dx * sin + dy as f32 * cos;
        let is_inside =
            |dx: isize| across(dx as f32).abs() < REACH && down(dx as f32).abs() < REACH;
        let (low, high) = both(span(cos, -(dy as f32) * sin), span(sin, dy as f32 * cos));
        let mut first = (low.max(-radius as f32) as isize - 1)
            .max(-radius)
            .max(1 - place.x);
        let mut last = (high.min(radius as f32) as isize + 1)
            .min(radius)
            .min(width - 2 - place.x);
        while first <= last && !is_inside(first) {
            first += 1;
        }
        while first <= last && !is_inside(last) {
            last -= 1;
        }
        if first <= last {
            let columns = (place.x + first) as usize..(place.x + last) as usize + 1;
            ask_ahead(layer, columns, (place.y + dy) as usize);
        }
        let of_row = bell.at(dy);
        for start in (first..=last).step_by(SIDE_BY_SIDE) {
            let n = SIDE_BY_SIDE.min((last - start + 1) as usize);
            let (lengths, turns) =
                gradients(layer, (place.x + start) as usize, (place.y + dy) as usize);
            let mut samples = Samples::new();
            for (i, &direction) in turns.iter().enumerate() {
                let dx = (start + i as isize) as f32;
                let bin = (direction - turn) * BINS as f32;
                samples.bins[i] = if bin < 0.0 { bin + BINS as f32 } else { bin };
                // Half a cell, so that what lies in the middle of a cell goes there alone; one more for the cell beyond.
                let (column, across) = split(across(dx) + REACH);
                let (row, down) = split(down(dx) + REACH);
                samples.cells[i] = row * PADDED as u32 + column;
                samples.across[i] = across;
                samples.down[i] = down;
            }
            let bell = bell.from(start);
            for i in 0..SIDE_BY_SIDE {
                samples.weights[i] = lengths[i] * of_row * bell[i];
            }
            add(&mut sums, &samples, n);
        }
    }
    sums.finish()
}

/// The `d` for which `-REACH < d slope + offset < REACH`.
#[inline(always)]
fn span(slope: f32, offset: f32) -> (f32, f32) {
    let (a, b) = ((-REACH - offset) / slope, (REACH - offset) / slope);
    if slope.abs() < 1e-9 {
        (f32::MIN, f32::MAX)
    } else if a < b {
        (a, b)
    } else {
        (b, a)
    }
}

#[inline(always)]
fn both(a: (f32, f32), b: (f32, f32)) -> (f32, f32) {
    (a.0.max(b.0), a.1.min(b.1))
}

/// A whole number and what is left in `0.0..=1.0`, of a number that is not negative. A whole number may come as the one below
/// it and 1.
#[inline(always)]
fn split(number: f32) -> (u32, f32) {
    let rounded = (number - 0.5) + ROUND;
    (rounded.to_bits() & 7, number - (rounded - ROUND))
}

/// Where pixels side by side fall, and how much they weigh.
pub(super) struct Samples {
    weights: [f32; SIDE_BY_SIDE],
    /// Direction, in bins.
    pub(super) bins: [f32; SIDE_BY_SIDE],
    /// The nearest cell up and left.
    pub(super) cells: [u32; SIDE_BY_SIDE],
    /// How far from there to the next cell.
    across: [f32; SIDE_BY_SIDE],
    down: [f32; SIDE_BY_SIDE],
}

impl Samples {
    #[inline(always)]
    fn new() -> Self {
        Self {
            weights: [0.0; SIDE_BY_SIDE],
            bins: [0.0; SIDE_BY_SIDE],
            cells: [0; SIDE_BY_SIDE],
            across: [0.0; SIDE_BY_SIDE],
            down: [0.0; SIDE_BY_SIDE],
        }
    }

    /// What sample `i` gives to the cells up left, up right, down left and down right of it.
    #[inline(always)]
    pub(super) fn parts(&self, i: usize) -> [f32; 4] {
        let weight = self.weights[i];
        let lower = weight * self.down[i];
        let upper = weight - lower;
        let (lower_right, upper_right) = (lower * self.across[i], upper * self.across[i]);
        [
            upper - upper_right,
            upper_right,
            lower - lower_right,
            lower_right,
        ]
    }
}

/// The histograms, of which the four that receive at present are kept apart: neighbours mostly fall into the same four.
pub(super) struct Sums {
    histograms: Histograms,
    pub(super) cell: u32,
    pub(super) open: [[f32; BINS]; 4],
}

impl Sums {
    #[inline(always)]
    fn new() -> Self {
        Self {
            histograms: [[0.0; BINS]; PADDED * PADDED],
            cell: 0,
            open: [[0.0; BINS]; 4],
        }
    }

    /// Adds the first `n` samples, one after the other.
    #[inline(always)]
    pub(super) fn add(&mut self, samples: &Samples, n: usize) {
        for i in 0..n {
            self.turn_to(samples.cells[i]);
            let parts = samples.parts(i);
            for bin in 0..BINS {
                // 1 at the bin, down to 0 at its neighbours; the last and the first are neighbours.
                let apart = (samples.bins[i] - bin as f32).abs();
                let share = positive(1.0 - apart) + positive(apart - (BINS as f32 - 1.0));
                for (sums, part) in self.open.iter_mut().zip(parts) {
                    sums[bin] += part * share;
                }
            }
        }
    }

    /// Opens the histograms at `cell`.
    #[inline(always)]
    pub(super) fn turn_to(&mut self, cell: u32) {
        if cell != self.cell {
            self.close();
            self.cell = cell;
        }
    }

    /// Adds the open histograms to where they belong.
    #[inline(always)]
    fn close(&mut self) {
        for (sums, offset) in self.open.iter_mut().zip([0, 1, PADDED, PADDED + 1]) {
            if let Some(histogram) = self.histograms.get_mut(self.cell as usize + offset) {
                for (total, sum) in histogram.iter_mut().zip(sums) {
                    *total += *sum;
                    *sum = 0.0;
                }
            }
        }
    }

    #[inline(always)]
    fn finish(mut self) -> Histograms {
        self.close();
        self.histograms
    }
}

#[inline(always)]
fn positive(number: f32) -> f32 {
    if number > 0.0 { number } else { 0.0 }
}
