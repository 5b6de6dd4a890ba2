//! BPR: factors that put what a user took before what the user did not.
//!
//!     cargo run --release -p examples --example bpr [adjacency.txt]

use examples::{events, expect, print_ranking};
use guide_core::Fit;
use recsys_mf::{Bpr, Popular};

fn main() -> anyhow::Result<()> {
    let data = events()?;
    let popular = print_ranking("popular", &Popular::params().fit(&data.train)?, &data)?;
    let recall = print_ranking(
        "bpr",
        &Bpr::params()
            .n_factors(32)
            .learning_rate(0.05)
            .fit(&data.train)?,
        &data,
    )?;
    expect(
        recall > 1.2 * popular,
        "bpr finds 1.2 times what popularity finds",
    )
}
