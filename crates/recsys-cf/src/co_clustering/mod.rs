//! Co-clustering: users and items in a few clusters each, so that a rating is three means and a shift a pair of clusters
//! (George, Merugu, 2005, "A scalable collaborative filtering framework based on co-clustering").

mod model;
#[cfg(test)]
mod tests;
mod train;

use guide_core::{Params, Result, ensure};
use serde::{Deserialize, Serialize};

pub use model::CoClustering;

/// The most clusters of a side: a table of all pairs still takes little.
const MAX_CLUSTERS: usize = 4096;

/// Parameters of [`CoClustering`]. The defaults are those of Surprise.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CoClusteringParams {
    /// Clusters of users.
    pub n_user_clusters: usize,
    /// Clusters of items.
    pub n_item_clusters: usize,
    /// The most passes over the ratings; the training ends before when a pass changes no cluster.
    pub n_epochs: usize,
    /// Decides the clusters at the start.
    pub seed: u64,
}

impl Default for CoClusteringParams {
    fn default() -> Self {
        Self {
            n_user_clusters: 3,
            n_item_clusters: 3,
            n_epochs: 20,
            seed: 0,
        }
    }
}

guide_core::setters!(CoClusteringParams {
    n_user_clusters: usize,
    n_item_clusters: usize,
    n_epochs: usize,
    seed: u64,
});

impl Params for CoClusteringParams {
    fn validate(&self) -> Result<()> {
        let clusters = [
            ("n_user_clusters", self.n_user_clusters),
            ("n_item_clusters", self.n_item_clusters),
        ];
        for (name, value) in clusters {
            ensure::within(name, value, 1, MAX_CLUSTERS)?;
        }
        ensure::at_least_one("n_epochs", self.n_epochs)
    }
}
