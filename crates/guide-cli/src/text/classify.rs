//! `guide text classify`: trains a classifier of texts, tests it, and saves it.

use std::path::{Path, PathBuf};
use std::time::Instant;

use clap::{ArgGroup, Args, ValueEnum};
use guide_core::Persist;
use nlp_rnn::{ClassifierReport, LabelledTexts, LinearClassifier};
use serde_json::{Value, json};

use super::labelled_table::LabelledTable;
use crate::output::{ExtendWith, Output, ensure_writable, go_on_unread, log};
use crate::output_files::check_outputs;
use crate::progress::Bar;
use crate::settings::Settings;
use crate::tables::TextTableArgs;
use crate::usage::usage;

/// What is trained.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Model {
    /// TF-IDF of word and character n-grams, and logistic regression.
    Linear,
}

#[derive(Args)]
#[command(group(ArgGroup::new("tested").required(true).args(["test", "holdout"])))]
pub struct ClassifyArgs {
    /// A table of texts with labels to train on: delimited text or JSON lines, plain or gzip.
    #[arg(long, value_name = "FILE")]
    train: PathBuf,
    /// The table to test on.
    #[arg(long, value_name = "FILE")]
    test: Option<PathBuf>,
    /// Test on this share of the training table instead, drawn from each label by --seed.
    #[arg(long, value_name = "SHARE", value_parser = crate::usage::fraction)]
    holdout: Option<f32>,
    /// A table to calibrate the probabilities on; a share of the training table unless given.
    #[arg(long, value_name = "FILE")]
    valid: Option<PathBuf>,
    /// Name of the column of texts.
    #[arg(long, value_name = "NAME")]
    text_column: String,
    /// Name of the column of labels.
    #[arg(long, value_name = "NAME")]
    label_column: String,
    #[command(flatten)]
    tables: TextTableArgs,
    /// What is trained.
    #[arg(long, value_enum, default_value_t = Model::Linear)]
    model: Model,
    /// The file for the trained model.
    #[arg(long, value_name = "MODEL")]
    out: Option<PathBuf>,
}

/// Seed of the held-out share, unless said.
const SEED: u64 = 1;

/// Runs `guide text classify`.
pub fn run(args: &ClassifyArgs, settings: &Settings, output: &Output) -> anyhow::Result<()> {
    let format = args.tables.format()?;
    let params = settings.apply(LinearClassifier::params());
    let params = params.map_err(|error| usage(format!("linear: {error}")))?;
    let inputs = [
        ("--train", Some(&args.train)),
        ("--test", args.test.as_ref()),
        ("--valid", args.valid.as_ref()),
    ];
    let inputs: Vec<(&str, &Path)> = inputs
        .iter()
        .filter_map(|&(flag, path)| Some((flag, path?.as_path())))
        .collect();
    check_outputs(&inputs, &[("--out", args.out.as_deref())])?;
    if let Some(out) = &args.out {
        ensure_writable(out)?;
        go_on_unread();
    }
    let read =
        |path: &Path| LabelledTable::read(path, &format, &args.text_column, &args.label_column);
    let train = read(&args.train)?;
    let test = args.test.as_deref().map(read).transpose()?;
    let valid = args.valid.as_deref().map(read).transpose()?;
    let (train, test) = match (&test, args.holdout) {
        (Some(test), _) => (train.texts()?, test.texts()?),
        (None, share) => {
            let seed = settings.seed.unwrap_or(SEED);
            train.texts()?.split(share.unwrap_or_default(), seed)?
        }
    };
    let valid = valid.as_ref().map(LabelledTable::texts).transpose()?;
    let row = match args.model {
        Model::Linear => Bar::during("linear", |bar| -> anyhow::Result<Value> {
            let start = Instant::now();
            let model = params.fit_calibrated(&train, valid.as_ref(), bar)?;
            let seconds = start.elapsed().as_secs_f64();
            if let Some(out) = &args.out {
                model.save(out)?;
            }
            bar.say("testing".to_owned());
            let tested = model.evaluate(&test)?;
            bar.aside(|| say_unknown(&tested, test.len()));
            let predict_us = microseconds_each(&model, &test)?;
            let mut row = json!({
                "model": "linear",
                "accuracy": tested.confusion.accuracy(),
                "macro_f1": tested.confusion.macro_f1(),
                "seconds": seconds,
                "predict_us": predict_us,
                "log_loss": tested.log_loss,
                "n_train": train.len(),
                "n_test": test.len(),
                "labels": model.labels().len(),
                "features": model.tfidf().n_features(),
                "temperature": model.calibration().temperature(),
            });
            if let Some(report) = model.report() {
                row.extend_with(json!({
                    "feature_s": report.feature_seconds,
                    "regression_s": report.training_seconds,
                    "iterations": report.regression.iterations,
                    "converged": report.regression.converged,
                    "test_s": tested.seconds,
                }));
            }
            if let Some(valid) = &valid {
                let tested = model.evaluate(valid)?;
                row.extend_with(json!({
                    "valid_accuracy": tested.confusion.accuracy(),
                    "valid_macro_f1": tested.confusion.macro_f1(),
                }));
            }
            Ok(row)
        })?,
    };
    output.object(&row)
}

/// Says which test texts could not be answered rightly, and which were answered without looking at them.
fn say_unknown(tested: &ClassifierReport, n: usize) {
    let unknown: usize = tested.unknown_labels.iter().map(|(_, count)| count).sum();
    if unknown > 0 {
        let names: Vec<&str> = tested
            .unknown_labels
            .iter()
            .take(5)
            .map(|(label, _)| label.as_str())
            .collect();
        let more = match tested.unknown_labels.len() > names.len() {
            true => ", ..",
            false => "",
        };
        log(&format!(
            "{unknown} of {n} test texts have a label that the training texts lack, and count as errors: {}{more}",
            names.join(", ")
        ));
    }
    if tested.n_prior > 0 {
        log(&format!(
            "{} of {n} test texts have no known n-gram, and got the most frequent label",
            tested.n_prior
        ));
    }
}

/// The mean time of one prediction on one thread, with texts given one by one.
fn microseconds_each(
    model: &LinearClassifier,
    test: &LabelledTexts<'_>,
) -> guide_core::Result<f64> {
    let mut row = Default::default();
    let start = Instant::now();
    for text in test.texts() {
        std::hint::black_box(model.predict_with(text, &mut row)?);
    }
    Ok(start.elapsed().as_secs_f64() * 1e6 / test.len().max(1) as f64)
}
