//! Checks of gradients for the layers of this crate and of those built on it.

use guide_core::{Rng, Tensor, seeded};
use rand::RngExt;

use crate::{Grads, Layer, Mode, Pass, Shape, WeightId, Weights, Workspace};

/// Step of the central differences: smaller ones drown in the rounding of `f32`.
const STEP: f32 = 1e-2;

/// Fills `tensor` with `U(−1, 1)`.
pub fn fill(tensor: &mut impl Tensor, rng: &mut Rng) {
    draw(tensor.data_mut(), rng);
}

fn draw(values: &mut [f32], rng: &mut Rng) {
    values
        .iter_mut()
        .for_each(|x| *x = rng.random_range(-1.0..1.0));
}

/// `len` numbers of `U(−1, 1)` under `seed`.
pub fn random(len: usize, seed: u64) -> Vec<f32> {
    let mut values = vec![0.0; len];
    draw(&mut values, &mut seeded(seed));
    values
}

/// `Σ a b` in `f64`.
///
/// # Panics
/// If the lengths differ.
pub fn inner(a: &[f32], b: &[f32]) -> f64 {
    assert_eq!(a.len(), b.len(), "lengths of an inner product");
    let product = |(&a, &b): (&f32, &f32)| f64::from(a) * f64::from(b);
    a.iter().zip(b).map(product).sum()
}

/// What one forward and one backward pass give.
#[derive(Clone, Debug, PartialEq)]
pub struct Passed {
    /// The output.
    pub y: Vec<f32>,
    /// The gradient by the input.
    pub dx: Vec<f32>,
    /// The gradients by the tensors.
    pub grads: Grads,
}

/// A layer with its store and the shape of its inputs.
#[derive(Clone, Copy, Debug)]
pub struct Case<'c> {
    /// The layer.
    pub layer: &'c dyn Layer,
    /// Its tensors.
    pub weights: &'c Weights,
    /// The shape of an example.
    pub input: Shape,
    /// Answers, or trains under a seed.
    pub mode: Mode,
}

impl<'c> Case<'c> {
    /// A layer that trains under seed 0.
    pub fn of(layer: &'c dyn Layer, weights: &'c Weights, input: &[usize]) -> Self {
        Self {
            layer,
            weights,
            input: Shape::of(input),
            mode: Mode::Train { seed: 0, step: 1 },
        }
    }

    /// The output for the examples `x`, and the gradients for `dy`.
    pub fn pass(&self, x: &[f32], dy: &[f32]) -> Passed {
        let (mut work, pass) = (Workspace::default(), self.of_examples(x));
        let y = work.forward(self.layer, &pass, self.input, x).to_vec();
        work.output().1.copy_from_slice(dy);
        let mut grads = Grads::of(self.weights);
        let dx = work
            .backward(self.layer, &pass, self.input, x, true, Some(&mut grads))
            .to_vec();
        // Without the gradients that nobody wants, the others are the same.
        work.output().1.copy_from_slice(dy);
        let alone = work.backward(self.layer, &pass, self.input, x, true, None);
        assert_eq!(alone, dx, "gradient by the input alone");
        work.output().1.copy_from_slice(dy);
        let mut without = Grads::of(self.weights);
        work.backward(self.layer, &pass, self.input, x, false, Some(&mut without));
        assert_eq!(without, grads, "gradients by the weights alone");
        Passed { y, dx, grads }
    }

    /// The output alone.
    pub fn forward(&self, x: &[f32]) -> Vec<f32> {
        let mut work = Workspace::default();
        work.forward(self.layer, &self.of_examples(x), self.input, x)
            .to_vec()
    }

    fn of_examples(&self, x: &[f32]) -> Pass<'c> {
        Pass {
            weights: self.weights,
            mode: self.mode,
            n: x.len() / self.input.len().max(1),
            first: 0,
        }
    }

    /// Asserts the adjoint identity `<dy, L x> = <Lᵀ dy, x>` of a layer that is linear in `x` (no bias), to 1e-6 of
    /// `|dy| |L x|` or `|Lᵀ dy| |x|`, whichever is more: by chance one of the two may cancel.
    ///
    /// # Panics
    /// If it does not hold.
    pub fn is_adjoint(&self, n: usize, seed: u64) {
        let x = random(n * self.input.len(), seed);
        let dy = random(self.forward(&x).len(), !seed);
        let Passed { y, dx, .. } = self.pass(&x, &dy);
        let (left, right) = (inner(&dy, &y), inner(&dx, &x));
        let norm = |a: &[f32]| inner(a, a).sqrt();
        let size = (norm(&dy) * norm(&y)).max(norm(&dx) * norm(&x));
        let apart = (left - right).abs() / size.max(1e-12);
        assert!(apart <= 1e-6, "<dy, Lx> = {left}, <L'dy, x> = {right}");
    }

    /// Asserts that the backward pass gives the central differences of `Σ dy y` for a random `dy`, by every number of the input
    /// and by every weight, to `2e-2` of the largest.
    ///
    /// # Panics
    /// If it does not.
    pub fn gradients_are_differences(&self, x: &[f32], seed: u64) {
        let dy = random(self.forward(x).len(), seed);
        let passed = self.pass(x, &dy);
        let by_input = differences(x.len(), |index, by| {
            let mut moved = x.to_vec();
            moved[index] += by;
            inner(&self.forward(&moved), &dy)
        });
        near("the input", &passed.dx, &by_input);
        weights_are_differences(self.weights, &passed.grads, |weights| {
            inner(&Case { weights, ..*self }.forward(x), &dy)
        });
    }
}

/// Asserts that `grads` holds the central differences of `loss` by every trained weight, to 2e-2 of the largest in each tensor.
///
/// # Panics
/// If it does not.
pub fn weights_are_differences(weights: &Weights, grads: &Grads, loss: impl Fn(&Weights) -> f64) {
    let trained: Vec<WeightId> = weights.ids().collect();
    let trained = trained.iter().filter(|&&id| weights.role(id).is_trained());
    for &id in trained {
        let mut moved = weights.clone();
        let expected = differences(weights.get(id).len(), |index, by| {
            moved.get_mut(id)[index] += by;
            let loss = loss(&moved);
            moved.get_mut(id)[index] = weights.get(id)[index];
            loss
        });
        let width = weights.shape(id).iter().skip(1).product();
        near(weights.name(id), &grads.get(id).to_dense(width), &expected);
    }
}

fn differences(len: usize, mut loss: impl FnMut(usize, f32) -> f64) -> Vec<f32> {
    let mut difference = |index| (loss(index, STEP) - loss(index, -STEP)) / (2.0 * f64::from(STEP));
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
