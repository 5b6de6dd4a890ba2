//! Neighbours: a rating as the mean of those that similar users (or items) gave.
//!
//!     cargo run --release -p examples --example knn_basic [u.data]

use examples::{expect, print_errors, ratings};
use guide_core::Fit;
use recsys_cf::{KnnParams, Similarity};
use recsys_core::UserId;
use recsys_mf::Baseline;

fn main() -> anyhow::Result<()> {
    let data = ratings()?;
    let baseline = print_errors(
        "baseline",
        &Baseline::params().fit(&data.train)?,
        &data.test,
    )?;

    // The owner's cosine: norms over all that each user rated, so that few common items make little similarity.
    let cosine = KnnParams::basic()
        .similarity(Similarity::CosineAll)
        .fit(&data.train)?;
    print_errors("users, cosine-all", &cosine, &data.test)?;

    // Relative to the baselines, with the shrunk correlation of items: the best of the family.
    let best = KnnParams::baseline()
        .similarity(Similarity::PearsonBaseline)
        .user_based(false);
    let best = best.fit(&data.train)?;
    let rmse = print_errors("items, baseline", &best, &data.test)?;

    let nearest = cosine.similar_users(UserId(0), 3)?;
    let names: Vec<&str> = nearest
        .iter()
        .map(|hit| data.train.ids().user_name(hit.id))
        .collect();
    println!(
        "nearest to {}: {}",
        data.train.ids().user_name(UserId(0)),
        names.join(", ")
    );
    expect(rmse < baseline, "neighbours beat the baseline")
}
