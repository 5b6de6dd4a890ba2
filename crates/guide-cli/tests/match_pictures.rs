//! `guide match`: an object is found, drawn and listed; what cannot be found is said; what each mistake gives.
#![allow(clippy::unwrap_used)] // helpers of tests are not tests to clippy

mod common;

use std::fs;
use std::path::Path;

use common::{fails, file, guide, json, words};
use image::{GrayImage, Luma};
use serde_json::Value;

/// Where the object stands in the scene, which shows it as it is.
const AT: (u32, u32) = (60, 40);
const OBJECT: (u32, u32) = (200, 170);
const SCENE: (u32, u32) = (340, 280);

fn mixed(x: u32, y: u32) -> u32 {
    let value = (x.wrapping_mul(374_761_393)).wrapping_add(y.wrapping_mul(668_265_263));
    let value = (value ^ (value >> 13)).wrapping_mul(1_274_126_177);
    value ^ (value >> 16)
}

/// Squares of 11 and of 4 pixels.
fn shapes(x: u32, y: u32) -> u8 {
    (mixed(x / 11, y / 11) % 160 + mixed(x / 4 + 1000, y / 4) % 90) as u8
}

fn save(folder: &Path, name: &str, size: (u32, u32), value: impl Fn(u32, u32) -> u8) -> String {
    let path = folder.join(name);
    let picture = GrayImage::from_fn(size.0, size.1, |x, y| Luma([value(x, y)]));
    picture.save(&path).unwrap();
    path.to_str().unwrap().to_owned()
}

fn object(folder: &Path) -> String {
    save(folder, "object.png", OBJECT, shapes)
}

fn scene(folder: &Path) -> String {
    save(folder, "scene.png", SCENE, |x, y| {
        let (u, v) = (x.wrapping_sub(AT.0), y.wrapping_sub(AT.1));
        if u < OBJECT.0 && v < OBJECT.1 {
            shapes(u, v)
        } else {
            shapes(x + 7000, y)
        }
    })
}

fn count(row: &Value, name: &str) -> usize {
    row[name].as_u64().unwrap() as usize
}

/// The cells of a CSV file under this heading.
fn cells(path: &Path, heading: &str) -> Vec<Vec<String>> {
    let text = fs::read_to_string(path).unwrap();
    let mut lines = text.lines();
    assert_eq!(lines.next(), Some(heading));
    let cut = |line: &str| line.split(',').map(str::to_owned).collect();
    lines.map(cut).collect()
}

#[test]
fn the_object_is_found_drawn_and_listed_by_every_detector() {
    let folder = tempfile::tempdir().unwrap();
    let (a, b) = (object(folder.path()), scene(folder.path()));
    let path = |name: &str| folder.path().join(name);
    let (out, points, matches) = (path("out.png"), path("points.csv"), path("matches.csv"));
    for detector in ["sift", "surf", "orb"] {
        let line = format!(
            "match {a} {b} --detector {detector} --json --out {} --keypoints {} --matches {}",
            out.display(),
            points.display(),
            matches.display()
        );
        let row = json(&words(&line)).remove(0);
        let homography: Vec<f64> = serde_json::from_value(row["homography"].clone()).unwrap();
        for (x, y) in [(0.0, 0.0), (200.0, 0.0), (200.0, 170.0), (0.0, 170.0)] {
            let row = |row: usize| -> f64 {
                (0..3)
                    .map(|i| homography[3 * row + i] * [x, y, 1.0][i])
                    .sum()
            };
            let [u, v, w] = [row(0), row(1), row(2)];
            let (dx, dy) = (u / w - x - f64::from(AT.0), v / w - y - f64::from(AT.1));
            assert!(dx.hypot(dy) < 2.0, "{detector}: ({x}, {y}) {dx} {dy}");
        }
        assert_eq!((homography.len(), homography[8]), (9, 1.0));
        let (good, inliers) = (count(&row, "good"), count(&row, "inliers"));
        assert!(inliers >= 20 && inliers <= good, "{detector}: {row}");
        assert_eq!(row["found"], true, "{row}");
        assert!(inliers >= count(&row, "needed"));
        assert_eq!(row["reduced_by"], serde_json::json!([1, 1]));
        assert!(row["match_ms"].as_f64().unwrap() > 0.0);
        assert_eq!(row["extract_ms"].as_array().unwrap().len(), 2);

        let rows = cells(&points, "image,x,y,size,angle,response");
        for (side, name) in [&a, &b].into_iter().enumerate() {
            let of_picture = rows.iter().filter(|row| row[0] == *name).count();
            assert_eq!(Some(of_picture as u64), row["keypoints"][side].as_u64());
        }
        let rows = cells(&matches, "x1,y1,x2,y2,distance");
        assert_eq!(rows.len(), good, "{detector}");
        let right = rows.iter().filter(|row| {
            let at = |column: usize| row[column].parse::<f32>().unwrap();
            let (dx, dy) = (at(2) - at(0) - AT.0 as f32, at(3) - at(1) - AT.1 as f32);
            dx.hypot(dy) < 3.0
        });
        assert!(right.count() >= inliers * 9 / 10, "{detector}");

        let drawn = image::open(&out).unwrap().into_rgb8();
        assert_eq!(drawn.dimensions(), (OBJECT.0 + SCENE.0, SCENE.1));
        // The outline's upper edge, in the middle.
        let edge = drawn.get_pixel(OBJECT.0 + AT.0 + OBJECT.0 / 2, AT.1).0;
        assert!(edge[1] > 200 && edge[0] < 100, "{detector}: {edge:?}");
    }
}

#[test]
fn flags_and_settings_say_the_parameters_and_threads_change_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (a, b) = (object(folder.path()), scene(folder.path()));
    let run = |more: &str| {
        let mut row = json(&words(&format!("match {a} {b} --json {more}"))).remove(0);
        let fields = row.as_object_mut().unwrap();
        fields.retain(|name, _| !name.ends_with("_ms"));
        row
    };
    let plain = run("--detector sift --threads 1");
    assert_eq!(run("--detector sift --threads 2"), plain);
    assert_eq!(run("--detector sift --rounds 3"), plain);
    assert_eq!(run("--detector sift --ratio 0.75"), plain);
    assert_eq!(run("--detector sift --set ratio=0.75"), plain);
    let strict = run("--detector sift --ratio 0.3");
    assert!(count(&strict, "good") < count(&plain, "good"));
    let few = run("--detector sift --max-features 50");
    assert_eq!(few["keypoints"], serde_json::json!([50, 50]));
    let blobs = |more: &str| run(&format!("--detector surf {more}"))["keypoints"][0].as_u64();
    assert!(blobs("--set hessian_threshold=3000") < blobs(""));
}

#[test]
fn what_is_not_found_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let a = object(folder.path());
    let flat = save(folder.path(), "flat.png", (80, 60), |_, _| 90);
    let out = folder.path().join("out.png");
    let line = format!("match {a} {flat} --detector orb --out {}", out.display());
    let row = json(&words(&format!("{line} --json"))).remove(0);
    assert_eq!(
        (&row["homography"], &row["found"]),
        (&Value::Null, &false.into())
    );
    assert_eq!((count(&row, "good"), count(&row, "inliers")), (0, 0));
    assert_eq!(row["keypoints"][1].as_u64(), Some(0));
    assert!(out.exists(), "both pictures, without a match");
    let said = guide(&words(&line));
    let text = String::from_utf8(said.stdout).unwrap();
    assert!(text.contains("at least 4 matches, got 0"), "{text}");
}

#[test]
fn pictures_that_agree_in_few_places_are_not_taken_for_each_other() {
    let folder = tempfile::tempdir().unwrap();
    let a = object(folder.path());
    let other = save(folder.path(), "other.png", SCENE, |x, y| {
        shapes(x + 7000, y)
    });
    let out = folder.path().join("out.png");
    // Whatever looks nearest is believed, so that four agree.
    let line = format!(
        "match {a} {other} --detector orb --ratio 1 --max-features 40 --out {}",
        out.display()
    );
    let row = json(&words(&format!("{line} --json"))).remove(0);
    let inliers = count(&row, "inliers");
    assert!((4..10).contains(&inliers), "{row}");
    assert_eq!(row["homography"].as_array().unwrap().len(), 9);
    let drawn = image::open(&out).unwrap().into_rgb8();
    let outline = drawn.pixels().filter(|pixel| pixel.0 == [0, 255, 0]);
    // Lines of matches are of other colours.
    assert_eq!(outline.count(), 0);
    let said = String::from_utf8(guide(&words(&line)).stdout).unwrap();
    assert_eq!(row["found"], false);
    assert!(
        said.contains(&format!("not found: {inliers} places of")),
        "{said}"
    );
}

#[test]
fn mistakes_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let a = object(folder.path());
    let text = file(folder.path(), "text.png", "no picture");
    let sift = format!("match {a} {a} --detector sift");
    fails(
        &words(&format!("match {a} no/such.png --detector sift")),
        1,
        "no/such.png: ",
    );
    fails(
        &words(&format!("match {text} {a} --detector orb")),
        1,
        "text.png",
    );
    fails(
        &words(&format!("{sift} --matches no/such/m.csv")),
        1,
        "no/such/m.csv",
    );
    let usage = |line: &str, says: &str| fails(&words(line), 2, says);
    usage(&format!("match {a} {a}"), "--detector");
    usage(&format!("match {a} --detector sift"), "<B>");
    usage(
        &format!("match {a} {a} --detector brisk"),
        "sift, surf, orb",
    );
    usage(&format!("{sift} --max-features 0"), "--max-features");
    usage(&format!("{sift} --ratio 0"), "parameter `ratio` must be");
    usage(&format!("{sift} --out drawn.jpg"), "PNG");
    usage(
        &format!("{sift} --set hessian_threshold=1"),
        "no parameter `hessian_threshold`; known: ",
    );
    usage(
        &format!("{sift} --set threshold=-1"),
        "parameter `threshold`",
    );
}
