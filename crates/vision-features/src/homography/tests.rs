//! Known homographies found again from clean, noisy and mostly wrong matches; what has no homography refused.

use guide_core::{Error, Params, seeded, testing};
use proptest::prelude::*;
use rand::RngExt;

use super::*;

/// A mild change of view of a picture of 640x480.
fn view(numbers: [f64; 8]) -> Homography {
    let [a, b, x, c, d, y, p, q] = numbers;
    Homography::new([
        [1.0 + 0.4 * a, 0.4 * b, 100.0 * x],
        [0.4 * c, 1.0 + 0.4 * d, 100.0 * y],
        [3e-4 * p, 3e-4 * q, 1.0],
    ])
    .unwrap()
}

fn any_view() -> impl Strategy<Value = Homography> {
    prop::array::uniform8(-1.0..1.0).prop_map(view)
}

/// The mean distance by which the corners of a picture of 640x480 are mapped apart.
fn corner_error(a: &Homography, b: &Homography) -> f64 {
    let corners = [[0.0, 0.0], [639.0, 0.0], [639.0, 479.0], [0.0, 479.0]];
    let apart = corners.map(|[x, y]| {
        let (a, b) = (a.apply(x, y).unwrap(), b.apply(x, y).unwrap());
        (a.0 - b.0).hypot(a.1 - b.1)
    });
    apart.iter().sum::<f64>() / 4.0
}

type Points = Vec<[f64; 2]>;

/// `n` pairs, of which the share `wrong` has a random partner and the others are off by up to `noise`.
fn pairs(truth: &Homography, n: usize, wrong: f64, noise: f64, seed: u64) -> (Points, Points) {
    let mut rng = seeded(seed);
    let mut anywhere = move |wide: f64, high: f64| {
        [
            wide * rng.random_range(0.0..1.0),
            high * rng.random_range(0.0..1.0),
        ]
    };
    let from: Points = (0..n).map(|_| anywhere(640.0, 480.0)).collect();
    let to = from.iter().enumerate().map(|(i, &[x, y])| {
        if (i as f64) < wrong * n as f64 {
            return anywhere(640.0, 480.0);
        }
        let (x, y) = truth.apply(x, y).unwrap();
        let [dx, dy] = anywhere(2.0 * noise, 2.0 * noise);
        [x + dx - noise, y + dy - noise]
    });
    let to = to.collect();
    (from, to)
}

fn find(from: &[[f64; 2]], to: &[[f64; 2]]) -> Result<HomographyFit> {
    find_homography(from, to, &RansacParams::default())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn clean_points_give_their_homography(truth in any_view(), n in 5usize..60, seed: u64) {
        let (from, to) = pairs(&truth, n, 0.0, 0.0, seed);
        let fit = find(&from, &to).unwrap();
        prop_assert_eq!(fit.n_inliers(), n);
        // Few points may lie close together, far from the corners.
        let limit = if n >= 20 { 1e-6 } else { 1e-2 };
        let error = corner_error(&fit.homography, &truth);
        prop_assert!(error < limit, "{n} points, {error} px");
    }

    #[test]
    fn wrong_matches_are_told_apart(truth in any_view(), wrong in 0.5f64..0.7, seed: u64) {
        let (from, to) = pairs(&truth, 200, wrong, 0.0, seed);
        let params = RansacParams::default().seed(seed);
        let fit = find_homography(&from, &to, &params).unwrap();
        let n_wrong = (wrong * 200.0).ceil() as usize;
        prop_assert!(fit.inliers[n_wrong..].iter().all(|&inlier| inlier));
        prop_assert!(fit.n_inliers() <= 200 - n_wrong + 5, "a wrong pair may fit by chance");
        let error = corner_error(&fit.homography, &truth);
        prop_assert!(error < 1.0, "{error} px");
    }

    #[test]
    fn there_and_back(truth in any_view(), x in 0.0..640.0, y in 0.0..480.0) {
        let (u, v) = truth.apply(x, y).unwrap();
        let back = truth.inverse().unwrap().apply(u, v).unwrap();
        prop_assert!((back.0 - x).hypot(back.1 - y) < 1e-8);
    }
}

/// A coordinate of any size: of a picture, absurdly large, subnormal, or one of few values so that points coincide and lie
/// on lines.
fn any_coordinate() -> impl Strategy<Value = f64> {
    prop_oneof![
        4 => 0.0..640.0,
        2 => (0i32..4).prop_map(f64::from),
        1 => prop::sample::select(vec![
            0.0, -0.0, 1e30, -1e30, 1e15, -1e12, 1e300, f64::MAX, f64::MIN_POSITIVE, 5e-324, -1e-310, 1e-30,
        ]),
        1 => (-300.0..300.0f64).prop_map(|exponent| 10f64.powf(exponent)),
    ]
}

fn any_points(n: std::ops::Range<usize>) -> impl Strategy<Value = Vec<([f64; 2], [f64; 2])>> {
    let point = || prop::array::uniform2(any_coordinate());
    prop::collection::vec((point(), point()), n)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// Whatever the coordinates: an error, or a fit whose inliers are at four places and are mapped to within the threshold.
    #[test]
    fn every_inlier_is_mapped_near_its_partner(
        pairs in any_points(0..12),
        shift in any_coordinate(),
        n_right in 0usize..12,
        seed: u64,
    ) {
        let from: Points = pairs.iter().map(|(from, _)| *from).collect();
        // The first points agree on a shift, as far as rounding leaves it.
        let to: Points = pairs
            .iter()
            .enumerate()
            .map(|(index, &([x, y], to))| if index < n_right { [x + shift, y] } else { to })
            .collect();
        let params = RansacParams::default().max_iterations(60).seed(seed);
        let Ok(fit) = find_homography(&from, &to, &params) else { return Ok(()); };
        prop_assert!(fit.n_places(&from, &to) >= 4, "{fit:?}");
        prop_assert_eq!(fit.inliers.len(), from.len());
        let [_, _, [p, q, r]] = fit.homography.matrix();
        let mut sides = Vec::new();
        for ((from, to), _) in from.iter().zip(&to).zip(&fit.inliers).filter(|(_, inlier)| **inlier) {
            let (x, y) = fit.homography.apply(from[0], from[1]).unwrap();
            let distance = (x - to[0]).hypot(y - to[1]);
            prop_assert!(distance <= params.threshold * 1.000_002, "{distance} px: {fit:?}");
            sides.push(p * from[0] + q * from[1] + r > 0.0);
        }
        prop_assert!(sides.windows(2).all(|two| two[0] == two[1]), "both sides of the horizon");
    }
}

#[test]
fn points_that_are_not_finite_are_refused() {
    let square = [[0.0, 0.0], [9.0, 0.0], [9.0, 9.0], [0.0, 9.0]];
    for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        for index in 0..8 {
            let mut broken = square;
            broken[index / 2][index % 2] = value;
            assert!(matches!(
                find(&broken, &square),
                Err(Error::NotFinite { .. })
            ));
            assert!(matches!(
                find(&square, &broken),
                Err(Error::NotFinite { .. })
            ));
        }
    }
}

#[test]
fn refinement_beats_a_single_sample_on_noisy_points() {
    let truth = view([0.5, -0.3, 1.0, 0.2, -0.4, 0.3, 0.5, -0.5]);
    let (from, to) = pairs(&truth, 400, 0.4, 1.0, 3);
    let fit = find(&from, &to).unwrap();
    // 240 pairs off by up to 1 px in each axis, 0.82 px on average: their mean is off by about 0.82 / √240.
    assert!(corner_error(&fit.homography, &truth) < 0.3);

    // No step away from the answer lessens the sum of squares that it minimises.
    let kept: Vec<_> = (0..400).filter(|&i| fit.inliers[i]).collect();
    let squares = |h: &Homography| -> f64 {
        let squared = |&i: &usize| {
            let (x, y) = h.apply(from[i][0], from[i][1]).unwrap();
            (x - to[i][0]).powi(2) + (y - to[i][1]).powi(2)
        };
        kept.iter().map(squared).sum()
    };
    let least = squares(&fit.homography);
    for cell in 0..8 {
        for step in [-1e-5, 1e-5] {
            let mut moved = fit.homography.matrix();
            let number = &mut moved[cell / 3][cell % 3];
            *number += step * if cell < 6 { 1.0 } else { 1e-3 };
            assert!(
                squares(&Homography::new(moved).unwrap()) > least,
                "cell {cell}"
            );
        }
    }
}

#[test]
fn four_points_are_met_exactly() {
    let from = [[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]];
    let to = [[2.0, 1.0], [5.0, 2.0], [6.0, 7.0], [1.0, 4.0]];
    let fit = find(&from, &to).unwrap();
    for (from, to) in from.iter().zip(to) {
        let (x, y) = fit.homography.apply(from[0], from[1]).unwrap();
        assert!((x - to[0]).hypot(y - to[1]) < 1e-12);
    }
    assert_eq!(fit.inliers, [true; 4]);
    assert_eq!(fit.iterations, 1);
    // Whatever the seed: four different ones are drawn, which are all.
    for seed in 0..100 {
        let params = RansacParams::default().max_iterations(1).seed(seed);
        assert!(find_homography(&from, &to, &params).is_ok(), "seed {seed}");
    }
}

#[test]
fn refinement_keeps_what_it_has_where_no_step_is_left() {
    // All on a column: what lies beside it is anyone's guess, and the normal equations are singular.
    let column = [0.0, 1.0, 3.0, 4.0].map(|y| [0.0, y]);
    let same = nalgebra::Matrix3::identity();
    let kept = refine::refine(&same, &column, &column).unwrap();
    assert!((kept / kept[(2, 2)] - same).abs().max() < 1e-9);
}

#[test]
fn a_mirror_is_found() {
    let mirror = Homography::new([[-1.0, 0.0, 640.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]).unwrap();
    let (from, to) = pairs(&mirror, 50, 0.3, 0.0, 1);
    let fit = find(&from, &to).unwrap();
    assert!(corner_error(&fit.homography, &mirror) < 1e-6);
}

#[test]
fn what_has_no_homography_is_refused_by_its_count() {
    let square = [[0.0, 0.0], [9.0, 0.0], [9.0, 9.0], [0.0, 9.0]];
    let message = |from: &[[f64; 2]], to: &[[f64; 2]]| find(from, to).err().unwrap().to_string();
    assert_eq!(
        message(&square[..3], &square[..3]),
        "homography needs at least 4 matches, got 3"
    );
    assert_eq!(
        message(&[], &[]),
        "homography needs at least 4 matches, got 0"
    );
    assert!(matches!(
        find(&square, &square[..3]),
        Err(Error::Shape { expected, got, .. }) if expected == [4, 2] && got == [3, 2]
    ));

    let line: Points = (0..30)
        .map(|i| [f64::from(i), 2.0 * f64::from(i)])
        .collect();
    let anywhere = pairs(&view([0.0; 8]), 30, 0.0, 0.0, 1).0;
    let none = "homography needs 4 matches of which no 3 lie on a line; none found in 2000 samples of 30 matches";
    assert_eq!(message(&line, &anywhere), none);
    assert_eq!(message(&anywhere, &line), none);
    assert_eq!(message(&anywhere, &[[5.0, 5.0]; 30]), none);
    // Three places, however often each.
    let three: Points = (0..30).map(|i| square[i % 3]).collect();
    assert_eq!(message(&three, &anywhere), none);

    let mut broken = square;
    broken[2][1] = f64::NAN;
    assert_eq!(
        message(&square, &broken),
        "coordinate of the second picture's point 2 is NaN, which is not finite"
    );
}

#[test]
fn pairs_that_share_a_point_make_no_sample() {
    // Twelve pairs point at one spot, as repeated texture does; eight right ones are fewer, yet in general position.
    let truth = view([0.2, 0.1, 0.4, -0.1, 0.2, 0.3, 0.0, 0.0]);
    let (from, mut to) = pairs(&truth, 20, 0.0, 0.0, 9);
    to[..12].fill([320.0, 240.0]);
    let fit = find(&from, &to).unwrap();
    assert!(corner_error(&fit.homography, &truth) < 1e-6);
    assert!(fit.inliers[12..].iter().all(|&inlier| inlier));
}

#[test]
fn every_parameter_counts_and_bad_ones_are_refused() {
    let truth = view([0.5, -0.3, 1.0, 0.2, -0.4, 0.3, 0.5, -0.5]);
    let (from, to) = pairs(&truth, 60, 0.6, 1.0, 5);
    let params = RansacParams::default();
    let fitted = |params: &RansacParams| find_homography(&from, &to, params).unwrap();
    let changes = [
        ("threshold", "0.5"),
        ("max_iterations", "1"),
        ("confidence", "0.5"),
    ];
    testing::params_have_effect(&params, &changes, fitted);
    // After enough samples every seed ends at the same model.
    testing::params_have_effect(&params.clone().max_iterations(2), &[("seed", "1")], fitted);
    testing::refuses(
        &params,
        &[
            ("threshold", "0"),
            ("threshold", "-1"),
            ("max_iterations", "0"),
            ("max_iterations", "10000001"),
            ("confidence", "1.5"),
            ("confidence", "-0.1"),
        ],
    );
    assert!(params.clone().threshold(f64::NAN).validate().is_err());
    assert!(params.clone().confidence(f64::NAN).validate().is_err());
    // The refusal reaches the caller.
    assert!(matches!(
        find_homography(&from, &to, &params.threshold(0.0)),
        Err(Error::Param { name, .. }) if name == "threshold"
    ));
}

#[test]
fn the_seed_decides_every_bit() {
    let (from, to) = pairs(&view([0.3; 8]), 300, 0.5, 1.0, 11);
    let fit = testing::same_for_one_and_two_threads(|| find(&from, &to).unwrap());
    assert_eq!(fit, find(&from, &to).unwrap());
}

#[test]
fn matrices_are_normalised_checked_and_saved() {
    let doubled = Homography::new([[2.0, 0.0, 4.0], [0.0, 2.0, 0.0], [0.0, 0.0, 2.0]]).unwrap();
    assert_eq!(doubled.matrix()[0], [1.0, 0.0, 2.0]);
    // The last number is 0: the origin goes to infinity.
    let flip = Homography::new([[0.0, 0.0, 1.0], [0.0, 1.0, 0.0], [1.0, 0.0, 0.0]]).unwrap();
    assert_eq!(flip.apply(0.0, 0.0), None);
    let (x, y) = flip.apply(2.0, 3.0).unwrap();
    assert!((x - 0.5).abs() < 1e-15 && (y - 1.5).abs() < 1e-15);

    let flat = Homography::new([[1.0, 0.0, 0.0], [0.0, 0.0, 0.0], [0.0, 0.0, 1.0]]).unwrap();
    assert_eq!(flat.inverse(), None);
    assert!(Homography::new([[0.0; 3]; 3]).is_err());
    assert!(matches!(
        Homography::new([[1.0, 0.0, 0.0], [0.0, f64::INFINITY, 0.0], [0.0; 3]]),
        Err(Error::NotFinite { index: 4, .. })
    ));

    let text = serde_json::to_string(&doubled).unwrap();
    assert_eq!(text, "[[1.0,0.0,2.0],[0.0,1.0,0.0],[0.0,0.0,1.0]]");
    assert_eq!(serde_json::from_str::<Homography>(&text).unwrap(), doubled);
    assert!(serde_json::from_str::<Homography>("[[0,0,0],[0,0,0],[0,0,0]]").is_err());
}
