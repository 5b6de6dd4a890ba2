//! Co-clustering: users and items in clusters, with a mean for each pair of clusters.
//!
//!     cargo run --release -p examples --example co_clustering [u.data]

use examples::{expect, print_errors, ratings};
use guide_core::Fit;
use recsys_cf::CoClustering;
use recsys_mf::Baseline;

fn main() -> anyhow::Result<()> {
    let data = ratings()?;
    let baseline = print_errors(
        "baseline",
        &Baseline::params().fit(&data.train)?,
        &data.test,
    )?;
    let rmse = print_errors(
        "co-clustering",
        &CoClustering::params()
            .n_user_clusters(8)
            .n_item_clusters(8)
            .fit(&data.train)?,
        &data.test,
    )?;
    expect(
        rmse < 1.02 * baseline,
        "clusters come near the baseline or beat it",
    )
}
