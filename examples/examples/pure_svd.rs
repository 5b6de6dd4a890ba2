//! PureSVD: the truncated singular value decomposition of the events.
//!
//!     cargo run --release -p examples --example pure_svd [adjacency.txt]

use examples::{events, expect, print_ranking};
use guide_core::Fit;
use recsys_mf::{Popular, PureSvd};

fn main() -> anyhow::Result<()> {
    let data = events()?;
    let popular = print_ranking("popular", &Popular::params().fit(&data.train)?, &data)?;
    let recall = print_ranking(
        "pure-svd",
        &PureSvd::params().n_factors(32).fit(&data.train)?,
        &data,
    )?;
    expect(
        recall > 1.5 * popular,
        "pure-svd finds 1.5 times what popularity finds",
    )
}
