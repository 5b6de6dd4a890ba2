//! Checks of gradients for the layers of this crate and of those built on it.

use guide_core::{Rng, Tensor, seeded};
use rand::RngExt;

use crate::{Grads, Layer, Path, Weights};

/// Step of the central differences: smaller ones drown in the rounding of `f32`.
const STEP: f32 = 1e-2;

/// Fills `tensor` with `U(−1, 1)`.
pub fn fill(tensor: &mut impl Tensor, rng: &mut Rng) {
    let draw = |x: &mut f32| *x = rng.random_range(-1.0..1.0);
    tensor.data_mut().iter_mut().for_each(draw);
}

/// `Σ a b` in `f64`.
///
/// # Panics
/// If the lengths differ.
pub fn inner(a: &[f32], b: &[f32]) -> f64 {
    assert_eq!(a.len(), b.len(), "lengths of an inner product");
    a.iter()
        .zip(b)
        .map(|(&a, &b)| f64::from(a) * f64::from(b))
        .sum()
}

/// Asserts the adjoint identity `<dy, L x> = <Lᵀ dy, x>` of a layer that is linear in `x` (no bias), to 1e-6 of
/// `|dy| |L x|` or `|Lᵀ dy| |x|`, whichever is more: by chance one of the two may cancel.
///
/// # Panics
/// If it does not hold.
pub fn is_adjoint<L: Layer<Input: Tensor, Output: Tensor>>(layer: &L, x: &L::Input, seed: u64) {
    let mut rng = seeded(seed);
    let (mut y, cache) = layer.forward(x, &mut rng);
    let out = y.data().to_vec();
    fill(&mut y, &mut rng);
    let mut grads = Grads::of(layer);
    let dx = layer.backward(&cache, &y, grads.as_mut());
    let (left, right) = (inner(y.data(), &out), inner(dx.data(), x.data()));
    let norm = |a: &[f32]| inner(a, a).sqrt();
    let size = (norm(y.data()) * norm(&out)).max(norm(dx.data()) * norm(x.data()));
    let apart = (left - right).abs() / size.max(1e-12);
    assert!(apart <= 1e-6, "<dy, Lx> = {left}, <L'dy, x> = {right}");
}

/// Asserts that the backward pass gives the central differences of `Σ dy y` for a random `dy`, by every number of the input
/// and by every weight, to `2e-2` of the largest.
///
/// # Panics
/// If it does not.
pub fn gradients_are_differences<L>(layer: &L, x: &L::Input, seed: u64)
where
    L: Layer<Input: Tensor + Clone, Output: Tensor> + Clone,
{
    let mut rng = seeded(seed);
    let (mut dy, cache) = layer.forward(x, &mut seeded(seed));
    fill(&mut dy, &mut rng);
    let mut grads = Grads::of(layer);
    let dx = layer.backward(&cache, &dy, grads.as_mut());
    let loss = |layer: &L, x: &L::Input| {
        let (y, _) = layer.forward(x, &mut seeded(seed));
        inner(y.data(), dy.data())
    };

    let by_input = differences(x.data().len(), |index, by| {
        let mut moved = x.clone();
        moved.data_mut()[index] += by;
        loss(layer, &moved)
    });
    near("the input", dx.data(), &by_input);
    weights_are_differences(layer, &grads, |layer| loss(layer, x));
}

/// Asserts that `grads` holds the central differences of `loss` by every trained weight of `model`, to 2e-2 of the largest in
/// each tensor.
///
/// # Panics
/// If it does not.
pub fn weights_are_differences<M: Weights + Clone>(
    model: &M,
    grads: &Grads,
    loss: impl Fn(&M) -> f64,
) {
    let mut trained = Vec::new();
    model.visit(&Path::ROOT, &mut |path, role, tensor| {
        if role.is_trained() {
            let width = tensor.shape().iter().skip(1).product::<usize>();
            trained.push((path.to_string(), tensor.data().len(), width));
        }
    });
    for (tensor, (name, len, width)) in trained.iter().enumerate() {
        let expected = differences(*len, |index, by| {
            let mut moved = model.clone();
            let mut at = 0;
            moved.visit_mut(&Path::ROOT, &mut |_, role, weights| {
                if role.is_trained() {
                    if at == tensor {
                        weights.data_mut()[index] += by;
                    }
                    at += 1;
                }
            });
            loss(&moved)
        });
        near(name, &grads.as_ref()[tensor].to_dense(*width), &expected);
    }
}

fn differences(len: usize, loss: impl Fn(usize, f32) -> f64) -> Vec<f32> {
    let difference = |index| (loss(index, STEP) - loss(index, -STEP)) / (2.0 * f64::from(STEP));
    (0..len).map(|index| difference(index) as f32).collect()
}

fn near(what: &str, gradient: &[f32], expected: &[f32]) {
    assert_eq!(gradient.len(), expected.len(), "gradient by {what}");
    let largest = expected.iter().fold(0.1_f32, |most, x| most.max(x.abs()));
    for (index, (got, expected)) in gradient.iter().zip(expected).enumerate() {
        let apart = (got - expected).abs() / largest;
        assert!(
            apart <= 2e-2,
            "by {what} [{index}]: {got}, difference {expected}"
        );
    }
}
