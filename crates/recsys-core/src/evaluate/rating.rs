//! Errors of predicted ratings on a test part.

use guide_core::{Error, Result};

use super::ensure_same_ids;
use crate::{Basis, Pair, Prediction, RatingPredictor, Records, metrics};

/// How far a model's predictions lie from the ratings of a test part.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct RatingReport {
    /// Test ratings.
    pub n: usize,
    /// [`metrics::rmse`].
    pub rmse: f64,
    /// [`metrics::mae`].
    pub mae: f64,
    /// [`metrics::mse`].
    pub mse: f64,
    /// [`metrics::fcp`]; `None` where no user has two different test ratings.
    pub fcp: Option<f64>,
    /// Predictions that rest on less than the whole model: see [`Basis`].
    pub n_fallback: usize,
    /// The predictions, in the order of the test part.
    pub predictions: Vec<Prediction>,
}

/// Predicts every rating of `test` and measures the errors.
///
/// # Errors
/// [`Error::Unsuitable`] without ratings or with other ids than the model's, [`Error::Empty`] without a record,
/// [`Error::NotFinite`] with its place in the test part for a prediction that is not finite.
pub fn evaluate_ratings(model: &dyn RatingPredictor, test: &Records) -> Result<RatingReport> {
    if test.is_empty() {
        return Err(Error::empty("the test part"));
    }
    let Some(ratings) = test.ratings() else {
        return Err(Error::Unsuitable {
            algorithm: "evaluation",
            needed: "ratings, but the test part has none".to_owned(),
        });
    };
    ensure_same_ids(model.ids(), test.ids())?;
    let pairs: Vec<Pair> = test
        .users()
        .iter()
        .zip(test.items())
        .map(|(&user, &item)| (Some(user), Some(item)))
        .collect();
    let predictions = model.predict_batch(&pairs);
    let estimates: Vec<f32> = predictions
        .iter()
        .map(|prediction| prediction.rating)
        .collect();
    let mse = metrics::mse(ratings, &estimates)?;
    Ok(RatingReport {
        n: ratings.len(),
        rmse: mse.sqrt(),
        mae: metrics::mae(ratings, &estimates)?,
        mse,
        fcp: metrics::fcp(test.users(), ratings, &estimates)?,
        n_fallback: predictions
            .iter()
            .filter(|prediction| prediction.basis != Basis::Model)
            .count(),
        predictions,
    })
}
