//! PNG files, decoded row by row into grey or RGB pixels.

use std::io::{BufRead, Seek};

use image::metadata::Orientation;

use super::pixel_rows::{Layout, PixelRows};
use super::{Colors, ReadParams, Stored, Undecoded, claim};

/// The first bytes of every PNG file.
pub(super) const SIGNATURE: [u8; 8] = *b"\x89PNG\r\n\x1a\n";
/// Deflate stores at most 258 bytes in 2 bits, so no file holds more bytes of pixels than this times its own length.
const MOST_BYTES_PER_BYTE: u64 = 1032;
/// Memory for chunks that are not pixels (colour profiles, EXIF), in bytes.
const METADATA_BYTES: usize = 1 << 26;

/// Decodes a PNG file of `length` bytes.
pub(super) fn decode(
    file: impl BufRead + Seek,
    length: u64,
    colors: Colors,
    params: &ReadParams,
) -> Result<Stored, Undecoded> {
    let mut decoder = png::Decoder::new(file);
    decoder.set_ignore_text_chunk(true);
    decoder.set_ignore_iccp_chunk(true);
    let info = decoder.read_header_info()?;
    let (width, height) = (info.width as usize, info.height as usize);
    claim::check_pixels(width, height, params.max_pixels)?;
    // The size that the header claims is checked before memory for even one row is reserved.
    let row_bytes = info.raw_row_length() as u64;
    claim::check_length(
        width,
        height,
        length,
        row_bytes * height as u64 / MOST_BYTES_PER_BYTE,
    )?;
    // The widest pixel has 8 bytes. The decoder holds the current and the previous row, and a window of its own.
    decoder.set_limits(png::Limits {
        bytes: METADATA_BYTES + 64 * width,
    });
    decoder.set_transformations(png::Transformations::EXPAND);
    let mut reader = decoder.read_info()?;
    check_palette(reader.info())?;
    let (stored, depth) = reader.output_color_type();
    let layout = Layout {
        channels: stored.samples(),
        sixteen: depth == png::BitDepth::Sixteen,
    };
    let orientation = reader.info().exif_metadata.as_deref();
    let orientation = orientation.and_then(Orientation::from_exif_chunk);
    let mut rows = PixelRows::new(layout, params.ground, colors);
    if reader.info().interlaced {
        // Each pass of an interlaced picture spans all of it.
        let mut pixels = vec![0; layout.pixel_bytes() * width * height];
        reader.next_frame(&mut pixels)?;
        rows.push(&pixels);
    } else {
        while let Some(row) = reader.next_row()? {
            rows.push(row.data());
        }
    }
    Ok(Stored {
        width,
        height,
        pixels: rows.pixels,
        seen: rows.seen,
        orientation: orientation.unwrap_or(Orientation::NoTransforms),
    })
}

/// Refuses a palette that is not 1 to 256 colours of 3 bytes, which the decoder takes for granted.
fn check_palette(info: &png::Info<'_>) -> Result<(), Undecoded> {
    let length = match &info.palette {
        Some(palette) if info.color_type == png::ColorType::Indexed => palette.len(),
        _ => return Ok(()),
    };
    match length.is_multiple_of(3) && (3..=768).contains(&length) {
        true => Ok(()),
        false => {
            let reason =
                format!("a palette of {length} bytes; it must be 1 to 256 colours of 3 bytes");
            Err(Undecoded::Reason(reason))
        }
    }
}
