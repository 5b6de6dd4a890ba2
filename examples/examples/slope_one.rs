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
    // It knows no hidden traits, which these ratings have; on MovieLens it and the baseline are as near.
    expect(
        rmse < 1.01 * baseline,
        "slope one comes within 1 % of the baseline",
    )
}
