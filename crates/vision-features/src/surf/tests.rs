//! Boxes by hand, blobs found at their place, the same thing found again under changes, twins equal bit for bit.

use guide_core::{Error, seeded, testing};
use proptest::prelude::*;
use rand::RngExt;

use super::integral::Integral;
use super::pictures::Picture;
use super::plain::Lobes;
use super::*;
use crate::nearest;

/// A smooth scene of blobs, bright and dark, which can be looked at from anywhere.
struct Scene(Vec<[f64; 4]>);

impl Scene {
    fn new(seed: u64) -> Self {
        let mut rng = seeded(seed);
        let mut blob = || {
            let mut within = |low: f64, high: f64| low + (high - low) * rng.random_range(0.0..1.0);
            let sign = if within(0.0, 1.0) < 0.5 { -1.0 } else { 1.0 };
            let (x, y) = (within(-40.0, 240.0), within(-40.0, 240.0));
            [x, y, within(2.0, 7.0), sign * within(30.0, 90.0)]
        };
        Self((0..260).map(|_| blob()).collect())
    }

    fn at(&self, x: f64, y: f64) -> f64 {
        let blobs = self.0.iter().map(|&[cx, cy, sigma, height]| {
            let squared = ((x - cx).powi(2) + (y - cy).powi(2)) / (2.0 * sigma * sigma);
            if squared < 12.0 {
                height * (-squared).exp()
            } else {
                0.0
            }
        });
        128.0 + blobs.sum::<f64>()
    }

    /// The picture of `side` pixels whose pixel `(x, y)` shows the place `back(x, y)`, its light changed by `light`.
    fn seen(
        &self,
        side: usize,
        back: impl Fn(f64, f64) -> (f64, f64),
        mut light: impl FnMut(f64) -> f64,
    ) -> GrayImage {
        GrayImage::from_fn(side, side, |x, y| {
            let (x, y) = back(x as f64, y as f64);
            light(self.at(x, y)).round().clamp(0.0, 255.0) as u8
        })
        .unwrap()
    }
}

/// Turns and scales about (100, 100), which comes to the middle of a picture of `side` pixels.
#[derive(Clone, Copy)]
struct View {
    degrees: f64,
    zoom: f64,
    side: usize,
}

impl View {
    fn there(self, x: f64, y: f64) -> (f64, f64) {
        let (sin, cos) = self.degrees.to_radians().sin_cos();
        let (x, y) = (self.zoom * (x - 100.0), self.zoom * (y - 100.0));
        let middle = self.side as f64 / 2.0;
        (cos * x - sin * y + middle, sin * x + cos * y + middle)
    }

    fn back(self, x: f64, y: f64) -> (f64, f64) {
        let (sin, cos) = self.degrees.to_radians().sin_cos();
        let middle = self.side as f64 / 2.0;
        let (x, y) = ((x - middle) / self.zoom, (y - middle) / self.zoom);
        (cos * x + sin * y + 100.0, cos * y - sin * x + 100.0)
    }

    fn of(self, scene: &Scene) -> GrayImage {
        scene.seen(self.side, |x, y| self.back(x, y), |light| light)
    }
}

/// Of the key points of `a` that `there` maps well into `b`, which share is matched rightly; and which share of the
/// matches is right.
fn recall_and_precision<E: FeatureExtractor>(
    surf: &E,
    a: &GrayImage,
    b: &GrayImage,
    there: impl Fn(f64, f64) -> (f64, f64),
) -> (f64, f64)
where
    E::Descriptor: crate::Descriptor,
{
    let (in_a, in_b) = (
        surf.extract(a, None).unwrap(),
        surf.extract(b, None).unwrap(),
    );
    let mapped = |k: &Keypoint| there(f64::from(k.x), f64::from(k.y));
    let seen = in_a.keypoints.iter().filter(|k| {
        let (x, y) = mapped(k);
        let inside = 20.0..b.width() as f64 - 20.0;
        inside.contains(&x) && inside.contains(&y)
    });
    let seen = seen.count();
    assert!(seen >= 30, "only {seen} key points to find again");
    let two = nearest(&in_a.descriptors, &in_b.descriptors, 2).unwrap();
    let good = two
        .iter()
        .filter(|two| two[0].distance < 0.8 * two[1].distance);
    let right: Vec<bool> = good
        .map(|two| {
            let found = &in_b.keypoints[two[0].train as usize];
            let (x, y) = mapped(&in_a.keypoints[two[0].query as usize]);
            (x - f64::from(found.x)).hypot(y - f64::from(found.y)) < 3.0
        })
        .collect();
    let n_right = right.iter().filter(|&&right| right).count() as f64;
    (n_right / seen as f64, n_right / right.len() as f64)
}

/// Asserts the least recall and precision under a turn by `degrees` and a zoom.
fn found_again<E: FeatureExtractor>(surf: &E, degrees: f64, zoom: f64, least: (f64, f64))
where
    E::Descriptor: crate::Descriptor,
{
    let scene = Scene::new(1);
    let side = (200.0 * zoom) as usize;
    let view = View {
        degrees,
        zoom,
        side,
    };
    let a = scene.seen(200, |x, y| (x, y), |light| light);
    let (recall, precision) =
        recall_and_precision(surf, &a, &view.of(&scene), |x, y| view.there(x, y));
    assert!(
        recall >= least.0 && precision >= least.1,
        "{degrees} degrees, {zoom} times: recall {recall:.2}, precision {precision:.2}"
    );
}

#[test]
fn turned_pictures_match() {
    for degrees in [90.0, 180.0] {
        found_again(&Surf::default(), degrees, 1.0, (0.9, 0.95));
        found_again(&SurfExtended::default(), degrees, 1.0, (0.85, 0.95));
    }
    // Boxes are no discs: a turn by less than a quarter moves some key points and loses others.
    found_again(&Surf::default(), 37.0, 1.0, (0.6, 0.9));
    found_again(&SurfExtended::default(), 37.0, 1.0, (0.5, 0.9));
}

#[test]
fn scaled_pictures_match() {
    found_again(&Surf::default(), 0.0, 0.5, (0.6, 0.8));
    found_again(&Surf::default(), 0.0, 0.75, (0.8, 0.9));
    found_again(&Surf::default(), 37.0, 1.4, (0.45, 0.85));
    found_again(&Surf::default(), 0.0, 2.0, (0.75, 0.9));
}

#[test]
fn shifted_lit_and_noisy_pictures_match() {
    let scene = Scene::new(2);
    let surf = Surf::default();
    let a = scene.seen(200, |x, y| (x, y), |light| light);
    let check = |name: &str, b: &GrayImage, shift: f64, least: f64| {
        let there = |x: f64, y: f64| (x + shift, y - shift);
        let (recall, precision) = recall_and_precision(&surf, &a, b, there);
        assert!(
            recall >= least && precision >= 0.9,
            "{name}: recall {recall:.2}, precision {precision:.2}"
        );
    };
    let shifted = scene.seen(200, |x, y| (x - 16.0, y + 16.0), |light| light);
    check("shift", &shifted, 16.0, 0.95);
    let darker = scene.seen(200, |x, y| (x, y), |light| 0.6 * light + 20.0);
    // The determinant falls with the square of the contrast, and some fall below the threshold.
    check("light", &darker, 0.0, 0.7);
    let mut rng = seeded(3);
    let noisy = scene.seen(
        200,
        |x, y| (x, y),
        |light| light + rng.random_range(-8.0..8.0),
    );
    check("noise", &noisy, 0.0, 0.85);
}

#[test]
fn upright_points_up_and_takes_no_turn() {
    let scene = Scene::new(1);
    let upright = Surf::new(SurfParams::default().upright(true)).unwrap();
    let a = scene.seen(200, |x, y| (x, y), |light| light);
    let keypoints = upright.detect(&a, None).unwrap();
    assert!(keypoints.iter().all(|keypoint| keypoint.angle == 270.0));
    found_again(&upright, 0.0, 1.0, (0.9, 0.9));
    let turned = quarter_turn();
    let there = |x, y| turned.there(x, y);
    assert!(recall_and_precision(&upright, &a, &turned.of(&scene), there).0 < 0.2);
}

fn quarter_turn() -> View {
    View {
        degrees: 90.0,
        zoom: 1.0,
        side: 200,
    }
}

#[test]
fn directions_turn_with_the_picture() {
    let scene = Scene::new(1);
    let a = scene.seen(200, |x, y| (x, y), |light| light);
    let b = quarter_turn().of(&scene);
    let (in_a, in_b) = [&a, &b]
        .map(|image| Surf::default().detect(image, None).unwrap())
        .into();
    let mut turned = 0;
    for keypoint in &in_a[..50] {
        let (x, y) = quarter_turn().there(f64::from(keypoint.x), f64::from(keypoint.y));
        let same = |k: &&Keypoint| {
            (f64::from(k.x) - x).hypot(f64::from(k.y) - y) < 1.0
                && (k.size - keypoint.size).abs() < 2.0
        };
        let apart = |k: &Keypoint| (k.angle - keypoint.angle - 90.0).rem_euclid(360.0);
        turned += i32::from(
            in_b.iter()
                .filter(same)
                .any(|k| (apart(k) + 10.0) % 360.0 < 20.0),
        );
    }
    assert!(turned >= 40, "{turned} of 50");
}

#[test]
fn a_blob_is_found_at_its_place_with_its_size() {
    for (inside, outside, polarity) in [(220, 40, 1), (40, 220, -1)] {
        for sigma in [4.0f32, 8.0] {
            let image = GrayImage::from_fn(160, 140, |x, y| {
                let squared = (x as f32 - 83.0).powi(2) + (y as f32 - 61.0).powi(2);
                let share = (-squared / (2.0 * sigma * sigma)).exp();
                (outside as f32 + (inside - outside) as f32 * share).round() as u8
            })
            .unwrap();
            let strongest = Surf::default().detect(&image, None).unwrap()[0];
            assert!((strongest.x - 83.0).abs() < 0.5 && (strongest.y - 61.0).abs() < 0.5);
            assert_eq!(strongest.polarity, polarity);
            // A filter of 9 pixels answers to σ = 1.2.
            let found = strongest.size * 1.2 / 9.0;
            assert!((0.7..1.4).contains(&(found / sigma)), "{found} for {sigma}");
        }
    }
}

#[test]
fn sums_of_boxes_by_hand() {
    let image = GrayImage::new(3, 2, vec![1, 2, 3, 4, 5, 6]).unwrap();
    let integral = Integral::new(&image);
    assert_eq!(integral.sums, [0, 0, 0, 0, 0, 1, 3, 6, 0, 5, 12, 21]);
    let sums = |x, y| integral.sums[integral.at(x, y)];
    assert_eq!(sums(3, 2) - sums(1, 2) - sums(3, 1) + sums(1, 1), 5 + 6);
    let mut stepped = integral.coarser();
    for step in [2, 4, 8] {
        assert_eq!(stepped.step, step);
        for (x, y) in (0..4).flat_map(|x| (0..3).map(move |y| (x, y))) {
            assert_eq!(stepped.sums[stepped.at(x, y)], sums(x, y), "step {step}");
        }
        assert!(step != 2 || stepped.at(3, 1) == stepped.at(1, 1) + 1);
        stepped = stepped.coarser();
    }
}

#[test]
fn nothing_to_see_gives_nothing() {
    for (width, height) in [(1, 1), (1, 300), (9, 9), (20, 20), (300, 2), (30, 21)] {
        let noise = GrayImage::from_fn(width, height, |x, y| (x * 37 + y * 91) as u8).unwrap();
        let features = SurfExtended::default().extract(&noise, None).unwrap();
        assert_eq!(features.keypoints.len(), features.descriptors.len());
        assert!(width.min(height) > 20 || features.is_empty());
    }
    // Filters wider than the picture.
    for (width, height, layers) in [(21, 100, 5), (100, 21, 5), (200, 600, 8), (25, 900, 8)] {
        let noise = GrayImage::from_fn(width, height, |x, y| (x * 37 + y * 91) as u8).unwrap();
        let params = SurfParams::default().n_octave_layers(layers);
        let found = Surf::new(params).unwrap().detect(&noise, None).unwrap();
        let inside = |k: &Keypoint| k.x < width as f32 && k.y < height as f32;
        assert!(found.iter().all(inside), "{width}x{height}");
    }
    let flat = GrayImage::from_fn(100, 80, |_, _| 130).unwrap();
    assert!(Surf::default().extract(&flat, None).unwrap().is_empty());
    let any = Surf::new(SurfParams::default().hessian_threshold(0.0)).unwrap();
    assert!(any.extract(&flat, None).unwrap().is_empty());
}

#[test]
fn masks_leave_out_and_must_fit() {
    let scene = Scene::new(4).seen(200, |x, y| (x, y), |light| light);
    let left = GrayImage::from_fn(200, 200, |x, _| u8::from(x < 100)).unwrap();
    let all = Surf::default().detect(&scene, None).unwrap();
    let kept = Surf::default().detect(&scene, Some(&left)).unwrap();
    let expected: Vec<_> = all.iter().copied().filter(|k| k.x < 99.5).collect();
    assert_eq!(kept, expected);
    assert!(!kept.is_empty() && kept.len() < all.len());
    let wrong = GrayImage::from_fn(200, 199, |_, _| 1).unwrap();
    assert!(matches!(
        Surf::default().extract(&scene, Some(&wrong)),
        Err(Error::Shape { expected, got, .. }) if expected == [200, 200] && got == [199, 200]
    ));
}

#[test]
fn every_parameter_counts_and_bad_ones_are_refused() {
    let scene = Scene::new(5).seen(200, |x, y| (x, y), |light| light);
    let changes = [
        ("hessian_threshold", "2000"),
        ("n_octaves", "1"),
        ("n_octave_layers", "2"),
        ("upright", "true"),
        ("max_features", "7"),
        ("max_bytes", "800000"),
    ];
    testing::params_have_effect(&SurfParams::default(), &changes, |params| {
        Surf::new(params.clone())
            .unwrap()
            .extract(&scene, None)
            .ok()
    });
    let seven = Surf::new(SurfParams::default().max_features(7)).unwrap();
    let all = Surf::default().detect(&scene, None).unwrap();
    assert_eq!(seven.detect(&scene, None).unwrap(), all[..7]);
    assert!(all.is_sorted_by(|a, b| a.response >= b.response));
    let bad = [
        ("hessian_threshold", "-1"),
        ("n_octaves", "0"),
        ("n_octaves", "8"),
        ("n_octave_layers", "0"),
        ("n_octave_layers", "9"),
    ];
    testing::refuses(&SurfParams::default(), &bad);
    testing::refuses_not_finite(&SurfParams::default(), &["hessian_threshold"]);
    let refused = SurfExtended::new(SurfParams::default().n_octaves(0))
        .err()
        .unwrap();
    assert!(matches!(refused, Error::Param { name, .. } if name == "n_octaves"));
}

#[test]
fn too_much_memory_is_refused() {
    let image = GrayImage::from_fn(100, 50, |_, _| 0).unwrap();
    let detect = |params: &SurfParams| Surf::new(params.clone()).unwrap().detect(&image, None);
    // Two octaves have room: 12 bytes for each of 104 x 51.
    let params = SurfParams::default().max_bytes(63_647);
    assert_eq!(
        detect(&params).unwrap_err().to_string(),
        "SURF of 100x50 pixels needs 63648 bytes, above max_bytes = 63647"
    );
    assert!(detect(&params.max_bytes(63_648)).is_ok());
}

#[test]
fn threads_change_nothing() {
    let scene = Scene::new(6).seen(200, |x, y| (x, y), |light| light);
    let features =
        testing::same_for_one_and_two_threads(|| Surf::default().extract(&scene, None).unwrap());
    assert!(features.len() > 50);
    let extended = testing::same_for_one_and_two_threads(|| {
        SurfExtended::default().extract(&scene, None).unwrap()
    });
    assert_eq!(extended.keypoints, features.keypoints);
    for (short, long) in features.descriptors.iter().zip(&extended.descriptors) {
        let length = |v: &[f32]| v.iter().map(|v| v * v).sum::<f32>().sqrt();
        assert!((length(short) - 1.0).abs() < 1e-5 && (length(long) - 1.0).abs() < 1e-5);
        // The halves of a sum by sign add up to it, but for the two lengths.
        let whole: Vec<f32> = long
            .as_chunks::<8>()
            .0
            .iter()
            .map(|p| p[0] + p[2])
            .collect();
        let ratio = length(short) / length(long);
        let (i, &largest) = whole
            .iter()
            .enumerate()
            .max_by(|a, b| a.1.abs().total_cmp(&b.1.abs()))
            .unwrap();
        let scale = short[4 * i] / largest / ratio;
        for (field, sum) in whole.iter().enumerate() {
            assert!((short[4 * field] - scale * sum).abs() < 1e-4);
        }
    }
}

proptest! {
    #[test]
    fn determinants_equal_their_twin(
        n in 0usize..40,
        first in 0usize..9,
        corners in prop::array::uniform32(0usize..50),
        weights in prop::array::uniform10(-1.0f32..1.0),
        seed: u64,
    ) {
        let mut rng = seeded(seed);
        let sums: Vec<i32> = (0..60 + n).map(|_| rng.random_range(i32::MIN..=i32::MAX)).collect();
        let lobes = Lobes { corners, weights };
        let (mut fast, mut slow) = (vec![0.0; n], vec![0.0; n]);
        simd::determinants(&sums, &lobes, first, &mut fast);
        plain::determinants(&sums, &lobes, first, &mut slow);
        prop_assert_eq!(fast, slow);
    }

    #[test]
    fn peaks_equal_their_twin(
        n in 2usize..90,
        least in -1i32..3,
        levels in 2i32..40,
        seed: u64,
    ) {
        let mut rng = seeded(seed);
        let mut row = || (0..n).map(|_| rng.random_range(-1..levels) as f32).collect::<Vec<f32>>();
        let rows: [Vec<f32>; 9] = std::array::from_fn(|_| row());
        let rows = std::array::from_fn(|k| rows[k].as_slice());
        let (mut fast, mut slow) = (vec![7], vec![7]);
        simd::peaks(rows, least as f32, 1..n - 1, &mut fast);
        plain::peaks(rows, least as f32, 1..n - 1, &mut slow);
        prop_assert_eq!(fast, slow);
    }

    #[test]
    fn samples_equal_their_twin(
        width in 2usize..30,
        height in 2usize..30,
        centre in prop::array::uniform2(-40.0f32..60.0),
        step in prop::array::uniform2(-2.0f32..2.0),
        across in prop::array::uniform16(-9.0f32..9.0),
        rows in 0usize..5,
        seed: u64,
    ) {
        let mut rng = seeded(seed);
        let pixels: Vec<u8> = (0..width * height).map(|_| rng.random_range(0..=255)).collect();
        let picture = Picture::new(width, &pixels);
        let (mut fast, mut slow) = (vec![[0.0; 16]; rows], vec![[0.0; 16]; rows]);
        simd::sample(&picture, centre, step, &across, &mut fast);
        plain::sample(&picture, centre, step, &across, &mut slow);
        prop_assert_eq!(fast, slow);
    }

    #[test]
    fn directions_and_fields_equal_their_twins(seed: u64, levels in 1i32..256) {
        let mut rng = seeded(seed);
        let mut cell = || rng.random_range(0..levels) as f32;
        let cells = std::array::from_fn(|_| std::array::from_fn(|_| cell()));
        let patch = std::array::from_fn(|_| std::array::from_fn(|_| cell()));
        let disc = Disc::new();
        prop_assert_eq!(simd::direction(&cells, &disc), orientation::direction(&cells, &disc));
        let weights = std::array::from_fn(|k| std::array::from_fn(|field| (k + field) as f32));
        prop_assert_eq!(simd::four(&patch, &weights), descriptor::four(&patch, &weights));
        prop_assert_eq!(simd::eight(&patch, &weights), descriptor::eight(&patch, &weights));
    }
}

#[test]
fn peaks_stand_above_all_their_neighbours() {
    let mut rows = [[1.0f32; 7]; 9];
    rows[4][3] = 3.0;
    let found = |rows: &[[f32; 7]; 9], least: f32| {
        let mut found = Vec::new();
        plain::peaks(rows.each_ref().map(|row| &row[..]), least, 1..6, &mut found);
        found
    };
    assert_eq!(found(&rows, 2.0), [3]);
    assert!(found(&rows, 3.0).is_empty());
    for (row, column) in (0..9).flat_map(|row| (2..5).map(move |column| (row, column))) {
        let mut rows = rows;
        rows[row][column] = 3.0;
        let whole = if (row, column) == (4, 3) { 1 } else { 0 };
        assert_eq!(found(&rows, 2.0).len(), whole, "row {row}, column {column}");
    }
}

#[test]
fn a_grid_runs_between_pixels_and_stops_at_the_border() {
    let picture = Picture::new(3, &[0, 10, 20, 40, 50, 60]);
    let mut out = [[0.0; 5]; 1];
    let across = [-2.0, 0.0, 1.0, 2.0, 9.0];
    plain::sample(&picture, [0.5, 0.5], [0.5, 0.0], &across, &mut out);
    assert_eq!(out, [[20.0, 25.0, 30.0, 35.0, 40.0]]);
    // A quarter turn: rows run downwards, and the next one lies to the left.
    let mut out = [[0.0; 3]; 2];
    plain::sample(
        &picture,
        [1.0, 0.5],
        [0.0, 1.0],
        &[-0.5, 0.0, 0.5],
        &mut out,
    );
    assert_eq!(out, [[15.0, 35.0, 55.0], [5.0, 25.0, 45.0]]);
}
