//! What the examples share: data that is generated, or read from the path given as the first argument.

use std::collections::HashSet;

use guide_core::Result;
use recsys_core::read::{Delimited, adjacency};
use recsys_core::{
    Duplicates, Interactions, RatingPredictor, Recommender, Records, Values, evaluate_ranking,
    evaluate_ratings, split, testing,
};
use shopping_guide::demo::DemoShop;

/// A training part as a matrix, and a test part as records.
pub struct Ratings {
    /// To train on.
    pub train: Interactions,
    /// To test on.
    pub test: Records,
}

/// Ratings, a fifth of them held out: those of the file named by the first argument (tab-separated
/// `user item rating timestamp`, as MovieLens 100K), or else 40,000 generated ones with taste in them.
///
/// # Errors
/// What reading gives.
pub fn ratings() -> Result<Ratings> {
    let all = match std::env::args().nth(1) {
        Some(path) => Delimited::ml_100k().read(path)?,
        None => testing::ratings_with_taste(600, 400, 40_000, 7),
    };
    let parts = split::ratio(&all, 0.2, 1)?;
    Ok(Ratings {
        train: Interactions::new(&parts.train, Duplicates::Last)?,
        test: parts.test,
    })
}

/// A training and a test matrix of events.
pub struct Events {
    /// To train on, and left out of the lists.
    pub train: Interactions,
    /// To find again.
    pub test: Interactions,
}

/// Events, a fifth of them held out: those of the file named by the first argument (`user item item ..` a line), or else
/// what the shoppers of the demo shop looked at and bought.
///
/// # Errors
/// What reading or generating gives.
pub fn events() -> Result<Events> {
    let all = match std::env::args().nth(1) {
        Some(path) => adjacency(path)?,
        None => {
            let shop = DemoShop::params()
                .n_products(800)
                .n_shoppers(1200)
                .generate()?;
            let mut records = Records::builder();
            let mut pairs = HashSet::new(); // an event that repeats would stand in both parts
            for event in shop
                .events
                .iter()
                .filter(|event| pairs.insert((event.shopper, event.product)))
            {
                records.push(event.shopper, event.product, Values::default())?;
            }
            records.finish()
        }
    };
    let parts = split::ratio(&all, 0.2, 1)?;
    Ok(Events {
        train: Interactions::new(&parts.train, Duplicates::Sum)?,
        test: Interactions::new(&parts.test, Duplicates::Sum)?,
    })
}

/// Prints the errors of a predictor of ratings, and returns the RMSE.
///
/// # Errors
/// What evaluation gives.
pub fn print_errors(name: &str, model: &dyn RatingPredictor, test: &Records) -> Result<f64> {
    let report = evaluate_ratings(model, test)?;
    println!("{name:<20} RMSE {:.4}  MAE {:.4}", report.rmse, report.mae);
    Ok(report.rmse)
}

/// Prints how well a ranking finds the test items among its first 20, and returns the recall.
///
/// # Errors
/// What evaluation gives.
pub fn print_ranking(name: &str, model: &dyn Recommender, events: &Events) -> Result<f64> {
    let report = evaluate_ranking(model, &events.train, &events.test, &[20])?;
    let at = &report.at[0];
    println!(
        "{name:<20} recall@20 {:.4}  NDCG@20 {:.4}",
        at.mean.recall_over_test, at.mean.ndcg
    );
    Ok(at.mean.recall_over_test)
}

/// Fails the example when what it shows does not hold. On a user's own data nothing is expected.
///
/// # Errors
/// In words.
pub fn expect(holds: bool, what: &str) -> anyhow::Result<()> {
    anyhow::ensure!(holds || std::env::args().len() > 1, "expected: {what}");
    Ok(())
}
