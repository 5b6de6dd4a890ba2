//! Colours of picture files: every way to store a picture gives RGB. What is refused is tested with grey pictures in
//! `vision-features`.

use std::io::Cursor;

use image::codecs::{jpeg::JpegEncoder, png::PngEncoder};
use image::{ExtendedColorType, ImageEncoder, ImageFormat};

use super::*;

fn rgb(bytes: &[u8]) -> Result<DecodedPicture> {
    DecodedPicture::decode(bytes, Colors::Rgb, &ReadParams::default())
}

fn png_of(picture: &DynamicImage) -> Vec<u8> {
    let mut bytes = Vec::new();
    picture
        .write_to(&mut Cursor::new(&mut bytes), ImageFormat::Png)
        .unwrap();
    bytes
}

#[test]
fn every_kind_of_png_gives_its_colours() {
    let picture = image::RgbImage::from_fn(5, 3, |x, y| {
        image::Rgb([50 * x as u8, 100 * y as u8, 7 * (x + y) as u8])
    });
    let picture = DynamicImage::ImageRgb8(picture);
    let colored = [
        picture.clone(),
        DynamicImage::ImageRgba8(picture.to_rgba8()),
        DynamicImage::ImageRgb16(picture.to_rgb16()),
        DynamicImage::ImageRgba16(picture.to_rgba16()),
    ];
    for (number, kind) in colored.iter().enumerate() {
        let decoded = rgb(&png_of(kind)).unwrap();
        assert_eq!((decoded.width, decoded.height), (5, 3), "kind {number}");
        assert_eq!(decoded.pixels, picture.as_bytes(), "kind {number}");
        assert_eq!(decoded.mask, None);
    }
    let gray = DynamicImage::ImageLuma8(picture.to_luma8());
    let thrice: Vec<u8> = gray.as_bytes().iter().flat_map(|&v| [v; 3]).collect();
    for kind in [
        gray.clone(),
        DynamicImage::ImageLumaA8(gray.to_luma_alpha8()),
        DynamicImage::ImageLuma16(gray.to_luma16()),
    ] {
        assert_eq!(rgb(&png_of(&kind)).unwrap().pixels, thrice);
    }
}

#[test]
fn the_orientation_turns_colours() {
    // EXIF with one entry: orientation 6, a quarter clockwise.
    let exif = *b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0";
    let mut bytes = Vec::new();
    let mut encoder = PngEncoder::new(&mut bytes);
    encoder.set_exif_metadata(exif.to_vec()).unwrap();
    let row = [[1, 2, 3], [4, 5, 6]];
    encoder
        .write_image(row.as_flattened(), 2, 1, ExtendedColorType::Rgb8)
        .unwrap();
    let decoded = rgb(&bytes).unwrap();
    assert_eq!((decoded.width, decoded.height), (1, 2));
    assert_eq!(decoded.pixels, row.as_flattened());
}

#[test]
fn a_jpeg_of_grey_or_colours_gives_either() {
    let encoded = |value: &[u8], kind| {
        let pixels = value.repeat(256);
        let mut bytes = Vec::new();
        JpegEncoder::new_with_quality(&mut bytes, 100)
            .write_image(&pixels, 16, 16, kind)
            .unwrap();
        bytes
    };
    let near = |decoded: &DecodedPicture, value: &[u8]| {
        assert_eq!(decoded.pixels.len(), 256 * value.len());
        for pixel in decoded.pixels.chunks(value.len()) {
            let far = |(a, b): (&u8, &u8)| a.abs_diff(*b) > 2;
            assert!(!pixel.iter().zip(value).any(far), "{pixel:?} for {value:?}");
        }
    };
    let red = encoded(&[200, 20, 60], ExtendedColorType::Rgb8);
    near(&rgb(&red).unwrap(), &[200, 20, 60]);
    let params = ReadParams::default();
    let as_gray = DecodedPicture::decode(&red, Colors::Gray, &params).unwrap();
    near(&as_gray, &[luma([200, 20, 60])]);
    let gray = encoded(&[90], ExtendedColorType::L8);
    near(&rgb(&gray).unwrap(), &[90, 90, 90]);
}

/// A JPEG of 8 x 8 pixels of one colour in CMYK, inverted as Adobe writes it: cyan 0, magenta 255, yellow 255, black 55.
/// Each component is one block that holds only its mean, with a step of 8: 127, -128, -128, 72.
fn cmyk_red() -> Vec<u8> {
    let components = [1, 2, 3, 4].map(|id| [id, 0x11, 0]);
    let scanned = [1, 2, 3, 4].map(|id| [id, 0]);
    let mut bytes = vec![0xFF, 0xD8];
    let mut segment = |marker: u8, parts: &[&[u8]]| {
        let data = parts.concat();
        bytes.extend([0xFF, marker, 0, data.len() as u8 + 2]);
        bytes.extend(data);
    };
    segment(0xEE, &[b"Adobe\0\x64\0\0\0\0\0"]);
    segment(0xDB, &[&[0], &[8; 64]]);
    segment(0xC0, &[&[8, 0, 8, 0, 8, 4], components.as_flattened()]);
    // Means of 7 bits have the code 00, of 8 bits 01; the end of a block has the code 0.
    segment(0xC4, &[&[0, 0, 2], &[0; 14], &[7, 8]]);
    segment(0xC4, &[&[0x10, 1], &[0; 15], &[0]]);
    segment(0xDA, &[&[4], scanned.as_flattened(), &[0, 63, 0]]);
    bytes.extend(*b"?\x97\xf2\xfe$?\xff\xd9");
    bytes
}

#[test]
fn cmyk_becomes_rgb() {
    let decoded = rgb(&cmyk_red()).unwrap();
    assert_eq!((decoded.width, decoded.height), (8, 8));
    // Red is (255 - cyan) (255 - black) / 255 = 200.
    for pixel in decoded.pixels.as_chunks::<3>().0 {
        let far = |(a, b): (&u8, u8)| a.abs_diff(b) > 3;
        assert!(!pixel.iter().zip([200, 0, 0]).any(far), "{pixel:?}");
    }
}
