//! What BPR can be told.

use guide_core::{Params, Result, ensure};
use serde::{Deserialize, Serialize};

use crate::parts::ensure_n_factors;

/// How the item that a user has not taken is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Negatives {
    /// The item of another interaction: popular items are drawn more often, as implicit does.
    Popular,
    /// Every item that somebody took alike, as in the paper.
    Uniform,
}

/// Parameters of [`Bpr`](super::Bpr). The defaults were chosen on validation parts of several data sets (docs/benchmarks.md);
/// [`BprParams::implicit`] has those of implicit 0.7.3.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct BprParams {
    /// Numbers a user and an item (default 64).
    pub n_factors: usize,
    /// Step size η (default 0.05).
    pub learning_rate: f32,
    /// Regularisation of factors and item biases at each step, λ (default 0.02).
    pub regularization: f32,
    /// Passes over the interactions (default 50).
    pub n_epochs: usize,
    /// How negative items are drawn (default: uniform).
    pub negatives: Negatives,
    /// Candidates drawn for each interaction. The one with the highest score becomes the negative (default 4; 1 takes the draw
    /// itself, as in the paper). More make the ranking's head count for more: dynamic negative sampling, Zhang et
    /// al. (2013), "Optimizing Top-N Collaborative Filtering via Dynamic Negative Item Sampling".
    pub n_candidates: usize,
    /// Whether a drawn item that the user has is passed over (default true).
    pub verify_negative_samples: bool,
    /// Seed of the first factors and of the draws.
    pub seed: u64,
}

impl Default for BprParams {
    fn default() -> Self {
        Self {
            n_factors: 64,
            learning_rate: 0.05,
            regularization: 0.02,
            n_epochs: 50,
            negatives: Negatives::Uniform,
            n_candidates: 4,
            verify_negative_samples: true,
            seed: 0,
        }
    }
}

impl BprParams {
    /// The defaults of implicit 0.7.3: 100 factors, 100 epochs, a learning rate and a regularisation of 0.01, and one negative a
    /// step, as popular as the interactions.
    pub fn implicit() -> Self {
        Self {
            n_factors: 100,
            learning_rate: 0.01,
            regularization: 0.01,
            n_epochs: 100,
            negatives: Negatives::Popular,
            n_candidates: 1,
            ..Self::default()
        }
    }
}

guide_core::setters!(BprParams {
    n_factors: usize,
    learning_rate: f32,
    regularization: f32,
    n_epochs: usize,
    negatives: Negatives,
    n_candidates: usize,
    verify_negative_samples: bool,
    seed: u64,
});

/// More candidates than this are not drawn but looked through.
const MAX_CANDIDATES: usize = 1024;

impl Params for BprParams {
    fn validate(&self) -> Result<()> {
        ensure_n_factors(self.n_factors)?;
        ensure::positive("learning_rate", self.learning_rate)?;
        ensure::not_negative("regularization", self.regularization)?;
        ensure::at_least_one("n_epochs", self.n_epochs)?;
        ensure::within("n_candidates", self.n_candidates, 1, MAX_CANDIDATES)
    }
}
