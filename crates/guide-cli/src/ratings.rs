//! `guide ratings`: trains predictors of ratings and tests them on a file, a part held out, or folds.

use std::path::{Path, PathBuf};

use clap::Args;
use guide_core::model_file::write_atomically;
use guide_core::{Error, holdout};
use recsys_core::{
    CrossValidation, Duplicates, FoldReport, Interactions, RatingReport, Records, cross_validate,
    train_and_test,
};
use serde_json::json;

use crate::algorithms::{self, Settings};
use crate::data::RatingLayout;
use crate::output::Output;
use crate::progress::Bar;

#[derive(Args)]
pub struct RatingsArgs {
    /// The ratings: the training part where `--test` is given, else all of them.
    #[arg(long, value_name = "FILE")]
    data: PathBuf,
    /// Ratings to test on.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["folds", "holdout"])]
    test: Option<PathBuf>,
    #[command(flatten)]
    layout: RatingLayout,
    /// Algorithms, separated by commas; `guide algorithms` lists them.
    #[arg(long, required = true, value_delimiter = ',')]
    algo: Vec<String>,
    /// Cross-validate with this many folds, where neither `--test` nor `--holdout` is given.
    #[arg(long, default_value_t = 5, conflicts_with = "holdout")]
    folds: usize,
    /// Hold this part of the ratings out and test on it.
    #[arg(long, value_name = "FRACTION")]
    holdout: Option<f32>,
    /// Write `user,item,rating,estimate` in the order of the test file; for one algorithm and one test part.
    #[arg(long, value_name = "CSV")]
    predictions: Option<PathBuf>,
}

/// Runs `guide ratings`.
pub fn run(args: &RatingsArgs, settings: &Settings, output: &Output) -> anyhow::Result<()> {
    let all = args.layout.read(&args.data)?;
    let split = match (&args.test, args.holdout) {
        (Some(test), _) => Some((all.clone(), args.layout.read_test(test, &all)?)),
        (None, Some(fraction)) => {
            let (train, test) = holdout(all.len(), fraction, settings.seed.unwrap_or(0))?;
            Some((all.select(&train), all.select(&test)))
        }
        (None, None) => None,
    };
    if args.predictions.is_some() {
        anyhow::ensure!(
            args.algo.len() == 1,
            "--predictions takes one algorithm, not {}",
            args.algo.len()
        );
        anyhow::ensure!(split.is_some(), "--predictions needs --test or --holdout");
    }
    let mut rows = Vec::new();
    for name in &args.algo {
        let train = algorithms::find(name)?.ratings.ok_or_else(|| {
            anyhow::anyhow!("`{name}` ranks items but predicts no ratings: use `guide ranking`")
        })?;
        let bar = Bar::new(name);
        let fit = |data: &Interactions| train(settings, data, &bar);
        let folds = match &split {
            Some((train, test)) => vec![train_and_test(train, test, DUPLICATES, fit)?],
            None => {
                // One fold after the other: the seconds are those of a training that has all threads to itself.
                let how = CrossValidation::new(DUPLICATES)
                    .folds(args.folds)
                    .parallel(false);
                cross_validate(&all, &how.seed(settings.seed.unwrap_or(0)), fit)?
            }
        };
        drop(bar);
        if let (Some(path), Some((_, test))) = (&args.predictions, &split) {
            write_predictions(path, test, &folds[0].report)?;
        }
        let mean =
            |of: fn(&FoldReport) -> f64| folds.iter().map(of).sum::<f64>() / folds.len() as f64;
        let fcps: Option<Vec<f64>> = folds.iter().map(|fold| fold.report.fcp).collect();
        let row = json!({
            "algo": name,
            "rmse": mean(|fold| fold.report.rmse),
            "mae": mean(|fold| fold.report.mae),
            "fcp": fcps.map(|fcps| fcps.iter().sum::<f64>() / fcps.len() as f64),
            "fit_s": mean(|fold| fold.fit_s),
            "test_s": mean(|fold| fold.test_s),
            "folds": folds.len(),
        });
        output.row(row, &mut rows);
    }
    output.table(&rows);
    Ok(())
}

/// The same pair rated twice: the later rating is what the user thinks now.
const DUPLICATES: Duplicates = Duplicates::Last;

fn write_predictions(path: &Path, test: &Records, report: &RatingReport) -> guide_core::Result<()> {
    write_atomically(path, |file| {
        let io = |source: std::io::Error| Error::io(path, source);
        let mut csv = csv::Writer::from_writer(file);
        let line = |error: csv::Error| io(std::io::Error::other(error));
        csv.write_record(["user", "item", "rating", "estimate"])
            .map_err(line)?;
        let ratings = test.ratings().unwrap_or_default();
        for (index, prediction) in report.predictions.iter().enumerate() {
            let (user, item) = (test.users()[index], test.items()[index]);
            let (user, item) = (test.ids().user_name(user), test.ids().item_name(item));
            let numbers = [ratings[index].to_string(), prediction.rating.to_string()];
            csv.write_record([user, item, &numbers[0], &numbers[1]])
                .map_err(line)?;
        }
        csv.flush().map_err(io)
    })
}
