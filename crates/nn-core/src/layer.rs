//! The layer: one forward pass to answer, one to train, and its own backward pass.

use guide_core::Rng;

use crate::{Chain, Grad, Summary, Weights};

/// A function with weights and an explicit backward pass. No pass changes the layer, so that threads share it.
///
/// A batch lies along the first axis of `Input` and `Output`. Shapes that do not fit are a broken contract of the
/// program, not of its data, and panic with both shapes.
pub trait Layer: Weights {
    /// What goes in.
    type Input;
    /// What comes out.
    type Output;
    /// What the backward pass needs to know of the forward pass.
    type Cache;

    /// The answer: no dropout, running statistics.
    ///
    /// # Panics
    /// If the shape of `x` does not fit.
    fn infer(&self, x: &Self::Input) -> Self::Output;

    /// The answer while training, and what [`Layer::backward`] needs. Whatever is random comes from `rng`.
    ///
    /// # Panics
    /// If the shape of `x` does not fit.
    fn forward(&self, x: &Self::Input, rng: &mut Rng) -> (Self::Output, Self::Cache);

    /// Given `dy = ∂L/∂y`, adds `∂L/∂w` to `grads`, one for each trained tensor in the order of [`Weights::visit`], and returns
    /// `∂L/∂x`.
    ///
    /// # Panics
    /// If the shape of `dy` or the length of `grads` does not fit.
    fn backward(&self, cache: &Self::Cache, dy: &Self::Output, grads: &mut [Grad]) -> Self::Input;

    /// Folds the statistics of a batch, which the forward passes over its shards left in their caches, into the running ones.
    fn absorb(&mut self, _shards: &[&Self::Cache]) {}

    /// Adds its row, or the rows of its parts, to `summary`.
    fn describe(&self, summary: &mut Summary);

    /// How many numbered stages of a chain it counts as.
    #[doc(hidden)]
    fn n_stages(&self) -> usize {
        1
    }

    /// This layer followed by `next`.
    fn then<B: Layer<Input = Self::Output>>(self, next: B) -> Chain<Self, B>
    where
        Self: Sized,
    {
        Chain {
            first: self,
            second: next,
        }
    }
}
