//! Picture files: PNG and JPEG, read as they are meant to be seen.

mod claim;
mod gray_rows;
mod jpeg;
mod png;
mod seen;
#[cfg(test)]
mod tests;

use std::fs::File;
use std::io::{BufRead, BufReader, Cursor, Read, Seek};
use std::path::Path;

use guide_core::{Error, Params, Result, ensure, foreign_format, foreign_format_remedy, setters};
use image::DynamicImage;
use image::metadata::Orientation;
use serde::{Deserialize, Serialize};

use crate::GrayImage;
use crate::gray_image::MAX_PIXELS;

/// The largest file that is read, in bytes: 2^28 pixels of 8 bytes that do not compress.
const MAX_FILE_BYTES: u64 = 1 << 31;
/// How many bytes at the start of a file are looked at to tell its format.
const HEAD_BYTES: u64 = 512;

/// How picture files are read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ReadParams {
    /// The colour (red, green, blue) on which pictures with an alpha channel are composited. White is what a page or a
    /// catalogue shows. Choose black for logos made for dark pages: a white logo on white has no key points.
    pub ground: [u8; 3],
    /// The most pixels (width times height) of a picture; `1..=268435456`. A larger one is refused before it is decoded.
    pub max_pixels: usize,
}

setters!(ReadParams {
    ground: [u8; 3],
    max_pixels: usize,
});

impl Default for ReadParams {
    fn default() -> Self {
        Self {
            ground: [255; 3],
            max_pixels: MAX_PIXELS,
        }
    }
}

impl Params for ReadParams {
    fn validate(&self) -> Result<()> {
        ensure::within("max_pixels", self.max_pixels, 1, MAX_PIXELS)
    }
}

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
    /// [`Error::Io`] if the file cannot be read; [`Error::Picture`] if it is empty, another format (which is named), damaged,
    /// cut off, or larger than [`ReadParams::max_pixels`]; [`Error::Param`].
    pub fn open(path: impl AsRef<Path>, params: &ReadParams) -> Result<Self> {
        params.validate()?;
        let path = path.as_ref();
        let io = |source| Error::io(path, source);
        let metadata = std::fs::metadata(path).map_err(io)?;
        if metadata.is_dir() {
            return Err(picture_error(path, "a folder; name a picture file"));
        }
        let file = File::open(path).map_err(io)?;
        read(BufReader::new(file), metadata.len(), params).map_err(|error| match error {
            Undecoded::Io(source) => Error::io(path, source),
            Undecoded::Reason(reason) => picture_error(path, reason),
        })
    }

    /// Reads the bytes of a PNG or JPEG file, as [`PictureFile::open`] does.
    ///
    /// # Errors
    /// [`Error::Picture`], whose path is `bytes`, and [`Error::Param`] as [`PictureFile::open`].
    pub fn decode(bytes: &[u8], params: &ReadParams) -> Result<Self> {
        params.validate()?;
        read(Cursor::new(bytes), bytes.len() as u64, params).map_err(|error| match error {
            Undecoded::Io(source) => picture_error(Path::new("bytes"), source.to_string()),
            Undecoded::Reason(reason) => picture_error(Path::new("bytes"), reason),
        })
    }
}

fn picture_error(path: &Path, reason: impl Into<String>) -> Error {
    Error::Picture {
        path: path.to_owned(),
        reason: reason.into(),
    }
}

/// Why bytes are no picture. The path is added by the caller.
enum Undecoded {
    Io(std::io::Error),
    Reason(String),
}

impl From<std::io::Error> for Undecoded {
    fn from(error: std::io::Error) -> Self {
        Self::Io(error)
    }
}

impl From<image::ImageError> for Undecoded {
    fn from(error: image::ImageError) -> Self {
        Self::Reason(error.to_string())
    }
}

impl From<::png::DecodingError> for Undecoded {
    fn from(error: ::png::DecodingError) -> Self {
        Self::Reason(error.to_string())
    }
}

/// Pixels as they are stored, before the orientation is applied.
struct Decoded {
    width: usize,
    height: usize,
    gray: Vec<u8>,
    /// 0 where the picture is fully transparent, otherwise 255. Empty for a picture without alpha.
    seen: Vec<u8>,
    orientation: Orientation,
}

fn read(
    mut file: impl BufRead + Seek,
    length: u64,
    params: &ReadParams,
) -> std::result::Result<PictureFile, Undecoded> {
    if length > MAX_FILE_BYTES {
        let reason = format!("a file of {length} bytes; at most {MAX_FILE_BYTES} are read");
        return Err(Undecoded::Reason(reason));
    }
    let mut head = Vec::new();
    file.by_ref().take(HEAD_BYTES).read_to_end(&mut head)?;
    file.rewind()?;
    let decoded = if head.starts_with(&png::SIGNATURE) {
        png::decode(file, length, params.ground, params.max_pixels)?
    } else if head.starts_with(&jpeg::SIGNATURE) {
        let mut bytes = Vec::new();
        file.take(MAX_FILE_BYTES).read_to_end(&mut bytes)?;
        jpeg::decode(&bytes, params.max_pixels)?
    } else {
        return Err(Undecoded::Reason(what_it_is(&head)));
    };
    decoded.into_picture()
}

impl Decoded {
    fn into_picture(self) -> std::result::Result<PictureFile, Undecoded> {
        let (size, orientation) = ([self.width, self.height], self.orientation);
        let image = rotated(self.gray, size, orientation)?;
        let mask = if self.seen.contains(&0) {
            Some(rotated(self.seen, size, orientation)?)
        } else {
            None
        };
        Ok(PictureFile { image, mask })
    }
}

fn rotated(
    pixels: Vec<u8>,
    [width, height]: [usize; 2],
    orientation: Orientation,
) -> std::result::Result<GrayImage, Undecoded> {
    let wrong = || Undecoded::Reason(format!("it does not hold {width}x{height} pixels"));
    if orientation == Orientation::NoTransforms {
        return GrayImage::new(width, height, pixels).map_err(|_| wrong());
    }
    let stored = image::GrayImage::from_raw(width as u32, height as u32, pixels);
    let mut picture = DynamicImage::ImageLuma8(stored.ok_or_else(wrong)?);
    picture.apply_orientation(orientation);
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    GrayImage::new(width, height, picture.into_luma8().into_raw()).map_err(|_| wrong())
}

/// Says what a file is that is neither PNG nor JPEG.
fn what_it_is(head: &[u8]) -> String {
    if head.is_empty() {
        return "the file is empty".to_owned();
    }
    match foreign_format(head) {
        Some(name) => {
            let remedy = foreign_format_remedy(name);
            format!("{name}; only PNG and JPEG are read: {remedy}")
        }
        None => {
            "its first bytes are of no picture that is known; only PNG and JPEG are read".to_owned()
        }
    }
}
