//! Pictures: PNG and JPEG files decoded to grey.

use std::io::Cursor;
use std::path::Path;

use image::codecs::jpeg::JpegEncoder;
use image::{DynamicImage, ImageFormat};
use vision_features::GrayImage;

use super::{Reading, ScratchFile, Target};

/// Reads pictures.
pub struct Pictures {
    corpus: Vec<Vec<u8>>,
    file: ScratchFile,
}

const TOKENS: &[&[u8]] = &[
    b"IHDR",
    b"PLTE",
    b"tRNS",
    b"IDAT",
    b"IEND",
    b"gAMA",
    b"eXIf",
    b"acTL",
    b"\xff\xd8",
    b"\xff\xd9",
    b"\xff\xda",
    b"\xff\xc0",
    b"\xff\xc2",
    b"\xff\xdb",
    b"\xff\xc4",
    b"\xff\xe1",
    b"\xff\xdd",
    b"Exif\0\0",
    b"II*\0",
    b"MM\0*",
    b"\x01\x12",
    b"\0\0\0\0",
];

/// What every PNG file begins with.
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";

/// An EXIF segment of a JPEG file that says that the picture lies on its side.
const EXIF: &[u8] =
    b"\xff\xe1\0\x22Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0";

impl Pictures {
    /// The target with its corpus.
    ///
    /// # Errors
    /// If a picture of the corpus cannot be encoded.
    pub fn new(scratch: &Path) -> anyhow::Result<Self> {
        let (width, height) = (13, 9);
        let wavy = |x: u32, y: u32| ((x * 37) ^ (y * 91)) as u8;
        let rgba = image::RgbaImage::from_fn(width, height, |x, y| {
            image::Rgba([wavy(x, y), wavy(y, x), x as u8, (16 * x) as u8])
        });
        let colours = DynamicImage::ImageRgba8(rgba);
        let kinds = [
            DynamicImage::ImageLuma8(colours.to_luma8()),
            DynamicImage::ImageLumaA8(colours.to_luma_alpha8()),
            DynamicImage::ImageRgb8(colours.to_rgb8()),
            DynamicImage::ImageLuma16(colours.to_luma16()),
            DynamicImage::ImageRgb16(colours.to_rgb16()),
            DynamicImage::ImageRgba16(colours.to_rgba16()),
            colours,
        ];
        let mut corpus = Vec::new();
        for picture in &kinds {
            let mut bytes = Vec::new();
            picture.write_to(&mut Cursor::new(&mut bytes), ImageFormat::Png)?;
            corpus.push(bytes);
        }
        for picture in [&kinds[0], &kinds[2]] {
            for quality in [30, 95] {
                let mut bytes = Vec::new();
                picture.write_with_encoder(JpegEncoder::new_with_quality(&mut bytes, quality))?;
                let mut turned = bytes.clone();
                turned.splice(2..2, EXIF.iter().copied());
                corpus.extend([bytes, turned]);
            }
        }
        corpus.push(palette());
        Ok(Self {
            corpus,
            file: ScratchFile::new(scratch, "picture"),
        })
    }
}

/// A PNG file of 4 x 2 pixels with a palette of two colours, one bit a pixel.
fn palette() -> Vec<u8> {
    let mut bytes = PNG.to_vec();
    let mut chunk = |kind: &[u8; 4], data: &[u8]| {
        bytes.extend((data.len() as u32).to_be_bytes());
        bytes.extend(kind);
        bytes.extend(data);
        bytes.extend([0; 4]);
    };
    chunk(b"IHDR", &[0, 0, 0, 4, 0, 0, 0, 2, 1, 3, 0, 0, 0]);
    chunk(b"PLTE", &[255, 0, 0, 0, 0, 255]);
    chunk(b"tRNS", &[128, 255]);
    // A zlib stream of one stored block, with its Adler-32.
    let rows = [0, 0b1010_0000, 0, 0b0101_0000];
    let (a, b) = rows
        .iter()
        .fold((1_u32, 0_u32), |(a, b), byte| (a + byte, b + a + byte));
    let mut data = vec![0x78, 0x01, 0x01, 4, 0, 0xfb, 0xff];
    data.extend(rows.map(|byte| byte as u8));
    data.extend((b << 16 | a).to_be_bytes());
    chunk(b"IDAT", &data);
    chunk(b"IEND", &[]);
    repaired(bytes)
}

/// A PNG file with the checksums of its chunks put right, as far as the lengths of chunks can be followed.
fn repaired(mut bytes: Vec<u8>) -> Vec<u8> {
    let mut at = PNG.len();
    while let Some(length) = bytes.get(at..).and_then(|rest| rest.first_chunk::<4>()) {
        let end = at
            .saturating_add(8)
            .saturating_add(u32::from_be_bytes(*length) as usize);
        let Some(content) = bytes.get(at + 4..end) else {
            break;
        };
        let checksum = crc32fast::hash(content).to_be_bytes();
        let Some(place) = bytes.get_mut(end..end + 4) else {
            break;
        };
        place.copy_from_slice(&checksum);
        at = end + 4;
    }
    bytes
}

impl Target for Pictures {
    fn corpus(&self) -> &[Vec<u8>] {
        &self.corpus
    }

    fn tokens(&self) -> &'static [&'static [u8]] {
        TOKENS
    }

    fn seal(&self, _: usize, bytes: Vec<u8>, repair: bool) -> Vec<u8> {
        match repair && bytes.starts_with(PNG) {
            true => repaired(bytes),
            false => bytes,
        }
    }

    fn check(&self, input: &[u8]) -> Result<Reading, String> {
        let Ok(picture) = GrayImage::open(self.file.with(input)?) else {
            return Ok(Reading::Refused);
        };
        let (width, height, pixels) = (picture.width(), picture.height(), picture.pixels().len());
        match width * height == pixels && pixels > 0 {
            true => Ok(Reading::Accepted),
            false => Err(format!("{width} x {height} has {pixels} pixels")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_picture_of_the_corpus_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let pictures = Pictures::new(folder.path()).unwrap();
        for (number, bytes) in pictures.corpus().iter().enumerate() {
            assert_eq!(
                pictures.check(bytes),
                Ok(Reading::Accepted),
                "picture {number}"
            );
        }
        // The EXIF segment turns the picture on its side.
        let size = |bytes: &[u8]| {
            let picture = GrayImage::open(pictures.file.with(bytes).unwrap()).unwrap();
            (picture.width(), picture.height())
        };
        assert_eq!(
            (size(&pictures.corpus[7]), size(&pictures.corpus[8])),
            ((13, 9), (9, 13))
        );
    }
}
