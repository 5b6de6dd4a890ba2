//! RP3beta: three random steps from user to item to user to item, popular items held back.
//!
//!     cargo run --release -p examples --example rp3beta [adjacency.txt]

use examples::{events, expect, print_ranking};
use guide_core::Fit;
use recsys_cf::Rp3Beta;
use recsys_mf::Popular;

fn main() -> anyhow::Result<()> {
    let data = events()?;
    let popular = print_ranking("popular", &Popular::params().fit(&data.train)?, &data)?;
    let recall = print_ranking("rp3beta", &Rp3Beta::params().fit(&data.train)?, &data)?;
    expect(
        recall > 1.5 * popular,
        "rp3beta finds 1.5 times what popularity finds",
    )
}
