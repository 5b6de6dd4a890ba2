//! Grey pictures of 8 bits: what every method looks at.

mod jpeg;

use std::path::Path;

use guide_core::{Error, Result};
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader};

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

    /// Reads a PNG or JPEG file as it is meant to be seen: turned as its EXIF says. Colours become grey as by
    /// [`GrayImage::from_rgb`].
    ///
    /// # Errors
    /// [`Error::Io`] where the file cannot be read, [`Error::Picture`] where it is no picture, a broken one or one that was cut
    /// off, otherwise as [`GrayImage::new`].
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let broken = |reason: String| Error::Picture {
            path: path.to_owned(),
            reason,
        };
        let undecoded = |reason: image::ImageError| broken(reason.to_string());
        let io = |source| Error::io(path, source);
        let reader = ImageReader::open(path)
            .and_then(ImageReader::with_guessed_format)
            .map_err(io)?;
        let is_jpeg = reader.format() == Some(ImageFormat::Jpeg);
        let mut decoder = reader.into_decoder().map_err(undecoded)?;
        let (width, height) = decoder.dimensions();
        check_size(width as usize, height as usize)?;
        // The decoder fills up with grey what is missing.
        if is_jpeg && !jpeg::is_whole(&std::fs::read(path).map_err(io)?) {
            return Err(broken("the JPEG was cut off before its end".to_owned()));
        }
        let orientation = decoder.orientation().map_err(undecoded)?;
        let mut picture = DynamicImage::from_decoder(decoder).map_err(undecoded)?;
        picture.apply_orientation(orientation);
        let (width, height) = (picture.width() as usize, picture.height() as usize);
        match picture {
            DynamicImage::ImageLuma8(gray) => Self::new(width, height, gray.into_raw()),
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
    use image::codecs::{jpeg::JpegEncoder, png::PngEncoder};
    use image::{ExtendedColorType, ImageEncoder};

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

    /// The EXIF of a camera that was held upright: one entry, orientation 6.
    const EXIF: [u8; 26] = *b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0";

    /// A picture of 40x30 pixels, bright in its upper left quarter, as a file of a camera that was held upright.
    fn encoded(mut encoder: impl ImageEncoder) {
        let bright = |index: usize| index % 40 < 20 && index / 40 < 15;
        let pixels: Vec<u8> = (0..1200)
            .map(|index| if bright(index) { 200 } else { 30 })
            .collect();
        encoder.set_exif_metadata(EXIF.to_vec()).unwrap();
        encoder
            .write_image(&pixels, 40, 30, ExtendedColorType::L8)
            .unwrap();
    }

    #[test]
    fn pictures_are_turned_as_their_camera_was() {
        let folder = tempfile::tempdir().unwrap();
        let (mut jpeg, mut png) = (Vec::new(), Vec::new());
        encoded(JpegEncoder::new_with_quality(&mut jpeg, 90));
        encoded(PngEncoder::new(&mut png));
        for (name, bytes) in [("turned.jpg", jpeg), ("turned.png", png)] {
            let path = folder.path().join(name);
            std::fs::write(&path, bytes).unwrap();
            let image = GrayImage::open(&path).unwrap();
            assert_eq!((image.width(), image.height()), (30, 40), "{name}");
            // A quarter clockwise: what was on the upper left is on the upper right.
            for (x, y) in [(5, 5), (24, 5), (5, 34), (24, 34)] {
                let bright = image.pixel(x, y) > 100;
                assert_eq!(bright, (x, y) == (24, 5), "{name}: ({x}, {y})");
            }
        }
    }

    #[test]
    fn jpegs_that_were_cut_off_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("picture.jpg");
        let open = |bytes: &[u8]| {
            std::fs::write(&path, bytes).unwrap();
            GrayImage::open(&path)
        };
        let mut whole = Vec::new();
        encoded(JpegEncoder::new_with_quality(&mut whole, 90));
        assert!(open(&whole).is_ok());
        // Cameras append a preview or other data, which may be cut.
        assert!(open(&[&whole[..], &whole[..whole.len() / 2]].concat()).is_ok());
        for kept in [whole.len() - 2, whole.len() - 1, whole.len() * 9 / 10] {
            let error = open(&whole[..kept]).unwrap_err();
            assert!(
                error.to_string().ends_with("cut off before its end"),
                "{error}"
            );
        }
    }

    #[test]
    fn a_picture_of_too_many_pixels_is_refused_by_its_head() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("huge.jpg");
        let mut bytes = Vec::new();
        encoded(JpegEncoder::new_with_quality(&mut bytes, 90));
        // The frame header: marker, length, bits, height, width.
        let frame = bytes
            .windows(2)
            .position(|two| two == [0xFF, 0xC0])
            .unwrap();
        bytes[frame + 5..frame + 9].fill(0xFF);
        std::fs::write(&path, &bytes).unwrap();
        let error = GrayImage::open(&path).unwrap_err();
        assert!(matches!(error, Error::Memory { needed, .. } if needed == 65_535 * 65_535));
    }
}
