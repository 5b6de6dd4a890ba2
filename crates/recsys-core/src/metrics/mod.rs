//! How good predictions and rankings are. Where several definitions are in use, the name carries the denominator.

mod catalogue;
mod ranking;
mod rating;

use guide_core::{Error, Result};

pub use catalogue::{coverage, gini, intra_list_diversity, novelty};
pub use ranking::{
    RankingScores, auc, average_precision_over_min, hit, ndcg, precision_over_k, recall_over_min,
    recall_over_test, reciprocal_rank,
};
pub use rating::{fcp, mae, mse, rmse};

/// Refuses NaN and infinity, which no comparison with a number would show.
pub(crate) fn ensure_finite(what: &str, values: &[f32]) -> Result<()> {
    match values.iter().position(|value| !value.is_finite()) {
        None => Ok(()),
        Some(index) => Err(Error::NotFinite {
            what: what.to_owned(),
            index,
            value: f64::from(values[index]),
        }),
    }
}
