#![doc = include_str!("../README.md")]

mod co_clustering;
mod ease;
mod item_top;
mod knn;
mod neighbours;
mod rp3beta;
mod slim;
mod slope_one;
mod sparse;
mod steps;

pub use co_clustering::{CoClustering, CoClusteringParams};
pub use ease::{Ease, EaseParams};
pub use item_top::{
    ItemBm25, ItemCosine, ItemSimilarity, ItemTfidf, ItemTop, ItemTopParams, ItemTopWeights,
    Weighting,
};
pub use knn::{Estimate, Knn, KnnParams, Similarity};
pub use rp3beta::{Rp3Beta, Rp3BetaParams};
pub use slim::{Slim, SlimParams};
pub use slope_one::{SlopeOne, SlopeOneParams};

// What the signatures of this crate name, so that a program needs no dependency of its own on the crates below.
pub use guide_core;
pub use guide_core::{
    Allowed, Cancel, EarlyStopping, EpochReport, Error, ErrorKind, Fit, Params, Persist, Progress,
    Result, Scored, Silent, ndarray,
};
pub use recsys_core;
pub use recsys_core::{
    BiasParams, Contribution, Explain, FoldIn, Ids, Interactions, ItemId, Model, Pair, Prediction,
    RatingPredictor, Recommender, SimilarItems, SimilarUsers, UserId,
};
