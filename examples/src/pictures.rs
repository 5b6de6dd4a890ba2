//! What the examples of local features share: an object, a scene that shows it, and a row of a table for each method.

use std::time::Instant;

use guide_core::Result;
use vision_features::{
    Descriptor, FeatureExtractor, GrayImage, Homography, HomographyFit, MatchParams, RansacParams,
    find_homography, match_features, matched_points,
};

/// A picture of an object, and one that shows it among other things.
pub struct Pair {
    /// The object.
    pub object: GrayImage,
    /// The scene.
    pub scene: GrayImage,
    /// From the object to the scene, where that is known.
    pub truth: Option<Homography>,
}

/// The two pictures that the first arguments name, or else a generated object, 1.3 times as large in the scene, turned by 20
/// degrees, seen from aside, in another light and with noise.
///
/// # Errors
/// What reading gives.
pub fn pictures() -> anyhow::Result<Pair> {
    if let Some(path) = crate::path() {
        let other = std::env::args().nth(2);
        let other = other.ok_or_else(|| anyhow::anyhow!("give two pictures: object and scene"))?;
        return Ok(Pair {
            object: GrayImage::open(path)?,
            scene: GrayImage::open(other)?,
            truth: None,
        });
    }
    let (sin, cos) = 20_f64.to_radians().sin_cos();
    let truth = Homography::new([
        [1.3 * cos, -1.3 * sin, 150.0],
        [1.3 * sin, 1.3 * cos, 60.0],
        [0.0004, 0.0002, 1.0],
    ])?;
    let (width, height) = (200, 160);
    let object = GrayImage::from_fn(width, height, |x, y| {
        smooth(x, y, |x, y| shapes(x, y, 0)) as u8
    })?;
    let back = truth.inverse();
    let is_inside = |&(x, y): &(f64, f64)| {
        x >= -0.5 && y >= -0.5 && x < width as f64 - 0.5 && y < height as f64 - 0.5
    };
    let scene = GrayImage::from_fn(420, 340, |x, y| {
        let value = smooth(x, y, |x, y| {
            let on_object = back.and_then(|back| back.apply(x, y)).filter(is_inside);
            on_object.map_or_else(|| shapes(x, y, 5000), |(x, y)| shapes(x, y, 0))
        });
        let noise = f64::from(mixed(x as i64, y as i64) % 9) - 4.0;
        (0.8 * value + 20.0 + noise) as u8
    })?;
    Ok(Pair {
        object,
        scene,
        truth: Some(truth),
    })
}

/// The mean of nine values within a pixel.
fn smooth(x: usize, y: usize, value: impl Fn(f64, f64) -> f64) -> f64 {
    let at = |index: usize| {
        let (dx, dy) = ((index % 3) as f64 - 1.0, (index / 3) as f64 - 1.0);
        value(x as f64 + dx / 3.0, y as f64 + dy / 3.0)
    };
    (0..9).map(at).sum::<f64>() / 9.0
}

/// Squares of 13 and of 5 pixels, everywhere on a plane; another plane for each `number`.
fn shapes(x: f64, y: f64, number: i64) -> f64 {
    let square = |side: f64| {
        (
            (x / side).floor() as i64 + number,
            (y / side).floor() as i64,
        )
    };
    let ((a, b), (c, d)) = (square(13.0), square(5.0));
    f64::from(mixed(a, b) % 150 + mixed(c + 1000, d) % 100)
}

fn mixed(x: i64, y: i64) -> u32 {
    let value = (x * 374_761_393 + y * 668_265_263) as u32;
    let value = (value ^ (value >> 13)).wrapping_mul(1_274_126_177);
    value ^ (value >> 16)
}

/// How well a method finds the object.
pub struct Found {
    /// Matches that lie within 3 pixels of where the object is, where that is known.
    pub correct: usize,
    /// Mean distance in pixels of the object's corners from where they are; infinite where it was not found.
    pub corner_error: f64,
}

/// Prints what `method` finds, under [`print_heading`].
///
/// # Errors
/// What extraction and matching give.
pub fn print_found<E: FeatureExtractor<Descriptor: Descriptor>>(
    name: &str,
    method: &E,
    pair: &Pair,
) -> Result<Found> {
    let start = Instant::now();
    let object = method.extract(&pair.object, None)?;
    let scene = method.extract(&pair.scene, None)?;
    let milliseconds = 1e3 * start.elapsed().as_secs_f64();
    let params = MatchParams::default();
    let matches = match_features(&object.descriptors, &scene.descriptors, &params)?;
    let (from, to) = matched_points(&object.keypoints, &scene.keypoints, &matches)?;
    let fit = find_homography(&from, &to, &RansacParams::default()).ok();
    let far = |[x, y]: [f64; 2], to: [f64; 2]| {
        let truth = pair.truth.and_then(|truth| truth.apply(x, y));
        truth.map_or(f64::INFINITY, |(x, y)| (x - to[0]).hypot(y - to[1]))
    };
    let (w, h) = (pair.object.width() as f64, pair.object.height() as f64);
    let corners = [[0.0, 0.0], [w, 0.0], [w, h], [0.0, h]];
    let corner_error = corners.iter().map(|&[x, y]| {
        let found = fit.as_ref().and_then(|fit| fit.homography.apply(x, y));
        found.map_or(f64::INFINITY, |(u, v)| far([x, y], [u, v]))
    });
    let found = Found {
        correct: from
            .iter()
            .zip(&to)
            .filter(|&(&a, &b)| far(a, b) <= 3.0)
            .count(),
        corner_error: corner_error.sum::<f64>() / 4.0,
    };
    println!(
        "{name:<18} {:>5} {:>6} {:>8} {:>8} {:>8} {:>9.2} {milliseconds:>8.1}",
        object.len(),
        scene.len(),
        matches.len(),
        found.correct,
        fit.as_ref().map_or(0, HomographyFit::n_inliers),
        found.corner_error,
    );
    Ok(found)
}

/// The heading of the rows.
pub fn print_heading() {
    println!(
        "{:<18} {:>12} {:>8} {:>8} {:>8} {:>9} {:>8}",
        "", "key points", "matches", "correct", "inliers", "error, px", "ms"
    );
}
