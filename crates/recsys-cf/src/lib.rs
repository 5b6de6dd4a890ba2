#![doc = include_str!("../README.md")]

mod co_clustering;
mod ease;
mod knn;

pub use co_clustering::{CoClustering, CoClusteringParams};
pub use ease::{Ease, EaseParams};
pub use knn::{Estimate, Knn, KnnParams, Similarity};

mod item_top;
mod neighbours;
mod slope_one;
mod sparse;

pub use item_top::{
pub use slope_one::{SlopeOne, SlopeOneParams};
    ItemBm25, ItemCosine, ItemSimilarity, ItemTfidf, ItemTop, ItemTopParams, Weighting,
};
