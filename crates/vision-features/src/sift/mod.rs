//! SIFT: blobs found in a space of scales, with a direction, described by histograms of gradients (Lowe, Distinctive image
//! features from scale-invariant keypoints, 2004), with the constants and conventions of OpenCV.

mod descriptor;
mod extrema;
mod gradient;
mod orientation;
mod params;
mod refine;
mod scale_space;
mod simd;
#[cfg(test)]
mod tests;

use guide_core::{Params, Result};
use rayon::prelude::*;

use crate::features::{check_mask, is_seen};
use crate::spread::spread;
use crate::{Detector, FeatureExtractor, Features, GrayImage, Keypoint};

pub use params::SiftParams;
use scale_space::ScaleSpace;

/// Scale-invariant feature transform.
///
/// Key points have the conventions of OpenCV: `size` is a diameter, `octave` is -1 for those found in the doubled picture.
/// One at which several directions stand out comes once for each. They are ordered by response from the strongest, then by
/// row, column, size and angle.
///
/// ```
/// use vision_features::{FeatureExtractor, GrayImage, Sift};
/// // A bright disc of radius 6 around (24, 20): one blob, whose scale is the radius over √2.
/// let image = GrayImage::from_fn(48, 40, |x, y| {
///     let (x, y) = (x as f32 - 24.0, y as f32 - 20.0);
///     if x * x + y * y < 36.0 { 200 } else { 50 }
/// })?;
/// let features = Sift::default().extract(&image, None)?;
/// let strongest = features.keypoints[0];
/// assert!((strongest.x - 24.0).abs() < 0.5 && (strongest.y - 20.0).abs() < 0.5);
/// assert!((strongest.size / 2.0 - 6.0 / 2.0_f32.sqrt()).abs() < 0.7);
/// # Ok::<(), guide_core::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sift {
    params: SiftParams,
}

/// A key point and the picture of the scale space it was found in.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Found {
    keypoint: Keypoint,
    octave: usize,
    layer: usize,
}

impl Found {
    /// Where in the scale space it lies, to the row.
    fn place(&self) -> (usize, usize, usize) {
        (self.octave, self.layer, self.keypoint.y as usize)
    }
}

impl Sift {
    /// SIFT with other parameters than the default.
    ///
    /// # Errors
    /// [`guide_core::Error::Param`] for a parameter outside its range.
    pub fn new(params: SiftParams) -> Result<Self> {
        params.validate()?;
        Ok(Self { params })
    }

    /// The key points, strongest first, and the scale space they were found in.
    fn find(
        &self,
        image: &GrayImage,
        mask: Option<&GrayImage>,
    ) -> Result<(Vec<Found>, ScaleSpace)> {
        check_mask(image, mask)?;
        let space = ScaleSpace::new(image, &self.params)?;
        let mut found: Vec<Found> = Vec::new();
        for octave in 0..space.n_octaves() {
            let extrema = extrema::scan(space.octave(octave), &self.params);
            let directed = extrema.par_iter().map(|&at| {
                let layers = space.octave(octave);
                refine::refine(layers, at, &self.params).map_or_else(Vec::new, |blob| {
                    orientation::keypoints(layers, octave, &blob)
                })
            });
            found.extend(directed.collect::<Vec<_>>().into_iter().flatten());
        }
        found.par_sort_unstable_by(|a, b| strongest_first(&a.keypoint, &b.keypoint));
        // Neighbouring extrema can move to one place.
        found.dedup_by(|a, b| strongest_first(&a.keypoint, &b.keypoint).is_eq());
        self.choose(&mut found, image);
        if let Some(mask) = mask {
            found.retain(|found| is_seen(mask, &found.keypoint));
        }
        Ok((found, space))
    }

    /// Leaves the `max_features` best.
    fn choose(&self, found: &mut Vec<Found>, image: &GrayImage) {
        let n = self.params.max_features;
        if n == 0 || n >= found.len() {
            return;
        }
        if self.params.spread {
            let keypoints: Vec<Keypoint> = found.iter().map(|found| found.keypoint).collect();
            let chosen = spread(&keypoints, n, image.width(), image.height());
            *found = chosen.into_iter().map(|index| found[index]).collect();
        } else {
            found.truncate(n);
        }
    }
}

impl Detector for Sift {
    fn detect(&self, image: &GrayImage, mask: Option<&GrayImage>) -> Result<Vec<Keypoint>> {
        let (found, _) = self.find(image, mask)?;
        Ok(found.into_iter().map(|found| found.keypoint).collect())
    }

    /// More than the border on both sides of the doubled picture.
    fn min_side(&self) -> usize {
        extrema::BORDER + 1
    }
}

impl FeatureExtractor for Sift {
    type Descriptor = [u8; 128];

    fn extract(&self, image: &GrayImage, mask: Option<&GrayImage>) -> Result<Features<[u8; 128]>> {
        let (found, space) = self.find(image, mask)?;
        // Neighbours look at the same pixels: in the order of the strengths each patch would come anew from main memory.
        let mut order: Vec<usize> = (0..found.len()).collect();
        order.sort_unstable_by_key(|&index| found[index].place());
        let describe = |&index: &usize| {
            let found = &found[index];
            let layer = &space.octave(found.octave)[found.layer];
            (
                index,
                descriptor::describe(layer, &found.keypoint, self.params.root),
            )
        };
        let mut descriptors = vec![[0; 128]; found.len()];
        for (index, descriptor) in order.par_iter().map(describe).collect::<Vec<_>>() {
            descriptors[index] = descriptor;
        }
        Ok(Features {
            descriptors,
            keypoints: found.iter().map(|found| found.keypoint).collect(),
        })
    }
}

fn strongest_first(a: &Keypoint, b: &Keypoint) -> std::cmp::Ordering {
    b.response
        .total_cmp(&a.response)
        .then(a.y.total_cmp(&b.y))
        .then(a.x.total_cmp(&b.x))
        .then(a.size.total_cmp(&b.size))
        .then(a.angle.total_cmp(&b.angle))
}
