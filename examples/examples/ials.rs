//! iALS: factors of events, where every product not taken counts a little too.
//!
//!     cargo run --release -p examples --example ials [adjacency.txt]

use examples::{events, expect, print_ranking};
use guide_core::Fit;
use recsys_mf::{Ials, Popular};

fn main() -> anyhow::Result<()> {
    let data = events()?;
    let popular = print_ranking("popular", &Popular::params().fit(&data.train)?, &data)?;
    let recall = print_ranking(
        "ials",
        &Ials::params().n_factors(32).fit(&data.train)?,
        &data,
    )?;
    expect(
        recall > 1.5 * popular,
        "ials finds 1.5 times what popularity finds",
    )
}
