#![doc = include_str!("../README.md")]

mod biases;
mod by_item;
mod evaluate;
mod ids;
mod interactions;
pub mod metrics;
mod model;
pub mod read;
mod records;
pub mod significance;
mod similar;
pub mod split;
pub mod testing;
pub mod tune;

pub use biases::{BiasMethod, BiasParams, Biases};
pub use by_item::ByItem;
pub use evaluate::{
    AucReport, CrossValidation, FoldReport, History, RankingAt, RankingReport, RatingReport,
    SampledAt, SampledCase, SampledReport, cross_validate, evaluate_auc, evaluate_fold_in,
    evaluate_ranking, evaluate_ratings, evaluate_sampled, evaluate_sampled_seen, sample_cases,
    train_and_test,
};
pub use ids::{IdMap, Ids, ItemId, UserId};
pub use interactions::{CsrValues, Duplicates, Interactions};
pub use model::{
    Basis, Contribution, Explain, FoldIn, Model, Pair, Part, Prediction, RatingPredictor,
    Recommender, SimilarItems, SimilarUsers, best_items, ensure_history, ensure_item, ensure_user,
    rising,
};
pub use records::{ColumnId, Records, RecordsBuilder, Scale, ValueColumns, Values};
pub use similar::similar_by_items;

// What the signatures of this crate name, so that a program needs no dependency of its own on the crates below.
pub use guide_core;
pub use guide_core::{
    Cancel, EarlyStopping, EpochReport, Error, ErrorKind, Fit, Params, Persist, Progress, Result,
    Scored, Silent,
};
