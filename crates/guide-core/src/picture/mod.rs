//! Picture files: PNG and JPEG, read as they are meant to be seen.

mod claim;
mod jpeg;
mod pixel_rows;
mod png;
#[cfg(test)]
mod tests;

use std::fs::File;
use std::io::{BufRead, BufReader, Cursor, Read, Seek};
use std::path::Path;

use image::DynamicImage;
use image::metadata::Orientation;
use serde::{Deserialize, Serialize};

use crate::{Error, Params, Result, ensure, foreign_format, foreign_format_remedy, setters};

/// The most pixels of a picture: 2^28. With more, offsets would not fit 32 bits.
pub const MAX_PIXELS: usize = 1 << 28;
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

/// What the pixels of a decoded picture hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Colors {
    /// One byte per pixel, the brightness: colours become grey by [`luma`].
    Gray,
    /// Three bytes per pixel: red, green, blue. Grey pictures have three equal values.
    Rgb,
}

impl Colors {
    /// Bytes per pixel: 1 or 3.
    pub fn channels(self) -> usize {
        match self {
            Self::Gray => 1,
            Self::Rgb => 3,
        }
    }
}

/// The grey of a colour: `.299 R + .587 G + .114 B`, rounded as OpenCV rounds it.
///
/// ```
/// use guide_core::picture::luma;
/// assert_eq!([[255, 0, 0], [255; 3]].map(luma), [76, 255]);
/// ```
pub fn luma([r, g, b]: [u8; 3]) -> u8 {
    // The weights are in units of 2^-15 and sum to 2^15, so that white stays white.
    ((9798 * u32::from(r) + 19235 * u32::from(g) + 3735 * u32::from(b) + (1 << 14)) >> 15) as u8
}

/// The pixels of a picture file.
///
/// ```
/// use guide_core::picture::{Colors, DecodedPicture, ReadParams};
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("red.png");
/// image::RgbImage::from_pixel(2, 1, image::Rgb([255, 0, 0])).save(&path)?;
/// let picture = DecodedPicture::open(&path, Colors::Rgb, &ReadParams::default())?;
/// assert_eq!(([picture.height, picture.width], picture.pixels), ([1, 2], vec![255, 0, 0, 255, 0, 0]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecodedPicture {
    /// Columns.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// What the pixels hold.
    pub colors: Colors,
    /// The bytes of the pixels, row by row: `[height, width, channels]`.
    pub pixels: Vec<u8>,
    /// 255 where something is to be seen, 0 where the picture is fully transparent: `[height, width]`. `None` if no pixel is.
    pub mask: Option<Vec<u8>>,
}

impl DecodedPicture {
    /// Reads a PNG or JPEG file. The format is known by the content, not by the ending of the name.
    ///
    /// The picture is rotated as its EXIF orientation says. Alpha, also that of a palette, is composited on
    /// [`ReadParams::ground`], and 16 bits become 8 by division by 257. A CMYK JPEG becomes RGB without its colour profile.
    ///
    /// Memory is bounded by the pixels that the file really holds: a header that claims more than the file can hold is
    /// refused. With `c` bytes per wanted pixel, PNG files take `c` bytes per pixel, one more with alpha, and up to 8 more if they
    /// are interlaced. JPEG files take `c + 3`, progressive ones up to 6 more.
    ///
    /// # Errors
    /// [`Error::Io`] if the file cannot be read; [`Error::Picture`] if it is empty, another format (which is named), damaged,
    /// cut off, or larger than [`ReadParams::max_pixels`]; [`Error::Param`].
    pub fn open(path: impl AsRef<Path>, colors: Colors, params: &ReadParams) -> Result<Self> {
        params.validate()?;
        let path = path.as_ref();
        let io = |source| Error::io(path, source);
        let metadata = std::fs::metadata(path).map_err(io)?;
        if metadata.is_dir() {
            return Err(picture_error(path, "a folder; name a picture file"));
        }
        let file = BufReader::new(File::open(path).map_err(io)?);
        read(file, metadata.len(), colors, params).map_err(|error| match error {
            Undecoded::Io(source) => Error::io(path, source),
            Undecoded::Reason(reason) => picture_error(path, reason),
        })
    }

    /// Reads the bytes of a PNG or JPEG file, as [`DecodedPicture::open`] does.
    ///
    /// # Errors
    /// [`Error::Picture`] (with `bytes` for its path) and [`Error::Param`], as [`DecodedPicture::open`].
    pub fn decode(bytes: &[u8], colors: Colors, params: &ReadParams) -> Result<Self> {
        params.validate()?;
        let decoded = read(Cursor::new(bytes), bytes.len() as u64, colors, params);
        decoded.map_err(|error| match error {
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
struct Stored {
    width: usize,
    height: usize,
    pixels: Vec<u8>,
    /// 0 where the picture is fully transparent, otherwise 255. Empty for a picture without alpha.
    seen: Vec<u8>,
    orientation: Orientation,
}

fn read(
    mut file: impl BufRead + Seek,
    length: u64,
    colors: Colors,
    params: &ReadParams,
) -> std::result::Result<DecodedPicture, Undecoded> {
    if length > MAX_FILE_BYTES {
        let reason = format!("a file of {length} bytes; at most {MAX_FILE_BYTES} are read");
        return Err(Undecoded::Reason(reason));
    }
    let mut head = Vec::new();
    file.by_ref().take(HEAD_BYTES).read_to_end(&mut head)?;
    file.rewind()?;
    let stored = if head.starts_with(&png::SIGNATURE) {
        png::decode(file, length, colors, params)?
    } else if head.starts_with(&jpeg::SIGNATURE) {
        let mut bytes = Vec::new();
        file.take(MAX_FILE_BYTES).read_to_end(&mut bytes)?;
        jpeg::decode(&bytes, colors, params.max_pixels)?
    } else {
        return Err(Undecoded::Reason(what_it_is(&head)));
    };
    stored.oriented(colors)
}

impl Stored {
    fn oriented(self, colors: Colors) -> std::result::Result<DecodedPicture, Undecoded> {
        let (size, orientation) = ([self.width, self.height], self.orientation);
        let (pixels, [width, height]) = rotated(self.pixels, size, colors, orientation)?;
        let mask = if self.seen.contains(&0) {
            Some(rotated(self.seen, size, Colors::Gray, orientation)?.0)
        } else {
            None
        };
        Ok(DecodedPicture {
            width,
            height,
            colors,
            pixels,
            mask,
        })
    }
}

/// The pixels after the orientation is applied, and their width and height.
fn rotated(
    pixels: Vec<u8>,
    [width, height]: [usize; 2],
    colors: Colors,
    orientation: Orientation,
) -> std::result::Result<(Vec<u8>, [usize; 2]), Undecoded> {
    let wrong = || Undecoded::Reason(format!("it does not hold {width}x{height} pixels"));
    if pixels.is_empty() || pixels.len() != width * height * colors.channels() {
        return Err(wrong());
    }
    if orientation == Orientation::NoTransforms {
        return Ok((pixels, [width, height]));
    }
    let (columns, rows) = (width as u32, height as u32);
    let mut picture = match colors {
        Colors::Gray => {
            image::GrayImage::from_raw(columns, rows, pixels).map(DynamicImage::ImageLuma8)
        }
        Colors::Rgb => {
            image::RgbImage::from_raw(columns, rows, pixels).map(DynamicImage::ImageRgb8)
        }
    }
    .ok_or_else(wrong)?;
    picture.apply_orientation(orientation);
    let size = [picture.width() as usize, picture.height() as usize];
    Ok((picture.into_bytes(), size))
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
