//! Every loss against PyTorch 2.15.0 (`scripts/golden/torch_nn.py`): values and gradients at 1e-4.
#![allow(clippy::unwrap_used)] // in helpers too

mod common;

use common::{assert_near, matrix, numbers, torch};
use guide_core::Tensor;
use guide_core::ndarray::{Array2, array};
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
        let (y, target) = (matrix(&case["y"]), matrix(&case["t"]));
        let n = y.nrows() as f32;
        let (sum, dy) = loss.of(&y, &target, 1.0 / n);
        let expected = case["loss"].as_f64().unwrap() as f32;
        assert_near(name, &[sum as f32 / n], &[expected]);
        assert_near(name, dy.data(), matrix(&case["dy"]).data());
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
        let n = y.nrows() as f32;
        let (sum, dy) = loss.of(&y, &numbers(&case["t"]), 1.0 / n);
        let expected = case["loss"].as_f64().unwrap() as f32;
        assert_near(name, &[sum as f32 / n], &[expected]);
        assert_near(name, dy.data(), matrix(&case["dy"]).data());
    }
}

#[test]
fn parts_of_a_batch_add_up_to_the_batch() {
    let y = array![[1.0, 2.0], [3.0, -1.0], [0.5, 0.0]];
    let target = Array2::ones((3, 2));
    let whole = Loss::Huber(1.0).of(&y, &target, 1.0 / 3.0);
    let part = |rows: std::ops::Range<usize>| {
        let of = |of: &Array2<f32>| {
            of.slice_axis(guide_core::ndarray::Axis(0), rows.clone().into())
                .to_owned()
        };
        Loss::Huber(1.0).of(&of(&y), &of(&target), 1.0 / 3.0)
    };
    let (first, last) = (part(0..1), part(1..3));
    assert!((whole.0 - first.0 - last.0).abs() < 1e-9);
    assert_eq!(whole.1.data(), [first.1.data(), last.1.data()].concat());
}

#[test]
fn nan_is_not_swallowed() {
    let y = array![[f32::NAN]];
    for loss in [
        Loss::Mse,
        Loss::Mae,
        Loss::Huber(1.0),
        Loss::BceWithLogits,
        Loss::Nce(1e-6),
    ] {
        assert!(loss.of(&y, &array![[0.5]], 1.0).0.is_nan(), "{loss:?}");
    }
    let logits = array![[f32::NAN, 1.0]];
    assert!(CrossEntropy::default().of(&logits, &[1], 1.0).0.is_nan());
}

#[test]
fn slopes_are_differences_away_from_the_bends() {
    let (y, target) = (
        array![[0.4], [-1.3], [0.9], [2.5]],
        array![[0.1], [1.0], [0.3], [0.0]],
    );
    let unit = array![[0.4], [0.13], [0.9], [0.25]];
    for (loss, y) in [
        (Loss::Mse, &y),
        (Loss::Mae, &y),
        (Loss::Huber(0.7), &y),
        (Loss::BceWithLogits, &y),
        (Loss::Nce(1e-6), &unit),
    ] {
        let (_, dy) = loss.of(y, &target, 1.0);
        for row in 0..y.nrows() {
            let at = |by: f32| {
                let mut moved = y.clone();
                moved[[row, 0]] += by;
                loss.of(&moved, &target, 1.0).0
            };
            let difference = (at(1e-2) - at(-1e-2)) / 2e-2;
            let apart = (f64::from(dy[[row, 0]]) - difference).abs() / difference.abs().max(1.0);
            assert!(
                apart < 2e-2,
                "{loss:?} at {row}: {} {difference}",
                dy[[row, 0]]
            );
        }
    }
    let logits = array![[0.3, -0.2, 1.0], [2.0, 0.1, -1.0]];
    let loss = CrossEntropy {
        smoothing: 0.1,
        ..CrossEntropy::default()
    };
    let (_, dy) = loss.of(&logits, &[2, 0], 1.0);
    for (place, slope) in dy.indexed_iter() {
        let at = |by: f32| {
            let mut moved = logits.clone();
            moved[place] += by;
            loss.of(&moved, &[2, 0], 1.0).0
        };
        let difference = (at(1e-2) - at(-1e-2)) / 2e-2;
        assert!(
            (f64::from(*slope) - difference).abs() < 1e-3,
            "{place:?}: {slope} {difference}"
        );
    }
}
