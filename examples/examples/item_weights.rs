//! Item-item neighbours under tf-idf and BM25 weights, where busy shoppers and frequent products count less.
//!
//!     cargo run --release -p examples --example item_weights [adjacency.txt]

use examples::{events, expect, print_ranking};
use guide_core::Fit;
use recsys_cf::{ItemBm25, ItemTfidf};
use recsys_mf::Popular;

fn main() -> anyhow::Result<()> {
    let data = events()?;
    let popular = print_ranking("popular", &Popular::params().fit(&data.train)?, &data)?;
    let tfidf = print_ranking(
        "item-tfidf",
        &ItemTfidf::params().k(100).fit(&data.train)?,
        &data,
    )?;
    let bm25 = print_ranking(
        "item-bm25",
        &ItemBm25::params().k(100).fit(&data.train)?,
        &data,
    )?;
    expect(
        tfidf.min(bm25) > 1.5 * popular,
        "both find half as much again as popularity",
    )
}
