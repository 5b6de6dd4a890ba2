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
