#![doc = include_str!("../README.md")]

mod co_clustering;
mod ease;
mod slope_one;

pub use co_clustering::{CoClustering, CoClusteringParams};
pub use ease::{Ease, EaseParams};
pub use slope_one::{SlopeOne, SlopeOneParams};
