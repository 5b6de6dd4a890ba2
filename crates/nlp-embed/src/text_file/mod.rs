//! Sentences from a text file, which may be larger than memory.

mod open;
mod pieces;
mod sentence;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use guide_core::{Error, Result, ensure};

pub(crate) use open::{open_text, unmarked};

use crate::{Sentences, Tokenize, Whitespace};
use pieces::Pieces;
use sentence::Sentence;

/// What is done about bytes that are not UTF-8.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum InvalidUtf8 {
    /// They are an error that names the file and the line, since the file may be in another encoding. So are NUL characters, which
    /// UTF-16 without a byte-order mark shows as UTF-8.
    #[default]
    Refuse,
    /// They are replaced by U+FFFD, one for each incomplete character. For crawled text.
    Replace,
}

/// A text file, plain or gzip (told apart by its first bytes), whose lines are sentences.
///
/// Each walk reads the file again, at most a mebibyte at a time, however long its lines are. A line of more than
/// `max_sentence_length` tokens becomes several sentences, as in the C program word2vec (which cuts at 1000, gensim at
/// 10,000); a token of more than 100 bytes is cut to its first whole characters, near where that program cuts; lines without
/// a token are passed over.
///
/// ```
/// use nlp_embed::{Sentences, TextFile, Words};
/// # let folder = tempfile::tempdir().unwrap();
/// # let path = folder.path().join("reviews.txt");
/// std::fs::write(&path, "A red coat.\n\nWarm, for $20!\n").unwrap();
/// let mut sentences = Vec::new();
/// TextFile::new(&path, Words::default()).walk(&mut |tokens| {
///     sentences.push(tokens.join(" "));
///     Ok(())
/// })?;
/// assert_eq!(sentences, ["a red coat", "warm for $20"]);
/// # Ok::<(), guide_core::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct TextFile<T = Whitespace> {
    path: PathBuf,
    tokenizer: T,
    max_sentence_length: usize,
    invalid_utf8: InvalidUtf8,
    /// Shared by clones: it only shows how far a walk is.
    bytes_read: Arc<AtomicU64>,
    cut: Arc<Cut>,
}

/// What the last complete walk did not hand on as it stands in the file.
#[derive(Debug, Default)]
struct Cut {
    tokens: AtomicU64,
    lines: AtomicU64,
}

impl TextFile {
    /// The file at `path`, whose tokens are separated by blanks.
    pub fn of_tokens(path: impl AsRef<Path>) -> Self {
        Self::new(path, Whitespace)
    }
}

impl<T: Tokenize> TextFile<T> {
    /// The file at `path`, cut into tokens by `tokenizer`.
    pub fn new(path: impl AsRef<Path>, tokenizer: T) -> Self {
        Self {
            path: path.as_ref().to_owned(),
            tokenizer,
            max_sentence_length: 1000,
            invalid_utf8: InvalidUtf8::default(),
            bytes_read: Arc::default(),
            cut: Arc::default(),
        }
    }

    /// The most tokens of a sentence (default 1000).
    #[must_use]
    pub fn max_sentence_length(mut self, max_sentence_length: usize) -> Self {
        self.max_sentence_length = max_sentence_length;
        self
    }

    /// What is done about bytes that are not UTF-8 (by default they are refused).
    #[must_use]
    pub fn invalid_utf8(mut self, invalid_utf8: InvalidUtf8) -> Self {
        self.invalid_utf8 = invalid_utf8;
        self
    }

    /// How many bytes of the file the present or the last walk has read. They are counted as stored, so that they can be
    /// compared with the size of the file on disk, also for gzip.
    pub fn bytes_read(&self) -> u64 {
        self.bytes_read.load(Ordering::Relaxed)
    }

    /// Tokens of more than 100 bytes that the last complete walk cut.
    pub fn cut_tokens(&self) -> u64 {
        self.cut.tokens.load(Ordering::Relaxed)
    }

    /// Lines of more than `max_sentence_length` tokens, which the last complete walk handed on as several sentences.
    pub fn split_lines(&self) -> u64 {
        self.cut.lines.load(Ordering::Relaxed)
    }

    fn text<'a>(&self, bytes: &'a [u8], line: u64) -> Result<Cow<'a, str>> {
        match self.invalid_utf8 {
            InvalidUtf8::Replace => Ok(String::from_utf8_lossy(bytes)),
            InvalidUtf8::Refuse => match std::str::from_utf8(bytes) {
                Ok(text) if text.contains('\0') => {
                    let reason = "a NUL character: the file is no text or in another encoding";
                    Err(Error::parse(&self.path, line, reason))
                }
                Ok(text) => Ok(Cow::Borrowed(text)),
                Err(error) => {
                    let byte = bytes.get(error.valid_up_to()).copied().unwrap_or_default();
                    let reason = format!("byte {byte:#04x} is not UTF-8");
                    Err(Error::parse(&self.path, line, reason))
                }
            },
        }
    }
}

impl<T: Tokenize> Sentences for TextFile<T> {
    /// # Errors
    /// [`Error::Io`] for a file that cannot be read or unpacked, [`Error::ForeignFormat`] for an archive or another file that
    /// is no text, [`Error::Parse`] with the line for bytes that are refused and for NUL characters, [`Error::Param`] for a `max_sentence_length`
    /// of 0.
    fn walk(&self, visit: &mut dyn FnMut(&[&str]) -> Result<()>) -> Result<()> {
        ensure::at_least_one("max_sentence_length", self.max_sentence_length)?;
        let mut pieces = Pieces::open(&self.path, &self.bytes_read)?;
        let mut sentence = Sentence::new(self.max_sentence_length);
        while let Some(piece) = pieces.next()? {
            let text = self.text(piece.bytes, piece.line)?;
            let mut met = Ok(());
            self.tokenizer.tokenize(&text, &mut |token| {
                if met.is_ok() {
                    met = sentence.push(token, visit);
                }
            });
            met?;
            if piece.ends_line {
                sentence.end_line(visit)?;
            }
        }
        sentence.end_line(visit)?;
        self.cut.tokens.store(sentence.n_cut, Ordering::Relaxed);
        self.cut.lines.store(sentence.n_split, Ordering::Relaxed);
        Ok(())
    }
}
