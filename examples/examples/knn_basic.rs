//! Neighbours: a rating as the mean of those that similar users (or items) gave, and whom the mean is taken over.
//!
//!     cargo run --release -p examples --example knn_basic [u.data]

use examples::{expect, print_errors, ratings};
use guide_core::Fit;
use recsys_cf::{KnnParams, Similarity};
use recsys_core::{Explain, ItemId, SimilarUsers, UserId};
use recsys_mf::Random;

fn main() -> anyhow::Result<()> {
    let data = ratings()?;
    let random = print_errors("random", &Random::params().fit(&data.train)?, &data.test)?;
    let of = |user_based, similarity| {
        let params = KnnParams::basic().user_based(user_based);
        params.similarity(similarity).fit(&data.train)
    };
    let users = of(true, Similarity::Msd)?;
    let of_users = print_errors("users, msd", &users, &data.test)?;
    let of_items = print_errors("items, msd", &of(false, Similarity::Msd)?, &data.test)?;
    // Norms over all that each user rated, so that few common items make little similarity.
    let cosine = of(true, Similarity::CosineAll)?;
    let of_cosine = print_errors("users, cosine-all", &cosine, &data.test)?;

    let name = |user: UserId| data.train.ids().user_name(user);
    println!("nearest to {}:", name(UserId(0)));
    for hit in cosine.similar_users(UserId(0), 3)? {
        println!("  {} {:.3}", name(hit.id), hit.score);
    }
    println!("what its rating of the first item is made of:");
    for part in users.explain(UserId(0), ItemId(0))?.iter().take(3) {
        println!("  {:?} {:+.3}", part.from, part.amount);
    }
    let worst = of_users.max(of_items).max(of_cosine);
    expect(
        worst < 0.8 * random,
        "neighbours are far better than chance",
    )
}
