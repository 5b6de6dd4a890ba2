//! Texts to train on: the lines of a file, or one column of a CSV file.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use guide_core::{Error, Result, open_unpacked};
use nlp_embed::{Characters, Chinese, Sentences, TextFile, Tokenize, Whitespace, Words};

use crate::progress::Bar;

/// How text is cut into words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Tokenizer {
    /// What stands between blanks, unchanged: for text that was cut before.
    Whitespace,
    /// Words by the rules of Unicode, in lower case, without punctuation; prices and sizes whole.
    Words,
    /// The same, with Chinese words by a dictionary.
    Chinese,
    /// Each character.
    Characters,
}

impl Tokenizer {
    fn build(self) -> Box<dyn Tokenize> {
        match self {
            Self::Whitespace => Box::new(Whitespace),
            Self::Words => Box::new(Words::default()),
            Self::Chinese => Box::new(Chinese::new()),
            Self::Characters => Box::new(Characters),
        }
    }
}

/// Where the text is and how it is read.
#[derive(Args)]
pub struct CorpusArgs {
    /// The text, plain or gzip, larger than memory if need be; each line is a sentence.
    #[arg(long, value_name = "FILE")]
    pub corpus: PathBuf,
    /// Take the corpus for a CSV file with a heading, and read this column of it; each row is a sentence.
    #[arg(long, value_name = "NAME")]
    column: Option<String>,
    /// How text is cut into words. Lower-case text without punctuation has the same words by `whitespace`, sooner.
    #[arg(long, value_enum, default_value_t = Tokenizer::Words)]
    tokenizer: Tokenizer,
}

impl CorpusArgs {
    /// Opens the text, whose sentences are cut at `longest` tokens; `bar` shows how far a walk is, and what it is for.
    ///
    /// # Errors
    /// [`Error::Io`] for a file that cannot be read, [`Error::Parse`] for a CSV file without the column.
    pub fn open<'a>(
        &self,
        purpose: &'static str,
        longest: usize,
        bar: &'a Bar,
    ) -> Result<Corpus<'a>> {
        let tokenizer = self.tokenizer.build();
        let io = |source| Error::io(&self.corpus, source);
        let size = std::fs::metadata(&self.corpus).map_err(io)?.len();
        let text = match &self.column {
            None => {
                let file = TextFile::new(&self.corpus, tokenizer).max_sentence_length(longest);
                Text::Lines { file, size }
            }
            Some(column) => {
                let column = Column {
                    path: self.corpus.clone(),
                    name: column.clone(),
                    tokenizer,
                    longest,
                };
                column.open()?;
                Text::Column(column)
            }
        };
        Ok(Corpus { text, purpose, bar })
    }
}

/// Sentences that show on the bar how far a walk is.
pub struct Corpus<'a> {
    text: Text,
    purpose: &'static str,
    bar: &'a Bar,
}

enum Text {
    /// The file, and its bytes on disk.
    Lines {
        file: TextFile<Box<dyn Tokenize>>,
        size: u64,
    },
    Column(Column),
}

impl Sentences for Corpus<'_> {
    fn walk(&self, visit: &mut dyn FnMut(&[&str]) -> Result<()>) -> Result<()> {
        let mut sentences = 0u64;
        let mut visit = |tokens: &[&str]| {
            sentences += 1;
            if sentences.is_multiple_of(256) {
                let read = match &self.text {
                    Text::Lines { file, size } => {
                        format!("{} %", 100 * file.bytes_read() / (*size).max(1))
                    }
                    Text::Column(_) => format!("{sentences} sentences"),
                };
                self.bar.say(format!("{}  {read}", self.purpose));
            }
            visit(tokens)
        };
        match &self.text {
            Text::Lines { file, .. } => file.walk(&mut visit),
            Text::Column(column) => column.walk(&mut visit),
        }
    }
}

/// A column of a CSV file.
struct Column {
    path: PathBuf,
    name: String,
    tokenizer: Box<dyn Tokenize>,
    longest: usize,
}

type Rows = csv::Reader<Box<dyn std::io::BufRead>>;

impl Column {
    /// The rows below the heading, and where the column stands in them.
    fn open(&self) -> Result<(Rows, usize)> {
        let mut rows = csv::ReaderBuilder::new()
            .flexible(true)
            .from_reader(open_unpacked(&self.path)?);
        let heading = rows.headers().map_err(|error| of_csv(&self.path, error))?;
        match heading.iter().position(|name| name.trim() == self.name) {
            Some(place) => Ok((rows, place)),
            None => {
                let known: Vec<&str> = heading.iter().collect();
                let (name, known) = (&self.name, known.join(", "));
                let reason = format!("no column `{name}`; there are: {known}");
                Err(Error::parse(&self.path, 1, reason))
            }
        }
    }

    fn walk(&self, visit: &mut dyn FnMut(&[&str]) -> Result<()>) -> Result<()> {
        let (rows, place) = self.open()?;
        for row in rows.into_records() {
            let row = row.map_err(|error| of_csv(&self.path, error))?;
            let Some(text) = row.get(place) else {
                let line = row.position().map_or(0, csv::Position::line);
                let reason = format!("{} fields, none of them `{}`", row.len(), self.name);
                return Err(Error::parse(&self.path, line, reason));
            };
            let tokens = self.tokenizer.tokens(text);
            for sentence in tokens.chunks(self.longest) {
                let sentence: Vec<&str> = sentence.iter().map(String::as_str).collect();
                visit(&sentence)?;
            }
        }
        Ok(())
    }
}

fn of_csv(path: &Path, error: csv::Error) -> Error {
    let line = error.position().map_or(1, csv::Position::line);
    match error.into_kind() {
        csv::ErrorKind::Io(source) => Error::io(path, source),
        csv::ErrorKind::Utf8 { err, .. } => Error::parse(path, line, format!("not UTF-8: {err}")),
        kind => Error::parse(path, line, format!("{kind:?}")),
    }
}
