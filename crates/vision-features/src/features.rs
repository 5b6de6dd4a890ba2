//! Key points, features, and the traits of detectors and extractors.

use guide_core::{Error, Result};

use crate::GrayImage;

/// A point that a detector finds again in another picture of the same object.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Keypoint {
    /// Column in pixels of the picture; the centre of the first pixel is 0.
    pub x: f32,
    /// Row in pixels of the picture; the centre of the first pixel is 0.
    pub y: f32,
    /// Diameter in pixels of the neighbourhood that is described.
    pub size: f32,
    /// Direction in degrees, in `0..360`, clockwise as the picture is seen (y points down).
    pub angle: f32,
    /// Strength that orders the key points. Comparable within one method only.
    pub response: f32,
    /// Octave (SIFT: -1 is the doubled picture; SURF: from 0) or level (ORB: from 0) in which it was found.
    pub octave: i32,
    /// SURF: 1 for a bright blob on dark ground, -1 for a dark blob on bright ground. 0 for the other methods.
    pub polarity: i8,
}

/// Key points and their descriptors, in the same order.
#[derive(Clone, Debug, PartialEq)]
pub struct Features<D> {
    /// Positions, sizes and directions.
    pub keypoints: Vec<Keypoint>,
    /// One descriptor per key point.
    pub descriptors: Vec<D>,
}

impl<D> Features<D> {
    /// The number of key points.
    pub fn len(&self) -> usize {
        self.keypoints.len()
    }

    /// Whether there are no key points.
    pub fn is_empty(&self) -> bool {
        self.keypoints.is_empty()
    }
}

/// Finds key points.
pub trait Detector {
    /// The key points of `image` where `mask` is not 0 (everywhere without a mask), strongest first.
    ///
    /// The list is empty if the picture is too small or too flat: [`NoKeypoints`](crate::NoKeypoints) says why.
    ///
    /// # Errors
    /// [`Error::Shape`] if the mask has another size than the picture; [`Error::Memory`] if the picture needs more than the
    /// `max_bytes` of the method: see [`Reduced`](crate::Reduced).
    fn detect(&self, image: &GrayImage, mask: Option<&GrayImage>) -> Result<Vec<Keypoint>>;

    /// The least width and height in pixels of a picture in which a key point can be found. Smaller pictures are all border.
    fn min_side(&self) -> usize {
        1
    }
}

/// Finds key points and describes them in one pass over the picture.
pub trait FeatureExtractor: Detector {
    /// The type of a descriptor.
    type Descriptor;

    /// The features of `image` where `mask` is not 0 (everywhere without a mask), strongest first.
    ///
    /// # Errors
    /// As [`Detector::detect`].
    fn extract(
        &self,
        image: &GrayImage,
        mask: Option<&GrayImage>,
    ) -> Result<Features<Self::Descriptor>>;
}

/// Returns an error if the mask has another size than `image`.
pub(crate) fn check_mask(image: &GrayImage, mask: Option<&GrayImage>) -> Result<()> {
    match mask {
        Some(mask) if (mask.width(), mask.height()) != (image.width(), image.height()) => {
            Err(Error::Shape {
                what: "mask (height, width)".to_owned(),
                expected: vec![image.height(), image.width()],
                got: vec![mask.height(), mask.width()],
            })
        }
        _ => Ok(()),
    }
}

/// Whether `mask` is not 0 at the pixel that `keypoint` rounds to.
pub(crate) fn is_seen(mask: &GrayImage, keypoint: &Keypoint) -> bool {
    let nearest = |at: f32, n: usize| ((at + 0.5) as usize).min(n - 1);
    let x = nearest(keypoint.x, mask.width());
    mask.pixel(x, nearest(keypoint.y, mask.height())) != 0
}

/// The direction of `(x, y)` in `0..360` degrees. `angle` (`0..=45`) is the angle to the nearer axis.
#[inline(always)]
pub(crate) fn unfolded(angle: f32, x: f32, y: f32) -> f32 {
    let angle = if y.abs() > x.abs() {
        90.0 - angle
    } else {
        angle
    };
    let angle = if x < 0.0 { 180.0 - angle } else { angle };
    let angle = if y < 0.0 { 360.0 - angle } else { angle };
    if angle >= 360.0 { 0.0 } else { angle }
}

/// The key point with the index that a match holds.
pub(crate) fn keypoint_at<'a>(
    what: &str,
    keypoints: &'a [Keypoint],
    index: u32,
) -> Result<&'a Keypoint> {
    let index = index as usize;
    keypoints
        .get(index)
        .ok_or_else(|| Error::out_of_range(what, index, keypoints.len()))
}
