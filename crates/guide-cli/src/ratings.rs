//! `guide ratings`: trains predictors of ratings and tests them on a file, a part held out, or folds.

use std::path::{Path, PathBuf};

use clap::Args;
use guide_core::model_file::write_atomically;
use guide_core::{Error, holdout};
use recsys_core::{
    CrossValidation, FoldReport, Interactions, RatingReport, Records, cross_validate,
    train_and_test,
};
use serde_json::json;

use crate::algorithms;
use crate::data::{Format, Layout};
use crate::output::{Output, ensure_writable};
use crate::output_files::check_outputs;
use crate::progress::Bar;
use crate::settings::Settings;
use crate::usage::{at_least_one, fraction, of_flag, usage};

/// Folds of cross-validation unless said.
const DEFAULT_FOLDS: usize = 5;

#[derive(Args)]
pub struct RatingsArgs {
    /// The ratings: the training part where `--test` is given, else all of them.
    #[arg(long, value_name = "FILE")]
    data: PathBuf,
    /// Ratings to test on.
    #[arg(long, value_name = "FILE", group = "part", conflicts_with = "folds")]
    test: Option<PathBuf>,
    #[command(flatten)]
    layout: Layout,
    /// Algorithms, separated by commas; `guide algorithms` lists them.
    #[arg(long, required = true, value_delimiter = ',', value_parser = crate::usage::listed)]
    algo: Vec<String>,
    /// Cross-validate with this many folds, where neither `--test` nor `--holdout` is given; 5 unless said.
    #[arg(long, conflicts_with = "holdout", value_parser = at_least_one())]
    folds: Option<usize>,
    /// Hold this part of the ratings out and test on it.
    #[arg(long, value_name = "FRACTION", group = "part", value_parser = fraction)]
    holdout: Option<f32>,
    /// Write `user,item,rating,estimate` in the order of the test file; for one algorithm and one test part.
    #[arg(long, value_name = "CSV", requires = "part")]
    predictions: Option<PathBuf>,
}

/// Runs `guide ratings`.
pub fn run(args: &RatingsArgs, settings: &Settings, output: &Output) -> anyhow::Result<()> {
    let algorithms = algorithms::chosen(&args.algo, settings)?;
    let trainers: Vec<_> = algorithms
        .iter()
        .map(|algorithm| algorithm.to_rate())
        .collect::<anyhow::Result<_>>()?;
    if args.predictions.is_some() && trainers.len() > 1 {
        let n = trainers.len();
        return Err(usage(format!("--predictions takes one algorithm, not {n}")));
    }
    let files = args.layout.files(Format::Csv)?;
    if !files.rated {
        return Err(usage(
            "the files have no column `rating`: see --format and --line-format",
        ));
    }
    if let Some(path) = &args.predictions {
        let mut inputs = vec![("--data", args.data.as_path())];
        inputs.extend(args.test.as_deref().map(|test| ("--test", test)));
        check_outputs(&inputs, &[("--predictions", Some(path.as_path()))])?;
        ensure_writable(path)?;
    }
    let all = files.train(&args.data)?;
    let seed = settings.seed.unwrap_or(0);
    let split = match (&args.test, args.holdout) {
        (Some(test), _) => Some((all.clone(), files.test(test, &all)?)),
        (None, Some(fraction)) => {
            let (train, test) = holdout(all.len(), fraction, seed)
                .map_err(|error| of_flag(error, "test_fraction", "--holdout"))?;
            Some((all.select(&train), all.select(&test)))
        }
        (None, None) => None,
    };
    let mut table = output.growing_table(&args.algo);
    for (name, train) in args.algo.iter().zip(trainers) {
        let folds = Bar::during(name, |bar| {
            let fit = |data: &Interactions| train(settings, data, bar);
            match &split {
                Some((train, test)) => {
                    train_and_test(train, test, files.duplicates(), fit).map(|fold| vec![fold])
                }
                None => {
                    // One fold after the other: the seconds are those of a training that has all threads to itself.
                    let how = CrossValidation::new(files.duplicates())
                        .folds(args.folds.unwrap_or(DEFAULT_FOLDS))
                        .parallel(false);
                    cross_validate(&all, &how.seed(seed), fit)
                }
            }
        })
        .map_err(|error| folds_refused(error, args.folds))?;
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
        table.add(&row)?;
    }
    Ok(())
}

/// The error of a number of folds that does not fit the ratings, which names the flag as the one that was or can be given.
fn folds_refused(error: Error, given: Option<usize>) -> anyhow::Error {
    match (&error, given) {
        (Error::Param { name, expected, .. }, None) if name == "folds" => usage(format!(
            "the ratings do not fit the default of {DEFAULT_FOLDS} folds, which must be {expected}; --folds says another number"
        )),
        _ => of_flag(error, "folds", "--folds"),
    }
}

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
