//! Starting values: their bounds and spreads by definition, and orthogonality.
#![allow(clippy::unwrap_used)] // in helpers too

use guide_core::ndarray::Array2;
use guide_core::{kernels, seeded};
use nn_core::Init;

/// Standard deviation and largest size of a `[200, 300]` matrix.
fn spread(init: Init) -> (f32, f32) {
    let w = init.matrix(200, 300, 5);
    let mean = w.mean().unwrap();
    assert!(mean.abs() < 0.02, "{init:?}: mean {mean}");
    (w.std(0.0), w.iter().fold(0.0, |most, w| most.max(w.abs())))
}

#[test]
fn uniform_draws_fill_their_bounds() {
    let bounds = [
        (Init::Uniform(0.05), 0.05),
        (Init::GlorotUniform, (6.0_f32 / 500.0).sqrt()),
        (Init::HeUniform, (6.0_f32 / 200.0).sqrt()),
        (Init::LecunUniform, (3.0_f32 / 200.0).sqrt()),
        (Init::TorchDefault, (1.0_f32 / 200.0).sqrt()),
    ];
    for (init, bound) in bounds {
        let (std, most) = spread(init);
        assert!(most <= bound && most > 0.999 * bound, "{init:?}: {most}");
        assert!(
            (std * 3.0_f32.sqrt() / bound - 1.0).abs() < 0.01,
            "{init:?}: {std}"
        );
    }
}

#[test]
fn normal_draws_have_their_variance_and_cut() {
    let plain = [
        (Init::Normal(0.3), 0.3),
        (Init::XavierNormal, (2.0_f32 / 500.0).sqrt()),
        (Init::KaimingNormal, (2.0_f32 / 200.0).sqrt()),
    ];
    for (init, expected) in plain {
        let (std, most) = spread(init);
        assert!(
            (std / expected - 1.0).abs() < 0.01 && most > 3.0 * expected,
            "{init:?}"
        );
    }
    let cut = [
        (Init::TruncatedNormal(0.3), 0.3 * 0.879_625_7, 0.6),
        (Init::GlorotNormal, (2.0_f32 / 500.0).sqrt(), f32::INFINITY),
        (Init::HeNormal, (2.0_f32 / 200.0).sqrt(), f32::INFINITY),
        (Init::LecunNormal, (1.0_f32 / 200.0).sqrt(), f32::INFINITY),
    ];
    for (init, expected, bound) in cut {
        let (std, most) = spread(init);
        assert!((std / expected - 1.0).abs() < 0.01, "{init:?}: {std}");
        assert!(
            most <= bound.min(2.0 * expected / 0.879_625_7 + 1e-6),
            "{init:?}: {most}"
        );
    }
}

#[test]
fn orthogonal_rows_or_columns_are_orthonormal_times_the_gain() {
    for (rows, cols) in [(20, 50), (50, 20), (1, 7), (30, 30)] {
        let w: Array2<f32> = Init::Orthogonal(2.0).draw((rows, cols), rows, cols, &mut seeded(1));
        let gram = if rows <= cols {
            kernels::matmul(w.view(), w.t())
        } else {
            kernels::matmul(w.t(), w.view())
        };
        let apart = &gram - &(Array2::<f32>::eye(gram.nrows()) * 4.0);
        assert!(apart.iter().all(|x| x.abs() < 1e-5), "{rows} x {cols}");
    }
}

#[test]
fn fixed_values_are_fixed() {
    for (init, value) in [
        (Init::Zeros, 0.0),
        (Init::Ones, 1.0),
        (Init::Constant(0.5), 0.5),
    ] {
        assert!(init.matrix(3, 4, 0).iter().all(|&w| w == value));
    }
    let (a, b) = (
        Init::GlorotUniform.matrix(3, 4, 1),
        Init::GlorotUniform.matrix(3, 4, 2),
    );
    assert_ne!(a, b);
    assert_eq!(a, Init::GlorotUniform.matrix(3, 4, 1));
}
