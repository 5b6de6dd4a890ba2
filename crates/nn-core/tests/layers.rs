//! Every layer against PyTorch 2.15.0 (`scripts/golden/torch_nn.py`): outputs and gradients at 1e-4.
#![allow(clippy::unwrap_used)] // in helpers too

mod common;

use common::{assert_near, matrix, numbers, torch, vector};
use guide_core::ndarray::Array2;
use guide_core::{Tensor, seeded};
use nn_core::{Activation, BatchNorm1d, Dense, Embedding, Grads, Init, Layer, LayerNorm, Path};
use serde_json::Value;

/// Gives `layer` the weights of the case and compares output, input gradient and weight gradients.
fn check<L: Layer<Input = Array2<f32>, Output = Array2<f32>>>(
    name: &str,
    layer: &mut L,
    case: &Value,
) {
    layer.visit_mut(&Path::ROOT, &mut |path, role, tensor| {
        if role.is_trained() {
            let values = matrix(&case["weights"][path.to_string()]);
            tensor.data_mut().copy_from_slice(values.data());
        }
    });
    let (x, dy) = (matrix(&case["x"]), matrix(&case["dy"]));
    let (y, cache) = layer.forward(&x, &mut seeded(0));
    assert_near(name, y.data(), matrix(&case["y"]).data());
    let mut grads = Grads::of(layer);
    let dx = layer.backward(&cache, &dy, grads.as_mut());
    assert_near(name, dx.data(), matrix(&case["dx"]).data());
    let mut parts = grads.as_ref().iter();
    layer.visit(&Path::ROOT, &mut |path, role, _| {
        if role.is_trained() {
            let expected = matrix(&case["grads"][path.to_string()]);
            let what = format!("{name}, {path}");
            let got = parts.next().map_or(&[][..], |grad| grad.stored());
            assert_near(&what, got, expected.data());
        }
    });
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
        check(name, &mut function.layer(), &golden["layers"][name]);
    }
}

#[test]
fn layers_with_weights() {
    let golden = &torch()["layers"];
    check(
        "dense",
        &mut Dense::new(4, 3, Init::Zeros, 0),
        &golden["dense"],
    );
    check("layer-norm", &mut LayerNorm::new(4), &golden["layer-norm"]);
    let mut chain = Dense::new(4, 6, Init::Zeros, 0)
        .then(Activation::Relu.layer())
        .then(Dense::new(6, 2, Init::Zeros, 0));
    check("chain", &mut chain, &golden["chain"]);
}

#[test]
fn batch_norm_absorbs_and_then_infers() {
    let case = &torch()["layers"]["batch-norm"];
    let mut norm = BatchNorm1d::new(4);
    check("batch-norm", &mut norm, case);
    let before = norm.clone();
    let x = matrix(&case["x"]);
    let (_, cache) = norm.forward(&x, &mut seeded(0));
    assert_eq!(norm, before, "a pass changes nothing");
    norm.absorb(&[&cache]);
    assert_near(
        "mean",
        norm.running_mean.data(),
        vector(&case["running_mean"]).data(),
    );
    assert_near(
        "variance",
        norm.running_var.data(),
        vector(&case["running_var"]).data(),
    );
    assert_near(
        "infer",
        norm.infer(&x).data(),
        matrix(&case["infer"]).data(),
    );
}

#[test]
fn embedding_leaves_padding_alone() {
    let case = &torch()["layers"]["embedding"];
    let table = Embedding {
        weight: matrix(&case["weights"]["weight"]),
        padding: Some(2),
    };
    let ids = numbers(&case["ids"]);
    let (y, cache) = table.forward(&ids, &mut seeded(0));
    assert_near("embedding", y.data(), matrix(&case["y"]).data());
    let mut grads = Grads::of(&table);
    assert!(
        table
            .backward(&cache, &matrix(&case["dy"]), grads.as_mut())
            .is_empty()
    );
    let expected = matrix(&case["grads"]["weight"]);
    assert_near("rows", &grads.as_ref()[0].to_dense(3), expected.data());
    let touched: Vec<u32> = grads.as_mut()[0]
        .rows()
        .iter()
        .map(|(row, _)| row)
        .collect();
    assert_eq!(touched, [1, 5]);
    grads.clear();
    assert_eq!(grads, Grads::of(&table));
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
