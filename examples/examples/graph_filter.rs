//! The graph filter: histories smoothed over the graph of users and items, then sharpened.
//!
//!     cargo run --release -p examples --example graph_filter [adjacency.txt]

use examples::{events, expect, print_ranking};
use guide_core::Fit;
use recsys_mf::{GraphFilter, Popular};

fn main() -> anyhow::Result<()> {
    let data = events()?;
    let popular = print_ranking("popular", &Popular::params().fit(&data.train)?, &data)?;
    let filter = GraphFilter::params().n_factors(32);
    let smooth = filter.clone().sharpening(0.0).fit(&data.train)?;
    print_ranking("smoothed alone", &smooth, &data)?;
    let recall = print_ranking("graph-filter", &filter.fit(&data.train)?, &data)?;
    expect(
        recall > 1.5 * popular,
        "graph-filter finds 1.5 times what popularity finds",
    )
}
