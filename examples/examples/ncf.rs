//! Neural collaborative filtering on ratings, as the owner wrote it: two embeddings, joined, Dense relu, Dense linear, MSE, Adam.
//!
//!     cargo run --release -p examples --example ncf [u.data]

use examples::{expect, print_errors, ratings};
use guide_core::Fit;
use recsys_deep::Ncf;
use recsys_mf::Random;

fn main() -> anyhow::Result<()> {
    let data = ratings()?;
    let random = print_errors("random", &Random::params().fit(&data.train)?, &data.test)?;
    let rmse = print_errors("ncf", &Ncf::params().fit(&data.train)?, &data.test)?;
    expect(
        rmse < 0.75 * random,
        "the network is far better than chance",
    )
}
