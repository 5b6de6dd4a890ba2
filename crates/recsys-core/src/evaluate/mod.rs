//! Evaluation of models on a test part: errors of ratings, full rankings, sampled rankings, fold-in, cross-validation.
//!
//! All of it runs in parallel over users or folds and gives the same bits on any number of threads.

mod cross_validate;
mod ranking;
mod rating;
mod sampled;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use guide_core::{Error, Result};

use crate::{Ids, UserId};

pub use cross_validate::{CrossValidation, FoldReport, cross_validate, train_and_test};
pub use ranking::{
    AucReport, History, RankingAt, RankingReport, evaluate_auc, evaluate_fold_in, evaluate_ranking,
};
pub use rating::{RatingReport, evaluate_ratings};
pub use sampled::{
    SampledAt, SampledCase, SampledReport, evaluate_sampled, evaluate_sampled_seen, sample_cases,
};

/// Checks that a number means the same in the model and in the data; either may know more than the other.
fn ensure_same_ids(model: &Arc<Ids>, data: &Arc<Ids>) -> Result<()> {
    if Arc::ptr_eq(model, data) {
        return Ok(());
    }
    let sides = [
        ("user", &model.users, &data.users),
        ("item", &model.items, &data.items),
    ];
    for (what, model, data) in sides {
        let different = model
            .names()
            .zip(data.names())
            .enumerate()
            .find(|(_, (a, b))| a != b);
        if let Some((number, (of_model, of_data))) = different {
            return Err(Error::Unsuitable {
                algorithm: "evaluation",
                needed: format!(
                    "data numbered as in training, but {what} {number} is `{of_model}` in the model and `{of_data}` in the data"
                ),
            });
        }
    }
    Ok(())
}

/// Refuses scores of `user` that are not finite: NaN is neither above nor below anything and would rank by accident.
fn ensure_finite(user: UserId, scores: impl IntoIterator<Item = f32>) -> Result<()> {
    match scores.into_iter().find(|score| !score.is_finite()) {
        None => Ok(()),
        Some(score) => Err(Error::NotFinite {
            what: "score for user".to_owned(),
            index: user.index(),
            value: f64::from(score),
        }),
    }
}

fn ensure_cutoffs(cutoffs: &[usize]) -> Result<()> {
    if cutoffs.is_empty() || cutoffs.contains(&0) {
        return Err(Error::param(
            "cutoffs",
            format!("{cutoffs:?}"),
            "at least one, each at least 1",
        ));
    }
    Ok(())
}
