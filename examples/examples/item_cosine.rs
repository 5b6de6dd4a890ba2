//! Item-item neighbours for events: what those who took this also took, for known shoppers and for a new one.
//!
//!     cargo run --release -p examples --example item_cosine [adjacency.txt]

use examples::{events, expect, print_ranking};
use guide_core::Fit;
use recsys_cf::ItemCosine;
use recsys_core::{FoldIn, ItemId, SimilarItems};
use recsys_mf::Popular;

fn main() -> anyhow::Result<()> {
    let data = events()?;
    let popular = print_ranking("popular", &Popular::params().fit(&data.train)?, &data)?;
    let model = ItemCosine::params().k(100).fit(&data.train)?;
    let recall = print_ranking("item-cosine", &model, &data)?;

    let name = |item: ItemId| data.train.ids().item_name(item).to_owned();
    println!("like {}:", name(ItemId(0)));
    for hit in model.similar_items(ItemId(0), 3)? {
        println!("  {} {:.3}", name(hit.id), hit.score);
    }
    println!("someone new with that and {}:", name(ItemId(1)));
    for hit in model.recommend_for(
        &[(ItemId(0), 1.0), (ItemId(1), 1.0)],
        3,
        &[ItemId(0), ItemId(1)],
    )? {
        println!("  {} {:.3}", name(hit.id), hit.score);
    }
    expect(
        recall > 1.5 * popular,
        "neighbours find half as much again as popularity",
    )
}
