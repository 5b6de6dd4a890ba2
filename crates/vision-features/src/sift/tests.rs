//! Key points and descriptors that follow what they lie on, equal OpenCV's, and do without where there is nothing.

use guide_core::{Error, seeded, testing};
use rand::RngExt;
use serde_json::Value;

use super::*;

/// A soft spot: where, how wide, how bright.
type Spot = ([f32; 2], f32, f32);

/// `p -> scale R(angle) (p - centre) + centre + shift`, around the centre of the picture.
#[derive(Clone, Copy, Debug)]
struct Move {
    degrees: f32,
    scale: f32,
    shift: [f32; 2],
}

const STILL: Move = Move {
    degrees: 0.0,
    scale: 1.0,
    shift: [0.0, 0.0],
};

const SIDE: usize = 200;
const CENTRE: f32 = (SIDE as f32 - 1.0) / 2.0;

impl Move {
    fn there(&self, x: f32, y: f32) -> [f32; 2] {
        let (sin, cos) = self.degrees.to_radians().sin_cos();
        let (x, y) = (x - CENTRE, y - CENTRE);
        [
            self.scale * (cos * x - sin * y) + CENTRE + self.shift[0],
            self.scale * (sin * x + cos * y) + CENTRE + self.shift[1],
        ]
    }
}

/// A picture of spots, as it looks after `by`, under a light that makes `value` to `gain value + offset`, with noise.
fn picture(by: Move, gain: f32, offset: f32, noise: f32) -> GrayImage {
    let mut rng = seeded(3);
    let mut draw = |low: f32, high: f32| rng.random_range(low..high);
    let spots: Vec<Spot> = (0..500)
        .map(|_| {
            let reach = 0.8 * SIDE as f32;
            let at = [CENTRE + draw(-reach, reach), CENTRE + draw(-reach, reach)];
            (at, draw(1.5, 4.5), draw(-150.0, 150.0))
        })
        .collect();
    let mut values = vec![0.0_f32; SIDE * SIDE];
    for ([x, y], width, height) in spots {
        let [x, y] = by.there(x, y);
        let width = width * by.scale;
        for (index, value) in values.iter_mut().enumerate() {
            let (dx, dy) = ((index % SIDE) as f32 - x, (index / SIDE) as f32 - y);
            let far = (dx * dx + dy * dy) / (width * width);
            if far < 16.0 {
                *value += height * (-0.5 * far).exp();
            }
        }
    }
    let mut rng = seeded(4);
    GrayImage::from_fn(SIDE, SIDE, |x, y| {
        let value = gain * (values[y * SIDE + x] + 128.0).clamp(0.0, 255.0) + offset;
        (value + rng.random_range(-1.0..1.0_f32) * noise).round() as u8
    })
    .unwrap()
}

fn far(a: &[u8; 128], b: &[u8; 128]) -> i32 {
    a.iter()
        .zip(b)
        .map(|(a, b)| (i32::from(*a) - i32::from(*b)).pow(2))
        .sum()
}

/// Of the key points of `a` that `by` leaves well inside the picture: the share of the matches that pass the ratio test to
/// `b` that are within 2 pixels of where `by` puts them, and the share of all that have such a match.
fn precision_and_recall(a: &Features<[u8; 128]>, b: &Features<[u8; 128]>, by: Move) -> (f32, f32) {
    let (mut right, mut matched, mut inside) = (0.0, 0.0, 0.0);
    for (keypoint, descriptor) in a.keypoints.iter().zip(&a.descriptors) {
        let [x, y] = by.there(keypoint.x, keypoint.y);
        let margin = keypoint.size * by.scale.max(1.0);
        let is_inside = |at: f32| at > margin && at < SIDE as f32 - 1.0 - margin;
        if !(is_inside(x) && is_inside(y)) {
            continue;
        }
        inside += 1.0;
        let distances = b.descriptors.iter().map(|other| far(descriptor, other));
        let mut order: Vec<(i32, usize)> = distances.zip(0..).collect();
        order.sort_unstable();
        if (order[0].0 as f32) < 0.75 * 0.75 * order[1].0 as f32 {
            let found = &b.keypoints[order[0].1];
            matched += 1.0;
            right += f32::from(u8::from((found.x - x).hypot(found.y - y) < 2.0));
        }
    }
    (right / matched, right / inside)
}

/// Asserts `least` of precision and recall from the picture to itself after `by`, plain and as RootSIFT.
fn follows(by: Move, [gain, offset, noise]: [f32; 3], least: (f32, f32)) {
    let before = picture(STILL, 1.0, 0.0, 0.0);
    let after = picture(by, gain, offset, noise);
    for root in [false, true] {
        let params = SiftParams::default().precise_upscale(true).root(root);
        let sift = Sift::new(params).unwrap();
        let features = |image| sift.extract(image, None).unwrap();
        let (a, b) = (features(&before), features(&after));
        assert!(a.len() > 100, "{} key points", a.len());
        let (precision, recall) = precision_and_recall(&a, &b, by);
        assert!(
            precision >= least.0 && recall >= least.1,
            "{by:?}: precision {precision}, recall {recall} of {} to {}",
            a.len(),
            b.len()
        );
    }
}

/// No other light, no noise.
const SAME: [f32; 3] = [1.0, 0.0, 0.0];

#[test]
fn follows_turns() {
    let turn = |degrees| Move { degrees, ..STILL };
    follows(turn(90.0), SAME, (0.99, 0.95));
    follows(turn(37.0), SAME, (0.97, 0.55));
}

#[test]
fn follows_scales() {
    let zoom = |scale| Move { scale, ..STILL };
    follows(zoom(0.5), SAME, (0.95, 0.38));
    follows(zoom(0.8), SAME, (0.95, 0.55));
    follows(zoom(1.3), SAME, (0.95, 0.5));
    follows(zoom(2.0), SAME, (0.9, 0.4));
}

#[test]
fn follows_shifts() {
    let by = |x, y| Move {
        shift: [x, y],
        ..STILL
    };
    follows(by(17.0, -9.0), SAME, (0.98, 0.85));
    follows(by(5.5, 3.25), SAME, (0.98, 0.6));
}

#[test]
fn does_not_mind_the_light() {
    follows(STILL, [0.7, 40.0, 0.0], (0.99, 0.75));
    follows(STILL, [1.0, -35.0, 0.0], (0.99, 0.9));
}

#[test]
fn does_not_mind_noise() {
    follows(STILL, [1.0, 0.0, 6.0], (0.98, 0.75));
}

#[test]
fn precise_upscale_takes_away_the_shift() {
    // The middle of a disc, with and without.
    let disc = GrayImage::from_fn(64, 64, |x, y| {
        let far = (x as f32 - 31.2).hypot(y as f32 - 33.4);
        (200.0 - 150.0 / (1.0 + (7.0 - far).exp())) as u8
    })
    .unwrap();
    let centre = |precise: bool| {
        let sift = Sift::new(SiftParams::default().precise_upscale(precise)).unwrap();
        let strongest = sift.detect(&disc, None).unwrap()[0];
        (strongest.x - 31.2, strongest.y - 33.4)
    };
    let (x, y) = centre(true);
    assert!(x.abs() < 0.1 && y.abs() < 0.1, "{x} {y}");
    let (with_x, with_y) = centre(false);
    assert!(
        (with_x - x - 0.25).abs() < 0.05 && (with_y - y - 0.25).abs() < 0.05,
        "{with_x} {with_y}"
    );
}

#[test]
fn pictures_without_blobs_have_no_key_points() {
    let sift = Sift::default();
    for (width, height) in [(1, 1), (2, 2), (3, 3), (5, 200), (200, 1), (64, 48)] {
        let flat = GrayImage::from_fn(width, height, |_, _| 77).unwrap();
        assert!(sift.extract(&flat, None).unwrap().is_empty());
    }
    for (width, height) in [(1, 1), (3, 2), (5, 5), (1, 300)] {
        let busy = GrayImage::from_fn(width, height, |x, y| (x * 97 + y * 61) as u8).unwrap();
        assert!(sift.extract(&busy, None).unwrap().is_empty());
    }
}

#[test]
fn masks_hide_key_points() {
    let image = picture(STILL, 1.0, 0.0, 0.0);
    let sift = Sift::default();
    let all = sift.extract(&image, None).unwrap();
    let left = GrayImage::from_fn(SIDE, SIDE, |x, _| u8::from(x < 60)).unwrap();
    let seen = sift.extract(&image, Some(&left)).unwrap();
    let expected: Vec<usize> = (0..all.len())
        .filter(|&i| (all.keypoints[i].x + 0.5).floor() < 60.0)
        .collect();
    assert!(!expected.is_empty() && expected.len() < all.len());
    assert!(
        expected
            .iter()
            .map(|&i| all.keypoints[i])
            .eq(seen.keypoints.iter().copied())
    );
    assert!(
        expected
            .iter()
            .map(|&i| all.descriptors[i])
            .eq(seen.descriptors.iter().copied())
    );
    assert_eq!(sift.detect(&image, Some(&left)).unwrap(), seen.keypoints);

    let dark = GrayImage::from_fn(SIDE, SIDE, |_, _| 0).unwrap();
    assert!(sift.extract(&image, Some(&dark)).unwrap().is_empty());
    let other = GrayImage::from_fn(SIDE, SIDE + 1, |_, _| 1).unwrap();
    assert!(matches!(
        sift.extract(&image, Some(&other)),
        Err(Error::Shape { .. })
    ));
    assert!(matches!(
        sift.detect(&image, Some(&other)),
        Err(Error::Shape { .. })
    ));
}

#[test]
fn the_strongest_come_first_and_are_retained() {
    let image = picture(STILL, 1.0, 0.0, 0.0);
    let all = Sift::default().detect(&image, None).unwrap();
    assert!(all.is_sorted_by(|a, b| strongest_first(a, b).is_lt()));
    let forty = SiftParams::default().max_features(40);
    let strongest = Sift::new(forty.clone())
        .unwrap()
        .detect(&image, None)
        .unwrap();
    assert_eq!(strongest, all[..40]);

    let spread = Sift::new(forty.spread(true))
        .unwrap()
        .detect(&image, None)
        .unwrap();
    assert_eq!(spread.len(), 40);
    assert!(spread.is_sorted_by(|a, b| strongest_first(a, b).is_lt()));
    let nearest = |keypoints: &[Keypoint]| -> f32 {
        let from = |a: &Keypoint| {
            let others = keypoints.iter().filter(|b| *b != a);
            others
                .map(|b| (a.x - b.x).hypot(a.y - b.y))
                .fold(f32::MAX, f32::min)
        };
        keypoints.iter().map(from).sum::<f32>() / keypoints.len() as f32
    };
    assert!(nearest(&spread) > 2.0 * nearest(&strongest));
}

#[test]
fn parameters_have_effect_and_bad_ones_are_refused() {
    let image = picture(STILL, 1.0, 0.0, 0.0);
    let params = SiftParams::default();
    testing::params_have_effect(
        &params.clone().max_features(30),
        &[
            ("max_features", "20"),
            ("n_octave_layers", "4"),
            ("edge_threshold", "1.5"),
            ("sigma", "1.4"),
            ("precise_upscale", "true"),
            ("root", "true"),
            ("spread", "true"),
        ],
        |params| {
            Sift::new(params.clone())
                .unwrap()
                .extract(&image, None)
                .unwrap()
        },
    );
    testing::params_have_effect(
        &params,
        &[
            ("contrast_threshold", "0.06"),
            ("edge_threshold", "5"),
            ("max_bytes", "1000000"),
        ],
        |params| Sift::new(params.clone()).unwrap().detect(&image, None).ok(),
    );
    testing::refuses(
        &params,
        &[
            ("n_octave_layers", "0"),
            ("n_octave_layers", "17"),
            ("contrast_threshold", "-0.01"),
            ("edge_threshold", "0"),
            ("sigma", "0.05"),
            ("sigma", "17"),
        ],
    );
    testing::refuses_not_finite(&params, &["contrast_threshold", "edge_threshold", "sigma"]);
    assert!(Sift::new(params.sigma(0.0)).is_err());
}

#[test]
fn any_layers_and_blurs_are_possible() {
    let image = picture(STILL, 1.0, 0.0, 0.0);
    for (layers, sigma) in [(1, 0.1), (1, 1.6), (16, 1.6), (2, 16.0)] {
        let params = SiftParams::default()
            .n_octave_layers(layers)
            .sigma(sigma)
            .contrast_threshold(0.0);
        let features = Sift::new(params).unwrap().extract(&image, None).unwrap();
        let is_good = |k: &Keypoint| {
            k.x.is_finite() && k.y.is_finite() && k.size > 0.0 && (0.0..360.0).contains(&k.angle)
        };
        assert!(
            features.keypoints.iter().all(is_good),
            "{layers} layers, sigma {sigma}"
        );
    }
}

#[test]
fn threads_change_no_bit() {
    let image = picture(STILL, 1.0, 0.0, 3.0);
    let features =
        testing::same_for_one_and_two_threads(|| Sift::default().extract(&image, None).unwrap());
    assert!(features.len() > 100);
}

#[test]
fn root_descriptors_have_norm_512() {
    let image = picture(STILL, 1.0, 0.0, 0.0);
    let sift = Sift::new(SiftParams::default().root(true)).unwrap();
    let features = sift.extract(&image, None).unwrap();
    for descriptor in &features.descriptors {
        let norm = (far(descriptor, &[0; 128]) as f32).sqrt();
        assert!((norm - 512.0).abs() < 4.0, "{norm}");
    }
}

/// Noise on a grid of `side` pixels, linear in between.
fn noise(x: usize, y: usize, side: usize) -> usize {
    let corner = |column: usize, row: usize| {
        let mixed = (column * 7919 + row * 104_729 + side * 1_299_709) as u32;
        (mixed.wrapping_mul(2_654_435_761) >> 24) as usize
    };
    let (column, u, row, v) = (x / side, x % side, y / side, y % side);
    let along = |row: usize| corner(column, row) * (side - u) + corner(column + 1, row) * u;
    (along(row) * (side - v) + along(row + 1) * v) / (side * side)
}

/// Key points `[x, y, size, angle, response, octave]` and descriptors of OpenCV 5.0.0 (scripts/golden/opencv_sift.py), each
/// found again: 0.01 pixels, 1 % of size, 0.2°; numbers of descriptors to 2.
#[test]
fn equals_opencv() {
    let golden: Value =
        serde_json::from_str(include_str!("../../tests/golden/opencv_sift.json")).unwrap();
    let image = GrayImage::from_fn(96, 80, |x, y| {
        ((noise(x, y, 4) + noise(x, y, 8) + 2 * noise(x, y, 16)) / 4) as u8
    })
    .unwrap();
    let sum: u64 = image.pixels().iter().map(|&pixel| u64::from(pixel)).sum();
    assert_eq!(golden["sum"], sum);
    for (name, precise) in [("default", false), ("precise", true)] {
        let sift = Sift::new(SiftParams::default().precise_upscale(precise)).unwrap();
        let ours = sift.extract(&image, None).unwrap();
        let theirs: Vec<[f32; 6]> =
            serde_json::from_value(golden[name]["keypoints"].clone()).unwrap();
        assert!(theirs.len() == 50);
        assert_eq!(ours.len(), theirs.len(), "{name}");
        for (index, &[x, y, size, angle, response, octave]) in theirs.iter().enumerate() {
            let is_same = |k: &Keypoint| {
                let turned = (k.angle - angle).abs();
                (k.x - x).abs() < 0.01
                    && (k.y - y).abs() < 0.01
                    && (k.size / size - 1.0).abs() < 0.01
                    && turned.min(360.0 - turned) < 0.2
                    && (k.response - response).abs() < 1e-4
                    && k.octave == octave as i32
            };
            let found = ours.keypoints.iter().position(is_same);
            let found = found.unwrap_or_else(|| panic!("{name}: no {:?}", theirs[index]));
            let Some(hex) = golden[name]["descriptors"][index].as_str() else {
                continue;
            };
            for (i, number) in ours.descriptors[found].iter().enumerate() {
                let theirs = u8::from_str_radix(&hex[2 * i..2 * i + 2], 16).unwrap();
                assert!(
                    number.abs_diff(theirs) <= 2,
                    "{name} {index}: number {i} is {number}, not {theirs}"
                );
            }
        }
    }
}

#[test]
fn fast_loops_have_the_bits_of_their_plain_twins() {
    let image = picture(STILL, 1.0, 0.0, 0.0);
    let space = scale_space::ScaleSpace::new(&image, &SiftParams::default()).unwrap();
    let layers = space.octave(0);
    let strip = simd::scan_strip(layers, 69, 1.0);
    assert!(!strip.is_empty());
    assert_eq!(strip, extrema::scan_strip(layers, 69, 1.0));
    // In the middle, at edges and corners, and where a patch has no whole register.
    for (x, y, angle, scale) in [
        (140, 150, 0.0, 2.0),
        (2, 3, 33.0, 1.6),
        (286, 100, 210.0, 3.2),
        (6, 285, 300.0, 40.0),
        (50, 60, 90.0, 0.3),
    ] {
        let fast = simd::histogram(&layers[1], x, y, scale);
        assert_eq!(fast, orientation::histogram(&layers[1], x, y, scale));
        assert!(fast.iter().any(|&sum| sum > 0.0));
        let place = descriptor::Place {
            x: x as isize,
            y: y as isize,
            angle,
            scale,
        };
        let fast = simd::histograms(&layers[1], &place);
        assert_eq!(fast, simd::histograms_plain(&layers[1], &place));
        assert!(fast.as_flattened().iter().any(|&sum| sum > 0.0));
    }
}
