//! Backward passes against the adjoint identity and central differences, on random shapes.
#![allow(clippy::unwrap_used)] // in helpers too

use guide_core::ndarray::Array2;
use guide_core::seeded;
use nn_core::testing::{fill, gradients_are_differences, inner, is_adjoint};
use nn_core::{Activation, BatchNorm1d, Dense, Dropout, Embedding, Grads, Init, Layer, LayerNorm};
use proptest::prelude::*;

fn random(rows: usize, cols: usize, seed: u64) -> Array2<f32> {
    let mut x = Array2::zeros((rows, cols));
    fill(&mut x, &mut seeded(seed));
    x
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(50))]

    #[test]
    fn dense_is_its_own_adjoint(rows in 1_usize..9, n_in in 1_usize..40, n_out in 1_usize..40, seed in any::<u64>()) {
        let dense = Dense::new(n_in, n_out, Init::GlorotUniform, seed).without_bias();
        is_adjoint(&dense, &random(rows, n_in, !seed), seed);
    }

    #[test]
    fn dropout_is_its_own_adjoint(rows in 1_usize..9, cols in 1_usize..40, seed in any::<u64>()) {
        is_adjoint(&Dropout::new(0.3).unwrap(), &random(rows, cols, seed), seed);
    }

    /// An embedding is linear in its table: `<dy, y> = <dE, E>`.
    #[test]
    fn embedding_is_adjoint_in_its_table(ids in proptest::collection::vec(0_u32..7, 1..20), dim in 1_usize..9, seed in any::<u64>()) {
        let table = Embedding::new(7, dim, Init::Uniform(1.0), seed);
        let (y, cache) = table.forward(&ids, &mut seeded(0));
        let dy = random(ids.len(), dim, !seed);
        let mut grads = Grads::of(&table);
        table.backward(&cache, &dy, grads.as_mut());
        let left = inner(y.as_slice().unwrap(), dy.as_slice().unwrap());
        let right = inner(&grads.as_ref()[0].to_dense(dim), table.weight.as_slice().unwrap());
        prop_assert!((left - right).abs() <= 1e-6 * (ids.len() * dim) as f64);
    }
}

#[test]
fn smooth_layers_have_the_slope_of_their_differences() {
    let x = random(5, 4, 1);
    gradients_are_differences(&Dense::new(4, 3, Init::GlorotUniform, 1), &x, 2);
    let mut norm = LayerNorm::new(4);
    fill(&mut norm.weight, &mut seeded(3));
    gradients_are_differences(&norm, &(&x * 2.0), 4);
    let mut norm = BatchNorm1d::new(4);
    fill(&mut norm.weight, &mut seeded(5));
    gradients_are_differences(&norm, &(&x * 2.0), 6);
    for function in [
        Activation::Tanh,
        Activation::Sigmoid,
        Activation::Softmax,
        Activation::Gelu,
        Activation::GeluTanh,
    ] {
        gradients_are_differences(&function.layer(), &x, 7);
    }
    // Away from the bends at 0 and at ±3.
    let apart = x.mapv(|x| if x > 0.0 { x + 0.1 } else { x - 0.1 });
    gradients_are_differences(&Activation::LeakyRelu(0.2).layer(), &apart, 7);
    gradients_are_differences(&Activation::Relu.layer(), &apart, 7);
    gradients_are_differences(&Activation::HardSigmoid.layer(), &x, 7);
    gradients_are_differences(&Activation::HardSigmoid.layer(), &(&apart * 40.0), 7);
    let tower = Dense::torch(4, 6, 8)
        .then(Activation::Tanh.layer())
        .then(Dropout::new(0.5).unwrap())
        .then(Dense::torch(6, 2, 9));
    gradients_are_differences(&tower, &x, 10);
}

#[test]
#[should_panic(expected = "by 2.weight")]
fn a_wrong_gradient_is_found() {
    let tower = Dense::torch(4, 6, 8)
        .then(Activation::Tanh.layer())
        .then(Dense::torch(6, 2, 9));
    let x = random(5, 4, 1);
    let (y, cache) = tower.forward(&x, &mut seeded(0));
    let mut grads = Grads::of(&tower);
    tower.backward(&cache, &y, grads.as_mut());
    grads.as_mut()[2].dense()[0] += 1.0;
    nn_core::testing::weights_are_differences(&tower, &grads, |tower| {
        let y = tower.infer(&x);
        0.5 * inner(y.as_slice().unwrap(), y.as_slice().unwrap())
    });
}
