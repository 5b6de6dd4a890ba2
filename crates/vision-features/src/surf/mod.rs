//! SURF: blobs found by boxes on an integral image, described by sums of differences (Bay, Ess, Tuytelaars, Van Gool,
//! Speeded-up robust features, 2008), with the constants and conventions of OpenCV.

mod descriptor;
mod hessian;
mod integral;
mod orientation;
mod params;
mod pictures;
mod plain;
mod simd;
#[cfg(test)]
mod tests;

use guide_core::{Params, Result};
use rayon::prelude::*;

use crate::features::{check_mask, is_seen};
use crate::{Detector, FeatureExtractor, Features, GrayImage, Keypoint};
use descriptor::Describer;
use orientation::Disc;
pub use params::SurfParams;
use pictures::Pictures;

/// Speeded-up robust features with descriptors of 64 numbers.
///
/// Key points have the conventions of OpenCV, but that [`Keypoint::polarity`] is 1 for a bright blob, where OpenCV's
/// `class_id`, the sign of the Laplacian, is -1. They are ordered by response from the strongest, then by size, octave, row
/// and column. One at whose place the mask is 0 is left out.
///
/// Parts of SURF have been patented: see the README.
///
/// ```
/// use vision_features::{FeatureExtractor, GrayImage, Surf};
/// // A bright disc of radius 6 around (32, 30).
/// let image = GrayImage::from_fn(64, 60, |x, y| {
///     let (x, y) = (x as f32 - 32.0, y as f32 - 30.0);
///     if x * x + y * y < 36.0 { 200 } else { 50 }
/// })?;
/// let features = Surf::default().extract(&image, None)?;
/// let strongest = features.keypoints[0];
/// assert!((strongest.x - 32.0).abs() < 0.5 && (strongest.y - 30.0).abs() < 0.5);
/// assert_eq!(strongest.polarity, 1);
/// # Ok::<(), guide_core::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Surf {
    params: SurfParams,
}

/// [`Surf`] with descriptors of 128 numbers, which tell more key points apart and take longer to match.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SurfExtended {
    params: SurfParams,
}

/// Writes what the two have in common.
macro_rules! surf {
    ($surf:ident, $describe:ident -> $descriptor:ty) => {
        impl $surf {
            /// SURF with other parameters than the default.
            ///
            /// # Errors
            /// [`guide_core::Error::Param`] for a parameter outside its range.
            pub fn new(params: SurfParams) -> Result<Self> {
                params.validate()?;
                Ok(Self { params })
            }
        }

        impl Detector for $surf {
            fn detect(&self, image: &GrayImage, mask: Option<&GrayImage>) -> Result<Vec<Keypoint>> {
                Ok(features(&self.params, image, mask, |_, _| ())?.keypoints)
            }
        }

        impl FeatureExtractor for $surf {
            type Descriptor = $descriptor;

            fn extract(
                &self,
                image: &GrayImage,
                mask: Option<&GrayImage>,
            ) -> Result<Features<$descriptor>> {
                let describer = Describer::new();
                features(&self.params, image, mask, |pictures, keypoint| {
                    describer.$describe(pictures, keypoint)
                })
            }
        }
    };
}

surf!(Surf, describe -> [f32; 64]);
surf!(SurfExtended, describe_extended -> [f32; 128]);

/// The key points with their directions, strongest first, and what `describe` makes of them.
fn features<D: Send>(
    params: &SurfParams,
    image: &GrayImage,
    mask: Option<&GrayImage>,
    describe: impl Fn(&Pictures, &Keypoint) -> D + Sync,
) -> Result<Features<D>> {
    check_mask(image, mask)?;
    let (mut keypoints, pictures) =
        rayon::join(|| find(params, image, mask), || Pictures::new(image));
    let mut descriptors = Vec::new();
    if let Some(pictures) = pictures {
        let disc = Disc::new();
        let described = keypoints.par_iter_mut().map(|keypoint| {
            if !params.upright {
                keypoint.angle = disc.direction(&pictures, keypoint);
            }
            describe(&pictures, keypoint)
        });
        described.collect_into_vec(&mut descriptors);
    }
    Ok(Features {
        keypoints,
        descriptors,
    })
}

/// The key points without their directions, strongest first.
fn find(params: &SurfParams, image: &GrayImage, mask: Option<&GrayImage>) -> Vec<Keypoint> {
    let mut found = hessian::keypoints(image, params);
    if let Some(mask) = mask {
        found.retain(|keypoint| is_seen(mask, keypoint));
    }
    found.par_sort_unstable_by(strongest_first);
    if params.max_features > 0 {
        found.truncate(params.max_features);
    }
    found
}

fn strongest_first(a: &Keypoint, b: &Keypoint) -> std::cmp::Ordering {
    b.response
        .total_cmp(&a.response)
        .then(b.size.total_cmp(&a.size))
        .then(b.octave.cmp(&a.octave))
        .then(a.y.total_cmp(&b.y))
        .then(a.x.total_cmp(&b.x))
}
