//! `guide text lm`: trains a language model, or takes a trained one, measures its perplexity, and lets it write.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::Instant;

use clap::{ArgGroup, Args, ValueEnum};
use guide_core::{Error, Params, Persist};
use nlp_embed::{Sentences, TextFile, Tokenize, WordVectors};
use nlp_rnn::{Cell, ContinuousCache, Generation, LanguageModel, LanguageModelParams};
use nn_core::{EpochRecord, Watch};
use serde_json::{Value, json};

use crate::output::{Output, ensure_writable, go_on_unread, log};
use crate::output_files::check_outputs;
use crate::progress::Bar;
use crate::settings::Settings;
use crate::usage::usage;
use crate::words::{Tokenizer, ensure_rereadable, read_vectors};

/// The recurrent cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Model {
    Rnn,
    Lstm,
    Gru,
}

/// Where the parameters begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Preset {
    /// Two layers of 200 with dropout, the output layer tied to the words' vectors.
    Tied,
    /// The small model of Zaremba et al. (2014): two layers of 200, 20 steps, no dropout, 13 epochs.
    ZarembaSmall,
    /// One layer of 200 under Adam, as the usual Keras program.
    Keras,
}

#[derive(Args)]
#[command(group(ArgGroup::new("source").required(true).args(["train", "load"])))]
pub struct LmArgs {
    /// The text to learn, plain or gzip. Each line is a sentence.
    #[arg(long, value_name = "FILE")]
    train: Option<PathBuf>,
    /// A trained model to measure or to let write, instead of a text to learn.
    #[arg(long, value_name = "MODEL")]
    load: Option<PathBuf>,
    /// A text to watch: the weights of the epoch that is best on it are kept.
    #[arg(long, value_name = "FILE", conflicts_with = "load")]
    valid: Option<PathBuf>,
    /// Trained vectors of words to start from, in a format that `guide words nearest` reads; sets `dim` to their width, and `hidden`
    /// where the output layer is tied.
    #[arg(long, value_name = "VEC", conflicts_with = "load")]
    vectors: Option<PathBuf>,
    /// A text to measure the perplexity on, once.
    #[arg(long, value_name = "FILE")]
    test: Option<PathBuf>,
    /// How text is cut into words [default: whitespace, as language models are most often trained on text that was cut before; with
    /// --load as the model was trained].
    #[arg(long, value_enum)]
    tokenizer: Option<Tokenizer>,
    /// Where the parameters begin; other flags and --set change them.
    #[arg(long, value_enum, default_value_t = Preset::Tied, conflicts_with = "load")]
    preset: Preset,
    /// The recurrent cell [default: lstm].
    #[arg(long, value_enum, conflicts_with = "load")]
    model: Option<Model>,
    /// Numbers in the vector of a word [default: 200].
    #[arg(long, conflicts_with = "load")]
    dim: Option<usize>,
    /// Hidden units of a layer [default: 200].
    #[arg(long, conflicts_with = "load")]
    hidden: Option<usize>,
    /// Layers [default: 2; keras: 1].
    #[arg(long, conflicts_with = "load")]
    layers: Option<usize>,
    /// Time steps over which gradients go back [default: 35; zaremba-small, keras: 20].
    #[arg(long, conflicts_with = "load")]
    bptt: Option<usize>,
    /// Sequences that are read side by side [default: 20].
    #[arg(long, conflicts_with = "load")]
    batch: Option<usize>,
    /// Passes over the text [default: 18; zaremba-small, keras: 13].
    #[arg(long, conflicts_with = "load")]
    epochs: Option<usize>,
    /// Share of the numbers between the layers that training drops [default: .35; zaremba-small, keras: 0].
    #[arg(long, conflicts_with = "load")]
    dropout: Option<f32>,
    /// Use the words' vectors as the matrix of the output layer; --hidden is then --dim.
    #[arg(long, conflicts_with = "load")]
    tied: bool,
    /// Measure the test text with a continuous cache too.
    #[arg(long, requires = "test")]
    cache: bool,
    /// Words that the cache remembers.
    #[arg(long, requires = "cache", default_value_t = 500)]
    cache_size: usize,
    /// How much the cache counts nearness of hidden states (theta).
    #[arg(long, requires = "cache", default_value_t = 0.3)]
    cache_theta: f32,
    /// Share of the cache in the probabilities (lambda).
    #[arg(long, requires = "cache", default_value_t = 0.1)]
    cache_lambda: f32,
    /// Write a text that begins with these words (none: "").
    #[arg(long, value_name = "WORDS")]
    prompt: Option<String>,
    /// Words to write after the prompt, at most; the text ends with its sentence.
    #[arg(long, requires = "prompt", default_value_t = 20)]
    words: usize,
    /// Below 1 the text is less surprising, above 1 more.
    #[arg(long, requires = "prompt", default_value_t = 1.0)]
    temperature: f32,
    /// Draw among so many of the most probable words; 0 for all.
    #[arg(long, requires = "prompt", default_value_t = 0)]
    top_k: usize,
    /// Search for the most probable text, keeping so many on the way, instead of drawing.
    #[arg(long, requires = "prompt", default_value_t = 1)]
    beam: usize,
    /// The file for the trained model.
    #[arg(long, value_name = "MODEL", conflicts_with = "load")]
    out: Option<PathBuf>,
}

/// Longer lines are cut in two sentences.
const LONGEST: usize = 1 << 20;

/// Runs `guide text lm`.
pub fn run(args: &LmArgs, settings: &Settings, output: &Output) -> anyhow::Result<()> {
    let files = [("--train", &args.train), ("--valid", &args.valid)];
    let files = files
        .into_iter()
        .chain([("--test", &args.test), ("--load", &args.load)])
        .chain([("--vectors", &args.vectors)]);
    let inputs: Vec<_> = files
        .filter_map(|(flag, path)| Some((flag, path.as_deref()?)))
        .collect();
    check_outputs(&inputs, &[("--out", args.out.as_deref())])?;
    if let Some(out) = &args.out {
        ensure_writable(out)?;
    }
    if args.load.is_some() {
        settings.refuse("text lm --load")?;
        if args.test.is_none() && args.prompt.is_none() {
            return Err(usage("--load: say --test FILE or --prompt WORDS"));
        }
    }
    // Before a training that may take hours.
    let later = args.generation(settings).validate();
    let later = later.and_then(|()| args.cache_settings().validate());
    later.map_err(|error| usage(format!("text lm: {error}")))?;
    args.check_texts()?;
    go_on_unread();
    let model = match (&args.train, &args.load) {
        (Some(train), _) => args.train(train, settings, output)?,
        (None, Some(load)) => LanguageModel::load(load)?,
        (None, None) => return Err(usage("say --train FILE or --load MODEL")),
    };
    if let Some(out) = &args.out {
        model.save(out)?;
    }
    if let Some(test) = &args.test {
        let started = Instant::now();
        let text = TextFile::new(test, args.tokenizer_of(&model)).max_sentence_length(LONGEST);
        let got = model.perplexity(&text, None);
        let got = got.map_err(|error| of_file(error, test))?;
        if args.load.is_some() {
            say_cut(test, &text);
        }
        let mut row = json!({
            "test_ppl": got.perplexity,
            "words": got.n_words,
            "unknown_words": got.n_unknown,
        });
        if args.cache {
            let cache = args.cache_settings();
            row["cache_ppl"] = json!(model.perplexity(&text, Some(cache))?.perplexity);
        }
        row["seconds"] = json!(started.elapsed().as_secs_f64());
        output.object(&row)?;
    }
    if let Some(prompt) = &args.prompt {
        output.object(&json!({ "text": args.write(&model, prompt, settings)? }))?;
    }
    Ok(())
}

impl LmArgs {
    /// The tokeniser of a text to learn.
    fn tokenizer(&self) -> Tokenizer {
        self.tokenizer.unwrap_or(Tokenizer::Whitespace)
    }

    /// The tokeniser for a model: that of --tokenizer, and else its own.
    fn tokenizer_of(&self, model: &LanguageModel) -> Box<dyn Tokenize> {
        let chosen = self.tokenizer.map(Tokenizer::build);
        chosen.unwrap_or_else(|| model.tokenizer())
    }

    fn text(&self, path: &PathBuf) -> TextFile<Box<dyn Tokenize>> {
        TextFile::new(path, self.tokenizer().build()).max_sentence_length(LONGEST)
    }

    /// Refuses what is no regular file, such as a pipe, among the texts that are read more than once.
    fn check_texts(&self) -> anyhow::Result<()> {
        let texts = [&self.train, &self.valid, &self.test];
        if self.train.is_some() || self.cache {
            for path in texts.into_iter().flatten() {
                ensure_rereadable(path)?;
            }
        }
        Ok(())
    }

    /// The words of a text, the ends of its sentences among them: before a training that may take hours, also of the texts that are
    /// read after it.
    ///
    /// # Errors
    /// Those of reading the text, and one that names the file if it has no word.
    fn ensure_words(&self, flag: &str, path: &PathBuf) -> anyhow::Result<u64> {
        let mut count = 0;
        let text = self.text(path);
        text.walk(&mut |words| {
            count += words.len() as u64 + 1;
            Ok(())
        })?;
        say_cut(path, &text);
        if count == 0 {
            let path = guide_core::printable_path(path);
            anyhow::bail!("{flag} {path}: the text has no word");
        }
        Ok(count)
    }

    /// The preset, then the flags, then `--set`.
    fn params(
        &self,
        settings: &Settings,
        vectors: Option<&WordVectors>,
    ) -> anyhow::Result<LanguageModelParams> {
        let mut params = match self.preset {
            Preset::Tied => LanguageModel::params(),
            Preset::ZarembaSmall => LanguageModelParams::zaremba_small(),
            Preset::Keras => LanguageModelParams::keras(),
        };
        if let Some(model) = self.model {
            params = params.cell(match model {
                Model::Rnn => Cell::Rnn,
                Model::Lstm => Cell::Lstm,
                Model::Gru => Cell::Gru,
            });
        }
        params.tied |= self.tied;
        params.tokenizer = self.tokenizer().stored();
        let dim = self.dim.or(vectors.map(WordVectors::dim));
        let flags = [
            (&mut params.dim, dim),
            (
                &mut params.hidden,
                self.hidden.or(dim.filter(|_| params.tied)),
            ),
            (&mut params.layers, self.layers),
            (&mut params.bptt, self.bptt),
            (&mut params.batch, self.batch),
            (&mut params.epochs, self.epochs),
        ];
        for (field, flag) in flags {
            *field = flag.unwrap_or(*field);
        }
        params.dropout = self.dropout.unwrap_or(params.dropout);
        let params = settings.apply(params);
        params.map_err(|error| usage(format!("text lm: {error}")))
    }

    fn cache_settings(&self) -> ContinuousCache {
        ContinuousCache::default()
            .size(self.cache_size)
            .theta(self.cache_theta)
            .lambda(self.cache_lambda)
    }

    /// Trains; prints a row for each epoch as soon as it is over.
    fn train(
        &self,
        train: &PathBuf,
        settings: &Settings,
        output: &Output,
    ) -> anyhow::Result<LanguageModel> {
        let vectors = self.vectors.as_deref();
        let vectors = vectors.map(|path| read_vectors(path, output)).transpose()?;
        let params = self.params(settings, vectors.as_ref())?;
        let mut rows: Vec<Value> = Vec::new();
        let text = self.text(train);
        let valid = self.valid.as_ref().map(|valid| self.text(valid));
        let n_words = self.ensure_words("--train", train)?;
        for (flag, path) in [("--valid", &self.valid), ("--test", &self.test)] {
            if let Some(path) = path {
                self.ensure_words(flag, path)?;
            }
        }
        let mut failed = None;
        let trained = Bar::during("language model", |bar| {
            let mut epoch = |record: &EpochRecord| {
                let row = json!({
                    "epoch": record.epoch,
                    "train_ppl": record.loss.exp(),
                    "valid_ppl": record.validation.map(f64::exp),
                    "tokens_per_s": n_words as f64 / record.seconds,
                });
                bar.say(format!("epoch {} of {}", record.epoch, record.n_epochs));
                match bar.aside(|| output.row(row, &mut rows)) {
                    Ok(()) => ControlFlow::Continue(()),
                    Err(error) => {
                        failed = Some(error);
                        ControlFlow::Break(())
                    }
                }
            };
            let watch: &mut dyn Watch = &mut epoch;
            params.fit_from(vectors.as_ref(), &text, valid.as_ref(), watch)
        });
        if let Some(error) = failed {
            return Err(error);
        }
        let (model, _) = trained.map_err(|error| of_file(error, train))?;
        output.table(&rows)?;
        Ok(model)
    }

    fn generation(&self, settings: &Settings) -> Generation {
        Generation::default()
            .n_words(self.words)
            .temperature(self.temperature)
            .top_k(self.top_k)
            .beam(self.beam)
            .seed(settings.seed.unwrap_or(0))
    }

    fn write(
        &self,
        model: &LanguageModel,
        prompt: &str,
        settings: &Settings,
    ) -> anyhow::Result<String> {
        let generation = self.generation(settings);
        let prompt = self.tokenizer_of(model).tokens(prompt);
        let words: Vec<&str> = prompt.iter().map(String::as_str).collect();
        let written = model.generate(&words, &generation)?;
        Ok([prompt, written].concat().join(" "))
    }
}

/// Says what the last walk over a text cut.
fn say_cut(path: &Path, text: &TextFile<Box<dyn Tokenize>>) {
    let (words, lines) = (text.cut_tokens(), text.split_lines());
    let path = guide_core::printable_path(path);
    if words > 0 {
        log(&format!(
            "{path}: {words} words of more than 100 bytes are cut to their first 100"
        ));
    }
    if lines > 0 {
        log(&format!(
            "{path}: {lines} lines of more than {LONGEST} words are split into several sentences"
        ));
    }
}

/// An error about the text of a file, with the file's name.
fn of_file(error: Error, path: &Path) -> anyhow::Error {
    match error {
        error @ (Error::Empty { .. } | Error::Param { .. }) => {
            anyhow::Error::new(error).context(guide_core::printable_path(path))
        }
        error => error.into(),
    }
}
