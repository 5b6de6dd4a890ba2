//! Factors of ratings by alternating least squares: each side solved exactly with the other fixed.
//!
//!     cargo run --release -p examples --example als [u.data]

use examples::{expect, print_errors, ratings};
use guide_core::Fit;
use recsys_mf::{Als, Baseline};

fn main() -> anyhow::Result<()> {
    let data = ratings()?;
    let baseline = print_errors(
        "baseline",
        &Baseline::params().fit(&data.train)?,
        &data.test,
    )?;
    let rmse = print_errors("als", &Als::params().fit(&data.train)?, &data.test)?;
    expect(rmse < baseline, "als beats the baseline")
}
