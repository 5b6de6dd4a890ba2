//! The table that grows row by row while a file is read.

use std::borrow::Cow;
use std::io::{BufRead, Read};
use std::path::Path;

use guide_core::ndarray::Array2;
use guide_core::{Error, Result, open_unpacked};

use super::{LONGEST, MAX_DIM};
use crate::{InvalidUtf8, Vocabulary, WordVectors};

/// The two whole numbers that word2vec's files begin with.
pub(super) fn sizes(line: &[u8]) -> Option<(usize, usize)> {
    let mut fields = std::str::from_utf8(line).ok()?.split_ascii_whitespace();
    let words = fields.next()?.parse().ok()?;
    let dim = fields.next()?.parse().ok()?;
    fields.next().is_none().then_some((words, dim))
}

/// A file that is being read, and the rows read so far.
pub(super) struct Table<'p> {
    path: &'p Path,
    file: Box<dyn BufRead>,
    invalid_utf8: InvalidUtf8,
    /// The present line, from 1; of a binary file the row, from 2.
    line: u64,
    vocabulary: Vocabulary,
    values: Vec<f32>,
    dim: usize,
}

impl<'p> Table<'p> {
    pub(super) fn open(path: &'p Path, invalid_utf8: InvalidUtf8) -> Result<Self> {
        Ok(Self {
            path,
            file: open_unpacked(path)?,
            invalid_utf8,
            line: 0,
            vocabulary: Vocabulary::default(),
            values: Vec::new(),
            dim: 0,
        })
    }

    /// Rows read.
    pub(super) fn len(&self) -> usize {
        self.vocabulary.len()
    }

    pub(super) fn dim(&self) -> usize {
        self.dim
    }

    /// An error at the present line.
    pub(super) fn error(&self, reason: impl ToString) -> Error {
        Error::parse(self.path, self.line, reason)
    }

    /// Reads `words dim`; gives the words.
    pub(super) fn read_sizes(&mut self) -> Result<usize> {
        let line = self.next_line()?.unwrap_or_default();
        let (words, dim) = sizes(&line).ok_or_else(|| {
            let line = shown(&line);
            self.error(format!(
                "expected `words dim`, two whole numbers, not `{line}`"
            ))
        })?;
        self.set_dim(dim)?;
        // No more than the file can hold, at two bytes a number; what is packed grows on its own.
        let bytes = std::fs::metadata(self.path).map_or(0, |file| file.len());
        let most = usize::try_from(bytes / 2).unwrap_or(usize::MAX);
        self.values
            .reserve_exact(words.saturating_mul(dim).min(most));
        Ok(words)
    }

    pub(super) fn set_dim(&mut self, dim: usize) -> Result<()> {
        if dim == 0 || dim > MAX_DIM {
            return Err(self.error(format!(
                "{dim} numbers a word are not between 1 and {MAX_DIM}"
            )));
        }
        self.dim = dim;
        Ok(())
    }

    /// The next line, without its end and the blanks there; none at the end of the file.
    pub(super) fn next_line(&mut self) -> Result<Option<Vec<u8>>> {
        let mut line = Vec::new();
        self.line += 1;
        let read = self
            .file
            .by_ref()
            .take(LONGEST)
            .read_until(b'\n', &mut line)
            .map_err(|source| Error::io(self.path, source))?;
        if read as u64 == LONGEST {
            return Err(self.error(format!("the line is longer than {LONGEST} bytes")));
        }
        let kept = line.trim_ascii_end().len();
        line.truncate(kept);
        Ok((read > 0).then_some(line))
    }

    /// The bytes up to the next `end`, which is dropped, at most `most`; fewer at the end of the file, and then `end` was
    /// not met.
    pub(super) fn next_word(&mut self, end: u8, most: u64) -> Result<(Vec<u8>, bool)> {
        let mut word = Vec::new();
        self.line += 1;
        self.file
            .by_ref()
            .take(most)
            .read_until(end, &mut word)
            .map_err(|source| Error::io(self.path, source))?;
        let met = word.pop_if(|&mut last| last == end).is_some();
        Ok((word, met))
    }

    /// Up to `most` more bytes.
    pub(super) fn next_bytes(&mut self, most: u64) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.file
            .by_ref()
            .take(most)
            .read_to_end(&mut bytes)
            .map_err(|source| Error::io(self.path, source))?;
        Ok(bytes)
    }

    /// Begins the row of `word`.
    pub(super) fn push_word(&mut self, word: &[u8]) -> Result<()> {
        let word = match (std::str::from_utf8(word), self.invalid_utf8) {
            (Ok(word), _) => Cow::Borrowed(word),
            (Err(_), InvalidUtf8::Replace) => String::from_utf8_lossy(word),
            (Err(_), InvalidUtf8::Refuse) => {
                let word = shown(word);
                return Err(self.error(format!("the word `{word}` is not UTF-8")));
            }
        };
        if word.is_empty() {
            return Err(self.error("the row has no word"));
        }
        self.vocabulary
            .push(word.into_owned(), 0)
            .map_err(|error| Error::parse(self.path, self.line, error))
    }

    /// Goes on with the row.
    pub(super) fn push_number(&mut self, value: f32) -> Result<()> {
        if value.is_finite() {
            self.values.push(value);
            return Ok(());
        }
        let (words, dim) = (self.len(), self.dim);
        let word = self.vocabulary.word((words - 1) as u32);
        let number = self.values.len() + 1 - (words - 1) * dim;
        Err(self.error(format!(
            "number {number} of `{word}` is {value}, which is not finite"
        )))
    }

    pub(super) fn finish(self) -> Result<WordVectors> {
        let (words, dim) = (self.len(), self.dim);
        if words == 0 {
            return Err(Error::empty(self.path.display()));
        }
        let (path, line) = (self.path, self.line);
        let rows = Array2::from_shape_vec((words, dim), self.values)
            .map_err(|error| Error::parse(path, line, error))?;
        WordVectors::new(self.vocabulary, rows)
    }
}

/// Bytes of a file as an error shows them: as text, and not for ever.
pub(super) fn shown(bytes: &[u8]) -> String {
    let start = bytes.get(..40).unwrap_or(bytes);
    let text = String::from_utf8_lossy(start).into_owned();
    if start.len() < bytes.len() {
        text + "..."
    } else {
        text
    }
}
