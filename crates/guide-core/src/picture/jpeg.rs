//! JPEG files, and whether one is complete by its markers (ITU-T T.81, annex B).

use std::io::Cursor;

use image::codecs::jpeg::JpegDecoder;
use image::{DynamicImage, ImageDecoder};

use super::pixel_rows::{Layout, PixelRows};
use super::{Colors, Stored, Undecoded, claim};

/// The first bytes of every JPEG file.
pub(super) const SIGNATURE: [u8; 3] = [0xFF, 0xD8, 0xFF];
/// A block of 64 pixels takes at least one bit, and subsampling at most doubles the pixels per block.
const MOST_PIXELS_PER_BYTE: u64 = 1024;

/// Decodes a JPEG file.
///
/// A file without its end is refused here, because the decoder fills missing pixels with grey.
pub(super) fn decode(bytes: &[u8], colors: Colors, max_pixels: usize) -> Result<Stored, Undecoded> {
    let mut decoder = JpegDecoder::new(Cursor::new(bytes))?;
    let (width, height) = decoder.dimensions();
    let (width, height) = (width as usize, height as usize);
    claim::check_pixels(width, height, max_pixels)?;
    let least = width as u64 * height as u64 / MOST_PIXELS_PER_BYTE;
    claim::check_length(width, height, bytes.len() as u64, least)?;
    if !is_whole(bytes) {
        let reason = "the JPEG was cut off before its end".to_owned();
        return Err(Undecoded::Reason(reason));
    }
    let orientation = decoder.orientation()?;
    let (channels, decoded) = match DynamicImage::from_decoder(decoder)? {
        DynamicImage::ImageLuma8(gray) => (1, gray.into_raw()),
        colored => (3, colored.into_rgb8().into_raw()),
    };
    let pixels = if channels == colors.channels() {
        decoded
    } else {
        let layout = Layout {
            channels,
            sixteen: false,
        };
        // JPEG has no alpha, so the ground is never visible.
        let mut rows = PixelRows::new(layout, [0; 3], colors);
        rows.push(&decoded);
        rows.pixels
    };
    Ok(Stored {
        width,
        height,
        pixels,
        seen: Vec::new(),
        orientation,
    })
}

/// Whether the file has a scan with data before its end marker.
///
/// Pictures inside segments (the thumbnail in EXIF) and after the end (previews of cameras) are not counted.
fn is_whole(bytes: &[u8]) -> bool {
    let mut at = 0;
    let (mut has_data, mut scan) = (false, None);
    while let Some(&[_, marker]) = next_marker(bytes, &mut at) {
        // The data of a scan is between its header and the next marker.
        has_data |= scan.take().is_some_and(|head_end| at - 2 > head_end);
        match marker {
            0xD9 => return has_data,
            // Markers without a segment: start of image, temporary.
            0xD8 | 0x01 => {}
            _ => {
                let Some(&length) = bytes.get(at..).and_then(<[u8]>::first_chunk) else {
                    return false;
                };
                at += usize::from(u16::from_be_bytes(length));
                if marker == 0xDA {
                    scan = Some(at);
                }
            }
        }
    }
    false
}

/// Returns the next marker at or after `at` and moves `at` past it. Skips stuffed bytes and restart markers, which are part
/// of the data.
fn next_marker<'a>(bytes: &'a [u8], at: &mut usize) -> Option<&'a [u8; 2]> {
    let rest = bytes.get(*at..)?;
    let is_marker = |two: &&[u8]| two[0] == 0xFF && !matches!(two[1], 0x00 | 0xD0..=0xD7 | 0xFF);
    let offset = rest.windows(2).position(|two| is_marker(&two))?;
    *at += offset + 2;
    rest[offset..].first_chunk()
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: &[u8] = &[0xFF, 0xD8];
    const SCAN: &[u8] = &[0xFF, 0xDA, 0, 3, 7];
    const DATA: &[u8] = &[9, 0xFF, 0, 8, 0xFF, 0xD3, 5];
    const END: &[u8] = &[0xFF, 0xD9];

    #[test]
    fn a_picture_ends_after_a_scan() {
        // A segment with a picture inside.
        let thumbnail = [&[0xFF, 0xE1, 0, 18], START, SCAN, DATA, END].concat();
        let parts = [START, &thumbnail, &[0xFF], SCAN, DATA, SCAN, DATA, END];
        let whole = parts.concat();
        assert!(is_whole(&whole));
        for kept in 0..whole.len() {
            assert!(!is_whole(&whole[..kept]), "{kept} of {}", whole.len());
        }
        assert!(is_whole(&[&whole[..], &whole[..20]].concat()));
    }

    #[test]
    fn a_picture_without_data_is_not_whole() {
        assert!(!is_whole(&[START, SCAN, END].concat()));
        assert!(!is_whole(&[START, END].concat()));
        assert!(!is_whole(&[]));
        // The segment's length goes past the end of the file.
        assert!(!is_whole(
            &[START, &[0xFF, 0xE0, 0xFF, 0xFF, 0], SCAN, DATA, END].concat()
        ));
    }
}
