#![doc = include_str!("../README.md")]

mod biases;
mod ids;
mod interactions;
mod model;
mod records;

pub use biases::{BiasMethod, BiasParams, Biases};
pub use ids::{IdMap, Ids, ItemId, UserId};
pub use interactions::{ByItem, Duplicates, Interactions};
pub use model::{
    Basis, Contribution, Explain, FoldIn, Model, Pair, Part, Prediction, RatingPredictor,
    Recommender, SimilarItems, best_items, ensure_history, ensure_item, ensure_user,
};
pub use records::{Records, RecordsBuilder, Scale, Values};
