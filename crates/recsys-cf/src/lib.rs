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
