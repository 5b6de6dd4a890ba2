//! The parameters of RANSAC.

use guide_core::{Params, Result, ensure, setters};
use serde::{Deserialize, Serialize};

/// Where 5 % of the matches are right, four of them are seen some sixty times.
const MAX_ITERATIONS: usize = 10_000_000;

/// How a model is found among matches of which some are wrong.
///
/// The defaults are those of OpenCV's `findHomography` with `RANSAC`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RansacParams {
    /// Pixels in the second picture up to which a match agrees with a model: `|to − H from| <= threshold`.
    pub threshold: f64,
    /// The most samples that are looked at; `1..=10_000_000`.
    pub max_iterations: usize,
    /// Sampling stops when a sample without wrong matches has been seen with this probability, in `0..1`.
    pub confidence: f64,
    /// Start of the random stream.
    pub seed: u64,
}

impl Default for RansacParams {
    fn default() -> Self {
        Self {
            threshold: 3.0,
            max_iterations: 2000,
            confidence: 0.995,
            seed: 0,
        }
    }
}

setters!(RansacParams {
    threshold: f64,
    max_iterations: usize,
    confidence: f64,
    seed: u64,
});

impl Params for RansacParams {
    fn validate(&self) -> Result<()> {
        if !(self.threshold.is_finite() && self.threshold > 0.0) {
            return Err(guide_core::Error::param(
                "threshold",
                self.threshold,
                "finite and above 0",
            ));
        }
        ensure::within("max_iterations", self.max_iterations, 1, MAX_ITERATIONS)?;
        ensure::within("confidence", self.confidence, 0.0, 1.0)
    }
}
