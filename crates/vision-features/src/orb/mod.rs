//! ORB: oriented FAST corners and rotated BRIEF bits (Rublee, Rabaud, Konolige, Bradski 2011).

mod angle;
mod brief;
mod corners;
mod levels;
mod params;
mod pattern;
mod plain;
mod simd;
#[cfg(test)]
mod tests;

pub use params::{OrbParams, OrbScore};

use guide_core::{Params, Result};
use rayon::prelude::*;

use crate::features::check_mask;
use crate::spread::spread;
use crate::{Detector, FeatureExtractor, Features, GrayImage, Keypoint};
use corners::{Corner, STRIP};
use levels::Level;

/// A corner of a level and the key point of the picture that it is.
type Found = (Corner, Keypoint);

/// Width of the patch that is described, in pixels of its level.
const PATCH: f32 = 31.0;

/// Corners at several scales with a direction, described by 256 bits that compare pixels.
///
/// Key points and descriptors are OpenCV's: the same corners, the same bits, so that features of one can be matched with
/// those of the other. Only the order differs: here the strongest come first (of equally strong ones the lower level, then
/// the upper, then the left one), there level by level. A mask is reduced with the levels, and a pixel of a level counts
/// where all that it was made of is wanted; any value but 0 wants (OpenCV is strict about 255 on all levels but the first).
/// As in OpenCV the position is that on the level times its scale, which for the centre of a pixel is `(scale - 1) / 2`
/// pixels too small on both axes: 1.3 pixels on level 7.
///
/// ```
/// use vision_features::{FeatureExtractor, GrayImage, Orb};
/// // A bright dot on a ground that is a little brighter below.
/// let image = GrayImage::from_fn(100, 100, |x, y| match (x, y) {
///     (40, 50) => 200,
///     (_, 51..) => 60,
///     _ => 50,
/// })?;
/// let features = Orb::default().extract(&image, None)?;
/// let first_level = features.keypoints.iter().filter(|k| k.octave == 0);
/// let found = first_level.map(|k| (k.x, k.y, k.size, k.angle)).collect::<Vec<_>>();
/// assert_eq!(found, [(40.0, 50.0, 31.0, 90.0)]);
/// # Ok::<(), guide_core::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Orb {
    params: OrbParams,
}

impl Orb {
    /// ORB with these parameters.
    ///
    /// # Errors
    /// [`Error::Param`](guide_core::Error::Param) for a bad one.
    pub fn new(params: OrbParams) -> Result<Self> {
        params.validate()?;
        Ok(Self { params })
    }

    /// The levels, and their key points with the corners that they come from.
    fn find<'a>(
        &self,
        image: &'a GrayImage,
        mask: Option<&GrayImage>,
    ) -> Result<(Vec<Level<'a>>, Vec<Found>)> {
        check_mask(image, mask)?;
        let levels = levels::build(image, mask, &self.params)?;
        let corners = self.corners(&levels);
        let quotas = self.params.quotas();
        let chosen = levels.par_iter().zip(corners).zip(quotas);
        let mut found: Vec<Found> = chosen
            .flat_map_iter(|((level, corners), quota)| self.choose(level, corners, quota))
            .collect();
        found.sort_by(|(a, _), (b, _)| strongest_first(a, b));
        Ok((levels, found))
    }

    /// The corners of each level, row by row.
    fn corners(&self, levels: &[Level<'_>]) -> Vec<Vec<Corner>> {
        let edge = self.params.edge_threshold;
        let strips = levels.iter().enumerate().flat_map(|(number, level)| {
            let end = level.image.height() - edge;
            let starts = (edge..end).step_by(STRIP);
            starts.map(move |start| (number, start..(start + STRIP).min(end)))
        });
        let strips = strips.collect::<Vec<_>>();
        let found = strips.into_par_iter().map(|(number, rows)| {
            let level = (number, &levels[number]);
            corners::fast(level, rows, edge, self.params.fast_threshold)
        });
        let mut corners = vec![Vec::new(); levels.len()];
        for corner in found.collect::<Vec<_>>().into_iter().flatten() {
            corners[corner.level].push(corner);
        }
        corners
    }

    /// The best corners of a level, with their key points.
    fn choose(&self, level: &Level<'_>, mut corners: Vec<Corner>, quota: usize) -> Vec<Found> {
        if self.params.score == OrbScore::Harris {
            if !self.params.spread {
                corners::retain_best(&mut corners, quota.saturating_mul(2));
            }
            corners.par_iter_mut().with_min_len(64).for_each(|corner| {
                corner.response = corners::harris(&level.image, corner.x, corner.y);
            });
        }
        if !self.params.spread {
            corners::retain_best(&mut corners, quota);
        }
        let found = corners.into_par_iter().with_min_len(64);
        let mut found: Vec<_> = found
            .map(|corner| (corner, keypoint(level, &corner)))
            .collect();
        if self.params.spread {
            found.sort_by(|(a, _), (b, _)| strongest_first(a, b));
            let keypoints: Vec<Keypoint> = found.iter().map(|(_, keypoint)| *keypoint).collect();
            let (width, height) = (level.image.width(), level.image.height());
            let scaled = |side: usize| (side as f32 * level.scale).ceil() as usize;
            let chosen = spread(&keypoints, quota, scaled(width), scaled(height));
            found = chosen.into_iter().map(|index| found[index]).collect();
        }
        found
    }
}

fn strongest_first(a: &Corner, b: &Corner) -> std::cmp::Ordering {
    let place = |corner: &Corner| (corner.level, corner.y, corner.x);
    b.response
        .total_cmp(&a.response)
        .then_with(|| place(a).cmp(&place(b)))
}

fn keypoint(level: &Level<'_>, corner: &Corner) -> Keypoint {
    Keypoint {
        x: corner.x as f32 * level.scale,
        y: corner.y as f32 * level.scale,
        size: PATCH * level.scale,
        angle: angle::angle(&level.image, corner.x, corner.y),
        response: corner.response,
        octave: corner.level as i32,
        polarity: 0,
    }
}

impl Detector for Orb {
    fn detect(&self, image: &GrayImage, mask: Option<&GrayImage>) -> Result<Vec<Keypoint>> {
        let (_, found) = self.find(image, mask)?;
        Ok(found.into_iter().map(|(_, keypoint)| keypoint).collect())
    }

    /// More than `edge_threshold` on both sides.
    fn min_side(&self) -> usize {
        2 * self.params.edge_threshold + 1
    }
}

impl FeatureExtractor for Orb {
    type Descriptor = [u64; 4];

    fn extract(&self, image: &GrayImage, mask: Option<&GrayImage>) -> Result<Features<[u64; 4]>> {
        let (levels, found) = self.find(image, mask)?;
        let blurred = levels.par_iter().enumerate().map(|(number, level)| {
            let used = found.iter().any(|(corner, _)| corner.level == number);
            let edge = self.params.edge_threshold;
            if used {
                brief::blur(&level.image, edge)
            } else {
                Vec::new()
            }
        });
        let blurred = blurred.collect::<Vec<_>>();
        let points = &*brief::POINTS;
        let descriptors = found.par_iter().with_min_len(32).map(|(corner, keypoint)| {
            let width = levels[corner.level].image.width();
            let place = (corner.x, corner.y);
            let blurred = &blurred[corner.level];
            brief::describe(blurred, width, place, keypoint.angle, points)
        });
        Ok(Features {
            descriptors: descriptors.collect(),
            keypoints: found.into_iter().map(|(_, keypoint)| keypoint).collect(),
        })
    }
}
