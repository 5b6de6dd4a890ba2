//! Backward passes against the adjoint identity and central differences, on random shapes.
#![allow(clippy::unwrap_used)] // in helpers too

use nn_core::testing::{Case, inner, random, weights_are_differences};
use nn_core::{
    Activation, BatchNorm, Dense, Dropout, Embedding, Grads, Init, Layer, LayerNorm, Mode, Pass,
    Residual, Sequential, Shape, Weights, Workspace,
};
use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(50))]

    #[test]
    fn dense_is_its_own_adjoint(rows in 1_usize..9, n_in in 1_usize..40, n_out in 1_usize..40, seed in any::<u64>()) {
        let mut weights = Weights::new();
        let dense = Dense::without_bias(&mut weights, "0", n_in, n_out, Init::GlorotUniform, seed);
        Case::of(&dense, &weights, &[n_in]).is_adjoint(rows, seed);
    }

    #[test]
    fn dropout_is_its_own_adjoint(rows in 1_usize..9, cols in 1_usize..40, seed in any::<u64>()) {
        let dropout = Dropout::new(0.3, 1).unwrap();
        Case::of(&dropout, &Weights::new(), &[cols]).is_adjoint(rows, seed);
    }

    /// An embedding is linear in its table: `<dy, y> = <dE, E>`.
    #[test]
    fn embedding_is_adjoint_in_its_table(ids in proptest::collection::vec(0_u32..7, 1..20), dim in 1_usize..9, seed in any::<u64>()) {
        let mut weights = Weights::new();
        let table = Embedding::new(&mut weights, "e", 7, dim, Init::Uniform(1.0), seed);
        let mut y = vec![0.0; ids.len() * dim];
        table.gather(&weights, &ids, &mut y);
        let dy = random(y.len(), !seed);
        let mut grads = Grads::of(&weights);
        table.scatter(&ids, &dy, &mut grads);
        let left = inner(&y, &dy);
        let right = inner(&grads.get(table.weight()).to_dense(dim), weights.get(table.weight()));
        prop_assert!((left - right).abs() <= 1e-6 * (ids.len() * dim) as f64);
    }

    /// A batch in parts drops what the whole batch drops.
    #[test]
    fn dropout_does_not_depend_on_the_split(n in 1_usize..20, width in 1_usize..9, middle in 0_usize..20) {
        let (dropout, weights, input) = (Dropout::new(0.4, 3).unwrap(), Weights::new(), Shape::of(&[width]));
        let x = vec![1.0; n * width];
        let middle = middle.min(n);
        let run = |first: usize, n: usize| {
            let mode = Mode::Train { seed: 5, step: 9 };
            let pass = Pass { weights: &weights, mode, n, first };
            let x = &x[first * width..(first + n) * width];
            Workspace::default().forward(&dropout, &pass, input, x).to_vec()
        };
        prop_assert_eq!([run(0, middle), run(middle, n - middle)].concat(), run(0, n));
    }
}

fn check(layer: &dyn Layer, weights: &Weights, x: &[f32], seed: u64) {
    Case::of(layer, weights, &[4]).gradients_are_differences(x, seed);
}

#[test]
fn smooth_layers_have_the_gradient_of_their_differences() {
    let x = random(5 * 4, 1);
    let wide: Vec<f32> = x.iter().map(|x| x * 2.0).collect();
    let mut weights = Weights::new();
    let dense = Dense::new(&mut weights, "0", 4, 3, Init::GlorotUniform, 1);
    check(&dense, &weights, &x, 2);
    for function in [Activation::Tanh, Activation::Gelu, Activation::Softmax] {
        check(&dense.clone().activation(function), &weights, &x, 2);
    }
    let scaled = |weights: &mut Weights| {
        let id = weights.find("norm.weight").unwrap();
        weights.get_mut(id).copy_from_slice(&random(4, 3));
    };
    let mut weights = Weights::new();
    let norm = LayerNorm::new(&mut weights, "norm", 4);
    scaled(&mut weights);
    check(&norm, &weights, &wide, 4);
    let mut weights = Weights::new();
    let norm = BatchNorm::new(&mut weights, "norm", 4);
    scaled(&mut weights);
    check(&norm, &weights, &wide, 6);
    let mut case = Case::of(&norm, &weights, &[4]);
    case.mode = Mode::Infer;
    let dy = random(wide.len(), 8);
    let dx = case.pass(&wide, &dy).dx;
    let scale = weights.get(weights.find("norm.weight").unwrap());
    let expected = dy
        .iter()
        .enumerate()
        .map(|(i, dy)| dy * scale[i % 4] / 1.00001_f32.sqrt());
    for (got, expected) in dx.iter().zip(expected) {
        assert!((got - expected).abs() < 1e-5, "with running statistics");
    }
    for function in [
        Activation::Tanh,
        Activation::Sigmoid,
        Activation::Softmax,
        Activation::Gelu,
        Activation::GeluTanh,
    ] {
        check(&function, &Weights::new(), &x, 7);
    }
    // Away from the corners at 0 and at ±3.
    let apart: Vec<f32> = x.iter().map(|x| x + 0.1 * x.signum()).collect();
    let far: Vec<f32> = apart.iter().map(|x| x * 40.0).collect();
    check(&Activation::LeakyRelu(0.2), &Weights::new(), &apart, 7);
    check(&Activation::Relu, &Weights::new(), &apart, 7);
    check(&Activation::HardSigmoid, &Weights::new(), &x, 7);
    check(&Activation::HardSigmoid, &Weights::new(), &far, 7);
}

#[test]
fn networks_have_the_gradient_of_their_differences() {
    let x = random(5 * 4, 1);
    let mut weights = Weights::new();
    let tower = Sequential::new(&[4])
        .push(Dense::torch(&mut weights, "0", 4, 6, 8))
        .unwrap()
        .push(Activation::Tanh)
        .unwrap()
        .push(Dropout::new(0.5, 1).unwrap())
        .unwrap()
        .push(Dense::torch(&mut weights, "3", 6, 2, 9))
        .unwrap();
    check(&tower, &weights, &x, 10);

    // A residual join, with and without a layer in the shortcut, and a batch norm in the branch.
    let mut weights = Weights::new();
    let branch = Sequential::new(&[4])
        .push(Dense::torch(&mut weights, "a.0", 4, 4, 1))
        .unwrap()
        .push(BatchNorm::new(&mut weights, "a.1", 4))
        .unwrap();
    let wider = Dense::torch(&mut weights, "b", 4, 3, 2).activation(Activation::Tanh);
    let shortcut = Dense::torch(&mut weights, "c", 4, 3, 3);
    let net = Sequential::new(&[4])
        .push(Residual::new(branch, Activation::Tanh))
        .unwrap()
        .push(Residual::new(wider, Activation::Sigmoid).with_shortcut(shortcut))
        .unwrap();
    assert!(net.needs_whole_batch());
    check(&net, &weights, &x, 11);

    // One matrix in two layers: its gradient is the sum of both.
    let mut weights = Weights::new();
    let first = Dense::torch(&mut weights, "0", 4, 4, 4);
    let again = Dense::of(&weights, first.weight(), None).activation(Activation::Tanh);
    let net = Sequential::of(&[4])
        .then(again.clone())
        .unwrap()
        .then(first)
        .unwrap();
    let tied = net.then(again).unwrap();
    assert_eq!(weights.count(), (20, 0));
    check(&tied, &weights, &x, 12);

    // The inner parts of a network of networks.
    let mut weights = Weights::new();
    let inner = Sequential::new(&[4])
        .push(Dense::torch(&mut weights, "0.0", 4, 5, 5))
        .unwrap()
        .push(Activation::Gelu)
        .unwrap();
    let net = Sequential::new(&[4])
        .push(inner)
        .unwrap()
        .push(LayerNorm::new(&mut weights, "1", 5))
        .unwrap();
    check(&net, &weights, &x, 13);
}

#[test]
#[should_panic(expected = "by 3.weight")]
fn a_wrong_gradient_is_found() {
    let mut weights = Weights::new();
    let net = Sequential::new(&[4])
        .push(Dense::torch(&mut weights, "0", 4, 6, 8))
        .unwrap()
        .push(Activation::Tanh)
        .unwrap()
        .push(Dense::torch(&mut weights, "3", 6, 2, 9))
        .unwrap();
    let x = random(5 * 4, 1);
    let dy = Case::of(&net, &weights, &[4]).forward(&x);
    let mut passed = Case::of(&net, &weights, &[4]).pass(&x, &dy);
    passed.grads.dense(weights.find("3.weight").unwrap())[0] += 1.0;
    weights_are_differences(&weights, &passed.grads, |weights| {
        let y = Case::of(&net, weights, &[4]).forward(&x);
        0.5 * inner(&y, &y)
    });
}

#[test]
fn a_misfit_is_an_error_that_names_the_layer_and_both_shapes() {
    let mut weights = Weights::new();
    let dense = Dense::new(&mut weights, "0", 4, 3, Init::Zeros, 0);
    let norm = BatchNorm::new(&mut weights, "1", 4);
    let net = Sequential::new(&[4]).push(dense.clone()).unwrap();
    let error = net.push(norm).unwrap_err().to_string();
    let expected = "input of layer 1 (BatchNormalization): expected shape [4], got [3]";
    assert_eq!(error, expected);
    let residual = Residual::new(dense.clone(), Activation::Relu);
    let error = Sequential::new(&[4]).push(residual).unwrap_err();
    assert!(
        error.to_string().contains("expected shape [3], got [4]"),
        "{error}"
    );
    let error = Sequential::new(&[]).push(dense.clone()).unwrap_err();
    assert!(
        error.to_string().contains("expected shape [4], got []"),
        "{error}"
    );
    let gelu = Residual::new(Activation::Tanh, Activation::Gelu);
    let error = Sequential::new(&[4]).push(gelu).unwrap_err();
    assert!(error.to_string().contains("Gelu"), "{error}");
    let norm = LayerNorm::new(&mut weights, "2", 5);
    assert!(Sequential::new(&[2, 4]).push(norm).is_err());
    // Any number of leading axes.
    let net = Sequential::new(&[2, 4]).push(dense).unwrap();
    assert_eq!(net.output_shape().axes(), [2, 3]);
}
