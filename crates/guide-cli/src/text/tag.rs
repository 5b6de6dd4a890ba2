//! `guide text tag`: trains a tagger of slots and intents, or takes a trained one, and tests it.

use std::path::{Path, PathBuf};
use std::time::Instant;

use clap::{ArgGroup, Args};
use guide_core::{Fit, Persist};
use nlp_rnn::{
    Gazetteer, TaggedFolder, TaggedNotes, TaggedSentence, Tagger, TaggerData, TaggerReport,
    read_tagged_folder,
};
use serde_json::{Value, json};

use super::unknown_names::UnknownNames;
use crate::output::{Output, ensure_writable, go_on_unread, log};
use crate::output_files::check_outputs;
use crate::progress::Bar;
use crate::settings::Settings;
use crate::usage::usage;
use crate::words::{Tokenizer, read_vectors};

#[derive(Args)]
#[command(group(ArgGroup::new("source").required(true).args(["train", "load"])))]
pub struct TagArgs {
    /// A folder with `seq.in` (words), `seq.out` (a BIO tag a word) and, where there are intents, `label`, to learn.
    #[arg(long, value_name = "DIR")]
    train: Option<PathBuf>,
    /// A trained model to test, instead of data to learn.
    #[arg(long, value_name = "MODEL")]
    load: Option<PathBuf>,
    /// A folder to watch: the weights of the epoch that is best on it are kept.
    #[arg(long, value_name = "DIR", conflicts_with = "load")]
    valid: Option<PathBuf>,
    /// The folder to test on.
    #[arg(long, value_name = "DIR")]
    test: Option<PathBuf>,
    /// Phrases that are known, one a line: kind, tab, phrase.
    #[arg(long, value_name = "FILE", conflicts_with = "load")]
    gazetteer: Option<PathBuf>,
    /// Trained vectors of words to start from, in a format that `guide words nearest` reads; sets `word_dim` to their width.
    #[arg(long, value_name = "VEC", conflicts_with = "load")]
    vectors: Option<PathBuf>,
    /// How the words of seq.in were cut from text. The model keeps it, for --text and for programs that tag text.
    #[arg(long, value_enum, default_value_t = Tokenizer::Words, conflicts_with = "load")]
    tokenizer: Tokenizer,
    /// A text to cut into words and to tag. May be given several times.
    #[arg(long, value_name = "WORDS")]
    text: Vec<String>,
    /// Passes over the sentences [default: 20].
    #[arg(long, conflicts_with = "load")]
    epochs: Option<usize>,
    /// Writes the tags of the test sentences: line n belongs to line n of `seq.in`, and is empty where that is empty.
    #[arg(long, value_name = "OUT", requires = "test")]
    predictions: Option<PathBuf>,
    /// The file for the trained model.
    #[arg(long, value_name = "MODEL", conflicts_with = "load")]
    out: Option<PathBuf>,
}

/// Runs `guide text tag`.
pub fn run(args: &TagArgs, settings: &Settings, output: &Output) -> anyhow::Result<()> {
    let parts = |path: &Option<PathBuf>| {
        let files = ["seq.in", "seq.out", "label"];
        let folder = path.clone();
        files.map(move |file| folder.as_ref().map(|folder| folder.join(file)))
    };
    let folders = [
        ("--train", &args.train),
        ("--valid", &args.valid),
        ("--test", &args.test),
    ];
    let files = folders
        .into_iter()
        .flat_map(|(flag, path)| parts(path).map(|file| (flag, file)));
    let others = [
        ("--load", args.load.clone()),
        ("--gazetteer", args.gazetteer.clone()),
        ("--vectors", args.vectors.clone()),
    ];
    let inputs: Vec<(&str, PathBuf)> = files
        .chain(others)
        .filter_map(|(flag, path)| Some((flag, path?)))
        .collect();
    let inputs: Vec<(&str, &Path)> = inputs.iter().map(|(flag, path)| (*flag, &**path)).collect();
    let outputs = [
        ("--out", args.out.as_deref()),
        ("--predictions", args.predictions.as_deref()),
    ];
    check_outputs(&inputs, &outputs)?;
    for path in outputs.iter().filter_map(|(_, path)| *path) {
        ensure_writable(path)?;
    }
    if args.load.is_some() {
        settings.refuse("text tag --load")?;
        if args.test.is_none() && args.text.is_empty() {
            return Err(usage("--load: say --test DIR or --text WORDS"));
        }
    }
    // Before a training that may take hours.
    let test = args.test.as_deref().map(read).transpose()?;
    go_on_unread();
    let started = Instant::now();
    let tagger = match (&args.train, &args.load) {
        (Some(train), _) => args.train(train, settings, output)?,
        (None, Some(load)) => Tagger::load(load)?,
        (None, None) => return Err(usage("say --train DIR or --load MODEL")),
    };
    let seconds = started.elapsed().as_secs_f64();
    if let Some(out) = &args.out {
        tagger.save(out)?;
    }
    for text in &args.text {
        let found = tagger.tag_text(text)?;
        output.object(&json!({
            "words": found.words,
            "tags": found.tagged.tags,
            "intent": found.tagged.intent.map(|(intent, _)| intent),
            "p": found.tagged.intent.map(|(_, p)| p),
        }))?;
    }
    match &test {
        Some(test) => args.test(&tagger, test, seconds, output),
        None if args.load.is_some() => Ok(()),
        None => output.object(&json!({
            "tags": tagger.tags().len(),
            "intents": tagger.intents().len(),
            "seconds": seconds,
            "out": args.out,
        })),
    }
}

impl TagArgs {
    fn train(&self, train: &Path, settings: &Settings, output: &Output) -> anyhow::Result<Tagger> {
        let vectors = self.vectors.as_deref();
        let vectors = vectors.map(|path| read_vectors(path, output)).transpose()?;
        let mut params = Tagger::params();
        params.n_epochs = self.epochs.unwrap_or(params.n_epochs);
        params.word_dim = vectors
            .as_ref()
            .map_or(params.word_dim, |vectors| vectors.dim());
        let params = settings.apply(params);
        let params = params.map_err(|error| usage(format!("text tag: {error}")))?;
        let train = read(train)?;
        let valid = self.valid.as_deref().map(read).transpose()?;
        if let Some(valid) = &valid {
            let known = (train.tag_names(), train.label_names());
            let known = (&known.0[..], &known.1[..]);
            say_unknown("validation", &valid.sentences, known);
        }
        let gazetteer = match &self.gazetteer {
            None => Gazetteer::default(),
            Some(path) => read_gazetteer(path)?,
        };
        let data = TaggerData {
            train: &train.sentences,
            valid: valid.as_ref().map_or(&[], |valid| &valid.sentences),
            gazetteer: &gazetteer,
            vectors: vectors.as_ref(),
            tokenizer: self.tokenizer.stored(),
        };
        Ok(Bar::during("tagger", |bar| params.fit_with(&data, bar))?)
    }

    fn test(
        &self,
        tagger: &Tagger,
        test: &TaggedFolder,
        seconds: f64,
        output: &Output,
    ) -> anyhow::Result<()> {
        let started = Instant::now();
        let words: Vec<Vec<&str>> = test.sentences.iter().map(words).collect();
        let tagged = tagger.tag(&words)?;
        let tag_us = started.elapsed().as_secs_f64() * 1e6 / words.len().max(1) as f64;
        let report = TaggerReport::new(&test.sentences, &tagged)?;
        say_unknown("test", &test.sentences, (tagger.tags(), tagger.intents()));
        if report.uncompared_labels > 0 {
            log(&format!(
                "{} test sentences have a label, but the model was trained without labels: only their tags are judged",
                report.uncompared_labels
            ));
        }
        if let Some(path) = &self.predictions {
            // A line that was passed over stays empty, so that line numbers are those of the test's files.
            let mut lines = vec![String::new(); test.n_lines];
            for (found, &line) in tagged.iter().zip(&test.lines) {
                lines[line - 1] = found.tags.join(" ");
            }
            let text = lines.join("\n") + "\n";
            guide_core::model_file::write_atomically(path, |file| {
                let written = file.write_all(text.as_bytes());
                written.map_err(|source| guide_core::Error::io(path, source))
            })?;
        }
        let mut row = json!({
            "f1": report.spans.overall.f1(),
            "precision": report.spans.overall.precision(),
            "recall": report.spans.overall.recall(),
            "intent_accuracy": report.intent_accuracy(),
            "sentence_accuracy": report.sentence_accuracy(),
            "sentences": test.sentences.len(),
            "seconds": seconds,
            "tag_us": tag_us,
        });
        if output.is_json() {
            let kinds = report.spans.kinds.iter().map(|(kind, counts)| {
                let of_kind =
                    json!({ "f1": counts.f1(), "true": counts.n_true, "found": counts.found });
                (kind.clone(), of_kind)
            });
            row["kinds"] = Value::Object(kinds.collect());
        }
        output.object(&row)
    }
}

/// Says which tags and labels of the sentences training lacks. Without known labels, labels are not compared, and nothing is said of them.
fn say_unknown(what: &str, sentences: &[TaggedSentence], (tags, labels): (&[String], &[String])) {
    let all_tags = sentences.iter().flat_map(|sentence| &sentence.tags);
    let n_tags = all_tags.clone().count();
    let all_labels = sentences.iter().filter_map(|s| s.label.as_deref());
    let all_labels = all_labels.filter(|_| !labels.is_empty());
    let n_labels = all_labels.clone().count();
    for (unknown, n, name) in [
        (
            UnknownNames::new(tags, all_tags.map(String::as_str)),
            n_tags,
            "tags",
        ),
        (UnknownNames::new(labels, all_labels), n_labels, "labels"),
    ] {
        if unknown.n() > 0 {
            log(&format!(
                "{} of {n} {name} of the {what} sentences do not occur in the training sentences, and count as errors: {}",
                unknown.n(),
                unknown.listed()
            ));
        }
    }
}

fn words(sentence: &TaggedSentence) -> Vec<&str> {
    sentence.words.iter().map(String::as_str).collect()
}

/// Reads a folder and says what was noticed in it.
fn read(folder: &Path) -> anyhow::Result<TaggedFolder> {
    let read = read_tagged_folder(folder)?;
    say(folder, &read.notes);
    Ok(read)
}

/// Reads lines of kind, tab, phrase, and says what was noticed in them.
fn read_gazetteer(path: &Path) -> anyhow::Result<Gazetteer> {
    let (gazetteer, notes) = Gazetteer::read(path)?;
    say(path, &notes);
    Ok(gazetteer)
}

fn say(path: &Path, notes: &TaggedNotes) {
    let notes = notes.to_string();
    if !notes.is_empty() {
        log(&format!("{}: {notes}", guide_core::printable_path(path)));
    }
}
