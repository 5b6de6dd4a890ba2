//! `guide match` on picture files as people have them: transparent, too large, too small, too dark, of another format, and
//! outputs that are inputs.
#![allow(clippy::unwrap_used)] // helpers of tests are not tests to clippy

mod common;

use std::fs;
use std::path::Path;

use common::{fails, file, guide, json};
use image::{DynamicImage, GrayAlphaImage, GrayImage, ImageBuffer, Luma, LumaA, Rgba, RgbaImage};
use serde_json::{Value, json};

fn mixed(x: u32, y: u32) -> u32 {
    let value = (x.wrapping_mul(374_761_393)).wrapping_add(y.wrapping_mul(668_265_263));
    let value = (value ^ (value >> 13)).wrapping_mul(1_274_126_177);
    value ^ (value >> 16)
}

/// Squares of 11 and of 4 pixels.
fn texture(x: u32, y: u32) -> u8 {
    (mixed(x / 11, y / 11) % 160 + mixed(x / 4 + 1000, y / 4) % 90) as u8
}

/// Whether a logo of rectangles has ink here.
fn ink(x: u32, y: u32) -> bool {
    let (column, row) = (x / 40, y / 40);
    let inside = !mixed(column, row).is_multiple_of(3);
    let (width, height) = (8 + mixed(row, column) % 20, 8 + mixed(column + 9, row) % 20);
    inside && (6..6 + width).contains(&(x % 40)) && (6..6 + height).contains(&(y % 40))
}

fn saved(folder: &Path, name: &str, picture: impl Into<DynamicImage>) -> String {
    let path = folder.join(name);
    picture.into().save(&path).unwrap();
    path.to_str().unwrap().to_owned()
}

fn textured(folder: &Path, name: &str, (width, height): (u32, u32)) -> String {
    let picture = GrayImage::from_fn(width, height, |x, y| Luma([texture(x, y)]));
    saved(folder, name, picture)
}

/// The one row that `guide match A B` prints with `--json`.
fn matched(a: &str, b: &str, more: &[&str]) -> Value {
    json(&[&["match", a, b, "--json"], more].concat()).remove(0)
}

fn stderr(a: &str, b: &str, more: &[&str]) -> String {
    String::from_utf8(guide(&[&["match", a, b], more].concat()).stderr).unwrap()
}

#[test]
fn a_logo_on_transparent_ground_matches_its_twin_on_paper() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    // Black ink whose transparent ground holds black, too.
    let alpha = |x, y| if ink(x, y) { 255 } else { 0 };
    let rgba = RgbaImage::from_fn(300, 220, |x, y| Rgba([0, 0, 0, alpha(x, y)]));
    let la = GrayAlphaImage::from_fn(300, 220, |x, y| LumaA([0, alpha(x, y)]));
    let paper = GrayImage::from_fn(300, 220, |x, y| Luma([255 - alpha(x, y)]));
    let (rgba, la) = (saved(folder, "rgba.png", rgba), saved(folder, "la.png", la));
    let paper = saved(folder, "paper.png", paper);
    for (logo, detector) in [(&rgba, "sift"), (&la, "orb"), (&rgba, "surf")] {
        let row = matched(logo, &paper, &["--detector", detector]);
        assert_eq!(row["found"], true, "{detector}: {row}");
        let [ours, twin] = [0, 1].map(|side| row["keypoints"][side].as_u64().unwrap());
        assert!(ours > 20 && ours * 10 >= twin * 9, "{detector}: {row}");
    }
    let said = stderr(&rgba, &paper, &["--detector", "orb"]);
    assert!(
        said.contains("rgba.png: transparent parts") && said.contains("ffffff"),
        "{said}"
    );
    // Black ink on black: nothing is left, and the reason is told.
    for ground in ["black", "000000", "#000000"] {
        let row = matched(&rgba, &paper, &["--detector", "sift", "--ground", ground]);
        assert_eq!(row["keypoints"][0], 0);
        assert!(
            row["no_keypoints"][0]
                .as_str()
                .unwrap()
                .contains("brightness 0"),
            "{row}"
        );
    }
    for ground in ["pink", "12345", "+12345", "1234567"] {
        fails(
            &[
                "match",
                &rgba,
                &paper,
                "--detector",
                "orb",
                "--ground",
                ground,
            ],
            2,
            "RRGGBB",
        );
    }
}

#[test]
fn key_points_lie_where_the_picture_is_to_be_seen() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    // A disc of radius 50 is cut out; the colours outside are still in the file.
    let cutout = RgbaImage::from_fn(320, 240, |x, y| {
        let (dx, dy) = (f64::from(x) - 160.0, f64::from(y) - 120.0);
        let value = texture(x, y);
        Rgba([
            value,
            value,
            value,
            if dx.hypot(dy) < 50.0 { 255 } else { 0 },
        ])
    });
    let cutout = saved(path, "cutout.png", cutout);
    let whole = textured(path, "whole.png", (320, 240));
    let points = path.join("points.csv");
    for (detector, room) in [("sift", 6.0), ("orb", 6.0), ("surf", 10.0)] {
        let more = [
            "--detector",
            detector,
            "--keypoints",
            points.to_str().unwrap(),
        ];
        let row = matched(&cutout, &whole, &more);
        assert_eq!(row["found"], true, "{detector}: {row}");
        let text = fs::read_to_string(&points).unwrap();
        let mut n = 0;
        for line in text.lines().filter(|line| line.starts_with(&cutout)) {
            let cells: Vec<f64> = line
                .split(',')
                .skip(1)
                .map(|c| c.parse().unwrap())
                .collect();
            let far = (cells[0] - 160.0).hypot(cells[1] - 120.0);
            assert!(far <= 50.0 + room, "{detector}: {line}");
            n += 1;
        }
        assert!(n > 10, "{detector}: {n} key points");
    }
    let nothing = RgbaImage::from_fn(100, 100, |x, y| Rgba([texture(x, y), 0, 0, 0]));
    let nothing = saved(path, "nothing.png", nothing);
    let row = matched(&nothing, &whole, &["--detector", "orb"]);
    assert_eq!(row["no_keypoints"][0], "all of it is transparent");
}

#[test]
fn too_large_pictures_are_refused_with_file_pixels_and_remedy() {
    let folder = tempfile::tempdir().unwrap();
    let a = textured(folder.path(), "a.png", (100, 100));
    // Only the header of a PNG: 100,000 x 100,000 pixels, with its checksum.
    let mut huge = fs::read(&a).unwrap();
    huge[16..24].copy_from_slice(&[0, 1, 0x86, 0xA0, 0, 1, 0x86, 0xA0]);
    let crc = huge[12..29].iter().fold(!0_u32, |crc, &byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| {
            (crc >> 1) ^ (0xEDB8_8320 * (crc & 1))
        })
    });
    huge[29..33].copy_from_slice(&(!crc).to_be_bytes());
    let path = folder.path().join("huge.png");
    fs::write(&path, huge).unwrap();
    let path = path.to_str().unwrap();
    for set in ["max_bytes=4294967296", "max_bytes=90000000000"] {
        let line = ["match", &a, path, "--detector", "sift", "--set", set];
        fails(
            &line,
            1,
            "a picture of 100000x100000 pixels; at most 268435456 are read",
        );
        let error = String::from_utf8(guide(&line).stderr).unwrap();
        assert!(
            error.contains("huge.png") && !error.contains("max_bytes"),
            "{error}"
        );
    }
}

#[test]
fn pictures_above_the_limit_are_reduced_and_it_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    // Coarse enough to be seen in the reduced picture.
    let scene = GrayImage::from_fn(900, 700, |x, y| Luma([texture(x / 3, y / 3)]));
    let scene = saved(folder, "scene.jpg", scene);
    let part = GrayImage::from_fn(400, 300, |x, y| {
        Luma([texture((x + 240) / 3, (y + 150) / 3)])
    });
    let part = saved(folder, "part.png", part);
    let plain = ["--detector", "sift"];
    assert_eq!(matched(&part, &scene, &plain)["reduced_by"], json!([1, 1]));
    for limit in [["--max-pixels", "200000"], ["--set", "max_bytes=25600000"]] {
        let more = [&plain[..], &limit].concat();
        let row = matched(&part, &scene, &more);
        assert_eq!(row["reduced_by"], json!([1, 2]), "{row}");
        assert_eq!(row["found"], true);
        // The part begins at (240, 150) of the original scene.
        let h: Vec<f64> = serde_json::from_value(row["homography"].clone()).unwrap();
        assert!(
            (h[2] - 240.0).abs() < 2.0 && (h[5] - 150.0).abs() < 2.0,
            "{row}"
        );
        assert!((h[0] - 1.0).abs() < 0.02);
        let said = stderr(&part, &scene, &more);
        assert!(
            said.contains("scene.jpg: 900x700 pixels are reduced by 2 to 450x350"),
            "{said}"
        );
        assert!(said.contains("--max-pixels"), "{said}");
    }
    fails(
        &[
            "match",
            &part,
            &scene,
            "--detector",
            "orb",
            "--max-pixels",
            "0",
        ],
        2,
        "--max-pixels",
    );
}

#[test]
fn no_key_points_come_with_a_reason() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let whole = textured(folder, "whole.png", (320, 240));
    let small = textured(folder, "t60.png", (60, 60));
    let dark = ImageBuffer::from_fn(320, 240, |x, y| Luma([u16::from(texture(x, y)) * 16]));
    let dark = saved(folder, "dark.png", DynamicImage::ImageLuma16(dark));
    let flat = saved(folder, "flat.png", GrayImage::from_pixel(90, 90, Luma([7])));
    let reasons = [
        (
            &small,
            "orb",
            "within 31 pixels of the border, so both sides must be more than 62",
        ),
        (&dark, "orb", "darker than 16 of 255"),
        (&flat, "sift", "all of it has the brightness 7"),
    ];
    for (path, detector, reason) in reasons {
        let row = matched(path, &whole, &["--detector", detector]);
        assert_eq!(row["keypoints"][0], 0, "{row}");
        assert_eq!(row["no_keypoints"][1], Value::Null);
        assert!(
            row["no_keypoints"][0].as_str().unwrap().contains(reason),
            "{row}"
        );
        let why = row["why"].to_string();
        assert!(why.contains(&format!("{path}: no key points")), "{why}");
        let output = guide(&["match", path, &whole, "--detector", detector]);
        let said = String::from_utf8(output.stdout).unwrap();
        assert!(said.contains(reason) && said.contains(path), "{said}");
    }
}

#[test]
fn sixteen_bits_are_read_as_eight() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let eight = textured(folder, "8.png", (200, 150));
    let wide = ImageBuffer::from_fn(200, 150, |x, y| Luma([u16::from(texture(x, y)) * 257]));
    let sixteen = saved(folder, "16.png", DynamicImage::ImageLuma16(wide));
    let without_times = |a: &str| {
        let mut row = matched(a, &eight, &["--detector", "sift"]);
        let fields = row.as_object_mut().unwrap();
        fields.retain(|name, _| !name.ends_with("_ms"));
        row
    };
    assert_eq!(without_times(&sixteen), without_times(&eight));
}

#[test]
fn an_output_is_never_an_input_nor_another_output() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let a = textured(folder, "a.png", (100, 100));
    let b = textured(folder, "b.png", (120, 100));
    let before = fs::read(&a).unwrap();
    let at = |name: &str| folder.join(name).to_str().unwrap().to_owned();
    fs::create_dir(at("sub")).unwrap();
    let mut same = vec![a.clone(), at("./a.png"), at("sub/../a.png"), b.clone()];
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(&a, at("link.png")).unwrap();
        std::os::unix::fs::symlink(at("sub"), at("other")).unwrap();
        fs::hard_link(&a, at("sub/hard.png")).unwrap();
        same.extend([at("link.png"), at("sub/hard.png"), at("other/hard.png")]);
    }
    for output in &same {
        for flag in ["--out", "--keypoints", "--matches"] {
            let line = ["match", &a, &b, "--detector", "orb", flag, output];
            fails(&line, 2, "which it would overwrite");
        }
    }
    // Two outputs, which do not exist yet.
    for (first, second) in [("k.csv", "k.csv"), ("k.csv", "sub/../k.csv")] {
        let (first, second) = (at(first), at(second));
        let line = [
            "match",
            &a,
            &b,
            "--detector",
            "orb",
            "--keypoints",
            &first,
            "--matches",
            &second,
        ];
        fails(&line, 2, "--matches");
    }
    assert_eq!(fs::read(&a).unwrap(), before);
    assert!(!Path::new(&at("k.csv")).exists());
    // The same name in another folder is another file.
    matched(&a, &b, &["--detector", "orb", "--out", &at("sub/a.png")]);
    assert_eq!(fs::read(&a).unwrap(), before);
}

#[test]
fn other_formats_are_named_whatever_the_ending() {
    let folder = tempfile::tempdir().unwrap();
    let a = textured(folder.path(), "a.png", (100, 100));
    let bytes: [(&str, &[u8], &str); 5] = [
        ("heic.jpg", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "HEIC"),
        ("webp.jpg", b"RIFF\x24\0\0\0WEBPVP8 \0\0\0\0", "WebP"),
        ("gif.png", b"GIF89a\x01\0\x01\0\0\0\0", "GIF"),
        ("tiff.png", b"II*\0\x08\0\0\0\0\0", "TIFF"),
        ("zero.png", b"", "empty"),
    ];
    for (name, bytes, format) in bytes {
        let path = folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        let path = path.to_str().unwrap();
        let line = ["match", &a, path, "--detector", "sift", "--json"];
        fails(&line, 1, format);
        fails(&line, 1, name);
    }
    let page = file(
        folder.path(),
        "html.jpg",
        "<html><body>Not found</body></html>",
    );
    fails(&["match", &a, &page, "--detector", "sift"], 1, "HTML");
    let here = folder.path().to_str().unwrap();
    fails(&["match", &a, here, "--detector", "sift"], 1, "a folder");
    // A PNG with the ending of a JPEG is read.
    let png = folder.path().join("png.jpg");
    fs::copy(&a, &png).unwrap();
    let row = matched(&a, png.to_str().unwrap(), &["--detector", "sift"]);
    assert_eq!(row["found"], true, "{row}");
}
