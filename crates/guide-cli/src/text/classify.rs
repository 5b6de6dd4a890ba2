//! `guide text classify`: trains a classifier of texts, tests it, and saves it.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::Instant;

use clap::{ArgGroup, Args, ValueEnum};
use guide_core::Persist;
use guide_core::table::TableFormat;
use nlp_embed::WordVectors;
use nlp_rnn::{
    Cell, ClassifierReport, LabelledTable, LabelledTexts, LinearClassifier, LinearClassifierParams,
    RecurrentClassifier, RecurrentClassifierParams, TextClassifier, load_text_classifier,
    read_labelled_table,
};
use nn_core::EpochRecord;
use serde_json::{Value, json};

use super::unknown_names::UnknownNames;
use crate::output::{ExtendWith, Output, ensure_writable, go_on_unread, log};
use crate::output_files::check_outputs;
use crate::progress::Bar;
use crate::settings::Settings;
use crate::tables::TextTableArgs;
use crate::usage::{of_flag, usage};
use crate::words::read_vectors;

/// What is trained.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Model {
    /// TF-IDF of word and character n-grams, and logistic regression.
    Linear,
    /// Word vectors and recurrent layers with the simple cell.
    Rnn,
    /// Word vectors and LSTM layers.
    Lstm,
    /// Word vectors and GRU layers.
    Gru,
}

impl Model {
    fn name(self) -> &'static str {
        match self {
            Self::Linear => "linear",
            Self::Rnn => "rnn",
            Self::Lstm => "lstm",
            Self::Gru => "gru",
        }
    }
}

/// What is trained, with its parameters.
enum Chosen {
    Linear(Box<LinearClassifierParams>),
    Recurrent(Box<RecurrentClassifierParams>),
}

#[derive(Args)]
#[command(group(ArgGroup::new("tested").required(true).args(["test", "holdout"])))]
#[command(group(ArgGroup::new("source").required(true).args(["train", "load"])))]
pub struct ClassifyArgs {
    /// A table of texts with labels to train on: delimited text or JSON lines, plain or gzip.
    #[arg(long, value_name = "FILE")]
    train: Option<PathBuf>,
    /// A trained model to test, of either kind, instead of a table to train on.
    #[arg(long, value_name = "MODEL", conflicts_with_all = ["model", "vectors", "valid", "out", "holdout"])]
    load: Option<PathBuf>,
    /// The table to test on.
    #[arg(long, value_name = "FILE")]
    test: Option<PathBuf>,
    /// Test on this share of the training table instead, drawn from each label by --seed.
    #[arg(long, value_name = "SHARE", value_parser = crate::usage::fraction)]
    holdout: Option<f32>,
    /// A table to calibrate the probabilities on, and to find the best epoch of a recurrent network; a share of the training table
    /// unless given.
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
    /// Word vectors that a recurrent network begins with, in a format that `guide words nearest` reads. `dim` is then theirs.
    #[arg(long, value_name = "MODEL")]
    vectors: Option<PathBuf>,
    /// The file for the trained model.
    #[arg(long, value_name = "MODEL")]
    out: Option<PathBuf>,
}

/// Seed of the held-out share, unless said.
const SEED: u64 = 1;

/// Runs `guide text classify`.
pub fn run(args: &ClassifyArgs, settings: &Settings, output: &Output) -> anyhow::Result<()> {
    let format = args.tables.format()?;
    if args.text_column == args.label_column {
        return Err(usage(format!(
            "--text-column {0} --label-column {0}: the labels must be in another column",
            args.text_column
        )));
    }
    if let (Some(load), Some(test)) = (&args.load, &args.test) {
        settings.refuse("text classify --load")?;
        return args.loaded(load, test, &format, output);
    }
    let Some(train_path) = &args.train else {
        return Err(usage("say --train FILE or --load MODEL"));
    };
    let vectors = args.vectors.as_deref();
    let vectors = vectors.map(|path| read_vectors(path, output)).transpose()?;
    let chosen = args.params(settings, vectors.as_ref())?;
    let inputs = [
        ("--train", Some(train_path)),
        ("--test", args.test.as_ref()),
        ("--valid", args.valid.as_ref()),
        ("--vectors", args.vectors.as_ref()),
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
    let read = |path: &Path| args.table(path, &format);
    let train = read(train_path)?;
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
    if train.distinct_labels().len() < 2 {
        let file = guide_core::printable_path(train_path);
        anyhow::bail!(
            "{file}: texts of at least two labels are needed, but all have `{}`",
            train.labels().first().copied().unwrap_or_default()
        );
    }
    let data = Data { train, test, valid };
    let name = args.model.name();
    let row = Bar::during(name, |bar| -> anyhow::Result<Value> {
        match &chosen {
            Chosen::Linear(params) => args.linear(params, &data, bar),
            Chosen::Recurrent(params) => args.recurrent(params, vectors.as_ref(), &data, bar),
        }
    })?;
    output.object(&row)
}

/// The texts to train, test and validate on.
struct Data<'t> {
    train: LabelledTexts<'t>,
    test: LabelledTexts<'t>,
    valid: Option<LabelledTexts<'t>>,
}

impl ClassifyArgs {
    /// Reads a table, and says what was guessed or left out.
    fn table(&self, path: &Path, format: &TableFormat) -> anyhow::Result<LabelledTable> {
        let table = read_labelled_table(path, format, &self.text_column, &self.label_column);
        let table = table.map_err(|error| of_flag(error, "encoding", "--encoding"))?;
        table.notes.iter().for_each(|note| log(note));
        Ok(table)
    }

    /// Tests a trained model.
    fn loaded(
        &self,
        load: &Path,
        test: &Path,
        format: &TableFormat,
        output: &Output,
    ) -> anyhow::Result<()> {
        let model = load_text_classifier(load)?;
        let test = self.table(test, format)?;
        let test = test.texts()?;
        let tested = model.evaluate(&test)?;
        say_unknown(model.labels(), &tested, &test);
        let mut predict = |text: &str| model.classify(text).map(|_| ());
        output.object(&json!({
            "model": guide_core::model_file::inspect(load)?.kind,
            "accuracy": tested.confusion.accuracy(),
            "macro_f1": tested.confusion.macro_f1(),
            "predict_us": microseconds_each(&test, &mut predict)?,
            "log_loss": tested.log_loss,
        "log_loss_texts": tested.n_log_loss,
            "n_test": test.len(),
            "labels": model.labels().len(),
            "test_s": tested.seconds,
        }))
    }

    /// The parameters of what is trained, with those of `--set`.
    fn params(&self, settings: &Settings, vectors: Option<&WordVectors>) -> anyhow::Result<Chosen> {
        let named = |error| usage(format!("{}: {error}", self.model.name()));
        let cell = match self.model {
            Model::Linear => {
                if self.vectors.is_some() {
                    return Err(usage("--vectors: a linear classifier has no word vectors"));
                }
                let params = settings.apply(LinearClassifier::params()).map_err(named)?;
                return Ok(Chosen::Linear(Box::new(params)));
            }
            _ if settings.fields.iter().any(|(name, _)| name == "cell") => {
                return Err(usage("--set cell: --model rnn, lstm or gru says the cell"));
            }
            Model::Rnn => Cell::Rnn,
            Model::Lstm => Cell::Lstm,
            Model::Gru => Cell::Gru,
        };
        let mut params = RecurrentClassifier::params().cell(cell);
        params.dim = vectors.map_or(params.dim, WordVectors::dim);
        let params = settings.apply(params).map_err(named)?;
        Ok(Chosen::Recurrent(Box::new(params)))
    }

    fn linear(
        &self,
        params: &LinearClassifierParams,
        data: &Data<'_>,
        bar: &Bar,
    ) -> anyhow::Result<Value> {
        let start = Instant::now();
        let model = params.fit_calibrated(&data.train, data.valid.as_ref(), bar)?;
        let seconds = start.elapsed().as_secs_f64();
        if let Some(out) = &self.out {
            model.save(out)?;
        }
        let mut buffers = Default::default();
        let mut row = self.measured(&model, data, seconds, bar, &mut |text| {
            model.predict_with(text, &mut buffers).map(|_| ())
        })?;
        row.extend_with(json!({
            "features": model.tfidf().n_features(),
            "temperature": model.calibration().temperature(),
        }));
        if let Some(report) = model.report() {
            bar.aside(|| say_left_out(model.labels(), data));
            row.extend_with(json!({
                "feature_s": report.feature_seconds,
                "regression_s": report.training_seconds,
                "iterations": report.regression.iterations,
                "converged": report.regression.converged,
            }));
        }
        Ok(row)
    }

    fn recurrent(
        &self,
        params: &RecurrentClassifierParams,
        vectors: Option<&WordVectors>,
        data: &Data<'_>,
        bar: &Bar,
    ) -> anyhow::Result<Value> {
        let start = Instant::now();
        let mut epoch = |record: &EpochRecord| {
            let watched = record.validation.unwrap_or(record.loss);
            bar.say(format!(
                "epoch {} of {}: {watched:.4}",
                record.epoch, record.n_epochs
            ));
            ControlFlow::Continue(())
        };
        let model = params.fit_validated(&data.train, data.valid.as_ref(), vectors, &mut epoch)?;
        let seconds = start.elapsed().as_secs_f64();
        if let Some(out) = &self.out {
            model.save(out)?;
        }
        let mut buffers = Default::default();
        let mut row = self.measured(&model, data, seconds, bar, &mut |text| {
            model.predict_with(text, &mut buffers).map(|_| ())
        })?;
        row.extend_with(json!({
            "words": model.vocabulary().len(),
            "weights": model.weights().count().0,
            "temperature": model.calibration().temperature(),
        }));
        if let Some(report) = model.report() {
            bar.aside(|| {
                say_left_out(model.labels(), data);
                if report.n_cut > 0 {
                    let (n, most) = (report.n_cut, params.max_length);
                    log(&format!(
                        "{n} of {} training texts are cut to {most} words (--set max_length)",
                        report.n_train
                    ));
                }
                if report.n_empty > 0 {
                    let n = report.n_empty;
                    log(&format!(
                        "{n} texts have no word and are left out of the training"
                    ));
                }
            });
            row.extend_with(json!({
                "reading_s": report.reading_seconds,
                "training_s": report.training_seconds,
                "epochs": report.history.epochs.len(),
                "kept_epoch": report.history.kept_epoch,
                "with_vector": report.n_with_vector,
                "n_validation": report.n_validation,
            }));
        }
        Ok(row)
    }

    /// Tests a classifier: what is printed for either kind. `predict` answers one text on one thread.
    fn measured(
        &self,
        model: &dyn TextClassifier,
        data: &Data<'_>,
        seconds: f64,
        bar: &Bar,
        predict: &mut dyn FnMut(&str) -> guide_core::Result<()>,
    ) -> anyhow::Result<Value> {
        bar.say("testing".to_owned());
        let tested = model.evaluate(&data.test)?;
        bar.aside(|| say_unknown(model.labels(), &tested, &data.test));
        let mut row = json!({
            "model": self.model.name(),
            "accuracy": tested.confusion.accuracy(),
            "macro_f1": tested.confusion.macro_f1(),
            "seconds": seconds,
            "predict_us": microseconds_each(&data.test, predict)?,
            "log_loss": tested.log_loss,
        "log_loss_texts": tested.n_log_loss,
            "n_train": data.train.len(),
            "n_test": data.test.len(),
            "labels": model.labels().len(),
            "test_s": tested.seconds,
        });
        if let Some(valid) = &data.valid {
            let tested = model.evaluate(valid)?;
            row.extend_with(json!({
                "valid_accuracy": tested.confusion.accuracy(),
                "valid_macro_f1": tested.confusion.macro_f1(),
            }));
        }
        Ok(row)
    }
}

/// Says which validation texts were left out because no training text has their label.
fn say_left_out(labels: &[String], data: &Data<'_>) {
    let Some(valid) = &data.valid else {
        return;
    };
    let unknown = UnknownNames::new(labels, valid.labels().iter().copied());
    if unknown.n() > 0 {
        log(&format!(
            "{} of {} validation texts have a label that the training texts lack, and are left out: {}",
            unknown.n(),
            valid.len(),
            unknown.listed()
        ));
    }
}

/// Says which test texts could not be answered rightly, and which were answered without looking at them.
fn say_unknown(labels: &[String], tested: &ClassifierReport, test: &LabelledTexts<'_>) {
    let unknown = UnknownNames::new(labels, test.labels().iter().copied());
    let n = test.len();
    if unknown.n() > 0 {
        log(&format!(
            "{} of {n} test texts have a label that the training texts lack, and count as errors: {}",
            unknown.n(),
            unknown.listed()
        ));
    }
    if tested.n_cut > 0 {
        log(&format!(
            "{} of {n} test texts are longer than the model reads (`max_length` of its training), and are cut",
            tested.n_cut
        ));
    }
    if tested.n_prior > 0 {
        log(&format!(
            "{} of {n} test texts have no known n-gram or word, and got the most frequent label",
            tested.n_prior
        ));
    }
}

/// The mean time of one prediction, with texts given one by one.
fn microseconds_each(
    test: &LabelledTexts<'_>,
    predict: &mut dyn FnMut(&str) -> guide_core::Result<()>,
) -> guide_core::Result<f64> {
    let start = Instant::now();
    for text in test.texts() {
        predict(text)?;
    }
    Ok(start.elapsed().as_secs_f64() * 1e6 / test.len().max(1) as f64)
}
