//! Two layers, one after the other; longer chains are chains of chains.

use guide_core::Rng;
use serde::{Deserialize, Serialize};

use crate::{Grad, Layer, Path, Summary, Visitor, VisitorMut, Weights};

/// `y = second(first(x))`, made by [`Layer::then`]. Stages are named `0`, `1`, `2` as in PyTorch's `Sequential`.
///
/// ```
/// use guide_core::ndarray::array;
/// use nn_core::{Activation, Dense, Init, Layer};
/// let net = Dense::new(2, 2, Init::Constant(1.0), 0).then(Activation::Relu.layer()).then(Dense::new(2, 1, Init::Constant(0.5), 0));
/// assert_eq!(net.infer(&array![[1.0, 2.0], [1.0, -2.0]]), array![[3.0], [0.0]]);
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Chain<A, B> {
    /// The layer that sees the input.
    pub first: A,
    /// The layer that makes the output.
    pub second: B,
}

impl<A: Layer, B: Layer<Input = A::Output>> Weights for Chain<A, B> {
    fn visit(&self, at: &Path<'_>, visitor: &mut Visitor<'_>) {
        self.visit_stage(at, 0, visitor);
    }

    fn visit_mut(&mut self, at: &Path<'_>, visitor: &mut VisitorMut<'_>) {
        self.visit_stage_mut(at, 0, visitor);
    }

    fn visit_stage(&self, at: &Path<'_>, index: usize, visitor: &mut Visitor<'_>) {
        self.first.visit_stage(at, index, visitor);
        self.second
            .visit_stage(at, index + self.first.n_stages(), visitor);
    }

    fn visit_stage_mut(&mut self, at: &Path<'_>, index: usize, visitor: &mut VisitorMut<'_>) {
        let next = index + self.first.n_stages();
        self.first.visit_stage_mut(at, index, visitor);
        self.second.visit_stage_mut(at, next, visitor);
    }
}

impl<A: Layer, B: Layer<Input = A::Output>> Layer for Chain<A, B> {
    type Input = A::Input;
    type Output = B::Output;
    type Cache = (A::Cache, B::Cache);

    fn infer(&self, x: &A::Input) -> B::Output {
        self.second.infer(&self.first.infer(x))
    }

    fn forward(&self, x: &A::Input, rng: &mut Rng) -> (B::Output, Self::Cache) {
        let (hidden, first) = self.first.forward(x, rng);
        let (y, second) = self.second.forward(&hidden, rng);
        (y, (first, second))
    }

    fn backward(&self, cache: &Self::Cache, dy: &B::Output, grads: &mut [Grad]) -> A::Input {
        let (first, second) = grads.split_at_mut(self.first.n_trained());
        let d_hidden = self.second.backward(&cache.1, dy, second);
        self.first.backward(&cache.0, &d_hidden, first)
    }

    fn absorb(&mut self, shards: &[&Self::Cache]) {
        let (first, second): (Vec<_>, Vec<_>) = shards.iter().map(|(a, b)| (a, b)).unzip();
        self.first.absorb(&first);
        self.second.absorb(&second);
    }

    fn describe(&self, summary: &mut Summary) {
        self.first.describe(summary);
        self.second.describe(summary);
    }

    fn n_stages(&self) -> usize {
        self.first.n_stages() + self.second.n_stages()
    }
}
