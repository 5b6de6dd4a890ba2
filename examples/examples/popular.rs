//! Popularity: the same list for everyone, and the floor that every other ranking has to beat.
//!
//!     cargo run --release -p examples --example popular [adjacency.txt]

use examples::{events, expect, print_ranking};
use guide_core::Fit;
use recsys_core::{Recommender, UserId};
use recsys_mf::{Popular, Random};

fn main() -> anyhow::Result<()> {
    let data = events()?;
    let random = print_ranking("random", &Random::params().fit(&data.train)?, &data)?;
    let model = Popular::params().fit(&data.train)?;
    let recall = print_ranking("popular", &model, &data)?;
    println!("what most shoppers had:");
    for hit in model.recommend(UserId(0), 5, &[])? {
        let name = data.train.ids().item_name(hit.id);
        println!("  {name} {:.0}", hit.score);
    }
    expect(
        recall > 2.0 * random,
        "popularity finds twice what chance finds",
    )
}
