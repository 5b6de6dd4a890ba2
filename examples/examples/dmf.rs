//! Deep matrix factorisation: one tower makes a vector of a shopper's row, another of a product's column.
//!
//!     cargo run --release -p examples --example dmf [adjacency.txt]

use examples::{events, expect, print_ranking};
use guide_core::Fit;
use recsys_core::{ItemId, SimilarItems};
use recsys_deep::DmfParams;
use recsys_mf::Popular;

fn main() -> anyhow::Result<()> {
    let data = events()?;
    let popular = print_ranking("popular", &Popular::params().fit(&data.train)?, &data)?;
    let model = DmfParams::paper()
        .learning_rate(3e-3)
        .n_epochs(3)
        .fit(&data.train)?;
    let recall = print_ranking("dmf", &model, &data)?;

    let name = |item: ItemId| data.train.ids().item_name(item);
    println!("like {}:", name(ItemId(0)));
    for hit in model.similar_items(ItemId(0), 3)? {
        println!("  {} {:.3}", name(hit.id), hit.score);
    }
    expect(
        recall > 1.2 * popular,
        "dmf finds 1.2 times what popularity finds",
    )
}
