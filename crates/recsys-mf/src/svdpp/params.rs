//! What can be set.

use guide_core::{Params, Result, ensure};
use serde::{Deserialize, Serialize};

/// Parameters of [`Svdpp`](crate::Svdpp). The defaults are Surprise's.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SvdppParams {
    /// Numbers for each user and item (default 20).
    pub n_factors: usize,
    /// Passes over the ratings (default 20).
    pub n_epochs: usize,
    /// Step size η (default 0.007).
    pub learning_rate: f32,
    /// Pull λ towards 0, of factors and biases alike (default 0.02).
    pub regularization: f32,
    /// Standard deviation of the factors' random start (default 0.1).
    pub init_deviation: f32,
    /// The start of all draws.
    pub seed: u64,
}

impl Default for SvdppParams {
    fn default() -> Self {
        Self {
            n_factors: 20,
            n_epochs: 20,
            learning_rate: 0.007,
            regularization: 0.02,
            init_deviation: 0.1,
            seed: 0,
        }
    }
}

guide_core::setters!(SvdppParams {
    n_factors: usize,
    n_epochs: usize,
    learning_rate: f32,
    regularization: f32,
    init_deviation: f32,
    seed: u64,
});

impl Params for SvdppParams {
    fn validate(&self) -> Result<()> {
        ensure::at_least_one("n_factors", self.n_factors)?;
        ensure::at_least_one("n_epochs", self.n_epochs)?;
        ensure::positive("learning_rate", self.learning_rate)?;
        ensure::not_negative("regularization", self.regularization)?;
        ensure::positive("init_deviation", self.init_deviation)
    }
}
