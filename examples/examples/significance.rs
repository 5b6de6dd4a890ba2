//! Is one recommender really better? A paired test and a bootstrap interval over users, where it is and where it is not.
//!
//!     cargo run --release -p examples --example significance [adjacency.txt]

use examples::{Events, events, expect};
use guide_core::{Fit, Result};
use recsys_cf::Ease;
use recsys_core::significance::{PairedTest, bootstrap, differences, paired_randomization};
use recsys_core::{Recommender, evaluate_ranking};
use recsys_mf::{Ials, Popular};

/// The NDCG@20 of every user.
fn by_user(model: &dyn Recommender, data: &Events) -> Result<Vec<f64>> {
    let report = evaluate_ranking(model, &data.train, &data.test, &[20])?;
    Ok(report.at[0].users.iter().map(|user| user.ndcg).collect())
}

fn compare(what: &str, a: &[f64], b: &[f64]) -> Result<PairedTest> {
    let test = paired_randomization(a, b, 10_000, 1)?;
    let interval = bootstrap(&differences(a, b)?, 0.95, 10_000, 1)?;
    println!(
        "{what:<28} {:+.4}  95 % between {:+.4} and {:+.4}  p {:.4}",
        test.difference, interval.low, interval.high, test.p_value
    );
    Ok(test)
}

fn main() -> anyhow::Result<()> {
    let data = events()?;
    let popular = by_user(&Popular::params().fit(&data.train)?, &data)?;
    let ease = by_user(&Ease::params().fit(&data.train)?, &data)?;
    let ials = Ials::params().n_factors(32);
    let one = by_user(&ials.clone().seed(1).fit(&data.train)?, &data)?;
    let two = by_user(&ials.seed(2).fit(&data.train)?, &data)?;

    println!("difference of NDCG@20 over {} users:", ease.len());
    let real = compare("ease - popular", &ease, &popular)?;
    let chance = compare("ials - ials of another seed", &one, &two)?;
    // Two comparisons: each at half the level.
    expect(
        real.difference > 0.0 && real.p_value < 0.025 && chance.p_value > 0.025,
        "ease and popularity are told apart, two seeds are not",
    )
}
