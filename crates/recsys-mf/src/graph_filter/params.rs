//! What the graph filter can be told.

use guide_core::{Params, Result, ensure};
use serde::{Deserialize, Serialize};

use crate::parts::ensure_n_factors;

/// Parameters of [`GraphFilter`](super::GraphFilter). The defaults are those that Choi et al. found on Gowalla.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct GraphFilterParams {
    /// Singular vectors that the ideal low-pass filter keeps (default 448); fewer where the matrix has a lower rank.
    pub n_factors: usize,
    /// β, the weight of the ideal low-pass filter beside the neighbours (default 0.2); 0 leaves it out.
    pub ideal_weight: f32,
    /// T, how long the scores are sharpened (default 2.5); 0 is GF-CF.
    pub sharpening: f32,
    /// Power iterations (default 4): each brings the singular vectors nearer to the true ones.
    pub n_iter: usize,
    /// Random directions beyond `n_factors` (default 10, as Halko et al. advise).
    pub oversampling: usize,
    /// Seed of the random directions.
    pub seed: u64,
}

impl Default for GraphFilterParams {
    fn default() -> Self {
        Self {
            n_factors: 448,
            ideal_weight: 0.2,
            sharpening: 2.5,
            n_iter: 4,
            oversampling: 10,
            seed: 0,
        }
    }
}

guide_core::setters!(GraphFilterParams {
    n_factors: usize,
    ideal_weight: f32,
    sharpening: f32,
    n_iter: usize,
    oversampling: usize,
    seed: u64,
});

/// The longest sharpening: beyond it the polynomial of degree 4 has long ceased to be near an exponential.
const MAX_SHARPENING: f32 = 10.0;

impl Params for GraphFilterParams {
    fn validate(&self) -> Result<()> {
        ensure_n_factors(self.n_factors)?;
        ensure::not_negative("ideal_weight", self.ideal_weight)?;
        ensure::within("sharpening", self.sharpening, 0.0, MAX_SHARPENING)
    }
}
