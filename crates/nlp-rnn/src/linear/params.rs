//! Parameters of the linear text classifier.

use guide_core::{Error, Params, Result};
use nlp_embed::TfIdfParams;
use nn_core::LogisticRegressionParams;
use serde::{Deserialize, Serialize};

/// Parameters of [`LinearClassifier`](super::LinearClassifier).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct LinearClassifierParams {
    /// The n-grams, and how they are weighted.
    pub features: TfIdfParams,
    /// The training, by default with `c` = 10 and `tol` = 1e-5. The weights of classes are in the order of the labels, which are sorted by their characters.
    pub regression: LogisticRegressionParams,
    /// The share of the texts that the temperature of the probabilities is fitted on (default 0.1): a first model is trained
    /// without them, and training then goes on with all texts. 0 leaves the probabilities as they are.
    pub calibration_share: f32,
    /// Seed that draws the texts for the calibration (default 1).
    pub seed: u64,
}

impl Default for LinearClassifierParams {
    fn default() -> Self {
        Self {
            features: TfIdfParams::default(),
            regression: LogisticRegressionParams::default().c(C).tol(TOL),
            calibration_share: 0.1,
            seed: 1,
        }
    }
}

/// Inverse regularisation, found on validation parts of reviews and intents.
const C: f32 = 10.0;
/// Rare labels still gain where 1e-4 ends the training.
const TOL: f32 = 1e-5;

guide_core::setters!(LinearClassifierParams {
    features: TfIdfParams,
    regression: LogisticRegressionParams,
    calibration_share: f32,
    seed: u64,
});

impl Params for LinearClassifierParams {
    fn validate(&self) -> Result<()> {
        self.features.validate()?;
        self.regression.validate()?;
        if !(0.0..1.0).contains(&self.calibration_share) {
            return Err(Error::param(
                "calibration_share",
                self.calibration_share,
                "at least 0 and below 1",
            ));
        }
        Ok(())
    }
}
