//! Every layer against PyTorch 2.15.0 (`scripts/golden/torch_nn.py`): outputs and gradients at 1e-4.
#![allow(clippy::unwrap_used)] // in helpers too

mod common;

use common::{assert_near, flat, matrix, numbers, torch, vector};
use guide_core::Tensor;
use nn_core::testing::Case;
use nn_core::{
    Activation, BatchNorm, Dense, Embedding, Grads, Init, Layer, LayerNorm, Mode, Pass, Role,
    Sequential, Shape, Weights, Workspace,
};
use serde_json::Value;

/// Gives `weights` the numbers of the case and compares output, input gradient and weight gradients of `layer`.
fn check(name: &str, layer: &dyn Layer, weights: &mut Weights, case: &Value) {
    let trained: Vec<_> = weights
        .ids()
        .filter(|&id| weights.role(id).is_trained())
        .collect();
    for &id in &trained {
        let values = flat(&case["weights"][weights.name(id)]);
        weights.get_mut(id).copy_from_slice(&values);
    }
    let x = matrix(&case["x"]);
    let passed = Case::of(layer, weights, &[x.ncols()]).pass(x.data(), &flat(&case["dy"]));
    assert_near(name, &passed.y, &flat(&case["y"]));
    assert_near(name, &passed.dx, &flat(&case["dx"]));
    for &id in &trained {
        let what = format!("{name}, {}", weights.name(id));
        let expected = flat(&case["grads"][weights.name(id)]);
        assert_near(&what, passed.grads.get(id).stored(), &expected);
    }
}

#[test]
fn activations() {
    let golden = torch();
    let functions = [
        ("relu", Activation::Relu),
        ("leaky-relu", Activation::LeakyRelu(0.2)),
        ("tanh", Activation::Tanh),
        ("sigmoid", Activation::Sigmoid),
        ("hard-sigmoid", Activation::HardSigmoid),
        ("softmax", Activation::Softmax),
        ("gelu", Activation::Gelu),
        ("gelu-tanh", Activation::GeluTanh),
    ];
    for (name, function) in functions {
        let case = &golden["layers"][name];
        check(name, &function, &mut Weights::new(), case);
        // The same function behind a dense layer that changes nothing.
        let width = matrix(&case["x"]).ncols();
        let mut weights = Weights::new();
        let dense = Dense::without_bias(&mut weights, "0", width, width, Init::Zeros, 0);
        let unit = weights.get_mut(dense.weight()).iter_mut();
        unit.step_by(width + 1).for_each(|w| *w = 1.0);
        let fused = dense.activation(function);
        let case_of = Case::of(&fused, &weights, &[width]);
        let passed = case_of.pass(&flat(&case["x"]), &flat(&case["dy"]));
        assert_near(name, &passed.y, &flat(&case["y"]));
        assert_near(name, &passed.dx, &flat(&case["dx"]));
    }
}

#[test]
fn layers_with_weights() {
    let golden = &torch()["layers"];
    // The golden of a layer alone names its tensors without a number.
    let mut weights = Weights::new();
    let weight = weights.add("weight", Role::Transposed, &[4, 3], vec![0.0; 12]);
    let bias = weights.add("bias", Role::Weight, &[3], vec![0.0; 3]);
    let dense = Dense::of(&weights, weight, Some(bias));
    check("dense", &dense, &mut weights, &golden["dense"]);
    let mut weights = Weights::new();
    let net = Sequential::new(&[4])
        .push(Dense::new(&mut weights, "0", 4, 6, Init::Zeros, 0))
        .unwrap()
        .push(Activation::Relu)
        .unwrap()
        .push(Dense::new(&mut weights, "2", 6, 2, Init::Zeros, 0))
        .unwrap();
    check("chain", &net, &mut weights, &golden["chain"]);
}

/// The tensors of a norm under the names of a layer alone.
fn alone(case: &Value) -> Value {
    let mut case = case.clone();
    for part in ["weights", "grads"] {
        for name in ["weight", "bias"] {
            case[part][format!("norm.{name}")] = case[part][name].clone();
        }
    }
    case
}

#[test]
fn layer_norm() {
    let mut weights = Weights::new();
    let norm = LayerNorm::new(&mut weights, "norm", 4);
    let case = alone(&torch()["layers"]["layer-norm"]);
    check("layer-norm", &norm, &mut weights, &case);
}

#[test]
fn batch_norm_commits_and_then_infers() {
    let case = alone(&torch()["layers"]["batch-norm"]);
    let mut weights = Weights::new();
    let norm = BatchNorm::new(&mut weights, "norm", 4);
    check("batch-norm", &norm, &mut weights, &case);
    let (x, input) = (matrix(&case["x"]), Shape::of(&[4]));
    let mut work = Workspace::default();
    let before = weights.clone();
    let mode = Mode::Train { seed: 0, step: 1 };
    let pass = Pass {
        mode,
        ..Pass::infer(&before, x.nrows())
    };
    work.forward(&norm, &pass, input, x.data());
    work.commit(&norm, input, x.nrows(), &mut weights);
    let running = |id| weights.get(id);
    assert_near(
        "mean",
        running(norm.running_mean()),
        vector(&case["running_mean"]).data(),
    );
    assert_near(
        "variance",
        running(norm.running_var()),
        vector(&case["running_var"]).data(),
    );
    let pass = Pass::infer(&weights, x.nrows());
    let y = work.forward(&norm, &pass, input, x.data());
    assert_near("infer", y, &flat(&case["infer"]));
    let one = weights.clone();
    work.commit(&norm, input, 1, &mut weights);
    assert_eq!(weights, one, "one row has no variance");
}

/// `[n, height, width, channels]` is the batch norm of the rows `[n · height · width, channels]`.
#[test]
fn batch_norm_of_pictures_is_that_of_their_points() {
    let (channels, space) = (4, 6);
    let x = nn_core::testing::random(3 * channels * space, 1);
    let dy = nn_core::testing::random(x.len(), 2);
    let mut weights = Weights::new();
    let norm = BatchNorm::new(&mut weights, "norm", channels);
    let pictures = Case::of(&norm, &weights, &[2, 3, channels]).pass(&x, &dy);
    let points = Case::of(&norm, &weights, &[channels]).pass(&x, &dy);
    assert_eq!(pictures, points);
}

#[test]
fn batch_norm_with_a_function_is_both_layers() {
    // Two blocks of rows and a part of one.
    let (rows, channels) = (1100, 3);
    let x: Vec<f32> = nn_core::testing::random(rows * channels, 1);
    let x: Vec<f32> = x.iter().map(|x| x + 20.0).collect();
    let dy = nn_core::testing::random(x.len(), 2);
    let mut weights = Weights::new();
    let norm = BatchNorm::new(&mut weights, "norm", channels);
    let fused = norm.clone().activation(Activation::Relu);
    let fused = Case::of(&fused, &weights, &[channels]).pass(&x, &dy);
    let both = Sequential::new(&[channels]).push(norm).unwrap();
    let both = both.push(Activation::Relu).unwrap();
    let both = Case::of(&both, &weights, &[channels]).pass(&x, &dy);
    assert_eq!(fused, both);
    let mean = fused.y.iter().sum::<f32>() / fused.y.len() as f32;
    assert!((mean - 0.37).abs() < 0.1, "{mean}");
}

#[test]
fn embedding_leaves_padding_alone() {
    let case = &torch()["layers"]["embedding"];
    let ids = numbers(&case["ids"]);
    let (expected, dy) = (flat(&case["grads"]["weight"]), flat(&case["dy"]));
    let table = matrix(&case["weights"]["weight"]);
    let shape = [table.nrows(), table.ncols()];
    // Trained by rows, or as a whole, as a table that an output layer shares.
    for role in [Role::Rows, Role::Weight] {
        let mut weights = Weights::new();
        let weight = weights.add("weight", role, &shape, table.data().to_vec());
        let table = Embedding::of(&weights, weight).with_padding(&mut weights, 2);
        let mut y = vec![0.0; ids.len() * table.dim()];
        table.gather(&weights, &ids, &mut y);
        assert_near("embedding", &y, &flat(&case["y"]));
        let mut grads = Grads::of(&weights);
        table.scatter(&ids, &dy, &mut grads);
        assert_near("rows", &grads.get(weight).to_dense(shape[1]), &expected);
        if role == Role::Rows {
            assert_eq!(grads.rows(weight).touched(), [1, 5]);
        }
        grads.clear();
        assert_eq!(grads, Grads::of(&weights));
    }
}

#[test]
fn nan_goes_through_every_activation() {
    for function in [
        Activation::Relu,
        Activation::HardSigmoid,
        Activation::Softmax,
        Activation::Gelu,
    ] {
        let mut x = [f32::NAN, 1.0];
        function.apply(&mut x, 2);
        assert!(x[0].is_nan(), "{function:?}");
    }
}
