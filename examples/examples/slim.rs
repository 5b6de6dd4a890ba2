//! SLIM: a sparse linear item-item model by coordinate descent.
//!
//!     cargo run --release -p examples --example slim [adjacency.txt]

use examples::{events, expect, print_ranking};
use guide_core::Fit;
use recsys_cf::Slim;
use recsys_mf::Popular;

fn main() -> anyhow::Result<()> {
    let data = events()?;
    let popular = print_ranking("popular", &Popular::params().fit(&data.train)?, &data)?;
    let recall = print_ranking("slim", &Slim::params().fit(&data.train)?, &data)?;
    expect(
        recall > 1.5 * popular,
        "slim finds 1.5 times what popularity finds",
    )
}
