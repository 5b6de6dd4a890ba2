//! `guide images train`: trains a network on labelled pictures, tests it after each epoch, and saves it.

use std::ops::ControlFlow;
use std::path::PathBuf;
use std::time::Instant;

use clap::{Args, ValueEnum};
use guide_core::Persist;
use nn_core::EpochRecord;
use serde_json::{Value, json};
use vision_cnn::{Architecture, Augment, PictureClassifier, PictureClassifierParams, Pictures};

use super::data::{DataArgs, Read};
use super::report::head_rows;
use crate::output::{ExtendWith, Output, ensure_writable, go_on_unread, log};
use crate::output_files::{check_outputs, check_outside};
use crate::progress::Bar;
use crate::settings::Settings;
use crate::usage::{at_least_one, usage};

/// Random changes of the training pictures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum AugmentPreset {
    None,
    /// Shifts by 2 pixels, rotations by 10 degrees.
    Digits,
    /// Mirrored, and cut to at least 70 % of the area.
    Products,
}

#[derive(Args)]
pub struct TrainArgs {
    #[command(flatten)]
    data: DataArgs,
    /// The network: seed-cnn, lenet, alexnet, vgg11 to vgg19 (also vgg11-bn ..), resnet18, 34, 50, or resnet20, 32, 56 for small pictures. AlexNet takes
    /// pictures of 63 x 63 or more, VGG of 32 x 32. ResNets are trained by momentum with a learning rate of 0.1, all others by AdamW with 0.001;
    /// --set training=.., learning_rate=.., warm_up=.. change it.
    #[arg(long, value_name = "NAME", default_value = "seed-cnn", value_parser = architecture)]
    net: Architecture,
    /// Passes over the pictures [default: 10].
    #[arg(long, value_parser = at_least_one())]
    epochs: Option<usize>,
    /// Pictures in a step [default: 64].
    #[arg(long, value_parser = at_least_one())]
    batch: Option<usize>,
    /// Random changes of the training pictures; --set augment.flip=.. changes single ones.
    #[arg(long, value_enum, default_value_t = AugmentPreset::None)]
    augment: AugmentPreset,
    /// Test on this share of the pictures, drawn from each class of the first labels by --seed; 0 for no test [default: the test
    /// part that the data has, else 0.2].
    #[arg(long, value_name = "SHARE", value_parser = crate::usage::fraction_or_none)]
    holdout: Option<f32>,
    /// Train on N pictures only, drawn by --seed, for example to time a large network.
    #[arg(long, value_name = "N", value_parser = at_least_one())]
    limit: Option<usize>,
    /// Print the table of layers.
    #[arg(long)]
    summary: bool,
    /// The file for the trained network.
    #[arg(long, value_name = "MODEL")]
    out: Option<PathBuf>,
}

fn architecture(name: &str) -> Result<Architecture, String> {
    name.parse().map_err(|_| {
        let names: Vec<&str> = Architecture::ALL.iter().map(|net| net.name()).collect();
        format!("one of {}", names.join(", "))
    })
}

/// Seed of the held-out share, unless said.
pub const SEED: u64 = 1;
/// Share of the pictures that is held out, unless said.
const SHARE: f32 = 0.2;

/// Runs `guide images train`.
pub fn run(args: &TrainArgs, settings: &Settings, output: &Output) -> anyhow::Result<()> {
    let params = args.params(settings)?;
    check_outputs(&args.data.inputs(), &[("--out", args.out.as_deref())])?;
    if let Some(out) = &args.out {
        check_outside(&args.data.folders(), ("--out", out))?;
        ensure_writable(out)?;
        go_on_unread();
    }
    let read = args.data.read(None)?;
    let format = read.format;
    let (mut train, test) = args.parts(read, settings)?;
    if let Some(limit) = args.limit.filter(|&limit| limit < train.len()) {
        let share = limit as f32 / train.len() as f32;
        let (_, drawn) = train.split(share, settings.seed.unwrap_or(SEED))?;
        log(&format!(
            "--limit: trained on {} of {} pictures, drawn by --seed",
            drawn.len(),
            train.len()
        ));
        train = train.select(&drawn)?;
    }
    if args.summary {
        let labels = train.all_labels().iter();
        let n_classes: Vec<usize> = labels.map(|labels| labels.classes().len()).collect();
        let network = params.architecture.network(train.size(), &n_classes, 0)?;
        output.say(network.summary().to_string().trim_end())?;
        output.line(&json!({ "summary": network.summary().to_string() }))?;
    }
    let started = Instant::now();
    let (model, images_per_s) = args.train(&params, (&train, test.as_ref()), output)?;
    let seconds = started.elapsed().as_secs_f64();
    if let Some(out) = &args.out {
        model.save(out)?;
    }
    let mut last = json!({
        "net": params.architecture.name(),
        "format": format,
        "weights": model.network().weights().count().0,
        "n_train": train.len(),
        "n_test": test.as_ref().map_or(0, Pictures::len),
        "images_per_s": images_per_s,
        "seconds": seconds,
    });
    if let Some(report) = model.report() {
        let history = &report.history;
        last.extend_with(json!({
            "epochs": history.epochs.len(),
            "kept_epoch": history.kept_epoch,
            "n_validation": report.n_validation,
        }));
    }
    if let Some(test) = &test {
        let started = Instant::now();
        let report = model.evaluate(test)?;
        let test_s = started.elapsed().as_secs_f64();
        output.rows(&head_rows(&report, test.len()))?;
        last.extend_with(json!({
            "test_s": test_s,
            "test_images_per_s": test.len() as f64 / test_s,
        }));
    }
    output.object(&last)
}

impl TrainArgs {
    /// The parameters with those of flags and `--set`.
    fn params(&self, settings: &Settings) -> anyhow::Result<PictureClassifierParams> {
        let mut params = PictureClassifierParams::of(self.net);
        params.epochs = self.epochs.unwrap_or(params.epochs);
        params.batch = self.batch.unwrap_or(params.batch);
        params.augment = match self.augment {
            AugmentPreset::None => Augment::default(),
            AugmentPreset::Digits => Augment::digits(),
            AugmentPreset::Products => Augment::products(),
        };
        let params = settings.apply(params);
        params.map_err(|error| usage(format!("images train: {error}")))
    }

    /// The pictures to train and to test on.
    fn parts(
        &self,
        read: Read,
        settings: &Settings,
    ) -> anyhow::Result<(Pictures, Option<Pictures>)> {
        let share = match (self.holdout, &read.test) {
            (Some(share), _) => share,
            (None, Some(_)) => return Ok((read.pictures, read.test)),
            (None, None) => {
                log(&format!(
                    "{SHARE} of the pictures are held out for the test (--holdout)"
                ));
                SHARE
            }
        };
        if share == 0.0 {
            return Ok((read.pictures, None));
        }
        let (train, test) = split(&read.pictures, share, settings)?;
        Ok((train, Some(test)))
    }

    /// Trains; prints a row for each epoch as soon as it is over. Returns the median of the epochs' pictures a second too.
    fn train(
        &self,
        params: &PictureClassifierParams,
        (train, test): (&Pictures, Option<&Pictures>),
        output: &Output,
    ) -> anyhow::Result<(PictureClassifier, f64)> {
        let mut rows: Vec<Value> = Vec::new();
        let mut speeds: Vec<f64> = Vec::new();
        let mut failed = None;
        // Pictures that the network does not train on when it holds out a validation share.
        let n_train = train.len() as f64 * f64::from(1.0 - params.validation_share);
        let trained = Bar::during(params.architecture.name(), |bar| {
            let mut epoch = |record: &EpochRecord| {
                let images_per_s = n_train / record.seconds;
                speeds.push(images_per_s);
                let row = json!({
                    "epoch": record.epoch,
                    "loss": record.loss,
                    "test_accuracy": record.measured,
                    "images_per_s": images_per_s,
                });
                bar.say(format!(
                    "epoch {} of {}: loss {:.4}",
                    record.epoch, record.n_epochs, record.loss
                ));
                match bar.aside(|| output.row(row, &mut rows)) {
                    Ok(()) => ControlFlow::Continue(()),
                    Err(error) => {
                        failed = Some(error);
                        ControlFlow::Break(())
                    }
                }
            };
            params.fit_measured(train, None, test, &mut epoch)
        });
        if let Some(error) = failed {
            return Err(error);
        }
        output.table(&rows)?;
        speeds.sort_by(f64::total_cmp);
        let median = speeds.get(speeds.len() / 2).copied().unwrap_or_default();
        Ok((trained?, median))
    }
}

/// A share of each class of the first labels is the second part.
pub fn split(
    pictures: &Pictures,
    share: f32,
    settings: &Settings,
) -> anyhow::Result<(Pictures, Pictures)> {
    let seed = settings.seed.unwrap_or(SEED);
    let first = pictures.all_labels().first().map_or("", |one| one.name());
    let (train, test) = pictures.split_by(first, share, seed)?;
    if test.is_empty() {
        return Err(usage(format!(
            "--holdout {share}: no class of `{}` has enough pictures for a test part",
            guide_core::printable(first)
        )));
    }
    Ok((pictures.select(&train)?, pictures.select(&test)?))
}
