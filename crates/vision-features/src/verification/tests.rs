//! The bound, views that no camera has, and the parameters.

use guide_core::{seeded, testing};
use rand::RngExt;

use super::*;
use crate::{Homography, RansacParams, find_homography};

type Points = Vec<[f64; 2]>;

/// A fit by `homography`, of which the first `n_right` of `n` matches are inliers. The others are off by 100 pixels.
fn fit(homography: Homography, from: &[[f64; 2]], n_right: usize) -> (HomographyFit, Points) {
    let to = from.iter().enumerate().map(|(index, &[x, y])| {
        let (x, y) = homography.apply(x, y).unwrap();
        [x, if index < n_right { y } else { y + 100.0 }]
    });
    let fit = HomographyFit {
        homography,
        inliers: (0..from.len()).map(|index| index < n_right).collect(),
        iterations: 1,
    };
    (fit, to.collect())
}

fn scattered(n: usize) -> Points {
    let mut rng = seeded(4);
    let mut at = |side: f64| side * rng.random_range(0.0..1.0);
    (0..n).map(|_| [at(640.0), at(480.0)]).collect()
}

fn shifted() -> Homography {
    Homography::new([[1.0, 0.0, 9.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]).unwrap()
}

#[test]
fn the_bound_grows_with_the_matches() {
    let verification = Verification::default();
    // max(10, 4 + 0.15 n)
    let needed = [0, 10, 50, 100, 1000].map(|n| verification.needed(n));
    assert_eq!(needed, [10, 10, 12, 19, 154]);
    assert_eq!(verification.clone().base(0.0).rate(0.0).needed(100), 10);
    for n in [20, 200] {
        let from = scattered(n);
        let needed = verification.needed(n);
        let judged = |n_right| {
            let (fit, to) = fit(shifted(), &from, n_right);
            verification.judge(&fit, &from, &to)
        };
        assert!(judged(needed).found, "{n} matches");
        assert_eq!(judged(needed).objection(), None);
        let refused = judged(needed - 1);
        assert!(!refused.found, "{n} matches");
        let why = refused.objection().unwrap();
        assert!(
            why.contains(&format!("{} places of {n} agree", needed - 1)),
            "{why}"
        );
        assert!(why.contains(&format!("{needed} would show")), "{why}");
    }
}

#[test]
fn places_count_and_not_matches() {
    // 100 matches at 10 places.
    let ten = scattered(10);
    let from: Points = (0..100).map(|i| ten[i % 10]).collect();
    let (fit, to) = fit(shifted(), &from, 100);
    let verdict = Verification::default().judge(&fit, &from, &to);
    assert_eq!(
        (verdict.places, verdict.needed, verdict.n_matches),
        (10, 10, 10)
    );
    assert!(verdict.found);
}

#[test]
fn views_that_no_camera_has_are_refused() {
    let judged = |matrix: [[f64; 3]; 3], from: &[[f64; 2]]| {
        let (fit, to) = fit(Homography::new(matrix).unwrap(), from, from.len());
        Verification::default().judge(&fit, from, &to)
    };
    let from = scattered(40);
    let mirrored = [[-1.0, 0.0, 640.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];
    let scaled = |s: f64| [[s, 0.0, 0.0], [0.0, s, 0.0], [0.0, 0.0, 1.0]];
    let tilted = |p: f64| [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [p, 0.0, 1.0]];
    let refused = [
        (mirrored, Distortion::Mirrored),
        (scaled(21.0), Distortion::Scaled),
        (scaled(1.0 / 21.0), Distortion::Scaled),
        // w goes from 1 to 7.4, lengths by its power of 1.5.
        (tilted(0.01), Distortion::Foreshortened),
    ];
    for (matrix, distortion) in refused {
        let verdict = judged(matrix, &from);
        assert_eq!(verdict.distortion, Some(distortion));
        assert!(!verdict.found && verdict.places == 40);
        let why = verdict.objection().unwrap();
        assert!(why.contains(&distortion.to_string()), "{why}");
    }
    for matrix in [scaled(8.0), scaled(0.125), tilted(0.003)] {
        assert!(judged(matrix, &from).found, "{matrix:?}");
    }
    let line: Points = (0..40)
        .map(|i| [f64::from(i) * 9.0, f64::from(i) * 4.0 + f64::from(i % 3)])
        .collect();
    let flat = judged(scaled(1.0), &line);
    assert_eq!(flat.distortion, Some(Distortion::OnALine));
    assert!(!flat.found);
}

#[test]
fn chance_is_not_taken_for_the_object() {
    // Random points: the best of 2,000 samples agrees with 5 to 8 of them, however many there are.
    for seed in 0..40 {
        let mut rng = seeded(seed);
        let n = rng.random_range(5..300);
        let mut points = || -> Points {
            (0..n)
                .map(|_| [rng.random_range(0.0..300.0), rng.random_range(0.0..300.0)])
                .collect()
        };
        let (from, to) = (points(), points());
        let Ok(fit) = find_homography(&from, &to, &RansacParams::default()) else {
            continue;
        };
        let verdict = Verification::default().judge(&fit, &from, &to);
        assert!(!verdict.found, "seed {seed}: {verdict:?}");
    }
}

#[test]
fn parameters_have_an_effect_and_a_range() {
    let from = scattered(50);
    let (fit, to) = fit(shifted(), &from, 12);
    testing::params_have_effect(
        &Verification::default(),
        &[("min_places", "20"), ("base", "1"), ("rate", "0.1")],
        |verification| verification.judge(&fit, &from, &to).needed,
    );
    testing::refuses(
        &Verification::default(),
        &[
            ("min_places", "4"),
            ("base", "-1"),
            ("rate", "-0.1"),
            ("rate", "1.1"),
        ],
    );
    assert!(Verification::default().base(f64::NAN).validate().is_err());
}
