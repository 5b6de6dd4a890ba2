//! What can be set.

use guide_core::{Params, Result, ensure};
use serde::{Deserialize, Serialize};

use crate::parts::ensure_n_factors;

/// Parameters of [`Lmf`](crate::Lmf). The defaults are those of implicit 0.7.3.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct LmfParams {
    /// Numbers for each user and item (default 30).
    pub n_factors: usize,
    /// Step size γ of AdaGrad (default 1).
    pub learning_rate: f32,
    /// Pull λ of factors and biases towards 0 (default 0.6).
    pub regularization: f32,
    /// Passes over users, then items (default 30).
    pub n_epochs: usize,
    /// Negatives drawn for each interaction of a user or item (default 30), at most as many as there are on the other side.
    pub neg_prop: usize,
    /// The start of all draws.
    pub seed: u64,
}

impl Default for LmfParams {
    fn default() -> Self {
        Self {
            n_factors: 30,
            learning_rate: 1.0,
            regularization: 0.6,
            n_epochs: 30,
            neg_prop: 30,
            seed: 0,
        }
    }
}

guide_core::setters!(LmfParams {
    n_factors: usize,
    learning_rate: f32,
    regularization: f32,
    n_epochs: usize,
    neg_prop: usize,
    seed: u64,
});

impl Params for LmfParams {
    fn validate(&self) -> Result<()> {
        ensure_n_factors(self.n_factors)?;
        ensure::positive("learning_rate", self.learning_rate)?;
        ensure::not_negative("regularization", self.regularization)?;
        ensure::at_least_one("n_epochs", self.n_epochs)?;
        ensure::at_least_one("neg_prop", self.neg_prop)
    }
}
