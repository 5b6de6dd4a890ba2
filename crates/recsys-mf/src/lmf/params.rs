//! What can be set.

use guide_core::{Params, Result, ensure};
use serde::{Deserialize, Serialize};

use crate::parts::ensure_n_factors;

/// How the factors and biases are learned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LmfSolver {
    /// One step of AdaGrad for each user, then for each item, in every epoch; negatives as popular as the interactions
    /// (Johnson, 2014; implicit).
    AdaGrad,
    /// A step of stochastic gradient descent for each interaction and each negative; negatives drawn from all items alike
    /// (Rendle et al., 2020).
    Sgd,
}

/// Parameters of [`Lmf`](crate::Lmf). The defaults were chosen on validation parts of several data sets (docs/benchmarks.md);
/// [`LmfParams::implicit`] has those of implicit 0.7.3, [`LmfParams::rendle`] those of Rendle et al.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct LmfParams {
    /// Numbers for each user and item (default 32).
    pub n_factors: usize,
    /// Step size γ (default 0.05).
    pub learning_rate: f32,
    /// Whether γ falls in a straight line, to `γ / n_epochs` in the last epoch (default true): the noise of single steps fades.
    pub anneal: bool,
    /// Regularisation λ of factors and biases (default 0.01); with [`LmfSolver::Sgd`] in every step.
    pub regularization: f32,
    /// Passes over users, then items, or over the interactions (default 30).
    pub n_epochs: usize,
    /// Negatives drawn for each interaction of a user or item (default 8); with [`LmfSolver::AdaGrad`] at most as many as
    /// there are on the other side.
    pub neg_prop: usize,
    /// How factors and biases are learned (default SGD).
    pub solver: LmfSolver,
    /// Standard deviation of the factors' random start, and with [`LmfSolver::AdaGrad`] of the biases' (default 0.1).
    pub init_deviation: f32,
    /// The start of all draws.
    pub seed: u64,
}

impl Default for LmfParams {
    fn default() -> Self {
        Self {
            n_factors: 32,
            learning_rate: 0.05,
            anneal: true,
            regularization: 0.01,
            n_epochs: 30,
            neg_prop: 8,
            solver: LmfSolver::Sgd,
            init_deviation: 0.1,
            seed: 0,
        }
    }
}

guide_core::setters!(LmfParams {
    n_factors: usize,
    learning_rate: f32,
    anneal: bool,
    regularization: f32,
    n_epochs: usize,
    neg_prop: usize,
    solver: LmfSolver,
    init_deviation: f32,
    seed: u64,
});

impl LmfParams {
    /// The defaults of implicit 0.7.3: AdaGrad on 30 factors, 30 epochs of 30 negatives, a learning rate of 1 and a
    /// regularisation of 0.6.
    pub fn implicit() -> Self {
        Self {
            n_factors: 30,
            learning_rate: 1.0,
            anneal: false,
            regularization: 0.6,
            n_epochs: 30,
            neg_prop: 30,
            solver: LmfSolver::AdaGrad,
            init_deviation: 1.0,
            ..Self::default()
        }
    }

    /// The settings of Rendle, Krichene, Zhang and Anderson (2020, "Neural Collaborative Filtering vs. Matrix Factorization
    /// Revisited") for MovieLens 1M: stochastic gradient descent on 192 factors, 256 epochs of 8 negatives.
    pub fn rendle() -> Self {
        Self {
            n_factors: 192,
            learning_rate: 0.002,
            anneal: false,
            regularization: 0.005,
            n_epochs: 256,
            neg_prop: 8,
            solver: LmfSolver::Sgd,
            init_deviation: 0.1,
            ..Self::default()
        }
    }

    /// γ of an epoch, the first of which is 1.
    pub(super) fn rate(&self, epoch: usize) -> f32 {
        if self.anneal {
            let left = (self.n_epochs + 1 - epoch) as f32 / self.n_epochs as f32;
            self.learning_rate * left
        } else {
            self.learning_rate
        }
    }

    /// Negatives for one with `n` interactions, among `n_others`.
    pub(super) fn n_negatives(&self, n: usize, n_others: usize) -> usize {
        let drawn = n.saturating_mul(self.neg_prop);
        match self.solver {
            LmfSolver::AdaGrad => drawn.min(n_others),
            LmfSolver::Sgd => drawn,
        }
    }

    /// λ as often as it pulls at one with `n` interactions and these negatives in an epoch.
    pub(super) fn pull(&self, n: usize, n_negatives: usize) -> f32 {
        match self.solver {
            LmfSolver::AdaGrad => self.regularization,
            LmfSolver::Sgd => self.regularization * (n as f32 + n_negatives as f32),
        }
    }
}

impl Params for LmfParams {
    fn validate(&self) -> Result<()> {
        ensure_n_factors(self.n_factors)?;
        ensure::positive("learning_rate", self.learning_rate)?;
        ensure::not_negative("regularization", self.regularization)?;
        ensure::at_least_one("n_epochs", self.n_epochs)?;
        ensure::at_least_one("neg_prop", self.neg_prop)?;
        ensure::positive("init_deviation", self.init_deviation)
    }
}
