//! What the examples share: data that is generated, or read from the path given as the first argument.

pub mod labelled_pictures;
pub mod pictures;

use std::collections::HashSet;

use guide_core::Result;
use guide_demo::DemoShop;
use recsys_core::read::{Delimited, adjacency};
use recsys_core::{
    Duplicates, Interactions, RatingPredictor, Recommender, Records, Values, evaluate_ranking,
    evaluate_ratings, split, testing,
};

/// A training part as a matrix, and a test part as records.
pub struct Ratings {
    /// To train on.
    pub train: Interactions,
    /// To test on.
    pub test: Records,
}

/// The file that the first argument names, where there is one: every example runs on a user's own data too.
pub fn path() -> Option<String> {
    std::env::args().nth(1)
}

/// The ratings of the file named by the first argument (tab-separated `user item rating timestamp`, as MovieLens 100K), or
/// else 40,000 generated ones with taste in them.
///
/// # Errors
/// What reading gives.
pub fn rating_records() -> Result<Records> {
    match path() {
        Some(path) => Delimited::ml_100k().read(path),
        None => Ok(testing::ratings_with_taste(600, 400, 40_000, 7)),
    }
}

/// [`rating_records`], a fifth of them held out.
///
/// # Errors
/// What reading gives.
pub fn ratings() -> Result<Ratings> {
    let parts = split::ratio(&rating_records()?, 0.2, 1)?;
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

/// The events of the file named by the first argument (`user item item ..` a line), or else what the shoppers of the demo
/// shop looked at and bought, each pair of shopper and product once.
///
/// # Errors
/// What reading or generating gives.
pub fn event_records() -> Result<Records> {
    if let Some(path) = path() {
        return adjacency(path);
    }
    let shop = DemoShop::params()
        .n_products(800)
        .n_shoppers(1200)
        .generate()?;
    let mut records = Records::builder();
    let mut pairs = HashSet::new(); // an event that repeats would stand in both parts
    for event in shop.events.iter() {
        if pairs.insert((event.shopper.clone(), event.product.clone())) {
            records.push(&event.shopper, &event.product, Values::default())?;
        }
    }
    Ok(records.finish())
}

/// [`event_records`], a fifth of them held out.
///
/// # Errors
/// What reading or generating gives.
pub fn events() -> Result<Events> {
    let parts = split::ratio(&event_records()?, 0.2, 1)?;
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

/// Fails the example when what it shows on its generated data does not hold. On a user's own data, see [`path`], nothing is
/// expected.
///
/// # Errors
/// In words.
pub fn expect(holds: bool, what: &str) -> anyhow::Result<()> {
    anyhow::ensure!(holds || path().is_some(), "expected: {what}");
    Ok(())
}

/// Words of the [`reviews`] that are alike.
pub const CLOTHES: [&str; 4] = ["coat", "jacket", "sweater", "scarf"];
/// Words of the [`reviews`] that are alike.
pub const FURNITURE: [&str; 4] = ["lamp", "desk", "sofa", "shelf"];

/// Sentences of a shop's reviews, made by two rules: what is said of clothes is not said of furniture.
pub fn reviews() -> Vec<Vec<&'static str>> {
    let rules = [
        (
            CLOTHES,
            ["wool", "cotton", "silk"],
            ["wear", "wash", "fold"],
        ),
        (
            FURNITURE,
            ["oak", "steel", "glass"],
            ["assemble", "move", "dust"],
        ),
    ];
    let mut sentences = Vec::new();
    for round in 0..1200 {
        let (things, stuffs, verbs) = rules[round % 2];
        let (thing, stuff, verb) = (round / 2 % 4, round / 8 % 3, round / 24 % 3);
        let (thing, stuff, verb) = (things[thing], stuffs[stuff], verbs[verb]);
        sentences.push(match round % 5 {
            0 => vec!["the", stuff, thing, "is", "easy", "to", verb],
            1 => vec!["i", verb, "this", thing, "of", stuff],
            2 => vec!["a", thing, "to", verb, "made", "of", stuff],
            3 => vec!["you", "can", verb, "the", stuff, thing],
            _ => vec!["we", "bought", "a", thing, "of", stuff, "and", verb, "it"],
        });
    }
    sentences
}
