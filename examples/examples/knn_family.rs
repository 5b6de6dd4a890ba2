//! Neighbours whose ratings are compared to something first: to each one's mean, mean and deviation, or baseline.
//!
//!     cargo run --release -p examples --example knn_family [u.data]

use examples::{expect, print_errors, ratings};
use guide_core::Fit;
use recsys_cf::{KnnParams, Similarity};
use recsys_mf::Baseline;

fn main() -> anyhow::Result<()> {
    let data = ratings()?;
    let baseline = print_errors(
        "baseline",
        &Baseline::params().fit(&data.train)?,
        &data.test,
    )?;
    let family = [
        ("knn-means", KnnParams::means()),
        ("knn-zscore", KnnParams::zscore()),
        ("knn-baseline", KnnParams::baseline()),
    ];
    let mut best = [f64::INFINITY; 3];
    for ((name, params), best) in family.iter().zip(&mut best) {
        for (side, user_based) in [("users", true), ("items", false)] {
            // The correlation of what the baselines leave, shrunk where two have little in common.
            let params = params.clone().similarity(Similarity::PearsonBaseline);
            let model = params.user_based(user_based).fit(&data.train)?;
            let rmse = print_errors(&format!("{name}, {side}"), &model, &data.test)?;
            *best = best.min(rmse);
        }
    }
    expect(
        best.iter().all(|&rmse| rmse < baseline),
        "each of the family beats the baseline",
    )
}
