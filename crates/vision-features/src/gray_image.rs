//! Grey pictures of 8 bits: what every method looks at.

use std::path::Path;

use guide_core::{Error, Result};

/// The most pixels a picture may have: 2^28, so that every offset fits 32 bits and the doubled picture of SIFT 4 GiB.
const MAX_PIXELS: usize = 1 << 28;

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
    /// [`Error::Empty`] without pixels; [`Error::Shape`] where there are not `height * width`; [`Error::Memory`] above
    /// 2^28 of them.
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

    /// A picture from brightness between 0 and 1, row by row; what lies outside is clipped.
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
        // The weights in units of 2^-15; they sum to 2^15, so white stays white.
        let pixels = rgb.as_chunks::<3>().0.iter().map(|&[r, g, b]| {
            ((9798 * u32::from(r) + 19235 * u32::from(g) + 3735 * u32::from(b) + (1 << 14)) >> 15)
                as u8
        });
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

    /// Reads a PNG or JPEG file; colours become grey as by [`GrayImage::from_rgb`].
    ///
    /// # Errors
    /// [`Error::Io`] where the file cannot be read, [`Error::Picture`] where it is no picture or a broken one, otherwise as
    /// [`GrayImage::new`].
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let broken = |reason: String| Error::Picture {
            path: path.to_owned(),
            reason,
        };
        let reader = image::ImageReader::open(path)
            .and_then(image::ImageReader::with_guessed_format)
            .map_err(|source| Error::io(path, source))?;
        let picture = reader
            .decode()
            .map_err(|reason| broken(reason.to_string()))?;
        let (width, height) = (picture.width() as usize, picture.height() as usize);
        match picture {
            image::DynamicImage::ImageLuma8(gray) => Self::new(width, height, gray.into_raw()),
            colours => Self::from_rgb(width, height, colours.into_rgb8().as_raw()),
        }
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
        pixels if pixels > MAX_PIXELS => Err(Error::Memory {
            what: format!("picture of {width}x{height} pixels"),
            needed: pixels as u64,
            limit: MAX_PIXELS as u64,
        }),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn impossible_sizes_are_refused() {
        let refused = |width, height| GrayImage::from_fn(width, height, |_, _| 0).err().unwrap();
        assert_eq!(refused(0, 3).to_string(), "picture of 0x3 pixels is empty");
        assert!(matches!(
            refused(1 << 20, 1 << 20),
            Error::Memory { limit, .. } if limit == 1 << 28
        ));
        assert!(matches!(
            GrayImage::new(2, 2, vec![0; 3]),
            Err(Error::Shape { .. })
        ));
        assert!(matches!(
            GrayImage::from_rgb(1, 1, &[1, 2, 3, 4]),
            Err(Error::Shape { .. })
        ));
    }

    #[test]
    fn files_that_are_no_pictures_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        assert!(matches!(
            GrayImage::open(folder.path().join("none.png")),
            Err(Error::Io { .. })
        ));
        let text = folder.path().join("text.png");
        std::fs::write(&text, "not a picture").unwrap();
        assert!(matches!(GrayImage::open(&text), Err(Error::Picture { .. })));

        let whole = folder.path().join("whole.png");
        image::GrayImage::from_fn(40, 30, |x, y| image::Luma([(x * y) as u8]))
            .save(&whole)
            .unwrap();
        assert_eq!(GrayImage::open(&whole).unwrap().pixel(7, 5), 35);
        let cut = folder.path().join("cut.png");
        let bytes = std::fs::read(&whole).unwrap();
        std::fs::write(&cut, &bytes[..bytes.len() / 2]).unwrap();
        assert!(matches!(GrayImage::open(&cut), Err(Error::Picture { .. })));
    }
}
