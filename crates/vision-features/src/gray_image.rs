//! Grey pictures of 8 bits, the input of every detector.

use std::path::Path;

pub(crate) use guide_core::picture::MAX_PIXELS;
use guide_core::picture::luma;
use guide_core::{Error, Result};

use crate::{PictureFile, ReadParams};

/// A picture of one byte a pixel, row by row.
///
/// ```
/// use vision_features::GrayImage;
/// let image = GrayImage::new(3, 2, vec![0, 1, 2, 3, 4, 5])?;
/// assert_eq!(image.row(1), [3, 4, 5]);
/// # Ok::<(), guide_core::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GrayImage {
    width: usize,
    height: usize,
    pixels: Vec<u8>,
}

impl GrayImage {
    /// A picture from its pixels, row by row.
    ///
    /// # Errors
    /// [`Error::Empty`] if there are no pixels; [`Error::Shape`] if their number is not `height * width`;
    /// [`Error::Unsuitable`] if there are more than 2^28.
    pub fn new(width: usize, height: usize, pixels: Vec<u8>) -> Result<Self> {
        check_size(width, height)?;
        if pixels.len() != width * height {
            return Err(Error::Shape {
                what: "picture (height, width)".to_owned(),
                expected: vec![height, width],
                got: vec![pixels.len()],
            });
        }
        Ok(Self {
            width,
            height,
            pixels,
        })
    }

    /// A picture from a function of column and row.
    ///
    /// # Errors
    /// As [`GrayImage::new`].
    pub fn from_fn(
        width: usize,
        height: usize,
        mut value: impl FnMut(usize, usize) -> u8,
    ) -> Result<Self> {
        check_size(width, height)?;
        let pixels = (0..width * height)
            .map(|index| value(index % width, index / width))
            .collect();
        Self::new(width, height, pixels)
    }

    /// A picture from brightness between 0 and 1, row by row. Values outside that range are clipped.
    ///
    /// # Errors
    /// [`Error::NotFinite`] for NaN and infinities, otherwise as [`GrayImage::new`].
    ///
    /// ```
    /// use vision_features::GrayImage;
    /// assert_eq!(GrayImage::from_unit(3, 1, &[0.0, 0.5, 1.5])?.pixels(), [0, 128, 255]);
    /// let error = GrayImage::from_unit(2, 1, &[0.0, f32::NAN]).err().unwrap();
    /// assert_eq!(error.to_string(), "pixel 1 is NaN, which is not finite");
    /// # Ok::<(), guide_core::Error>(())
    /// ```
    pub fn from_unit(width: usize, height: usize, values: &[f32]) -> Result<Self> {
        if let Some(index) = values.iter().position(|value| !value.is_finite()) {
            return Err(Error::NotFinite {
                what: "pixel".to_owned(),
                index,
                value: f64::from(values[index]),
            });
        }
        let pixels = values.iter().map(|v| (v * 255.0).round() as u8).collect();
        Self::new(width, height, pixels)
    }

    /// A picture from red, green and blue bytes: `.299 R + .587 G + .114 B`, rounded as OpenCV rounds it.
    ///
    /// # Errors
    /// As [`GrayImage::new`], for `3 * height * width` bytes.
    ///
    /// ```
    /// use vision_features::GrayImage;
    /// let red_and_white = GrayImage::from_rgb(2, 1, &[255, 0, 0, 255, 255, 255])?;
    /// assert_eq!(red_and_white.pixels(), [76, 255]);
    /// # Ok::<(), guide_core::Error>(())
    /// ```
    pub fn from_rgb(width: usize, height: usize, rgb: &[u8]) -> Result<Self> {
        let pixels = rgb.as_chunks::<3>().0.iter().map(|&rgb| luma(rgb));
        let pixels = pixels.collect::<Vec<_>>();
        if !rgb.len().is_multiple_of(3) {
            return Err(Error::Shape {
                what: "picture (height, width, 3)".to_owned(),
                expected: vec![height, width, 3],
                got: vec![rgb.len()],
            });
        }
        Self::new(width, height, pixels)
    }

    /// Reads a PNG or JPEG file on a white ground: [`PictureFile::open`](crate::PictureFile::open) with the default
    /// parameters, without its mask.
    ///
    /// # Errors
    /// As [`PictureFile::open`](crate::PictureFile::open).
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        Ok(PictureFile::open(path, &ReadParams::default())?.image)
    }

    /// Columns.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Rows.
    pub fn height(&self) -> usize {
        self.height
    }

    /// All pixels, row by row.
    pub fn pixels(&self) -> &[u8] {
        &self.pixels
    }

    /// The pixels of row `y`.
    ///
    /// # Panics
    /// Where `y` is not a row of the picture.
    pub fn row(&self, y: usize) -> &[u8] {
        &self.pixels[y * self.width..(y + 1) * self.width]
    }

    /// The pixel at column `x` and row `y`.
    ///
    /// # Panics
    /// Where it lies outside.
    pub fn pixel(&self, x: usize, y: usize) -> u8 {
        self.row(y)[x]
    }
}

fn check_size(width: usize, height: usize) -> Result<()> {
    match width.saturating_mul(height) {
        0 => Err(Error::empty(format!("picture of {width}x{height} pixels"))),
        pixels if pixels > MAX_PIXELS => Err(Error::Unsuitable {
            algorithm: "picture",
            needed: format!("at most {MAX_PIXELS} pixels, got {width}x{height}"),
        }),
        _ => Ok(()),
    }
}
