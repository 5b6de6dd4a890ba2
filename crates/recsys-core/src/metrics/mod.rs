//! How good predictions and rankings are. Where several definitions are in use, the name carries the denominator.

mod catalogue;
mod ranking;
mod rating;

pub use catalogue::{coverage, gini, intra_list_diversity, novelty};
pub use ranking::{
    RankingScores, auc, average_precision_over_min, hit, ndcg, precision_over_k, recall_over_min,
    recall_over_test, reciprocal_rank,
};
pub use rating::{fcp, mae, mse, rmse};
