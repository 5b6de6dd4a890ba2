//! Tuning: a grid, random draws and successive halving on a validation part; the test part is looked at once, at the end.
//!
//!     cargo run --release -p examples --example tune [u.data]

use examples::{expect, print_errors, rating_records};
use guide_core::{Fit, Result};
use recsys_core::tune::{Goal, Search, Tuner, Validation};
use recsys_core::{Duplicates, Interactions, evaluate_ratings, split};
use recsys_mf::{Svd, SvdParams};

fn main() -> anyhow::Result<()> {
    let parts = split::ratio(&rating_records()?, 0.2, 1)?;
    // Cut from the training part, so that no trial can see the test part.
    let validation = Validation::new(&parts.train, Duplicates::Last, |train| {
        split::ratio(train, 0.2, 2)
    })?;
    let measure = |params: &SvdParams| -> Result<f64> {
        let model = params.fit(&validation.train)?;
        Ok(evaluate_ratings(&model, &validation.records)?.rmse)
    };

    let defaults = Svd::params();
    let grid = Tuner::new(defaults.clone(), Goal::Minimize)
        .one_of("learning_rate", [0.005, 0.01, 0.02])
        .one_of("regularization", [0.02, 0.05, 0.1]);
    let ranges = Tuner::new(defaults.clone(), Goal::Minimize)
        .integers("n_factors", 5, 100)
        .log_uniform("learning_rate", 0.002, 0.02)
        .log_uniform("regularization", 0.02, 0.2);
    let (n_trials, seed) = (9, 1);
    let halving = Search::Halving {
        n_trials,
        seed,
        resource: "n_epochs".to_owned(),
        min: 5,
        max: 45,
        factor: 3,
    };
    let searches = [
        ("grid", &grid, Search::Grid),
        ("random", &ranges, Search::Random { n_trials, seed }),
        ("halving", &ranges, halving),
    ];

    let mut best = (measure(&defaults)?, defaults.clone());
    println!(
        "{:<10} validation RMSE {:.4} with the defaults",
        "none", best.0
    );
    for (name, tuner, search) in searches {
        let found = tuner.run(&search, measure)?;
        let (value, trial) = (found.value, &found.trials[found.best]);
        let settings: Vec<String> = trial
            .settings
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        println!(
            "{name:<10} validation RMSE {value:.4} of {} trials, with {}",
            found.trials.len(),
            settings.join(" ")
        );
        if value < best.0 {
            best = (value, found.params);
        }
    }

    println!("on the test part, trained on all the rest:");
    let train = Interactions::new(&parts.train, Duplicates::Last)?;
    let before = print_errors("svd, defaults", &defaults.fit(&train)?, &parts.test)?;
    let after = print_errors("svd, tuned", &best.1.fit(&train)?, &parts.test)?;
    expect(after < 0.99 * before, "tuning takes 1 % off the error")
}
