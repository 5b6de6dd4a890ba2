//! Neighbour models of ratings (Herlocker et al., 1999; Koren, 2010, "Factor in the neighbors"), as Surprise defines them.
//!
//! A prediction averages the ratings of the `k` most similar users among those who rated the item (or, item-based, of the
//! most similar items among those the user rated). No table of all similarities is kept: the similarities of one user to
//! all others come from one walk over that user's ratings when they are needed.

mod estimate;
mod lists;
mod model;
mod params;
mod recommend;
mod similarity;
#[cfg(test)]
mod tests;

pub use model::Knn;
pub use params::{Estimate, KnnParams, Similarity};
