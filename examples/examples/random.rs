//! Chance: a ranking drawn by lot, which finds as much as there are places among the products.
//!
//!     cargo run --release -p examples --example random [adjacency.txt]

use examples::{events, expect, print_ranking};
use guide_core::Fit;
use recsys_core::UserId;
use recsys_mf::Random;

fn main() -> anyhow::Result<()> {
    let data = events()?;
    let random = Random::params().seed(1).fit(&data.train)?;
    let recall = print_ranking("random", &random, &data)?;

    // Of a user's unseen items, 20 are shown: any one of them is among these with the chance 20 / unseen.
    let chance = |user: u32| {
        let unseen = data.train.n_items() - data.train.items_of(UserId(user)).len();
        20.0 / unseen.max(20) as f64
    };
    let n_users = data.train.n_users() as u32;
    let mean = (0..n_users).map(chance).sum::<f64>() / f64::from(n_users);
    println!("{:<20} recall@20 {mean:.4}", "places / products");

    let other = Random::params().seed(2).fit(&data.train)?;
    print_ranking("random, other seed", &other, &data)?;
    expect(
        (recall / mean - 1.0).abs() < 0.15,
        "chance finds what it should, give or take 15 %",
    )
}
