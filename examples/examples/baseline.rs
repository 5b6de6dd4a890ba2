//! Baselines: the mean, plus how this user rates at large, plus how this item is rated at large.
//!
//!     cargo run --release -p examples --example baseline [u.data]

use examples::{expect, print_errors, ratings};
use guide_core::Fit;
use recsys_core::{Explain, ItemId, UserId};
use recsys_mf::{Baseline, Random};

fn main() -> anyhow::Result<()> {
    let data = ratings()?;
    let random = print_errors("random", &Random::params().fit(&data.train)?, &data.test)?;
    let model = Baseline::params().fit(&data.train)?;
    let rmse = print_errors("baseline", &model, &data.test)?;
    println!("why the first user's rating of the first item:");
    for part in model.explain(UserId(0), ItemId(0))? {
        println!("  {:?} {:+.3}", part.from, part.amount);
    }
    expect(
        rmse < 0.8 * random,
        "the baseline is far better than chance",
    )
}
