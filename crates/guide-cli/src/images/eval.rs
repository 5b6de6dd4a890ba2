//! `guide images eval`: tests a trained network on labelled pictures.

use std::path::PathBuf;
use std::time::Instant;

use clap::Args;
use guide_core::Persist;
use serde_json::json;
use vision_cnn::PictureClassifier;

use super::data::{DataArgs, Wanted};
use super::report::head_rows;
use super::train::split;
use crate::output::Output;
use crate::settings::Settings;

#[derive(Args)]
pub struct EvalArgs {
    /// The trained network.
    #[arg(long, value_name = "MODEL")]
    load: PathBuf,
    #[command(flatten)]
    data: DataArgs,
    /// Test on this share alone: the one that `train` holds out of the same data by the same --seed, --labels, --min-count and
    /// --on-bad-picture.
    #[arg(long, value_name = "SHARE", value_parser = crate::usage::fraction)]
    holdout: Option<f32>,
    /// Print the table of layers.
    #[arg(long)]
    summary: bool,
}

/// Runs `guide images eval`.
pub fn run(args: &EvalArgs, settings: &Settings, output: &Output) -> anyhow::Result<()> {
    settings.refuse("images eval")?;
    let model = PictureClassifier::load(&args.load)?;
    if args.summary {
        let summary = model.summary().to_string();
        output.say(summary.trim_end())?;
        output.line(&json!({ "summary": summary }))?;
    }
    let heads = model.heads().iter();
    let wanted = Wanted {
        size: model.size(),
        labels: heads.map(|head| head.name().to_owned()).collect(),
    };
    let read = args.data.read(Some(&wanted))?;
    let test = match (args.holdout, read.test) {
        (Some(share), _) => split(&read.pictures, share, settings)?.1,
        (None, Some(test)) => test,
        (None, None) => read.pictures,
    };
    let started = Instant::now();
    let report = model.evaluate(&test)?;
    let seconds = started.elapsed().as_secs_f64();
    output.rows(&head_rows(&report, test.len()))?;
    output.object(&json!({
        "net": model.trained_with().architecture.name(),
        "format": read.format,
        "weights": model.network().weights().count().0,
        "n_test": test.len(),
        "test_s": seconds,
        "test_images_per_s": test.len() as f64 / seconds,
    }))
}
