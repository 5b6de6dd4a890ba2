//! Non-negative factors: parts that only add up.
//!
//!     cargo run --release -p examples --example nmf [u.data]

use examples::{expect, print_errors, ratings};
use guide_core::Fit;
use recsys_mf::{Baseline, Nmf};

fn main() -> anyhow::Result<()> {
    let data = ratings()?;
    let baseline = print_errors(
        "baseline",
        &Baseline::params().fit(&data.train)?,
        &data.test,
    )?;
    let rmse = print_errors("nmf", &Nmf::params().fit(&data.train)?, &data.test)?;
    expect(
        rmse < 1.02 * baseline,
        "nmf comes near the baseline or beats it",
    )
}
