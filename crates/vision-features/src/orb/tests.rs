use std::f32::consts::TAU;

use guide_core::testing::{
    params_have_effect, refuses, refuses_not_finite, same_for_one_and_two_threads,
};
use guide_core::{Error, Params};
use proptest::prelude::*;
use serde_json::Value;

use super::*;
use crate::{MatchParams, match_features};

fn mixed(x: i64, y: i64) -> u32 {
    let v = (x * 374_761_393 + y * 668_265_263) as u32;
    let v = (v ^ (v >> 13)).wrapping_mul(1_274_126_177);
    v ^ (v >> 16)
}

/// Squares of 11 and of 4 pixels, everywhere on the plane.
fn brightness(x: f32, y: f32) -> u32 {
    let cell = |size: f32| ((x / size).floor() as i64, (y / size).floor() as i64);
    let ((a, b), (c, d)) = (cell(11.0), cell(4.0));
    mixed(a, b) % 160 + mixed(c + 1000, d) % 90
}

/// The picture of the golden script.
fn scene(width: usize, height: usize) -> GrayImage {
    GrayImage::from_fn(width, height, |x, y| brightness(x as f32, y as f32) as u8).unwrap()
}

fn extract(params: OrbParams, image: &GrayImage) -> Features<[u64; 4]> {
    Orb::new(params).unwrap().extract(image, None).unwrap()
}

fn golden() -> Value {
    serde_json::from_str(include_str!("../../tests/golden/opencv_orb.json")).unwrap()
}

/// OpenCV's features, by level, row and column.
fn by_place(features: Features<[u64; 4]>) -> Vec<(Keypoint, [u64; 4])> {
    let mut all: Vec<_> = features
        .keypoints
        .into_iter()
        .zip(features.descriptors)
        .collect();
    all.sort_by(|(a, _), (b, _)| {
        let place = |k: &Keypoint| (k.octave, k.y, k.x);
        place(a).partial_cmp(&place(b)).unwrap()
    });
    all
}

fn read(features: &Value) -> Features<[u64; 4]> {
    let mut all = Features {
        keypoints: Vec::new(),
        descriptors: Vec::new(),
    };
    for feature in features.as_array().unwrap() {
        let at = |i: usize| feature["keypoint"][i].as_f64().unwrap() as f32;
        all.keypoints.push(Keypoint {
            x: at(0),
            y: at(1),
            size: at(2),
            angle: at(3),
            response: at(4),
            octave: feature["level"].as_i64().unwrap() as i32,
            polarity: 0,
        });
        let hex = feature["descriptor"].as_str().unwrap();
        all.descriptors.push(std::array::from_fn(|word| {
            let bytes = std::array::from_fn(|byte| {
                let at = 16 * word + 2 * byte;
                u8::from_str_radix(&hex[at..at + 2], 16).unwrap()
            });
            u64::from_le_bytes(bytes)
        }));
    }
    all
}

fn agree(ours: Features<[u64; 4]>, theirs: &Value) {
    let (ours, theirs) = (by_place(ours), by_place(read(theirs)));
    assert_eq!(ours.len(), theirs.len());
    for ((a, bits), (b, other_bits)) in ours.iter().zip(&theirs) {
        assert_eq!(bits, other_bits, "{a:?} {b:?}");
        assert_eq!((a.x, a.y, a.size, a.octave), (b.x, b.y, b.size, b.octave));
        assert!((a.angle - b.angle).abs() < 1e-4, "{a:?} {b:?}");
        assert!((a.response / b.response - 1.0).abs() < 1e-6, "{a:?} {b:?}");
    }
}

#[test]
fn features_are_those_of_opencv() {
    let (image, golden) = (scene(150, 130), golden());
    assert_eq!(golden["opencv"], "5.0.0");
    let params = OrbParams::default();
    agree(
        extract(params.clone().max_features(60), &image),
        &golden["harris"],
    );
    let fast = params.clone().max_features(20).score(OrbScore::Fast);
    let fast = fast.scale_factor(1.5).n_levels(2).fast_threshold(40);
    agree(extract(fast, &image), &golden["fast"]);

    // Any value but 0 wants a pixel.
    let inside = |x, y| (30..90).contains(&x) && (40..100).contains(&y);
    let mask = GrayImage::from_fn(150, 130, |x, y| if inside(x, y) { 7 } else { 0 }).unwrap();
    let orb = Orb::new(params.max_features(20)).unwrap();
    agree(orb.extract(&image, Some(&mask)).unwrap(), &golden["masked"]);
}

#[test]
fn resizing_is_that_of_opencv() {
    let expected = golden();
    let expected = expected["resized_44x39"].as_array().unwrap().iter();
    let expected: Vec<u8> = expected.map(|v| v.as_u64().unwrap() as u8).collect();
    assert_eq!(
        levels::resize(&scene(53, 47), 44, 39).unwrap().pixels(),
        expected
    );
}

#[test]
fn strongest_come_first() {
    let features = extract(OrbParams::default(), &scene(200, 200));
    assert!(features.len() > 100);
    assert!(
        features
            .keypoints
            .is_sorted_by(|a, b| a.response >= b.response)
    );
    let orb = Orb::default();
    assert_eq!(
        orb.detect(&scene(200, 200), None).unwrap(),
        features.keypoints
    );
}

/// The score of a pixel of 100 where `n` points of the circle, from `first` on, are `value`.
fn score(first: usize, n: usize, value: u8, threshold: u8) -> u8 {
    let mut pixels = [[100u8; 40]; 7];
    for point in first..first + n {
        let (dx, dy) = plain::CIRCLE[point % 16];
        pixels[(3 + dy) as usize][(20 + dx) as usize] = value;
    }
    let rows = std::array::from_fn(|y| &pixels[y][..]);
    let mut scores = [0; 40];
    simd::fast_scores(&rows, threshold, 3, 37, &mut scores);
    scores[20]
}

#[test]
fn nine_in_a_row_make_a_corner() {
    for first in 0..16 {
        assert_eq!(score(first, 9, 150, 20), 49);
        assert_eq!(score(first, 16, 60, 20), 39);
        assert_eq!(score(first, 8, 150, 20), 0);
        // More than the threshold, not as much.
        assert_eq!(score(first, 9, 150, 50), 0);
        assert_eq!(score(first, 9, 150, 49), 49);
    }
}

#[test]
fn ties_are_kept() {
    let corner = |response| Corner {
        level: 0,
        x: 0,
        y: 0,
        response,
    };
    let kept = |n| {
        let mut corners = [3.0, 1.0, 2.0, 2.0].map(corner).to_vec();
        corners::retain_best(&mut corners, n);
        corners
            .iter()
            .map(|corner| corner.response)
            .collect::<Vec<_>>()
    };
    assert!(kept(0).is_empty());
    assert_eq!(kept(1), [3.0]);
    assert_eq!(kept(2), [3.0, 2.0, 2.0]);
    assert_eq!(kept(4), [3.0, 1.0, 2.0, 2.0]);
}

#[test]
fn shares_of_the_levels_sum_to_all() {
    // 500 (1 - f) / (1 - f^8) = 108.6 with f = 1 / 1.2, and so on by f.
    let quotas = |n| OrbParams::default().max_features(n).quotas();
    assert_eq!(quotas(500), [109, 90, 75, 63, 52, 44, 36, 31]);
    assert_eq!(quotas(1).iter().sum::<usize>(), 1);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn fast_and_plain_loops_are_the_same(
        width in 7usize..140,
        noise in proptest::collection::vec(any::<u8>(), 7 * 140),
        threshold: u8,
        weight in 0u16..=256,
        angle in 0f32..TAU,
    ) {
        // Half of the pictures have few values, so that arcs happen.
        let coarse = |v: u8| if threshold.is_multiple_of(2) { v } else { (v / 200) * 200 };
        let pixels: Vec<u8> = noise.into_iter().map(coarse).collect();
        let rows: [&[u8]; 7] = std::array::from_fn(|y| &pixels[140 * y..140 * y + width]);
        let (mut fast, mut slow) = (vec![0; width], vec![0; width]);
        simd::fast_scores(&rows, threshold / 4, 3, width - 3, &mut fast);
        plain::fast_scores(&rows, threshold / 4, 3, width - 3, &mut slow);
        prop_assert_eq!(&fast, &slow);

        let (mut fast, mut slow) = (vec![0; width], vec![0; width]);
        simd::mix_rows(rows[0], rows[1], weight, &mut fast);
        plain::mix_rows(rows[0], rows[1], weight, &mut slow);
        prop_assert_eq!(&fast, &slow);
        let taps: Vec<levels::Tap> = (0..width as u32 - 1).map(|from| levels::Tap { from, weight }).collect();
        let (mut small, mut small_slow) = (vec![0; taps.len()], vec![0; taps.len()]);
        simd::mix_columns(&fast, &taps, &mut small);
        plain::mix_columns(&slow, &taps, &mut small_slow);
        prop_assert_eq!(&small, &small_slow);

        let weights = [0.4, 0.2, 0.07, 0.03];
        let (mut fast, mut slow) = (vec![0.0; width - 6], vec![0.0; width - 6]);
        simd::blur_row(rows[0], &weights, &mut fast);
        plain::blur_row(rows[0], &weights, &mut slow);
        prop_assert_eq!(&fast, &slow);
        let (mut small, mut small_slow) = (vec![0; width - 6], vec![0; width - 6]);
        simd::blur_columns(&[&fast; 7], &weights, &mut small);
        plain::blur_columns(&[&slow; 7], &weights, &mut small_slow);
        prop_assert_eq!(&small, &small_slow);

        let (mut fast, mut slow) = ([0; 512], [0; 512]);
        simd::turned(&brief::POINTS, angle.cos(), angle.sin(), width as i32, &mut fast);
        plain::turned(&brief::POINTS, angle.cos(), angle.sin(), width as i32, &mut slow);
        prop_assert_eq!(fast, slow);
    }
}

/// A picture of the plane: a point `p` of it lies at `scale * turn(p - centre) + centre + shift`.
struct View {
    degrees: f32,
    scale: f32,
    shift: (f32, f32),
}

const SIDE: usize = 340;
const CENTRE: f32 = 170.0;

impl View {
    fn of(degrees: f32, scale: f32, shift: (f32, f32)) -> Self {
        Self {
            degrees,
            scale,
            shift,
        }
    }

    fn place(&self, x: f32, y: f32) -> (f32, f32) {
        let (sine, cosine) = self.degrees.to_radians().sin_cos();
        let (x, y) = (self.scale * (x - CENTRE), self.scale * (y - CENTRE));
        let (right, down) = (cosine * x - sine * y, sine * x + cosine * y);
        (right + CENTRE + self.shift.0, down + CENTRE + self.shift.1)
    }

    /// Each pixel is the mean of four points of the plane, then changed by `light`.
    fn picture(&self, light: impl Fn(usize, usize, f32) -> f32) -> GrayImage {
        let (sine, cosine) = self.degrees.to_radians().sin_cos();
        let point = |x: f32, y: f32| {
            let (x, y) = (x - CENTRE - self.shift.0, y - CENTRE - self.shift.1);
            let (right, down) = (cosine * x + sine * y, cosine * y - sine * x);
            // Squares of 22 and 8 pixels, which are still seen at half the size.
            let size = 2.0 * self.scale;
            brightness(right / size, down / size) as f32
        };
        GrayImage::from_fn(SIDE, SIDE, |x, y| {
            let part = |i: u32| (i % 2) as f32 / 2.0 - 0.25;
            let parts = (0..4).map(|i| point(x as f32 + part(i), y as f32 + part(i / 2)));
            light(x, y, parts.sum::<f32>() / 4.0) as u8
        })
        .unwrap()
    }
}

/// Which share of the matches is right within 2.5 pixels of the coarser level, and of the key points that are in both pictures, is matched so.
fn precision_and_recall(view: &View, light: impl Fn(usize, usize, f32) -> f32) -> (f32, f32) {
    let orb = Orb::new(OrbParams::default().max_features(1000)).unwrap();
    let plane = View::of(0.0, 1.0, (0.0, 0.0)).picture(|_, _, value| value);
    let from = orb.extract(&plane, None).unwrap();
    let to = orb.extract(&view.picture(light), None).unwrap();
    let params = MatchParams::default();
    let matches = match_features(&from.descriptors, &to.descriptors, &params).unwrap();
    let right = matches.iter().filter(|m| {
        let (a, b) = (
            from.keypoints[m.query as usize],
            to.keypoints[m.train as usize],
        );
        let (x, y) = view.place(a.x, a.y);
        (x - b.x).hypot(y - b.y) <= 2.5 * a.size.max(b.size) / PATCH
    });
    let right = right.count() as f32;
    let seen = from.keypoints.iter().filter(|k| {
        let (x, y) = view.place(k.x, k.y);
        let inside = 31.0..SIDE as f32 - 31.0;
        inside.contains(&x) && inside.contains(&y)
    });
    (right / matches.len() as f32, right / seen.count() as f32)
}

#[track_caller]
fn found_again(view: View, least: (f32, f32), light: impl Fn(usize, usize, f32) -> f32) {
    let (precision, recall) = precision_and_recall(&view, light);
    assert!(
        precision >= least.0 && recall >= least.1,
        "precision {precision}, recall {recall}"
    );
}

/// As bright as it is.
fn plain_light(_: usize, _: usize, value: f32) -> f32 {
    value
}

#[test]
fn turned_pictures_match() {
    found_again(View::of(90.0, 1.0, (0.0, 0.0)), (0.97, 0.7), plain_light);
    found_again(View::of(37.0, 1.0, (0.0, 0.0)), (0.95, 0.5), plain_light);
}

#[test]
fn larger_and_smaller_pictures_match() {
    found_again(View::of(0.0, 0.5, (0.0, 0.0)), (0.7, 0.05), plain_light);
    found_again(View::of(0.0, 0.8, (0.0, 0.0)), (0.95, 0.25), plain_light);
    found_again(View::of(0.0, 1.5, (0.0, 0.0)), (0.85, 0.2), plain_light);
    found_again(View::of(0.0, 2.0, (0.0, 0.0)), (0.65, 0.12), plain_light);
}

#[test]
fn shifted_pictures_match() {
    found_again(View::of(0.0, 1.0, (13.0, -7.0)), (0.97, 0.65), plain_light);
    found_again(View::of(0.0, 1.0, (4.4, 2.7)), (0.95, 0.5), plain_light);
}

#[test]
fn darker_and_noisy_pictures_match() {
    let still = || View::of(0.0, 1.0, (0.0, 0.0));
    found_again(still(), (0.97, 0.8), |_, _, value| 0.6 * value + 30.0);
    let noise = |x: usize, y: usize| (mixed(x as i64 + 77, y as i64) % 21) as f32 - 10.0;
    found_again(still(), (0.97, 0.65), |x, y, value| value + noise(x, y));
}

#[test]
fn pictures_without_corners_give_none() {
    let orb = Orb::default();
    for (width, height) in [(1, 1), (3, 200), (62, 62), (200, 62)] {
        let features = orb.extract(&scene(width, height), None).unwrap();
        assert!(features.is_empty(), "{width}x{height}");
    }
    let flat = GrayImage::new(300, 200, vec![90; 60_000]).unwrap();
    assert!(orb.extract(&flat, None).unwrap().is_empty());
    // Nothing is wanted.
    let none = GrayImage::new(200, 200, vec![0; 40_000]).unwrap();
    assert!(
        orb.extract(&scene(200, 200), Some(&none))
            .unwrap()
            .is_empty()
    );
}

#[test]
fn a_mask_of_another_size_is_refused() {
    let (image, mask) = (scene(80, 90), scene(90, 80));
    let orb = Orb::default();
    assert!(matches!(
        orb.detect(&image, Some(&mask)),
        Err(Error::Shape { .. })
    ));
    assert!(matches!(
        orb.extract(&image, Some(&mask)),
        Err(Error::Shape { .. })
    ));
}

#[test]
fn each_parameter_has_its_effect() {
    let image = scene(400, 380);
    let params = OrbParams::default().max_features(100);
    let changes = [
        ("max_features", "200"),
        ("scale_factor", "1.5"),
        ("n_levels", "2"),
        ("edge_threshold", "21"),
        ("fast_threshold", "110"),
        ("score", "fast"),
        ("spread", "true"),
    ];
    params_have_effect(&params, &changes, |params| extract(params.clone(), &image));

    let plain = extract(params.clone(), &image);
    let features = |params: OrbParams| extract(params, &image);
    assert!((100..110).contains(&plain.len()));
    assert!((200..210).contains(&features(params.clone().max_features(200)).len()));
    // No number is too large.
    let all = features(params.clone().max_features(usize::MAX));
    assert!(all.len() > 1000);
    let most = |features: &Features<[u64; 4]>| features.keypoints.iter().map(|k| k.octave).max();
    assert_eq!(most(&plain), Some(7));
    assert_eq!(most(&features(params.clone().n_levels(2))), Some(1));
    let wide = features(params.clone().scale_factor(1.5));
    assert!(
        wide.keypoints
            .iter()
            .any(|k| k.octave == 1 && k.size == 46.5)
    );
    let nearest_edge = |features: &Features<[u64; 4]>| {
        let first = features.keypoints.iter().filter(|k| k.octave == 0);
        first.map(|k| k.x.min(k.y)).fold(f32::MAX, f32::min)
    };
    let narrow = features(params.clone().edge_threshold(21));
    assert!(nearest_edge(&plain) >= 31.0);
    assert!((21.0..31.0).contains(&nearest_edge(&narrow)));
    let strict = features(params.clone().fast_threshold(110));
    assert!(strict.len() < 100);
    let fast = features(params.score(OrbScore::Fast));
    assert!(fast.keypoints.iter().all(|k| k.response >= 20.0));
}

#[test]
fn spread_key_points_cover_more() {
    // Contrast falls to the right.
    let image = GrayImage::from_fn(400, 380, |x, y| {
        let contrast = 1.0 - x as f32 / 500.0;
        (contrast * brightness(x as f32, y as f32) as f32) as u8
    });
    let image = image.unwrap();
    let params = OrbParams::default().max_features(80);
    let squares = |params: OrbParams| {
        let features = extract(params, &image);
        assert!((80..90).contains(&features.len()));
        let mut squares: Vec<_> = features
            .keypoints
            .iter()
            .map(|k| ((k.x / 20.0) as u32, (k.y / 20.0) as u32))
            .collect();
        squares.sort_unstable();
        squares.dedup();
        squares.len()
    };
    let (crowded, spread) = (squares(params.clone()), squares(params.spread(true)));
    assert!(spread as f32 >= 1.25 * crowded as f32, "{crowded} {spread}");
}

#[test]
fn bad_parameters_are_refused_by_name() {
    let params = OrbParams::default();
    assert!(params.validate().is_ok());
    refuses(
        &params,
        &[
            ("max_features", "0"),
            ("scale_factor", "1"),
            ("scale_factor", "2.5"),
            ("n_levels", "0"),
            ("n_levels", "33"),
            ("edge_threshold", "20"),
            ("edge_threshold", "300000000"),
        ],
    );
    refuses_not_finite(&params, &["scale_factor"]);
    assert!(Orb::new(params.n_levels(0)).is_err());
}

#[test]
fn threads_do_not_matter() {
    let image = scene(240, 220);
    same_for_one_and_two_threads(|| extract(OrbParams::default(), &image));
    same_for_one_and_two_threads(|| extract(OrbParams::default().spread(true), &image));
}
