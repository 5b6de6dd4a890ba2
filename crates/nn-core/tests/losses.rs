//! Every loss against PyTorch 2.15.0 (`scripts/golden/torch_nn.py`): values and gradients at 1e-4.
#![allow(clippy::unwrap_used)] // in helpers too

mod common;

use common::{assert_near, flat, matrix, numbers, torch};
use nn_core::{CrossEntropy, Loss};

#[test]
fn losses_of_numbers() {
    let golden = &torch()["losses"];
    let losses = [
        ("mse", Loss::Mse),
        ("mae", Loss::Mae),
        ("huber", Loss::Huber(0.7)),
        ("bce", Loss::BceWithLogits),
        ("bce-huge", Loss::BceWithLogits),
        ("nce", Loss::Nce(1e-6)),
    ];
    for (name, loss) in losses {
        let case = &golden[name];
        let (y, target) = (flat(&case["y"]), flat(&case["t"]));
        let n = y.len() as f32;
        let mut dy = vec![0.0; y.len()];
        let sum = loss.of(&y, &target, 1.0 / n, &mut dy);
        let expected = case["loss"].as_f64().unwrap() as f32;
        assert_near(name, &[sum as f32 / n], &[expected]);
        assert_near(name, &dy, &flat(&case["dy"]));
    }
}

#[test]
fn cross_entropy_of_classes() {
    let golden = &torch()["losses"];
    let plain = CrossEntropy::default();
    let smoothing = 0.1;
    let ignore = Some(1);
    let losses = [
        ("cross-entropy", plain),
        ("cross-entropy-huge", plain),
        ("cross-entropy-smooth", CrossEntropy { smoothing, ..plain }),
        ("cross-entropy-ignore", CrossEntropy { ignore, ..plain }),
    ];
    for (name, loss) in losses {
        let case = &golden[name];
        let y = matrix(&case["y"]);
        let (n, classes) = (y.nrows() as f32, numbers(&case["t"]));
        let (mut dy, width) = (flat(&case["y"]), y.ncols());
        let sum = loss.of(width, &mut dy, &classes, 1.0 / n);
        let expected = case["loss"].as_f64().unwrap() as f32;
        assert_near(name, &[sum as f32 / n], &[expected]);
        assert_near(name, &dy, &flat(&case["dy"]));
    }
}

/// Many rows are halved for threads; classes may have weights of their own.
#[test]
fn rows_of_classes_are_halved_without_a_trace() {
    let (n, width) = (300, 200);
    let logits = nn_core::testing::random(n * width, 1);
    let classes: Vec<u32> = (0..n as u32).map(|row| row * 7 % width as u32).collect();
    let weight = |class: u32| if class < 100 { 2.0 } else { 0.5 };
    let run = || {
        let mut dy = logits.clone();
        let sum = CrossEntropy::default().weighted(width, &mut dy, &classes, 0.25, weight);
        (sum, dy)
    };
    let (sum, dy) = guide_core::testing::same_for_one_and_two_threads(run);
    let mut expected = 0.0;
    for ((row, dy), &class) in logits
        .chunks_exact(width)
        .zip(dy.chunks_exact(width))
        .zip(&classes)
    {
        let mut one = row.to_vec();
        let weight = weight(class);
        let loss = CrossEntropy::default().of(width, &mut one, &[class], 0.25 * weight);
        expected += f64::from(weight) * loss;
        assert_eq!(one, dy);
    }
    assert!((sum - expected).abs() < 1e-9 * expected);
}

#[test]
fn parts_of_a_batch_add_up_to_the_batch() {
    let (y, target) = ([1.0, 2.0, 3.0, -1.0, 0.5, 0.0], [1.0; 6]);
    let of = |range: std::ops::Range<usize>| {
        let mut dy = vec![0.0; range.len()];
        let sum = Loss::Huber(1.0).of(&y[range.clone()], &target[range], 1.0 / 6.0, &mut dy);
        (sum, dy)
    };
    let (whole, first, last) = (of(0..6), of(0..2), of(2..6));
    assert!((whole.0 - first.0 - last.0).abs() < 1e-9);
    assert_eq!(whole.1, [first.1, last.1].concat());
}

#[test]
fn nan_is_not_swallowed() {
    for loss in [
        Loss::Mse,
        Loss::Mae,
        Loss::Huber(1.0),
        Loss::BceWithLogits,
        Loss::Nce(1e-6),
    ] {
        let sum = loss.of(&[f32::NAN], &[0.5], 1.0, &mut [0.0]);
        assert!(sum.is_nan(), "{loss:?}");
    }
    let mut logits = [f32::NAN, 1.0];
    let sum = CrossEntropy::default().of(2, &mut logits, &[1], 1.0);
    assert!(sum.is_nan());
}

#[test]
fn gradients_are_differences_away_from_the_corners() {
    let (y, target) = ([0.4, -1.3, 0.9, 2.5], [0.1, 1.0, 0.3, 0.0]);
    let unit = [0.4, 0.13, 0.9, 0.25];
    for (loss, y) in [
        (Loss::Mse, &y),
        (Loss::Mae, &y),
        (Loss::Huber(0.7), &y),
        (Loss::BceWithLogits, &y),
        (Loss::Nce(1e-6), &unit),
    ] {
        let mut dy = [0.0; 4];
        loss.of(y, &target, 1.0, &mut dy);
        for row in 0..4 {
            let at = |by: f32| {
                let mut moved = *y;
                moved[row] += by;
                loss.of(&moved, &target, 1.0, &mut [0.0; 4])
            };
            let difference = (at(1e-2) - at(-1e-2)) / 2e-2;
            let apart = (f64::from(dy[row]) - difference).abs() / difference.abs().max(1.0);
            assert!(apart < 2e-2, "{loss:?} at {row}: {} {difference}", dy[row]);
        }
    }
    let logits = [0.3, -0.2, 1.0, 2.0, 0.1, -1.0];
    let loss = CrossEntropy {
        smoothing: 0.1,
        ..CrossEntropy::default()
    };
    let mut dy = logits;
    loss.of(3, &mut dy, &[2, 0], 1.0);
    for (place, gradient) in dy.iter().enumerate() {
        let at = |by: f32| {
            let mut moved = logits;
            moved[place] += by;
            loss.of(3, &mut moved, &[2, 0], 1.0)
        };
        let difference = (at(1e-2) - at(-1e-2)) / 2e-2;
        let apart = (f64::from(*gradient) - difference).abs();
        assert!(apart < 1e-3, "{place}: {gradient} {difference}");
    }
}
