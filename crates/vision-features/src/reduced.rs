//! Large pictures, made smaller before an extractor sees them so that it fits its memory limit.

use guide_core::{Error, Result, ensure};
use rayon::prelude::*;

use crate::features::check_mask;
use crate::gray_image::MAX_PIXELS;
use crate::{Detector, FeatureExtractor, Features, GrayImage, Keypoint};

/// An extractor that reduces pictures too large for it.
///
/// A picture is reduced by the least whole factor `f` with which it has at most `max_pixels` and the extractor does not
/// refuse it with [`Error::Memory`] (its `max_bytes`). A reduced pixel is the mean of `f x f` pixels, rounded; at most
/// `f - 1` columns on the right and rows at the bottom are left out. Smaller pictures are passed on as they are. Key points
/// have the coordinates and sizes of the original picture; `octave` is that of the reduced one. A reduced pixel of a mask
/// is 0 if any of its pixels is.
///
/// With their default 4 GiB, [`Sift`](crate::Sift) takes pictures of up to 33,554,432 pixels as they are, and SURF pictures of
/// about 214 million. A photo of 48 megapixels is reduced by 2 for SIFT.
///
/// ```
/// use vision_features::{GrayImage, Reduced, Sift};
/// // A disc of radius 12 around (48, 40).
/// let image = GrayImage::from_fn(96, 80, |x, y| {
///     let (x, y) = (x as f32 - 48.0, y as f32 - 40.0);
///     if x * x + y * y < 144.0 { 200 } else { 50 }
/// })?;
/// let reduced = Reduced::new(Sift::default()).max_pixels(2000)?;
/// let (features, factor) = reduced.extract_reduced(&image, None)?;
/// assert_eq!(factor, 2); // 48 x 40 = 1,920 pixels
/// let strongest = features.keypoints[0];
/// assert!((strongest.x - 48.0).abs() < 1.0 && (strongest.y - 40.0).abs() < 1.0);
/// # Ok::<(), guide_core::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Reduced<E> {
    extractor: E,
    max_pixels: usize,
}

impl<E> Reduced<E> {
    /// Reduces pictures that `extractor` refuses for their memory.
    pub fn new(extractor: E) -> Self {
        Self {
            extractor,
            max_pixels: MAX_PIXELS,
        }
    }

    /// Also reduces pictures of more than `max_pixels` (`1..=268435456`).
    ///
    /// # Errors
    /// [`Error::Param`] for a number outside its range.
    pub fn max_pixels(self, max_pixels: usize) -> Result<Self> {
        ensure::within("max_pixels", max_pixels, 1, MAX_PIXELS)?;
        Ok(Self { max_pixels, ..self })
    }

    /// Calls `work` with the picture and the mask, reduced as little as possible. Returns its result and the factor.
    fn reduce<T>(
        &self,
        image: &GrayImage,
        mask: Option<&GrayImage>,
        work: impl Fn(&GrayImage, Option<&GrayImage>) -> Result<T>,
    ) -> Result<(T, usize)> {
        check_mask(image, mask)?;
        let shorter = image.width().min(image.height());
        let fits = |factor: &usize| {
            (image.width() / factor) * (image.height() / factor) <= self.max_pixels
        };
        let mut factor = (1..=shorter).find(fits).unwrap_or(shorter);
        loop {
            let result = if factor == 1 {
                work(image, mask)
            } else {
                let mask = mask.map(|mask| reduced_mask(mask, factor)).transpose()?;
                work(&reduced_image(image, factor)?, mask.as_ref())
            };
            match result {
                Err(Error::Memory { needed, limit, .. }) if factor < shorter => {
                    // Memory grows with the pixels, that is with 1 / factor².
                    let more = (needed as f64 / limit as f64).sqrt() * factor as f64;
                    factor = (more as usize).clamp(factor + 1, shorter);
                }
                result => return Ok((result?, factor)),
            }
        }
    }
}

impl<E: Detector> Reduced<E> {
    /// The key points, and the factor by which the picture was reduced: 1 if it was not.
    ///
    /// # Errors
    /// As the extractor, apart from pictures it refuses for their memory.
    pub fn detect_reduced(
        &self,
        image: &GrayImage,
        mask: Option<&GrayImage>,
    ) -> Result<(Vec<Keypoint>, usize)> {
        let (mut keypoints, factor) = self.reduce(image, mask, |image, mask| {
            self.extractor.detect(image, mask)
        })?;
        enlarge(&mut keypoints, factor);
        Ok((keypoints, factor))
    }
}

impl<E: FeatureExtractor> Reduced<E> {
    /// The features, and the factor by which the picture was reduced: 1 if it was not.
    ///
    /// # Errors
    /// As the extractor, apart from pictures it refuses for their memory.
    pub fn extract_reduced(
        &self,
        image: &GrayImage,
        mask: Option<&GrayImage>,
    ) -> Result<(Features<E::Descriptor>, usize)> {
        let (mut features, factor) = self.reduce(image, mask, |image, mask| {
            self.extractor.extract(image, mask)
        })?;
        enlarge(&mut features.keypoints, factor);
        Ok((features, factor))
    }
}

impl<E: Detector> Detector for Reduced<E> {
    fn detect(&self, image: &GrayImage, mask: Option<&GrayImage>) -> Result<Vec<Keypoint>> {
        Ok(self.detect_reduced(image, mask)?.0)
    }

    fn min_side(&self) -> usize {
        self.extractor.min_side()
    }
}

impl<E: FeatureExtractor> FeatureExtractor for Reduced<E> {
    type Descriptor = E::Descriptor;

    fn extract(
        &self,
        image: &GrayImage,
        mask: Option<&GrayImage>,
    ) -> Result<Features<E::Descriptor>> {
        Ok(self.extract_reduced(image, mask)?.0)
    }
}

/// Means of blocks of `factor x factor` pixels, rounded.
fn reduced_image(image: &GrayImage, factor: usize) -> Result<GrayImage> {
    let (width, height) = (image.width() / factor, image.height() / factor);
    let area = (factor * factor) as u64;
    let mut pixels = vec![0; width * height];
    pixels.par_chunks_mut(width).enumerate().for_each_init(
        || vec![0_u64; width],
        |sums, (y, out)| {
            sums.fill(0);
            for row in y * factor..(y + 1) * factor {
                let blocks = image.row(row).chunks_exact(factor);
                for (sum, block) in sums.iter_mut().zip(blocks) {
                    *sum += block.iter().map(|&value| u64::from(value)).sum::<u64>();
                }
            }
            for (out, sum) in out.iter_mut().zip(&*sums) {
                *out = ((sum + area / 2) / area) as u8;
            }
        },
    );
    GrayImage::new(width, height, pixels)
}

/// The least value of each block of `factor x factor` pixels.
fn reduced_mask(mask: &GrayImage, factor: usize) -> Result<GrayImage> {
    let (width, height) = (mask.width() / factor, mask.height() / factor);
    GrayImage::from_fn(width, height, |x, y| {
        let rows = (y * factor..(y + 1) * factor).map(|y| mask.row(y));
        let least = rows
            .flat_map(|row| &row[x * factor..(x + 1) * factor])
            .min();
        least.copied().unwrap_or(0)
    })
}

/// Moves key points from pixels of the reduced picture to pixels of the original.
fn enlarge(keypoints: &mut [Keypoint], factor: usize) {
    // Adding and subtracting ½ could change the last bit.
    if factor == 1 {
        return;
    }
    let factor = factor as f32;
    for keypoint in keypoints {
        keypoint.x = (keypoint.x + 0.5) * factor - 0.5;
        keypoint.y = (keypoint.y + 0.5) * factor - 0.5;
        keypoint.size *= factor;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Orb, Sift, SiftParams, Surf, SurfParams};

    fn blobs(width: usize, height: usize) -> GrayImage {
        GrayImage::from_fn(width, height, |x, y| {
            let (cx, cy) = (x / 40 * 40 + 20, y / 40 * 40 + 20);
            let radius = 6 + (cx / 40 * 3 + cy / 40 * 5) % 7;
            let (dx, dy) = (x.abs_diff(cx), y.abs_diff(cy));
            if dx * dx + dy * dy < radius * radius {
                220
            } else {
                60
            }
        })
        .unwrap()
    }

    #[test]
    fn pictures_below_the_limit_are_passed_on_as_they_are() {
        let image = blobs(160, 120);
        let sift = Sift::default();
        let plain = sift.extract(&image, None).unwrap();
        let (features, factor) = Reduced::new(sift).extract_reduced(&image, None).unwrap();
        assert_eq!(factor, 1);
        assert_eq!(features, plain);
    }

    #[test]
    fn the_least_factor_that_fits_the_memory_is_taken() {
        // 128 bytes a pixel with three layers: 160 x 120 need 2,457,600.
        let image = blobs(160, 120);
        let factor = |max_bytes| {
            let sift = Sift::new(SiftParams::default().max_bytes(max_bytes)).unwrap();
            Reduced::new(sift).extract_reduced(&image, None).unwrap().1
        };
        assert_eq!(factor(2_457_600), 1);
        assert_eq!(factor(2_457_599), 2);
        assert_eq!(factor(614_400), 2);
        assert_eq!(factor(614_399), 3);
        let surf = Surf::new(SurfParams::default().max_bytes(100_000)).unwrap();
        let (features, factor) = Reduced::new(surf).extract_reduced(&image, None).unwrap();
        assert_eq!(factor, 2);
        assert!(!features.is_empty());
        // Nothing fits: the extractor's own refusal.
        let sift = Sift::new(SiftParams::default().max_bytes(1)).unwrap();
        let error = Reduced::new(sift).detect(&image, None).unwrap_err();
        assert!(error.to_string().contains("max_bytes = 1"), "{error}");
    }

    #[test]
    fn key_points_have_the_coordinates_of_the_original() {
        let image = blobs(320, 240);
        let truth: Vec<[f32; 2]> = (0..48)
            .map(|i| [(i % 8 * 40 + 20) as f32, (i / 8 * 40 + 20) as f32])
            .collect();
        let reduced = Reduced::new(Sift::default())
            .max_pixels(320 * 240 / 4)
            .unwrap();
        let (found, factor) = reduced.detect_reduced(&image, None).unwrap();
        assert_eq!(factor, 2);
        let near = truth.iter().filter(|[x, y]| {
            let mut distances = found.iter().map(|point| (point.x - x).hypot(point.y - y));
            distances.any(|distance| distance < 1.5)
        });
        // A few blobs are too faint in the reduced picture.
        assert!(near.count() >= 40);
        let largest = found.iter().map(|point| point.size).fold(0.0, f32::max);
        assert!(largest > 15.0, "sizes are those of the original: {largest}");
    }

    #[test]
    fn masks_are_reduced_with_the_picture() {
        let image = blobs(320, 240);
        let mask = GrayImage::from_fn(320, 240, |x, _| u8::from(x < 101)).unwrap();
        let reduced = Reduced::new(Orb::default()).max_pixels(30_000).unwrap();
        let (features, factor) = reduced.extract_reduced(&image, Some(&mask)).unwrap();
        assert_eq!(factor, 2);
        assert!(!features.is_empty());
        assert!(features.keypoints.iter().all(|point| point.x < 101.0));
        assert_eq!(
            reduced_mask(&mask, 2).unwrap().row(0)[49..52],
            [1, 0, 0],
            "a reduced pixel with an unseen one is unseen"
        );
        let wrong = GrayImage::from_fn(5, 5, |_, _| 1).unwrap();
        assert!(reduced.detect(&image, Some(&wrong)).is_err());
    }

    #[test]
    fn reduced_pixels_are_means() {
        let image = GrayImage::new(5, 3, (0..15).collect()).unwrap();
        // (0 + 1 + 5 + 6) / 4 = 3 and (2 + 3 + 7 + 8) / 4 = 5; the last column and row are left out.
        assert_eq!(reduced_image(&image, 2).unwrap().pixels(), [3, 5]);
        assert!(Reduced::new(Sift::default()).max_pixels(0).is_err());
    }
}
