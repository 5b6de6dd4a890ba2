//! Cross-validation of rating models.

use std::time::Instant;

use guide_core::Result;
use rayon::prelude::*;

use super::{RatingReport, evaluate_ratings};
use crate::{Duplicates, Interactions, RatingPredictor, Records};

/// How to cross-validate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CrossValidation {
    /// How many folds: 5 unless set.
    pub folds: usize,
    /// Which record is in which fold.
    pub seed: u64,
    /// What each training part does with duplicates.
    pub duplicates: Duplicates,
    /// Whether folds run at the same time. Set it to `false` where the seconds matter: each fold then has all threads.
    pub parallel: bool,
}

impl CrossValidation {
    /// 5 folds in parallel, seed 0.
    pub fn new(duplicates: Duplicates) -> Self {
        Self {
            folds: 5,
            seed: 0,
            duplicates,
            parallel: true,
        }
    }
}

guide_core::setters!(CrossValidation {
    folds: usize,
    seed: u64,
    parallel: bool
});

/// What one fold gave.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct FoldReport {
    /// The errors on the fold's test part.
    pub report: RatingReport,
    /// Seconds of training, without the making of the training matrix.
    pub fit_s: f64,
    /// Seconds of predicting the test part.
    pub test_s: f64,
}

/// Trains with `fit` on one part and measures on the other.
///
/// # Errors
/// What duplicates, training and [`evaluate_ratings`] give.
///
/// ```
/// use std::sync::Arc;
/// use recsys_core::{Basis, Duplicates, Ids, ItemId, Model, Prediction, RatingPredictor, Records, UserId, Values, train_and_test};
///
/// struct Three(Arc<Ids>);
/// impl Model for Three {
///     fn ids(&self) -> &Arc<Ids> {
///         &self.0
///     }
/// }
/// impl RatingPredictor for Three {
///     fn predict(&self, _: Option<UserId>, _: Option<ItemId>) -> Prediction {
///         Prediction { rating: 3.0, basis: Basis::Model }
///     }
/// }
/// let mut records = Records::builder();
/// for (user, rating) in [("ann", 4.0), ("bob", 5.0), ("eve", 1.0)] {
///     records.push(user, "pen", Values { rating: Some(rating), ..Values::default() })?;
/// }
/// let records = records.finish();
/// let (train, test) = (records.select(&[0]), records.select(&[1, 2]));
/// let fold = train_and_test(&train, &test, Duplicates::Refuse, |train| Ok(Box::new(Three(Arc::clone(train.ids())))))?;
/// assert_eq!((fold.report.n, fold.report.rmse), (2, 2.0));
/// # Ok::<(), guide_core::Error>(())
/// ```
pub fn train_and_test(
    train: &Records,
    test: &Records,
    duplicates: Duplicates,
    fit: impl Fn(&Interactions) -> Result<Box<dyn RatingPredictor>>,
) -> Result<FoldReport> {
    let train = Interactions::new(train, duplicates)?;
    let start = Instant::now();
    let model = fit(&train)?;
    let fit_s = start.elapsed().as_secs_f64();
    let start = Instant::now();
    let report = evaluate_ratings(model.as_ref(), test)?;
    Ok(FoldReport {
        report,
        fit_s,
        test_s: start.elapsed().as_secs_f64(),
    })
}

/// Trains with `fit` on all folds but one and measures on that one, for each.
///
/// # Errors
/// [`Error::Param`](guide_core::Error::Param) unless `2 <= folds <= n`, and what duplicates, training and
/// [`evaluate_ratings`] give.
///
/// ```
/// use std::sync::Arc;
/// use recsys_core::testing::small_ratings;
/// use recsys_core::{Basis, BiasParams, Biases, CrossValidation, Duplicates, Ids, ItemId, Model, Prediction, RatingPredictor, UserId, cross_validate};
///
/// struct Baseline(Arc<Ids>, Biases);
/// impl Model for Baseline {
///     fn ids(&self) -> &Arc<Ids> {
///         &self.0
///     }
/// }
/// impl RatingPredictor for Baseline {
///     fn predict(&self, user: Option<UserId>, item: Option<ItemId>) -> Prediction {
///         Prediction { rating: self.1.estimate(user, item) as f32, basis: Basis::Model }
///     }
/// }
/// let records = small_ratings(1);
/// let folds = cross_validate(&records, &CrossValidation::new(Duplicates::Refuse).folds(4), |train| {
///     Ok(Box::new(Baseline(Arc::clone(train.ids()), Biases::fit(&BiasParams::default(), train)?)))
/// })?;
/// assert_eq!(folds.iter().map(|fold| fold.report.n).sum::<usize>(), records.len());
/// assert!(folds.iter().all(|fold| fold.report.rmse < 1.2));
/// # Ok::<(), guide_core::Error>(())
/// ```
pub fn cross_validate(
    records: &Records,
    how: &CrossValidation,
    fit: impl Fn(&Interactions) -> Result<Box<dyn RatingPredictor>> + Sync,
) -> Result<Vec<FoldReport>> {
    let folds = guide_core::k_fold(records.len(), how.folds, how.seed)?;
    let run = |(train, test): &(Vec<usize>, Vec<usize>)| {
        train_and_test(
            &records.select(train),
            &records.select(test),
            how.duplicates,
            &fit,
        )
    };
    if how.parallel {
        folds.par_iter().map(run).collect()
    } else {
        folds.iter().map(run).collect()
    }
}
