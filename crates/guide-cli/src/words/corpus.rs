//! Texts to train on: the lines of a file, or one column of a CSV file.

use std::cell::Cell;
use std::io::{BufRead, ErrorKind};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use clap::{Args, ValueEnum};
use guide_core::{Error, Result, open_unpacked};
use nlp_embed::{
    Characters, Chinese, InvalidUtf8, Sentences, TextFile, Tokenize, Whitespace, WordTokenizer,
    Words,
};

use super::vectors::BadBytes;
use crate::progress::Bar;

/// How text is cut into words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Tokenizer {
    /// At blanks, without any change: for text that was cut into tokens before.
    Whitespace,
    /// Words by the rules of Unicode, in lower case, without punctuation. Prices and sizes, names such as c++, c#, at&t and
    /// h&m, and emoji are tokens.
    Words,
    /// Like `words`, with Chinese words by a dictionary.
    Chinese,
    /// Each character is a token.
    Characters,
}

impl Tokenizer {
    /// The same as models of sentences keep it.
    pub fn stored(self) -> WordTokenizer {
        match self {
            Self::Whitespace => WordTokenizer::Whitespace,
            Self::Words => WordTokenizer::Words,
            Self::Chinese => WordTokenizer::Chinese,
            Self::Characters => WordTokenizer::Characters,
        }
    }

    /// The tokeniser.
    pub fn build(self) -> Box<dyn Tokenize> {
        match self {
            Self::Whitespace => Box::new(Whitespace),
            Self::Words => Box::new(Words::default()),
            Self::Chinese => Box::new(Chinese::new()),
            Self::Characters => Box::new(Characters),
        }
    }
}

/// Refuses what can be read once, such as a pipe. Returns the bytes of the file.
///
/// # Errors
/// [`Error::Io`] with the path.
pub fn ensure_rereadable(path: &Path) -> Result<u64> {
    let io = |source| Error::io(path, source);
    let about = std::fs::metadata(path).map_err(io)?;
    if !about.is_file() {
        let reason = "not a file that can be read more than once, as training does";
        return Err(io(std::io::Error::new(ErrorKind::InvalidInput, reason)));
    }
    Ok(about.len())
}

/// Where the text is and how it is read.
#[derive(Args)]
pub struct CorpusArgs {
    /// The text, plain or gzip, of any size. Each line is a sentence.
    #[arg(long, value_name = "FILE")]
    pub corpus: PathBuf,
    /// Read this column of the corpus, which is then a CSV file with a heading. Each row is a sentence.
    #[arg(long, value_name = "NAME")]
    column: Option<String>,
    /// How text is cut into words. Lower-case text without punctuation has the same words by `whitespace`, sooner.
    #[arg(long, value_enum, default_value_t = Tokenizer::Words)]
    tokenizer: Tokenizer,
    /// What is done about bytes that are not UTF-8.
    #[arg(long, value_enum, default_value_t)]
    invalid_utf8: BadBytes,
}

impl CorpusArgs {
    /// Opens the text, whose sentences are cut at `longest` tokens; `bar` shows how far a walk is, and what it is for.
    ///
    /// # Errors
    /// [`Error::Io`] for a file that cannot be read, or not more than once, [`Error::Parse`] for a CSV file without the column.
    pub fn open<'a>(
        &self,
        purpose: &'static str,
        longest: usize,
        bar: &'a Bar,
    ) -> Result<Corpus<'a>> {
        let tokenizer = self.tokenizer.build();
        let size = ensure_rereadable(&self.corpus)?;
        let text = match &self.column {
            None => {
                let file = TextFile::new(&self.corpus, tokenizer)
                    .max_sentence_length(longest)
                    .invalid_utf8(self.invalid_utf8.into());
                Text::Lines { file, size }
            }
            Some(column) => {
                let column = Column {
                    path: self.corpus.clone(),
                    name: column.clone(),
                    tokenizer,
                    longest,
                    invalid_utf8: self.invalid_utf8.into(),
                };
                column.open()?;
                Text::Column(column)
            }
        };
        Ok(Corpus { text, purpose, bar })
    }
}

/// Sentences of the corpus. A walk shows its progress on the bar.
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
    invalid_utf8: InvalidUtf8,
}

/// Most bytes of a row. A longer row most often has a quote that is never closed.
const LONGEST_ROW: usize = 1 << 20;

type Rows = csv::Reader<Bounded>;

/// Returns an error when more bytes are read than there is room for.
struct Bounded {
    file: Box<dyn BufRead>,
    room: Rc<Cell<usize>>,
}

impl std::io::Read for Bounded {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let room = self.room.get();
        if room == 0 {
            return Err(ErrorKind::QuotaExceeded.into());
        }
        let most = buffer.len().min(room);
        let n = self.file.read(&mut buffer[..most])?;
        self.room.set(room - n);
        Ok(n)
    }
}

impl Column {
    /// The rows below the heading, the index of the column, and how many more bytes may be read.
    fn open(&self) -> Result<(Rows, usize, Rc<Cell<usize>>)> {
        let room = Rc::new(Cell::new(LONGEST_ROW));
        let mut rows = csv::ReaderBuilder::new()
            .flexible(true)
            .from_reader(Bounded {
                file: open_unpacked(&self.path)?,
                room: Rc::clone(&room),
            });
        let heading = rows.byte_headers();
        let heading = heading.map_err(|error| of_csv(&self.path, 1, error))?;
        let heading: Vec<_> = heading.iter().map(String::from_utf8_lossy).collect();
        match heading.iter().position(|name| name.trim() == self.name) {
            Some(place) => Ok((rows, place, room)),
            None => {
                let (name, known) = (&self.name, heading.join(", "));
                let reason = format!("no column `{name}`; there are: {known}");
                Err(Error::parse(&self.path, 1, reason))
            }
        }
    }

    fn walk(&self, visit: &mut dyn FnMut(&[&str]) -> Result<()>) -> Result<()> {
        let (mut rows, place, room) = self.open()?;
        let mut row = csv::ByteRecord::new();
        loop {
            room.set(LONGEST_ROW);
            let line = rows.position().line();
            let more = rows.read_byte_record(&mut row);
            if !more.map_err(|error| of_csv(&self.path, line, error))? {
                return Ok(());
            }
            let line = row.position().map_or(line, csv::Position::line);
            let Some(text) = row.get(place) else {
                let reason = format!("{} fields, none of them `{}`", row.len(), self.name);
                return Err(Error::parse(&self.path, line, reason));
            };
            let text = match (std::str::from_utf8(text), self.invalid_utf8) {
                (Err(error), InvalidUtf8::Refuse) => {
                    let reason = format!("not UTF-8: {error}");
                    return Err(Error::parse(&self.path, line, reason));
                }
                _ => String::from_utf8_lossy(text),
            };
            let tokens = self.tokenizer.tokens(&text);
            for sentence in tokens.chunks(self.longest) {
                let sentence: Vec<&str> = sentence.iter().map(String::as_str).collect();
                visit(&sentence)?;
            }
        }
    }
}

/// An error in the row that begins at `line`.
fn of_csv(path: &Path, line: u64, error: csv::Error) -> Error {
    match error.into_kind() {
        csv::ErrorKind::Io(source) if source.kind() == ErrorKind::QuotaExceeded => {
            let reason =
                format!("the row is longer than {LONGEST_ROW} bytes: is a quote not closed?");
            Error::parse(path, line, reason)
        }
        csv::ErrorKind::Io(source) => Error::io(path, source),
        kind => Error::parse(path, line, format!("{kind:?}")),
    }
}
