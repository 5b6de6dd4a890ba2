//! Slope one: how much better people like one item than another, averaged.
//!
//!     cargo run --release -p examples --example slope_one [u.data]

use examples::{expect, print_errors, ratings};
use guide_core::Fit;
use recsys_cf::SlopeOne;
use recsys_mf::Baseline;

fn main() -> anyhow::Result<()> {
    let data = ratings()?;
    let baseline = print_errors(
        "baseline",
        &Baseline::params().fit(&data.train)?,
        &data.test,
    )?;
    let rmse = print_errors(
        "slope-one",
        &SlopeOne::params().fit(&data.train)?,
        &data.test,
    )?;
    expect(rmse < 1.0 * baseline, "slope one beats the baseline")
}
