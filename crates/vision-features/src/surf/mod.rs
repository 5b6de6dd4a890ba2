//! SURF: blobs found by boxes on an integral image, described by sums of differences (Bay, Ess, Tuytelaars, Van Gool,
//! Speeded-up robust features, 2008), with key points as OpenCV's; directions and descriptors are our own.

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

use guide_core::{Error, Params, Result};
use rayon::prelude::*;

use crate::features::{check_mask, is_seen};
use crate::{Detector, FeatureExtractor, Features, GrayImage, Keypoint};
use descriptor::Describer;
use orientation::Disc;
pub use params::SurfParams;
use pictures::Pictures;

/// The least side with a key point: the third filter, 21 pixels wide, and one pixel on both sides of its centre.
const MIN_SIDE: usize = 23;

/// Speeded-up robust features with descriptors of 64 numbers.
///
/// Places, sizes and responses of key points are as OpenCV's, but that [`Keypoint::polarity`] is 1 for a bright blob, where
/// OpenCV's `class_id`, the sign of the Laplacian, is -1. Directions and descriptors are made in another way than there, so
/// that those of one program cannot be matched with those of the other. Key points are ordered by response from the strongest,
/// then by size, octave, row and column. One at whose place the mask is 0 is left out.
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
///
/// ```
/// use vision_features::{Detector, FeatureExtractor, GrayImage, Surf, SurfExtended};
/// let image = GrayImage::from_fn(64, 60, |x, y| {
///     let (x, y) = (x as f32 - 32.0, y as f32 - 30.0);
///     if x * x + y * y < 36.0 { 200 } else { 50 }
/// })?;
/// let features = SurfExtended::default().extract(&image, None)?;
/// assert_eq!(features.keypoints, Surf::default().detect(&image, None)?);
/// let length = features.descriptors[0].iter().map(|number| number * number).sum::<f32>();
/// assert!((length - 1.0).abs() < 1e-5);
/// # Ok::<(), guide_core::Error>(())
/// ```
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

            fn min_side(&self) -> usize {
                MIN_SIDE
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
    check_memory(image, params)?;
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

/// Refuses what needs more than `max_bytes`.
fn check_memory(image: &GrayImage, params: &SurfParams) -> Result<()> {
    let n_octaves = hessian::n_octaves(image, params);
    // A sum of 4 bytes for each pixel and octave, with one row and up to `2^octave` columns more; the halved pictures take
    // 2 bytes a pixel, all together 8/3 and one more while they are made.
    let [width, height] = [image.width(), image.height()].map(|side| side as u64);
    let needed = (4 * n_octaves as u64 + 4) * (width + (1 << n_octaves)) * (height + 1);
    if needed > params.max_bytes {
        return Err(Error::Memory {
            what: format!("SURF of {width}x{height} pixels"),
            needed,
            limit: params.max_bytes,
        });
    }
    Ok(())
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
