//! The directions that stand out around a blob.

use super::gradient::{Bell, SIDE_BY_SIDE, ask_ahead, gradients};
use super::refine::Blob;
use super::{Found, simd};
use crate::Keypoint;
use crate::pyramid::Plane;
use crate::simd::ROUND;

/// Bins of the histogram of directions.
const BINS: usize = 36;

/// Directions are weighed by a bell this many times as wide as the blob's scale,
const BELL: f32 = 1.5;

/// and looked at up to this many times the scale away.
const REACH: f32 = 4.5;

/// A direction stands out that has this much of what the first has.
const PEAK: f32 = 0.8;

/// A key point for each direction that stands out around `blob` of the octave `octave`, counted from 0.
pub(super) fn keypoints(layers: &[Plane], octave: usize, blob: &Blob) -> Vec<Found> {
    let histogram = smooth(&simd::histogram(
        &layers[blob.at.layer],
        blob.at.x,
        blob.at.y,
        blob.scale,
    ));
    let enough = PEAK * histogram.iter().fold(0.0, |a: f32, &b| a.max(b));
    // The first octave is that of the doubled picture.
    let pixel = (octave as f32 - 1.0).exp2();
    let peaks = (0..BINS).filter_map(|bin| {
        let (before, here, after) = (
            histogram[(bin + BINS - 1) % BINS],
            histogram[bin],
            histogram[(bin + 1) % BINS],
        );
        if !(here > before && here > after && here >= enough) {
            return None;
        }
        let top = bin as f32 + 0.5 * (before - after) / (before - 2.0 * here + after);
        let angle = 360.0 - (360.0 / BINS as f32) * top.rem_euclid(BINS as f32);
        Some(Found {
            keypoint: Keypoint {
                x: blob.x * pixel,
                y: blob.y * pixel,
                size: 2.0 * blob.scale * pixel,
                angle: if angle >= 360.0 { 0.0 } else { angle },
                response: blob.contrast,
                octave: octave as i32 - 1,
                polarity: 0,
            },
            octave,
            layer: blob.at.layer,
        })
    });
    peaks.collect()
}

/// The directions of the gradients around a pixel, weighed by their lengths and a bell.
#[inline(always)]
pub(super) fn histogram(layer: &Plane, x: usize, y: usize, scale: f32) -> [f32; BINS] {
    let radius = (REACH * scale).round_ties_even() as usize;
    let bell = Bell::new(radius, BELL * scale);
    let mut histogram = [0.0; BINS];
    let inside = |centre: usize, n: usize| {
        centre.saturating_sub(radius).max(1)..(centre + radius + 1).min(n - 1)
    };
    let columns = inside(x, layer.width());
    for row in inside(y, layer.height()) {
        ask_ahead(layer, columns.clone(), row);
        let of_row = bell.at(row as isize - y as isize);
        for start in columns.clone().step_by(SIDE_BY_SIDE) {
            let (lengths, turns) = gradients(layer, start, row);
            let bell = bell.from(start as isize - x as isize);
            let (mut bins, mut weights) = ([0_u8; SIDE_BY_SIDE], [0.0; SIDE_BY_SIDE]);
            for i in 0..SIDE_BY_SIDE {
                // The last bits of the sum are the bin; 36 is 0 again.
                let bin = (turns[i] * BINS as f32 + ROUND).to_bits() as u8 & 63;
                bins[i] = if bin == BINS as u8 { 0 } else { bin };
                weights[i] = of_row * bell[i] * lengths[i];
            }
            let n = SIDE_BY_SIDE.min(columns.end - start);
            for (&bin, weight) in bins.iter().zip(weights).take(n) {
                if let Some(sum) = histogram.get_mut(usize::from(bin)) {
                    *sum += weight;
                }
            }
        }
    }
    histogram
}

/// Each bin with its neighbours, weighed 1 4 6 4 1.
fn smooth(raw: &[f32; BINS]) -> [f32; BINS] {
    std::array::from_fn(|bin| {
        let at = |offset: usize| raw[(bin + BINS + offset - 2) % BINS];
        (at(0) + at(4)) / 16.0 + (at(1) + at(3)) * (4.0 / 16.0) + at(2) * (6.0 / 16.0)
    })
}
