//! What can be set.

use guide_core::{Params, Result, ensure};
use serde::{Deserialize, Serialize};

use crate::alternate::Solver;
use crate::parts::ensure_n_factors;

/// What an interaction of weight `c = α w` adds to the loss, beside the `α₀ x̂²` of every user and item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Confidence {
    /// `c (1 − x̂)²` on top (Rendle et al., 2021).
    Added,
    /// `c (1 − x̂)²` in place of `α₀ x̂²` (Hu et al., 2008; implicit).
    Replacing,
}

/// Parameters of [`Ials`](crate::Ials). The defaults are those of Rendle et al. for MovieLens 20M, at 64 factors;
/// [`IalsParams::implicit`] has those of implicit 0.7.3.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct IalsParams {
    /// Numbers for each user and item (default 64).
    pub n_factors: usize,
    /// How often each side is solved (default 16).
    pub n_epochs: usize,
    /// λ₀ (default 0.003).
    pub regularization: f32,
    /// ν: a row of `n` interactions has `λ = λ₀ (n + α₀ m)^ν`, `m` being the number of all users or items on the other
    /// side; 0 gives every row the same λ₀ (default 1).
    pub frequency_exponent: f32,
    /// α₀, the weight of what was not taken (default 0.1).
    pub unobserved_weight: f32,
    /// α, which multiplies the weights of the interactions (default 1).
    pub alpha: f32,
    /// Whether an interaction's weight comes on top of α₀ or in its place (default: on top).
    pub confidence: Confidence,
    /// How the systems are solved (default: conjugate gradient).
    pub solver: Solver,
    /// Steps of conjugate gradient for each user and item in each epoch (default 3, implicit's).
    pub cg_steps: usize,
    /// Standard deviation of the users' random start, times `√n_factors` (default 0.1).
    pub init_deviation: f32,
    /// The start of all draws.
    pub seed: u64,
}

impl Default for IalsParams {
    fn default() -> Self {
        Self {
            n_factors: 64,
            n_epochs: 16,
            regularization: 0.003,
            frequency_exponent: 1.0,
            unobserved_weight: 0.1,
            alpha: 1.0,
            confidence: Confidence::Added,
            solver: Solver::ConjugateGradient,
            cg_steps: 3,
            init_deviation: 0.1,
            seed: 0,
        }
    }
}

guide_core::setters!(IalsParams {
    n_factors: usize,
    n_epochs: usize,
    regularization: f32,
    frequency_exponent: f32,
    unobserved_weight: f32,
    alpha: f32,
    confidence: Confidence,
    solver: Solver,
    cg_steps: usize,
    init_deviation: f32,
    seed: u64,
});

impl IalsParams {
    /// The defaults of implicit 0.7.3: 100 factors, 15 iterations, the same λ = 0.01 for every row, and a weight in place
    /// of 1 for what was taken.
    pub fn implicit() -> Self {
        Self {
            n_factors: 100,
            n_epochs: 15,
            regularization: 0.01,
            frequency_exponent: 0.0,
            unobserved_weight: 1.0,
            confidence: Confidence::Replacing,
            ..Self::default()
        }
    }

    /// The weights of an interaction of this weight in `A` and in `b`.
    pub(super) fn weights(&self, weight: f32) -> (f32, f32) {
        let confidence = self.alpha * weight;
        match self.confidence {
            Confidence::Added => (confidence, confidence),
            Confidence::Replacing => (confidence - self.unobserved_weight, confidence),
        }
    }

    /// λ of a row of `n` interactions with `others` on the other side.
    pub(super) fn ridge(&self, n: usize, others: usize) -> f32 {
        let size = n as f32 + self.unobserved_weight * others as f32;
        self.regularization * size.powf(self.frequency_exponent)
    }
}

impl Params for IalsParams {
    fn validate(&self) -> Result<()> {
        ensure_n_factors(self.n_factors)?;
        ensure::at_least_one("n_epochs", self.n_epochs)?;
        ensure::positive("regularization", self.regularization)?;
        ensure::within("frequency_exponent", self.frequency_exponent, 0.0, 2.0)?;
        ensure::not_negative("unobserved_weight", self.unobserved_weight)?;
        ensure::positive("alpha", self.alpha)?;
        ensure::at_least_one("cg_steps", self.cg_steps)?;
        ensure::positive("init_deviation", self.init_deviation)
    }
}
