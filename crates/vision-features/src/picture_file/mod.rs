//! Picture files: PNG and JPEG, read to grey as they are meant to be seen.

mod seen;
#[cfg(test)]
mod tests;

use std::path::Path;

use guide_core::Result;
use guide_core::picture::{Colors, DecodedPicture, ReadParams};

use crate::GrayImage;

/// A picture that was read from a file or from the bytes of one.
///
/// ```
/// use vision_features::{PictureFile, ReadParams, RgbImage};
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("red.png");
/// RgbImage::from_pixel(3, 2, image::Rgb([255, 0, 0])).save(&path)?;
/// let picture = PictureFile::open(&path, &ReadParams::default())?;
/// assert_eq!(picture.image.pixels(), [76; 6]); // .299 * 255
/// assert_eq!(picture.mask, None); // no alpha: all of it is seen
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PictureFile {
    /// The grey pixels.
    pub image: GrayImage,
    /// 255 where something is to be seen, 0 where the picture is fully transparent. `None` if no pixel is.
    pub mask: Option<GrayImage>,
}

impl PictureFile {
    /// Reads a PNG or JPEG file. The format is known by the content, not by the ending of the name.
    ///
    /// The picture is rotated as its EXIF orientation says. Alpha, also that of a palette, is composited on
    /// [`ReadParams::ground`], colours become grey as by [`GrayImage::from_rgb`], and 16 bits become 8 by division by 257.
    ///
    /// Memory is bounded by the pixels that the file really holds: a header that claims more than the file can hold is
    /// refused. PNG files take 1 byte per pixel, 2 with alpha, and up to 8 more if they are interlaced. JPEG files take 4,
    /// progressive ones up to 10.
    ///
    /// # Errors
    /// [`Error::Io`](guide_core::Error::Io) if the file cannot be read; [`Error::Picture`](guide_core::Error::Picture) if it is empty,
    /// another format (which is named), damaged, cut off, or larger than [`ReadParams::max_pixels`];
    /// [`Error::Param`](guide_core::Error::Param).
    pub fn open(path: impl AsRef<Path>, params: &ReadParams) -> Result<Self> {
        Self::of(DecodedPicture::open(path, Colors::Gray, params)?)
    }

    /// Reads the bytes of a PNG or JPEG file, as [`PictureFile::open`] does.
    ///
    /// # Errors
    /// [`Error::Picture`](guide_core::Error::Picture), whose path is `bytes`, and [`Error::Param`](guide_core::Error::Param) as
    /// [`PictureFile::open`].
    pub fn decode(bytes: &[u8], params: &ReadParams) -> Result<Self> {
        Self::of(DecodedPicture::decode(bytes, Colors::Gray, params)?)
    }

    fn of(decoded: DecodedPicture) -> Result<Self> {
        let (width, height) = (decoded.width, decoded.height);
        let mask = decoded.mask;
        Ok(Self {
            image: GrayImage::new(width, height, decoded.pixels)?,
            mask: mask
                .map(|mask| GrayImage::new(width, height, mask))
                .transpose()?,
        })
    }
}
