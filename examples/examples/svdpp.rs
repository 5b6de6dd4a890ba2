//! SVD++: factors, plus what the mere choice of items to rate tells.
//!
//!     cargo run --release -p examples --example svdpp [u.data]

use examples::{expect, print_errors, ratings};
use guide_core::Fit;
use recsys_mf::{Baseline, Svdpp};

fn main() -> anyhow::Result<()> {
    let data = ratings()?;
    let baseline = print_errors(
        "baseline",
        &Baseline::params().fit(&data.train)?,
        &data.test,
    )?;
    let rmse = print_errors(
        "svdpp",
        &Svdpp::params().n_epochs(60).fit(&data.train)?,
        &data.test,
    )?;
    expect(rmse < baseline, "svdpp beats the baseline")
}
