//! `guide words train`: counts the words of a text, trains vectors and writes them.

use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::Context;
use clap::{Args, ValueEnum};
use guide_core::{Error, Fit, Params, Persist, Result};
use nlp_embed::{
    Architecture, Glove, GloveParams, TrainingText, VectorFormat, Vocabulary, VocabularyParams,
    Word2Vec, Word2VecParams, WordVectors,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::corpus::CorpusArgs;
use crate::output::{ExtendWith, Output, ensure_writable, go_on_unread};
use crate::progress::Bar;
use crate::settings::Settings;
use crate::usage::usage;

/// What is trained.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Model {
    /// word2vec, each word from each word around it.
    SkipGram,
    /// word2vec, each word from the words around it together.
    Cbow,
    /// GloVe, from how often words are near each other.
    Glove,
}

/// How the vectors are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// word2vec's text, which every other program reads. For any ending that is not listed here.
    Text,
    /// word2vec's binary, for `.bin`.
    Binary,
    /// Text without a first line of sizes, for `.glove`.
    Glove,
    /// This project's model file, for `.model`. Only this format keeps the counts of the words and, with `max_n`, the vectors
    /// of n-grams, from which `nearest` makes vectors of unseen words.
    Model,
}

#[derive(Args)]
pub struct TrainArgs {
    #[command(flatten)]
    text: CorpusArgs,
    /// What is trained.
    #[arg(long, value_enum)]
    model: Model,
    /// Numbers a word [default: 100; glove: 50].
    #[arg(long)]
    dim: Option<usize>,
    /// Words looked at on either side, at most [default: 5; glove: 15].
    #[arg(long)]
    window: Option<usize>,
    /// Words met less often get no vector [default: 5].
    #[arg(long)]
    min_count: Option<u64>,
    /// Negative samples for each word; not for glove [default: 5].
    #[arg(long)]
    negative: Option<usize>,
    /// Passes over the text, or over what glove counted in it [default: 5; glove: 25].
    #[arg(long)]
    epochs: Option<usize>,
    /// The file for the vectors. It is written when training has ended, completely or not at all.
    #[arg(long, value_name = "VEC")]
    out: PathBuf,
    /// Format of the file; by its ending unless given.
    #[arg(long, value_enum)]
    format: Option<Format>,
}

/// Everything that `--set` may change: the parameters of the training and those of the vocabulary.
#[derive(Clone, Serialize, Deserialize)]
struct WordParams<P> {
    #[serde(flatten)]
    model: P,
    #[serde(flatten)]
    vocabulary: VocabularyParams,
}

impl<P: Params> Params for WordParams<P> {
    fn validate(&self) -> Result<()> {
        self.model.validate()?;
        self.vocabulary.validate()
    }
}

impl Model {
    fn name(self) -> &'static str {
        match self {
            Self::SkipGram => "skip-gram",
            Self::Cbow => "cbow",
            Self::Glove => "glove",
        }
    }
}

/// What is written.
enum Trained {
    Vectors(WordVectors),
    /// With the n-grams of words.
    Whole(Box<Word2Vec>),
}

impl Trained {
    fn write(&self, path: &Path, format: VectorFormat) -> Result<()> {
        match self {
            Self::Vectors(vectors) => vectors.write(path, format),
            Self::Whole(model) => model.save(path),
        }
    }

    fn dim(&self) -> usize {
        match self {
            Self::Vectors(vectors) => vectors.dim(),
            Self::Whole(model) => model.vectors().ncols(),
        }
    }
}

/// The parameters of the training and of its vocabulary.
enum Trainer {
    Word2Vec(WordParams<Word2VecParams>),
    Glove(WordParams<GloveParams>),
}

impl Trainer {
    fn vocabulary(&self) -> &VocabularyParams {
        match self {
            Self::Word2Vec(params) => &params.vocabulary,
            Self::Glove(params) => &params.vocabulary,
        }
    }

    /// The most tokens of a sentence; longer ones are cut.
    fn longest_sentence(&self) -> usize {
        match self {
            // As in the C program word2vec.
            Self::Word2Vec(_) => 1000,
            // The C program of GloVe does not cut lines, because a cut loses the pairs across it. This length still fits in
            // memory.
            Self::Glove(_) => 1 << 20,
        }
    }

    /// Trains; returns what is written in `format`, and the figures of the training.
    fn train(
        &self,
        text: &TrainingText<'_>,
        format: VectorFormat,
        bar: &Bar,
    ) -> Result<(Trained, Value)> {
        let ((words, rows), figures) = match self {
            Self::Word2Vec(params) => {
                let model = params.model.fit_with(text, bar)?;
                let report = model.report();
                let figures = json!({
                    "words": report.words,
                    "seconds": report.seconds,
                    "words_per_s": report.words_per_second(),
                    "loss": report.loss,
                });
                if params.model.max_n > 0 && format == VectorFormat::Model {
                    return Ok((Trained::Whole(Box::new(model)), figures));
                }
                (model.into_parts(), figures)
            }
            Self::Glove(params) => {
                let model = params.model.fit_with(text, bar)?;
                let report = model.report();
                let seconds = report.counting_seconds + report.training_seconds;
                let figures = json!({
                    "words": report.words,
                    "seconds": seconds,
                    "words_per_s": report.words as f64 / seconds.max(f64::MIN_POSITIVE),
                    "loss": report.loss,
                    "pairs": report.pairs,
                    "pairs_s": report.counting_seconds,
                });
                (model.into_parts(), figures)
            }
        };
        Ok((Trained::Vectors(WordVectors::new(words, rows)?), figures))
    }
}

/// Runs `guide words train`.
pub fn run(args: &TrainArgs, settings: &Settings, output: &Output) -> anyhow::Result<()> {
    let trainer = args.trainer(settings)?;
    let format = args.format()?;
    let places = [&args.out, &args.text.corpus].map(|path| path.canonicalize().ok());
    if places[0].is_some() && places[0] == places[1] {
        return Err(usage("--out is the file of --corpus"));
    }
    ensure_writable(&args.out)?;
    go_on_unread();
    let row = Bar::during("words", |bar| -> anyhow::Result<Value> {
        let counting = Instant::now();
        let longest = trainer.longest_sentence();
        let sentences = args.text.open("counting words", longest, bar)?;
        let vocabulary = match trainer.vocabulary().build(&sentences) {
            Err(error @ Error::Empty { .. }) => {
                return Err(error).with_context(|| args.text.corpus.display().to_string());
            }
            counted => counted?,
        };
        let count_s = counting.elapsed().as_secs_f64();
        let sentences = args.text.open("reading", longest, bar)?;
        let text = TrainingText {
            vocabulary: &vocabulary,
            sentences: &sentences,
        };
        let (trained, figures) = match trainer.train(&text, format, bar) {
            Err(error @ (Error::Empty { .. } | Error::Unsuitable { .. })) => {
                return Err(error).with_context(|| args.text.corpus.display().to_string());
            }
            trained => trained?,
        };
        trained.write(&args.out, format)?;
        let mut row = json!({ "model": args.model.name(), "vocab": vocabulary.len() });
        row.extend_with(figures);
        row.extend_with(json!({
            "tokens": vocabulary.n_tokens(),
            "count_s": count_s,
            "dim": trained.dim(),
            "out": args.out,
        }));
        Ok(row)
    })?;
    output.object(&row)
}

impl TrainArgs {
    /// The parameters: the defaults, then the flags, then `--set`.
    fn trainer(&self, settings: &Settings) -> anyhow::Result<Trainer> {
        let architecture = match self.model {
            Model::SkipGram => Architecture::SkipGram,
            Model::Cbow => Architecture::Cbow,
            Model::Glove => return Ok(Trainer::Glove(self.params(Glove::params(), settings)?)),
        };
        let defaults = Word2Vec::params().architecture(architecture);
        let params = self.params(defaults, settings)?;
        if params.model.architecture != architecture {
            let name = self.model.name();
            let words = format!("--model {name} says the architecture, not --set");
            return Err(usage(words));
        }
        Ok(Trainer::Word2Vec(params))
    }

    fn params<P: Params>(&self, model: P, settings: &Settings) -> anyhow::Result<WordParams<P>> {
        let defaults = WordParams {
            model,
            vocabulary: Vocabulary::params(),
        };
        let flags = [
            ("dim", self.dim.map(|dim| dim as u64)),
            ("window", self.window.map(|window| window as u64)),
            ("min_count", self.min_count),
            ("negative", self.negative.map(|negative| negative as u64)),
            ("epochs", self.epochs.map(|epochs| epochs as u64)),
        ];
        let flags = flags
            .into_iter()
            .filter_map(|(name, value)| Some((name.to_owned(), value?.to_string())));
        let all = Settings {
            fields: flags.chain(settings.fields.iter().cloned()).collect(),
            seed: settings.seed,
        };
        let name = self.model.name();
        let params = all.apply(defaults);
        params.map_err(|error| usage(format!("{name}: {error}")))
    }

    /// The format of the file: `--format`, or by the ending.
    fn format(&self) -> anyhow::Result<VectorFormat> {
        let ending = self.out.extension().and_then(|ending| ending.to_str());
        let by_ending = match ending {
            Some("bin") => Format::Binary,
            Some("glove") => Format::Glove,
            Some("model") => Format::Model,
            Some("gz") => return Err(usage("--out: vectors are not packed; leave out `.gz`")),
            _ => Format::Text,
        };
        Ok(match self.format.unwrap_or(by_ending) {
            Format::Text => VectorFormat::Word2VecText,
            Format::Binary => VectorFormat::Word2VecBinary,
            Format::Glove => VectorFormat::Glove,
            Format::Model => VectorFormat::Model,
        })
    }
}
