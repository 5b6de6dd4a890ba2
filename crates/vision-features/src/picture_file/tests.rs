//! Picture files: orientation, alpha, depths, sizes that a header claims, other formats, and damaged files.

use std::path::PathBuf;

use guide_core::{Error, Params, seeded, testing};
use image::codecs::{jpeg::JpegEncoder, png::PngEncoder};
use image::{ExtendedColorType, ImageEncoder};
use rand::RngExt;

use super::*;

fn read_bytes(bytes: &[u8]) -> Result<PictureFile> {
    PictureFile::decode(bytes, &ReadParams::default())
}

fn refusal(bytes: &[u8]) -> String {
    read_bytes(bytes).unwrap_err().to_string()
}

/// The bytes of a PNG of these colours, with a palette or interlaced if asked for.
fn png_of(
    (width, height): (u32, u32),
    colors: ::png::ColorType,
    depth: ::png::BitDepth,
    data: &[u8],
    more: impl FnOnce(&mut ::png::Encoder<'_, &mut Vec<u8>>),
) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = ::png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(colors);
    encoder.set_depth(depth);
    more(&mut encoder);
    let mut writer = encoder.write_header().unwrap();
    writer.write_image_data(data).unwrap();
    writer.finish().unwrap();
    bytes
}

/// Replaces the size in the header of a PNG and corrects the header's checksum.
fn claim_size(png: &mut [u8], width: u32, height: u32) {
    png[16..20].copy_from_slice(&width.to_be_bytes());
    png[20..24].copy_from_slice(&height.to_be_bytes());
    let crc = crc32(&png[12..29]);
    png[29..33].copy_from_slice(&crc.to_be_bytes());
}

fn crc32(bytes: &[u8]) -> u32 {
    let step = |crc: u32| (0..8).fold(crc, |crc, _| (crc >> 1) ^ (0xEDB8_8320 * (crc & 1)));
    !bytes
        .iter()
        .fold(!0, |crc, &byte| step(crc ^ u32::from(byte)))
}

#[test]
fn files_that_are_no_pictures_are_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let open = |path: PathBuf| PictureFile::open(path, &ReadParams::default());
    assert!(matches!(
        open(folder.path().join("none.png")),
        Err(Error::Io { .. })
    ));
    let error = open(folder.path().to_owned()).unwrap_err().to_string();
    assert!(error.contains("a folder"), "{error}");
    let path = folder.path().join("page.jpg");
    std::fs::write(&path, "<!DOCTYPE html><html><body>404</body></html>").unwrap();
    let error = open(path.clone()).unwrap_err().to_string();
    assert!(
        error.starts_with(path.to_str().unwrap()) && error.contains("HTML"),
        "{error}"
    );
    assert!(matches!(open(path), Err(Error::Picture { .. })));

    let cases: [(&[u8], &str); 8] = [
        (b"", "empty"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "HEIC"),
        (b"\0\0\0\x1cftypavif\0\0\0\0avifmif1", "AVIF"),
        (b"RIFF\x24\0\0\0WEBPVP8 ", "WebP"),
        (b"GIF89a\x01\0\x01\0\0\0\0", "GIF"),
        (b"II*\0\x08\0\0\0", "TIFF"),
        (b"MM\0*\0\0\0\x08", "TIFF"),
        (b"<html><head>", "HTML"),
    ];
    for (bytes, name) in cases {
        let error = refusal(bytes);
        assert!(error.contains(name), "{name}: {error}");
        assert!(name == "empty" || error.contains("PNG and JPEG"), "{error}");
    }
    assert!(refusal(b"just some text, no picture").contains("PNG and JPEG"));
}

#[test]
fn the_content_counts_and_not_the_ending() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("really-png.jpg");
    let gray = image::GrayImage::from_fn(40, 30, |x, y| image::Luma([(x * y) as u8]));
    gray.save_with_format(&path, image::ImageFormat::Png)
        .unwrap();
    assert_eq!(GrayImage::open(&path).unwrap().pixel(7, 5), 35);
}

#[test]
fn a_png_cut_anywhere_is_refused() {
    let data: Vec<u8> = (0..1200).map(|i| (i * i / 7) as u8).collect();
    let whole = png_of(
        (40, 30),
        ::png::ColorType::Grayscale,
        ::png::BitDepth::Eight,
        &data,
        |_| {},
    );
    assert_eq!(read_bytes(&whole).unwrap().image.pixels(), data);
    // The last 12 bytes are the end marker, and the four before them a checksum.
    for kept in 0..whole.len() - 16 {
        assert!(matches!(
            read_bytes(&whole[..kept]),
            Err(Error::Picture { .. })
        ));
    }
}

/// EXIF with one entry: orientation 6, a camera held upright.
const EXIF: [u8; 26] = *b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0";

/// Encodes a picture of 40x30 pixels that is bright in its upper left quarter, with [`EXIF`].
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
fn pictures_are_rotated_as_their_exif_says() {
    let (mut jpeg, mut png) = (Vec::new(), Vec::new());
    encoded(JpegEncoder::new_with_quality(&mut jpeg, 90));
    encoded(PngEncoder::new(&mut png));
    for (name, bytes) in [("jpeg", jpeg), ("png", png)] {
        let image = read_bytes(&bytes).unwrap().image;
        assert_eq!((image.width(), image.height()), (30, 40), "{name}");
        // A quarter clockwise: the upper left becomes the upper right.
        for (x, y) in [(5, 5), (24, 5), (5, 34), (24, 34)] {
            let bright = image.pixel(x, y) > 100;
            assert_eq!(bright, (x, y) == (24, 5), "{name}: ({x}, {y})");
        }
    }
}

#[test]
fn the_mask_is_rotated_with_the_picture() {
    let mut png = Vec::new();
    let mut encoder = PngEncoder::new(&mut png);
    encoder.set_exif_metadata(EXIF.to_vec()).unwrap();
    // Two columns and three rows; only the upper left pixel is seen.
    let mut pixels = [[9, 0]; 6];
    pixels[0][1] = 255;
    encoder
        .write_image(pixels.as_flattened(), 2, 3, ExtendedColorType::La8)
        .unwrap();
    let picture = read_bytes(&png).unwrap();
    let mask = picture.mask.unwrap();
    assert_eq!((mask.width(), mask.height()), (3, 2));
    assert_eq!(mask.pixels(), [0, 0, 255, 0, 0, 0]);
    assert_eq!(picture.image.pixels(), [255, 255, 9, 255, 255, 255]);
}

#[test]
fn every_way_to_store_alpha_is_composited_on_the_ground() {
    use ::png::{BitDepth::*, ColorType::*};
    let opaque_and_not: [(&str, Vec<u8>); 7] = [
        (
            "LA",
            png_of((2, 1), GrayscaleAlpha, Eight, &[50, 255, 50, 0], |_| {}),
        ),
        (
            "RGBA",
            png_of(
                (2, 1),
                Rgba,
                Eight,
                &[50, 50, 50, 255, 50, 50, 50, 0],
                |_| {},
            ),
        ),
        (
            "LA of 16 bits",
            png_of(
                (2, 1),
                GrayscaleAlpha,
                Sixteen,
                &[50, 50, 255, 255, 50, 50, 0, 0],
                |_| {},
            ),
        ),
        (
            "RGBA of 16 bits",
            png_of(
                (2, 1),
                Rgba,
                Sixteen,
                &[
                    50, 50, 50, 50, 50, 50, 255, 255, 50, 50, 50, 50, 50, 50, 0, 0,
                ],
                |_| {},
            ),
        ),
        (
            "palette",
            png_of((2, 1), Indexed, Eight, &[0, 1], |encoder| {
                encoder.set_palette(vec![50, 50, 50, 50, 50, 50]);
                encoder.set_trns(vec![255, 0]);
            }),
        ),
        (
            "palette of 1 bit, interlaced",
            png_of((2, 1), Indexed, One, &[0b0100_0000], |encoder| {
                encoder.set_palette(vec![50, 50, 50, 50, 50, 50]);
                encoder.set_trns(vec![255, 0]);
            }),
        ),
        (
            "transparent grey",
            png_of((2, 1), Grayscale, Eight, &[50, 51], |encoder| {
                encoder.set_trns(vec![0, 51]);
            }),
        ),
    ];
    for (name, bytes) in &opaque_and_not {
        let on = |ground| PictureFile::decode(bytes, &ReadParams::default().ground(ground));
        let picture = on([255; 3]).unwrap();
        assert_eq!(picture.image.pixels(), [50, 255], "{name}");
        assert_eq!(picture.mask.unwrap().pixels(), [255, 0], "{name}");
        assert_eq!(on([0; 3]).unwrap().image.pixels(), [50, 0], "{name}");
        // .587 * 255 = 150
        assert_eq!(on([0, 255, 0]).unwrap().image.pixels(), [50, 150], "{name}");
    }
}

#[test]
fn every_depth_gives_the_same_grey() {
    use ::png::{BitDepth::*, ColorType::*};
    let value = |x: usize, y: usize| if (x + y).is_multiple_of(2) { 255u8 } else { 0 };
    let gray: Vec<u8> = (0..64).map(|i| value(i % 8, i / 8)).collect();
    let twice = |bytes: &[u8]| -> Vec<u8> { bytes.iter().flat_map(|&b| [b, b]).collect() };
    let thrice = |bytes: &[u8]| -> Vec<u8> { bytes.iter().flat_map(|&b| [b, b, b]).collect() };
    let packed = |bits: usize| -> Vec<u8> {
        let per_byte = 8 / bits;
        let cut = |b: u8| b >> (8 - bits);
        let bytes = gray.chunks(per_byte);
        bytes
            .map(|chunk| chunk.iter().fold(0, |byte, &b| (byte << bits) | cut(b)))
            .collect()
    };
    let files = [
        png_of((8, 8), Grayscale, One, &packed(1), |_| {}),
        png_of((8, 8), Grayscale, Two, &packed(2), |_| {}),
        png_of((8, 8), Grayscale, Four, &packed(4), |_| {}),
        png_of((8, 8), Grayscale, Eight, &gray, |_| {}),
        png_of((8, 8), Grayscale, Sixteen, &twice(&gray), |_| {}),
        png_of((8, 8), Rgb, Eight, &thrice(&gray), |_| {}),
        png_of((8, 8), Rgb, Sixteen, &twice(&thrice(&gray)), |_| {}),
    ];
    for (number, file) in files.iter().enumerate() {
        let picture = read_bytes(file).unwrap();
        assert_eq!(picture.image.pixels(), gray, "file {number}");
        assert_eq!(picture.mask, None, "file {number}");
    }
}

#[test]
fn too_many_pixels_are_refused_before_decoding_with_the_remedy() {
    use ::png::{BitDepth::*, ColorType::*};
    let mut huge = png_of((4, 4), Rgb, Eight, &[7; 48], |_| {});
    claim_size(&mut huge, 100_000, 100_000);
    let error = refusal(&huge);
    assert_eq!(
        error,
        "bytes: not a readable picture: a picture of 100000x100000 pixels; at most 268435456 are read. \
         Make it smaller and try again"
    );
    let small = ReadParams::default().max_pixels(1199);
    let mut bytes = Vec::new();
    encoded(JpegEncoder::new_with_quality(&mut bytes, 90));
    let error = PictureFile::decode(&bytes, &small).unwrap_err().to_string();
    assert!(
        error.contains("40x30 pixels; at most 1199 (max_pixels) are read"),
        "{error}"
    );
    assert!(PictureFile::decode(&bytes, &small.max_pixels(1200)).is_ok());
    // The frame header of a JPEG: marker, length, bits, height, width.
    let frame = bytes
        .windows(2)
        .position(|two| two == [0xFF, 0xC0])
        .unwrap();
    bytes[frame + 5..frame + 9].fill(0xFF);
    assert!(refusal(&bytes).contains("65535x65535 pixels; at most 268435456"));
}

#[test]
fn a_header_that_claims_more_than_the_file_holds_is_refused() {
    use ::png::{BitDepth::*, ColorType::*};
    let mut wide = png_of((100, 16), Rgb, Sixteen, &[7; 9600], |_| {});
    claim_size(&mut wide, 11_206_672, 16);
    let error = refusal(&wide);
    assert!(
        error.contains("claims 11206672x16 pixels") && error.contains("cut off or damaged"),
        "{error}"
    );
    // A claim that is just possible for the file's length fails at the first missing row.
    let mut tall = png_of((100, 16), Grayscale, Eight, &[7; 1600], |_| {});
    let possible = 1032 * tall.len() as u32 / 101;
    claim_size(&mut tall, 100, possible);
    assert!(!refusal(&tall).contains("claims"));

    let mut jpeg = Vec::new();
    encoded(JpegEncoder::new_with_quality(&mut jpeg, 90));
    let frame = jpeg.windows(2).position(|two| two == [0xFF, 0xC0]).unwrap();
    jpeg[frame + 5..frame + 9].copy_from_slice(&[0x20, 0, 0x20, 0]);
    assert!(refusal(&jpeg).contains("claims 8192x8192 pixels"));
}

#[test]
fn a_picture_that_compresses_as_far_as_deflate_can_is_read() {
    use ::png::{BitDepth::*, ColorType::*};
    // One value everywhere, at the best compression: near 1,032 bytes for one.
    let png = png_of((2000, 2000), Grayscale, Eight, &[0; 4_000_000], |encoder| {
        encoder.set_compression(::png::Compression::High);
    });
    assert!(png.len() < 9000, "{} bytes", png.len());
    assert_eq!(read_bytes(&png).unwrap().image.pixels().len(), 4_000_000);
    // The smallest JPEG of one grey: 2 bits a block.
    let mut jpeg = Vec::new();
    JpegEncoder::new_with_quality(&mut jpeg, 1)
        .write_image(&[128; 4_000_000], 2000, 2000, ExtendedColorType::L8)
        .unwrap();
    assert_eq!(read_bytes(&jpeg).unwrap().image.width(), 2000);
}

#[test]
fn jpegs_that_were_cut_off_are_refused() {
    let mut whole = Vec::new();
    encoded(JpegEncoder::new_with_quality(&mut whole, 90));
    assert!(read_bytes(&whole).is_ok());
    // Cameras append a preview or other data, which may be cut.
    assert!(read_bytes(&[&whole[..], &whole[..whole.len() / 2]].concat()).is_ok());
    for kept in [whole.len() - 2, whole.len() - 1, whole.len() * 9 / 10] {
        let error = refusal(&whole[..kept]);
        assert!(error.ends_with("cut off before its end"), "{error}");
    }
}

#[test]
fn parameters_have_their_range() {
    testing::refuses(
        &ReadParams::default(),
        &[("max_pixels", "0"), ("max_pixels", "268435457")],
    );
    assert!(matches!(
        read_with(&ReadParams::default().max_pixels(0)),
        Err(Error::Param { .. })
    ));
    assert!(ReadParams::default().validate().is_ok());
}

fn read_with(params: &ReadParams) -> Result<PictureFile> {
    PictureFile::decode(b"", params)
}

/// 4,000 seeded corruptions of six small files: bytes changed, cut, repeated, and sizes claimed. Never a panic.
#[test]
fn damaged_files_give_a_picture_or_an_error() {
    use ::png::{BitDepth::*, ColorType::*};
    let mut rng = seeded(12);
    let noise: Vec<u8> = (0..24 * 20 * 8).map(|_| rng.random()).collect();
    let png = |colors: ::png::ColorType, depth, bytes: usize| {
        png_of((24, 20), colors, depth, &noise[..bytes], |_| {})
    };
    let jpeg = |channels: usize, kind| {
        let mut bytes = Vec::new();
        JpegEncoder::new_with_quality(&mut bytes, 60)
            .write_image(&noise[..480 * channels], 24, 20, kind)
            .unwrap();
        bytes
    };
    let palette = png_of((24, 20), Indexed, Eight, &[1; 480], |encoder| {
        encoder.set_palette(vec![50; 12]);
        encoder.set_trns(vec![255, 0]);
    });
    let files = [
        png(Grayscale, Eight, 480),
        png(Rgba, Sixteen, 480 * 8),
        png(GrayscaleAlpha, Eight, 960),
        palette,
        jpeg(1, ExtendedColorType::L8),
        jpeg(3, ExtendedColorType::Rgb8),
    ];
    let (mut read, mut refused) = (0, 0);
    for round in 0..4000 {
        let mut bytes = files[round % files.len()].clone();
        for _ in 0..rng.random_range(1..4) {
            damage(&mut bytes, &mut rng);
        }
        match PictureFile::decode(&bytes, &ReadParams::default()) {
            Ok(picture) => {
                let (width, height) = (picture.image.width(), picture.image.height());
                assert_eq!(picture.image.pixels().len(), width * height);
                read += 1;
            }
            Err(Error::Picture { .. }) => refused += 1,
            Err(other) => panic!("round {round}: {other}"),
        }
    }
    assert!(
        read > 100 && refused > 1000,
        "{read} read, {refused} refused"
    );
}

/// Changes a byte, a bit or four bytes, cuts the end, doubles a piece, or swaps the checksum of a PNG's header for the
/// right one so that changes of the header take effect.
fn damage(bytes: &mut Vec<u8>, rng: &mut guide_core::Rng) {
    if bytes.len() < 40 {
        return;
    }
    let at = rng.random_range(0..bytes.len());
    match rng.random_range(0..7) {
        0 => bytes[at] = rng.random(),
        1 => bytes[at] ^= 1 << rng.random_range(0..8),
        2 => {
            let end = (at + 4).min(bytes.len());
            bytes[at..end].fill(0xFF);
        }
        3 => bytes.truncate(at),
        4 => {
            let end = rng.random_range(at..bytes.len());
            let piece = bytes[at..end].to_vec();
            bytes.splice(at..at, piece);
        }
        5 if bytes.starts_with(b"\x89PNG\r\n\x1a\n") => {
            bytes[rng.random_range(16..29)] = rng.random();
            let crc = crc32(&bytes[12..29]);
            bytes[29..33].copy_from_slice(&crc.to_be_bytes());
        }
        _ => {
            bytes.remove(at);
        }
    }
}

#[test]
fn palettes_of_wrong_length_are_refused() {
    let palette = |length: usize| {
        let data = [0_u8; 16];
        let more =
            |encoder: &mut ::png::Encoder<'_, &mut Vec<u8>>| encoder.set_palette(vec![7; length]);
        png_of(
            (4, 4),
            ::png::ColorType::Indexed,
            ::png::BitDepth::Eight,
            &data,
            more,
        )
    };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("palette.png");
    for length in [0, 1, 2, 4, 5, 766, 769, 771, 1200] {
        std::fs::write(&path, palette(length)).unwrap();
        assert!(
            PictureFile::open(&path, &ReadParams::default()).is_err(),
            "{length}"
        );
    }
    for length in [3, 6, 768] {
        std::fs::write(&path, palette(length)).unwrap();
        assert!(
            PictureFile::open(&path, &ReadParams::default()).is_ok(),
            "{length}"
        );
    }
}
