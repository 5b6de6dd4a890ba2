//! Matrix factorisation by gradient descent, with biases and, as the owner wrote it, without; saved and loaded again.
//!
//!     cargo run --release -p examples --example svd [u.data]

use examples::{expect, print_errors, ratings};
use guide_core::{EarlyStopping, Fit, Persist};
use recsys_core::{RatingPredictor, UserId};
use recsys_mf::{Baseline, Svd};

fn main() -> anyhow::Result<()> {
    let data = ratings()?;
    let baseline = print_errors(
        "baseline",
        &Baseline::params().fit(&data.train)?,
        &data.test,
    )?;
    print_errors(
        "p q alone",
        &Svd::params().biased(false).fit(&data.train)?,
        &data.test,
    )?;

    // Stops by itself once the training error hardly falls.
    let stop = EarlyStopping::new(3, 1e-3);
    let model = Svd::params()
        .n_factors(20)
        .n_epochs(60)
        .regularization(0.06)
        .fit_with(&data.train, &stop)?;
    let rmse = print_errors("svd", &model, &data.test)?;

    let file = std::env::temp_dir().join("example.svd");
    model.save(&file)?;
    let loaded = Svd::load(&file)?;
    let pair = (Some(UserId(3)), data.test.items().first().copied());
    anyhow::ensure!(
        loaded.predict(pair.0, pair.1) == model.predict(pair.0, pair.1),
        "the file changed the model"
    );
    expect(rmse < baseline, "factors beat the baseline")
}
