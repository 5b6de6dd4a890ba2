//! The part of the training part that trials are measured on, and the measures.

use guide_core::Result;

use crate::split::Split;
use crate::{
    Duplicates, Interactions, RatingPredictor, Recommender, Records, evaluate_ranking,
    evaluate_ratings, evaluate_sampled_seen, sample_cases,
};

/// A training part cut once more, for choosing between parameters: made from nothing but the training part, so that no
/// trial can see a test part.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Validation {
    /// What trials train on, and what their users have seen.
    pub train: Interactions,
    /// What trials are measured on, as rows: for [`evaluate_ranking`].
    pub rows: Interactions,
    /// The same as records: for [`evaluate_ratings`].
    pub records: Records,
}

/// What the ranking of a validation part is judged by; of each, high values are good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RankingMeasure {
    /// Mean [`ndcg`](crate::metrics::ndcg) at the cut-off, all items ranked.
    Ndcg {
        /// The cut-off.
        k: usize,
    },
    /// Mean [`recall_over_test`](crate::metrics::recall_over_test) at the cut-off, all items ranked.
    Recall {
        /// The cut-off.
        k: usize,
    },
    /// Mean [`hit`](crate::metrics::hit) of each item ranked among a few (He et al., 2017).
    SampledHitRate {
        /// The cut-off.
        k: usize,
        /// How many others: usually 99, drawn from what the user has in neither part.
        n_negatives: usize,
        /// Which ones; the same in each trial.
        seed: u64,
    },
    /// Mean [`ndcg`](crate::metrics::ndcg) of each item ranked among a few (He et al., 2017).
    SampledNdcg {
        /// The cut-off.
        k: usize,
        /// How many others: usually 99, drawn from what the user has in neither part.
        n_negatives: usize,
        /// Which ones; the same in each trial.
        seed: u64,
    },
}

impl Validation {
    /// Cuts `train` with one of the functions of [`split`](crate::split) and settles duplicates in both parts.
    ///
    /// # Errors
    /// What `cut` gives, and [`Interactions::new`] on either part.
    ///
    /// ```
    /// use recsys_core::{Duplicates, split, testing::small_ratings, tune::Validation};
    /// let train = small_ratings(1); // A test part was cut off before.
    /// let last = Validation::new(&train, Duplicates::Refuse, split::leave_last)?;
    /// let late = Validation::new(&train, Duplicates::Refuse, |train| split::by_time(train, 0.1))?;
    /// assert_eq!(last.records.len(), train.n_users());
    /// assert!(last.train.len() + last.rows.len() == train.len() && late.train.len() < train.len());
    /// # Ok::<(), guide_core::Error>(())
    /// ```
    pub fn new(
        train: &Records,
        duplicates: Duplicates,
        cut: impl FnOnce(&Records) -> Result<Split>,
    ) -> Result<Self> {
        let Split { train, test } = cut(train)?;
        Self::given(&train, test, duplicates)
    }

    /// A validation part that was made elsewhere, numbered as `train` is (read it with the ids of `train`).
    ///
    /// # Errors
    /// [`Interactions::new`] on either part.
    pub fn given(train: &Records, validation: Records, duplicates: Duplicates) -> Result<Self> {
        Ok(Self {
            train: Interactions::new(train, duplicates)?,
            rows: Interactions::new(&validation, duplicates)?,
            records: validation,
        })
    }

    /// How well `model`, trained on [`Validation::train`], ranks this part: for [`Goal::Maximize`](super::Goal::Maximize).
    ///
    /// # Errors
    /// As [`evaluate_ranking`], or [`sample_cases`] and [`evaluate_sampled_seen`].
    pub fn rank(&self, model: &dyn Recommender, measure: RankingMeasure) -> Result<f64> {
        let full = |k| {
            let report = evaluate_ranking(model, &self.train, &self.rows, &[k])?;
            Ok(report.at[0].mean)
        };
        let sampled = |k, n_negatives, seed| {
            let cases = sample_cases(&self.train, &self.rows, n_negatives, seed)?;
            Ok(evaluate_sampled_seen(model, &self.train, &cases, &[k])?.at[0].mean)
        };
        Ok(match measure {
            RankingMeasure::Ndcg { k } => full(k)?.ndcg,
            RankingMeasure::Recall { k } => full(k)?.recall_over_test,
            RankingMeasure::SampledHitRate {
                k,
                n_negatives,
                seed,
            } => sampled(k, n_negatives, seed)?.hit_rate,
            RankingMeasure::SampledNdcg {
                k,
                n_negatives,
                seed,
            } => sampled(k, n_negatives, seed)?.ndcg,
        })
    }

    /// How far the predictions of `model`, trained on [`Validation::train`], lie from this part's ratings:
    /// for [`Goal::Minimize`](super::Goal::Minimize).
    ///
    /// # Errors
    /// As [`evaluate_ratings`].
    pub fn rmse(&self, model: &dyn RatingPredictor) -> Result<f64> {
        Ok(evaluate_ratings(model, &self.records)?.rmse)
    }
}
