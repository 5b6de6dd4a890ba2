//! Logistic factors: the chance that a user takes an item.
//!
//!     cargo run --release -p examples --example lmf [adjacency.txt]

use examples::{events, expect, print_ranking};
use guide_core::Fit;
use recsys_mf::{Lmf, Popular};

fn main() -> anyhow::Result<()> {
    let data = events()?;
    let popular = print_ranking("popular", &Popular::params().fit(&data.train)?, &data)?;
    let recall = print_ranking("lmf", &Lmf::params().fit(&data.train)?, &data)?;
    expect(
        recall > 1.1 * popular,
        "lmf finds 1.1 times what popularity finds",
    )
}
