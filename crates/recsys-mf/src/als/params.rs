//! What can be set.

use guide_core::{Params, Result, ensure};
use serde::{Deserialize, Serialize};

use crate::alternate::Solver;
use crate::parts::ensure_n_factors;

/// Parameters of [`Als`](crate::Als). Factors, epochs and regularisation are Spark's defaults, the biases are LensKit's
/// addition.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AlsParams {
    /// Numbers for each user and item (default 10).
    pub n_factors: usize,
    /// How often each side is solved (default 10).
    pub n_epochs: usize,
    /// Whether the factors describe what the baseline `μ + b_u + b_i` leaves, or the rating itself (default true).
    pub biased: bool,
    /// Added to a user's number of ratings where its bias is found (default 15, Surprise's); only with `biased`.
    pub reg_user: f32,
    /// Added to an item's number of ratings where its bias is found (default 10, Surprise's); only with `biased`.
    pub reg_item: f32,
    /// λ, times the number of ratings of the user or item (default 0.1).
    pub regularization: f32,
    /// How the systems are solved (default: Cholesky).
    pub solver: Solver,
    /// Steps of conjugate gradient for each user and item in each epoch (default 3).
    pub cg_steps: usize,
    /// Standard deviation of the users' random start, times `√n_factors` (default 1).
    pub init_deviation: f32,
    /// The start of all draws.
    pub seed: u64,
}

impl Default for AlsParams {
    fn default() -> Self {
        Self {
            n_factors: 10,
            n_epochs: 10,
            biased: true,
            reg_user: 15.0,
            reg_item: 10.0,
            regularization: 0.1,
            solver: Solver::Cholesky,
            cg_steps: 3,
            init_deviation: 1.0,
            seed: 0,
        }
    }
}

guide_core::setters!(AlsParams {
    n_factors: usize,
    n_epochs: usize,
    biased: bool,
    reg_user: f32,
    reg_item: f32,
    regularization: f32,
    solver: Solver,
    cg_steps: usize,
    init_deviation: f32,
    seed: u64,
});

impl Params for AlsParams {
    fn validate(&self) -> Result<()> {
        ensure_n_factors(self.n_factors)?;
        ensure::at_least_one("n_epochs", self.n_epochs)?;
        ensure::not_negative("reg_user", self.reg_user)?;
        ensure::not_negative("reg_item", self.reg_item)?;
        ensure::positive("regularization", self.regularization)?;
        ensure::at_least_one("cg_steps", self.cg_steps)?;
        ensure::positive("init_deviation", self.init_deviation)
    }
}
