//! Key points, features, and the two traits that every method implements.

use guide_core::{Error, Result};

use crate::GrayImage;

/// A point that can be found again in another picture of the same thing.
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
    /// Strength by which key points are ranked; comparable within one method only.
    pub response: f32,
    /// The octave (SIFT: -1 is the doubled picture; SURF: from 0) or the level (ORB: from 0) it was found in.
    pub octave: i32,
    /// SURF: 1 for a bright blob on dark ground, -1 for a dark one on bright ground. 0 where a method does not say.
    pub polarity: i8,
}

/// Key points and their descriptors, one each, in the same order.
#[derive(Clone, Debug, PartialEq)]
pub struct Features<D> {
    /// Where.
    pub keypoints: Vec<Keypoint>,
    /// What it looks like there.
    pub descriptors: Vec<D>,
}

impl<D> Features<D> {
    /// How many.
    pub fn len(&self) -> usize {
        self.keypoints.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.keypoints.is_empty()
    }
}

/// Finds key points.
pub trait Detector {
    /// The key points of `image` where `mask` is not 0 (everywhere without a mask), strongest first.
    ///
    /// A picture too small or too flat to have any gives none.
    ///
    /// # Errors
    /// [`Error::Shape`] where the mask has another size than the picture; [`Error::Memory`] where a picture needs more than the
    /// `max_bytes` of the method.
    fn detect(&self, image: &GrayImage, mask: Option<&GrayImage>) -> Result<Vec<Keypoint>>;
}

/// Finds key points and describes them, looking at the picture once.
pub trait FeatureExtractor: Detector {
    /// What describes a key point.
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

/// Refuses a mask of another size than `image`.
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

/// The direction of `(x, y)` in `0..360` degrees, of which `angle` is what it has to the nearer axis, in `0..=45`.
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

/// The key point that a match names.
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
