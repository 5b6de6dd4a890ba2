//! Shoppers never seen in training: each model serves them from a few things they had, without being trained again.
//!
//!     cargo run --release -p examples --example fold_in [adjacency.txt]

use examples::{event_records, expect};
use guide_core::{Fit, Result};
use recsys_cf::{Ease, ItemCosine, Rp3Beta};
use recsys_core::{Duplicates, FoldIn, History, Interactions, ItemId, evaluate_fold_in, split};
use recsys_mf::{Bpr, Ials, Popular, PureSvd};

/// The models to compare, popularity first.
fn models(train: &Interactions) -> Result<Vec<(&'static str, Box<dyn FoldIn>)>> {
    let bpr = Bpr::params().n_factors(32).learning_rate(0.05);
    Ok(vec![
        ("popular", Box::new(Popular::params().fit(train)?)),
        ("item-cosine", Box::new(ItemCosine::params().fit(train)?)),
        ("rp3beta", Box::new(Rp3Beta::params().fit(train)?)),
        ("ease", Box::new(Ease::params().fit(train)?)),
        ("ials", Box::new(Ials::params().n_factors(32).fit(train)?)),
        (
            "pure-svd",
            Box::new(PureSvd::params().n_factors(32).fit(train)?),
        ),
        ("bpr", Box::new(bpr.fit(train)?)),
    ])
}

fn main() -> anyhow::Result<()> {
    // A fifth of the shoppers is held out wholly; of these, half of what they had is told and half is to be found.
    let parts = split::user_holdout(&event_records()?, 0.2, 0.5, 1)?;
    let train = Interactions::new(&parts.train, Duplicates::Sum)?;
    let told = Interactions::new(&parts.history, Duplicates::Sum)?;
    let test = Interactions::new(&parts.test, Duplicates::Sum)?;

    let models = models(&train)?;
    let mut recalls = Vec::new();
    for (name, model) in &models {
        let report = evaluate_fold_in(model.as_ref(), &told, History::Weights, &test, &[20])?;
        let mean = &report.at[0].mean;
        println!(
            "{name:<14} recall@20 {:.4}  NDCG@20 {:.4}",
            mean.recall_over_test, mean.ndcg
        );
        recalls.push(mean.recall_over_test);
    }

    let item = |item: ItemId| train.ids().item_name(item);
    println!("someone new who took {}:", item(ItemId(0)));
    for (name, model) in &models {
        let hits = model.recommend_for(&[(ItemId(0), 1.0)], 3, &[ItemId(0)])?;
        let names: Vec<&str> = hits.iter().map(|hit| item(hit.id)).collect();
        println!("  {name:<14} {}", names.join(", "));
    }
    let (popular, others) = (recalls[0], &recalls[1..]);
    expect(
        others.iter().all(|&recall| recall > 1.2 * popular),
        "every model finds 1.2 times what popularity finds",
    )
}
