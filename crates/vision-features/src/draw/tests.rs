//! Pixels that must be painted and pixels that must not; what cannot be drawn refused.

use guide_core::{Error, Params, testing};

use super::*;

const RED: [u8; 3] = [255, 0, 0];
const GRAY: [u8; 3] = [90; 3];

fn gray(width: usize, height: usize) -> GrayImage {
    GrayImage::from_fn(width, height, |_, _| GRAY[0]).unwrap()
}

fn keypoint(x: f32, y: f32, size: f32, angle: f32) -> Keypoint {
    Keypoint {
        x,
        y,
        size,
        angle,
        response: 1.0,
        octave: 0,
        polarity: 0,
    }
}

fn link(query: u32, train: u32) -> Match {
    Match {
        query,
        train,
        distance: 0.0,
    }
}

fn red() -> DrawParams {
    DrawParams::default().color(Some(RED))
}

/// How far red stands out of the grey.
fn redness(picture: &RgbImage, x: u32, y: u32) -> i32 {
    let [red, green, _] = picture.get_pixel(x, y).0;
    i32::from(red) - i32::from(green)
}

#[test]
fn circles_have_the_radius_of_their_kind() {
    let points = [keypoint(20.0, 15.0, 20.0, 90.0)];
    // Plain: radius 3.
    let plain = draw_keypoints(&gray(40, 30), &points, &red()).unwrap();
    assert_eq!(plain.dimensions(), (40, 30));
    // Rich: radius 10 and a line downwards.
    let rich = draw_keypoints(&gray(40, 30), &points, &red().rich(true)).unwrap();
    for (x, y) in (0..40).flat_map(|x| (0..30).map(move |y| (x, y))) {
        let apart = (f64::from(x) - 20.0).hypot(f64::from(y) - 15.0);
        for (picture, radius) in [(&plain, 3.0), (&rich, 10.0)] {
            let on_line = radius == 10.0 && (19..=21).contains(&x) && (14..=26).contains(&y);
            if (apart - radius).abs() > 1.3 && !on_line {
                assert_eq!(picture.get_pixel(x, y).0, GRAY, "({x}, {y}) of {radius}");
            }
            if (apart - radius).abs() < 0.2 {
                assert!(redness(picture, x, y) > 100, "({x}, {y}) of {radius}");
            }
        }
    }
    assert!(
        redness(&rich, 20, 20) > 200,
        "the direction, 90 degrees, is down"
    );
    assert_eq!(rich.get_pixel(20, 10).0, GRAY);
    // Half of the ink of a line on the border between two pixels falls on each.
    let between = draw_keypoints(
        &gray(40, 30),
        &[keypoint(20.0, 14.5, 20.0, 0.0)],
        &red().rich(true),
    );
    let between = between.unwrap();
    assert!((redness(&between, 25, 14) - redness(&between, 25, 15)).abs() < 8);
}

#[test]
fn matches_stand_side_by_side() {
    let (a, b) = (gray(30, 20), gray(50, 40));
    let in_a = [
        keypoint(5.0, 10.0, 4.0, 0.0),
        keypoint(15.0, 17.0, 4.0, 0.0),
    ];
    let in_b = [
        keypoint(25.0, 30.0, 4.0, 0.0),
        keypoint(40.0, 10.0, 4.0, 0.0),
    ];
    let draw = |keep: Option<&[bool]>, params: &DrawParams| {
        let matches = [link(0, 1), link(1, 0)];
        draw_matches(&a, &in_a, &b, &in_b, &matches, keep, params).unwrap()
    };
    let both = draw(None, &red());
    assert_eq!(both.dimensions(), (80, 40));
    assert_eq!(both.get_pixel(10, 30).0, [0; 3], "below the lower picture");
    // From (5, 10) to (30 + 40, 10), and from (15, 17) to (30 + 25, 30), whose middle is (35, 23.5).
    assert_eq!(both.get_pixel(50, 10).0, RED);
    assert!(redness(&both, 35, 23) > 60 && redness(&both, 35, 24) > 60);

    let kept = draw(Some(&[true, false]), &red().single_points(false));
    assert_eq!(kept.get_pixel(50, 10).0, RED);
    assert_eq!(kept.get_pixel(35, 24).0, GRAY);
    assert_eq!(kept.get_pixel(15, 14).0, GRAY, "no circle either");
    let single = draw(Some(&[true, false]), &red());
    assert!(redness(&single, 15, 14) > 150 && redness(&single, 55, 33) > 150);
    assert_eq!(single.get_pixel(35, 24).0, GRAY);
}

#[test]
fn random_colours_are_strong_and_by_the_seed() {
    let params = DrawParams::default();
    let colors: Vec<_> = (0..200).map(|i| color(&params, MATCHES, i)).collect();
    assert!(
        colors
            .iter()
            .all(|color| color.contains(&255) && color.contains(&0))
    );
    for channel in 0..3 {
        let full = colors.iter().filter(|color| color[channel] == 255).count();
        assert!(
            (40..100).contains(&full),
            "channel {channel}: {full} of 200"
        );
    }
    assert_ne!(colors[0], color(&params, POINTS, 0));
    assert_eq!(color(&red(), MATCHES, 7), RED);
}

#[test]
fn every_parameter_counts() {
    let (a, points) = (
        gray(30, 30),
        [
            keypoint(9.0, 9.0, 12.0, 30.0),
            keypoint(22.0, 22.0, 12.0, 0.0),
        ],
    );
    let changes = [
        ("color", "[1,2,3]"),
        ("rich", "true"),
        ("single_points", "false"),
        ("line_width", "2.5"),
        ("seed", "9"),
    ];
    testing::params_have_effect(&DrawParams::default(), &changes, |params| {
        draw_matches(&a, &points, &a, &points, &[link(0, 0)], None, params).unwrap()
    });
    testing::refuses(
        &DrawParams::default(),
        &[("line_width", "0"), ("line_width", "-1")],
    );
    testing::refuses_not_finite(&DrawParams::default(), &["line_width"]);
    assert!(draw_keypoints(&a, &points, &red().line_width(0.0)).is_err());
}

#[test]
fn the_object_is_outlined_where_it_was_found() {
    let object = gray(11, 21);
    let moved = Homography::new([[2.0, 0.0, 5.0], [0.0, 1.0, 4.0], [0.0, 0.0, 1.0]]).unwrap();
    let mut picture = RgbImage::from_pixel(60, 40, image::Rgb(GRAY));
    draw_outline(&mut picture, &object, &moved, 10, &red()).unwrap();
    // Columns 10 + 5 to 10 + 25, rows 4 to 24.
    for (x, y) in [
        (15, 4),
        (35, 4),
        (35, 24),
        (15, 24),
        (25, 4),
        (35, 14),
        (25, 24),
        (15, 14),
    ] {
        assert!(redness(&picture, x, y) > 150, "({x}, {y})");
    }
    assert_eq!(picture.get_pixel(25, 14).0, GRAY);
    assert_eq!(picture.get_pixel(40, 14).0, GRAY);

    let before = picture.clone();
    for [p, r] in [[-0.1, 1.0], [-0.2, 1.0]] {
        let horizon = Homography::new([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [p, 0.0, r]]).unwrap();
        let refused = draw_outline(&mut picture, &object, &horizon, 0, &red())
            .err()
            .unwrap();
        assert_eq!(
            refused.to_string(),
            "outline needs a homography that keeps the object in view; corner 1 is not"
        );
    }
    assert_eq!(picture, before);
}

#[test]
fn what_cannot_be_drawn_is_refused() {
    let (a, points) = (gray(9, 9), [keypoint(4.0, 4.0, 3.0, 0.0)]);
    let message = |matches: &[Match], keep: Option<&[bool]>| {
        let drawn = draw_matches(&a, &points, &a, &points, matches, keep, &red());
        drawn.err().unwrap().to_string()
    };
    assert_eq!(
        message(&[link(3, 0)], None),
        "query key point 3 is out of range: there are 1"
    );
    assert_eq!(
        message(&[link(0, 1)], None),
        "train key point 1 is out of range: there are 1"
    );
    assert_eq!(
        message(&[link(0, 0)], Some(&[])),
        "which matches to keep: expected shape [1], got [0]"
    );
    let broken = [points[0], keypoint(1.0, f32::NAN, 3.0, 0.0)];
    assert_eq!(
        draw_keypoints(&a, &broken, &red())
            .err()
            .unwrap()
            .to_string(),
        "key point 1 is NaN, which is not finite"
    );
    assert!(matches!(
        Canvas::new(1 << 20, 1 << 20, 1.0),
        Err(Error::Memory { needed, .. }) if needed == 1 << 42
    ));
    let still = Homography::new([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]).unwrap();
    let nothing = draw_outline(&mut RgbImage::new(0, 0), &a, &still, 0, &red());
    assert_eq!(
        nothing.unwrap_err().to_string(),
        "picture of 0x0 pixels is empty"
    );
}

#[test]
fn what_lies_outside_is_left_out() {
    for far in [-50.0, 1e9, 3e38] {
        let points = [
            keypoint(far, 4.0, 10.0, 0.0),
            keypoint(4.0, 4.0, far.abs(), 45.0),
        ];
        let drawn = draw_keypoints(&gray(9, 9), &points, &red().rich(true)).unwrap();
        assert_eq!(drawn.dimensions(), (9, 9));
    }
    let empty = draw_keypoints(&gray(9, 9), &[], &red()).unwrap();
    assert!(empty.pixels().all(|pixel| pixel.0 == GRAY));
    assert!(red().validate().is_ok());
}
