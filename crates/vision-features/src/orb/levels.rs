//! The levels of ORB's pyramid, each resized from the one before as OpenCV's `INTER_LINEAR_EXACT` does it.

use std::borrow::Cow;

use guide_core::Result;
use rayon::prelude::*;

use super::OrbParams;
use super::simd;
use crate::GrayImage;

/// A picture of the pyramid.
pub(super) struct Level<'a> {
    pub(super) image: Cow<'a, GrayImage>,
    /// 255 where key points are wanted, 0 elsewhere.
    pub(super) mask: Option<GrayImage>,
    /// One pixel of the level is so many of the picture.
    pub(super) scale: f32,
}

/// All levels that have room for a key point.
pub(super) fn build<'a>(
    image: &'a GrayImage,
    mask: Option<&GrayImage>,
    params: &OrbParams,
) -> Result<Vec<Level<'a>>> {
    let mut levels: Vec<Level<'a>> = Vec::with_capacity(params.n_levels);
    for number in 0..params.n_levels {
        let scale = params.scale(number);
        let inverse = 1.0 / scale;
        let side = |pixels: usize| (pixels as f32 * inverse).round_ties_even() as usize;
        let (width, height) = (side(image.width()), side(image.height()));
        if width.min(height) <= 2 * params.edge_threshold {
            break;
        }
        let (image, mask) = match levels.last() {
            None => {
                let wanted = mask
                    .map(|mask| changed(mask, |value| value != 0))
                    .transpose()?;
                (Cow::Borrowed(image), wanted)
            }
            Some(above) => {
                let image = resize(&above.image, width, height)?;
                // What lies partly outside the mask is outside.
                let mask = above.mask.as_ref().map(|mask| {
                    let mask = resize(mask, width, height)?;
                    changed(&mask, |value| value == 255)
                });
                (Cow::Owned(image), mask.transpose()?)
            }
        };
        levels.push(Level { image, mask, scale });
    }
    Ok(levels)
}

/// 255 where `keep` says so, 0 elsewhere.
fn changed(mask: &GrayImage, keep: impl Fn(u8) -> bool) -> Result<GrayImage> {
    let pixels = mask
        .pixels()
        .iter()
        .map(|&value| if keep(value) { 255 } else { 0 });
    GrayImage::new(mask.width(), mask.height(), pixels.collect())
}

/// Where a new pixel comes from: the old pixel `from` with `256 - weight` parts of 256 and the next one with `weight`.
#[derive(Clone, Copy)]
pub(super) struct Tap {
    pub(super) from: u32,
    pub(super) weight: u16,
}

/// `n` pixels from `old` ones, at least two: new centre `i` lies at `(i + ½) old / n - ½`.
fn taps(old: usize, n: usize) -> Vec<Tap> {
    let step = 1.0 / (n as f64 / old as f64);
    let taps = (0..n).map(|index| {
        let place = step * (index as f64 + 0.5) - 0.5;
        if place < 0.0 {
            return Tap { from: 0, weight: 0 };
        }
        let from = place.floor();
        if from as usize >= old - 1 {
            return Tap {
                from: old as u32 - 2,
                weight: 256,
            };
        }
        Tap {
            from: from as u32,
            weight: ((place - from) * 256.0).round_ties_even() as u16,
        }
    });
    taps.collect()
}

/// Linear interpolation in integers: weights in units of 1/256, one rounding at the end. Sides of at least two pixels.
///
/// The rows are mixed before the columns, which gives the same integers and reads memory in order.
pub(super) fn resize(image: &GrayImage, width: usize, height: usize) -> Result<GrayImage> {
    let (columns, rows) = (taps(image.width(), width), taps(image.height(), height));
    let mut pixels = vec![0; width * height];
    let strips = pixels.par_chunks_mut(width * 32).zip(rows.par_chunks(32));
    strips.for_each(|(pixels, rows)| {
        let mut mixed = vec![0; image.width()];
        for (out, row) in pixels.chunks_exact_mut(width).zip(rows) {
            let from = row.from as usize;
            simd::mix_rows(image.row(from), image.row(from + 1), row.weight, &mut mixed);
            simd::mix_columns(&mixed, &columns, out);
        }
    });
    GrayImage::new(width, height, pixels)
}
