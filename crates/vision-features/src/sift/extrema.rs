//! Extrema in space and scale: pixels that are greater, or less, than all 26 around them in the differences of layers.

use rayon::prelude::*;

use super::{SiftParams, simd};
use crate::pyramid::Plane;

/// Pixels along the edges of a layer that have no key points.
pub(super) const BORDER: usize = 5;

/// Rows that one task scans.
const STRIP: usize = 64;

/// Columns that are scanned together, so that what is known of their differences stays in the nearest cache.
const TILE: usize = 64;

/// A pixel of the difference `layer`: layer `layer + 1` of the octave less layer `layer`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Extremum {
    pub(super) x: usize,
    pub(super) y: usize,
    pub(super) layer: usize,
}

/// The extrema among the pixels of an octave whose difference is clearly not 0.
pub(super) fn scan(layers: &[Plane], params: &SiftParams) -> Vec<Extremum> {
    // Half of what a key point needs, for the top of the parabola lies higher than the pixel.
    let threshold = (0.5 * f64::from(params.contrast_threshold) / params.n_octave_layers as f64
        * 255.0)
        .floor() as f32;
    let rows: Vec<usize> = (BORDER..layers[0].height().saturating_sub(BORDER))
        .step_by(STRIP)
        .collect();
    let strips = rows
        .par_iter()
        .map(|&first| simd::scan_strip(layers, first, threshold));
    strips.collect::<Vec<_>>().concat()
}

/// What is known of the differences of two layers in three rows, taken in turn, of a tile.
#[derive(Clone)]
struct Differences {
    /// The differences, one more to either side.
    values: [[f32; TILE + 2]; 3],
    /// Greatest and least of a pixel and its two neighbours in the row.
    highest: [[f32; TILE]; 3],
    lowest: [[f32; TILE]; 3],
}

/// Greatest and least of three rows of three pixels, of three levels taken in turn.
type Peaks = [[[f32; TILE]; 2]; 3];

/// Of two numbers that are no NaN.
#[inline(always)]
fn greater(a: f32, b: f32) -> f32 {
    if a > b { a } else { b }
}

/// Of two numbers that are no NaN.
#[inline(always)]
fn lesser(a: f32, b: f32) -> f32 {
    if a < b { a } else { b }
}

/// The extrema in the rows `first..first + STRIP`.
#[inline(always)]
pub(super) fn scan_strip(layers: &[Plane], first: usize, threshold: f32) -> Vec<Extremum> {
    let (width, height) = (layers[0].width(), layers[0].height());
    let end = (first + STRIP).min(height - BORDER);
    let mut found = Vec::new();
    let nothing = Differences {
        values: [[0.0; TILE + 2]; 3],
        highest: [[0.0; TILE]; 3],
        lowest: [[0.0; TILE]; 3],
    };
    let mut differences = vec![nothing; layers.len() - 1];
    let mut peaks = [[[0.0; TILE]; 2]; 3];
    for left in (BORDER..width.saturating_sub(BORDER)).step_by(TILE) {
        let n = TILE.min(width - BORDER - left);
        for y in first - 1..=end {
            for (differences, layers) in differences.iter_mut().zip(layers.windows(2)) {
                let columns = left - 1..left + n + 1;
                let (finer, coarser) = (
                    &layers[0].row(y)[columns.clone()],
                    &layers[1].row(y)[columns],
                );
                look_at(differences, y % 3, finer, coarser);
            }
            if y > first {
                hits(
                    &differences,
                    y - 1,
                    left..left + n,
                    threshold,
                    &mut peaks,
                    &mut found,
                );
            }
        }
    }
    found
}

/// Puts the row `at` of a tile in the place of the oldest.
#[inline(always)]
fn look_at(differences: &mut Differences, at: usize, finer: &[f32], coarser: &[f32]) {
    let values = &mut differences.values[at];
    for ((value, finer), coarser) in values.iter_mut().zip(finer).zip(coarser) {
        *value = coarser - finer;
    }
    let (highest, lowest) = (&mut differences.highest[at], &mut differences.lowest[at]);
    for i in 0..TILE {
        highest[i] = greater(greater(values[i], values[i + 1]), values[i + 2]);
        lowest[i] = lesser(lesser(values[i], values[i + 1]), values[i + 2]);
    }
}

/// The extrema in the columns `xs` of row `y`, whose neighbours above and below are known.
#[inline(always)]
fn hits(
    differences: &[Differences],
    y: usize,
    xs: std::ops::Range<usize>,
    threshold: f32,
    peaks: &mut Peaks,
    found: &mut Vec<Extremum>,
) {
    for (level, difference) in differences.iter().enumerate() {
        let [highest, lowest] = &mut peaks[level % 3];
        let ([a, b, c], [d, e, f]) = (&difference.highest, &difference.lowest);
        for i in 0..TILE {
            highest[i] = greater(greater(a[i], b[i]), c[i]);
            lowest[i] = lesser(lesser(d[i], e[i]), f[i]);
        }
        if level < 2 {
            continue;
        }
        let values = &differences[level - 1].values[y % 3];
        let [[a, d], [b, e], [c, f]] = &*peaks;
        let mut is_hit = [0_u8; TILE];
        for i in 0..TILE {
            let value = values[i + 1];
            // The pixel itself is among those it is compared with.
            let highest = greater(greater(a[i], b[i]), c[i]);
            let lowest = lesser(lesser(d[i], e[i]), f[i]);
            let peak = (value > threshold) & (value >= highest);
            let hollow = (value < -threshold) & (value <= lowest);
            is_hit[i] = u8::from(peak | hollow);
        }
        for (block, eight) in is_hit.as_chunks::<8>().0.iter().enumerate() {
            if *eight == [0; 8] {
                continue;
            }
            let hits = eight.iter().enumerate().filter(|&(_, &hit)| hit != 0);
            let columns = hits
                .map(|(i, _)| xs.start + 8 * block + i)
                .filter(|&x| x < xs.end);
            found.extend(columns.map(|x| Extremum {
                x,
                y,
                layer: level - 1,
            }));
        }
    }
}
