//! What PureSVD can be told.

use guide_core::{Params, Result};
use serde::{Deserialize, Serialize};

use crate::parts::ensure_n_factors;

/// Parameters of [`PureSvd`](super::PureSvd).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PureSvdParams {
    /// Singular vectors kept (default 50, as Cremonesi et al. use on MovieLens); fewer where the matrix has a lower rank.
    pub n_factors: usize,
    /// Power iterations (default 4): each brings the subspace nearer to the true one.
    pub n_iter: usize,
    /// Random directions beyond `n_factors` (default 10, as Halko et al. advise).
    pub oversampling: usize,
    /// Seed of the random directions.
    pub seed: u64,
}

impl Default for PureSvdParams {
    fn default() -> Self {
        Self {
            n_factors: 50,
            n_iter: 4,
            oversampling: 10,
            seed: 0,
        }
    }
}

guide_core::setters!(PureSvdParams {
    n_factors: usize,
    n_iter: usize,
    oversampling: usize,
    seed: u64,
});

impl Params for PureSvdParams {
    fn validate(&self) -> Result<()> {
        ensure_n_factors(self.n_factors)
    }
}
