//! The table that grows row by row while a file is read.

use std::borrow::Cow;
use std::io::{BufRead, ErrorKind, Read};
use std::path::Path;

use guide_core::ndarray::Array2;
use guide_core::{Error, Result, kernels};

use super::{LONGEST, MAX_DIM};
use crate::text_file::open_text;
use crate::{InvalidUtf8, Vocabulary, WordVectors};

/// The two whole numbers that word2vec's files begin with, whether they can be sizes or not.
pub(super) fn sizes(line: &[u8]) -> Option<(i128, i128)> {
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
    /// Rows that were passed over, because their word had one.
    duplicates: usize,
}

impl<'p> Table<'p> {
    pub(super) fn open(path: &'p Path, invalid_utf8: InvalidUtf8) -> Result<Self> {
        Ok(Self {
            path,
            file: open_text(path)?,
            invalid_utf8,
            line: 0,
            vocabulary: Vocabulary::default(),
            values: Vec::new(),
            dim: 0,
            duplicates: 0,
        })
    }

    /// Rows read, those that were passed over with them.
    pub(super) fn len(&self) -> usize {
        self.vocabulary.len() + self.duplicates
    }

    pub(super) fn dim(&self) -> usize {
        self.dim
    }

    /// An error at the present line.
    pub(super) fn error(&self, reason: impl ToString) -> Error {
        Error::parse(self.path, self.line, reason)
    }

    /// Reads `words dim`; gives the words, of which at most `limit` are going to be read.
    pub(super) fn read_sizes(&mut self, limit: usize) -> Result<usize> {
        let line = self.next_line()?.unwrap_or_default();
        let wrong = || {
            let line = shown(&line);
            self.error(format!(
                "expected `words dim`, two whole numbers, not `{line}`"
            ))
        };
        let (words, dim) = sizes(&line).ok_or_else(wrong)?;
        let words = usize::try_from(words).map_err(|_| wrong())?;
        let dim = usize::try_from(dim).map_err(|_| wrong())?;
        self.set_dim(dim)?;
        // No more than the file can hold, at two bytes a number; what is packed grows on its own.
        let bytes = std::fs::metadata(self.path).map_or(0, |file| file.len());
        let most = usize::try_from(bytes / 2).unwrap_or(usize::MAX);
        let numbers = words.min(limit).saturating_mul(dim).min(most);
        self.values
            .try_reserve_exact(numbers)
            .map_err(|_| Error::io(self.path, ErrorKind::OutOfMemory.into()))?;
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

    #[cfg(test)]
    pub(super) fn reserved(&self) -> usize {
        self.values.capacity()
    }

    /// Whether nothing but empty lines is left.
    pub(super) fn ends(&mut self) -> Result<bool> {
        while let Some(line) = self.next_line()? {
            if !line.is_empty() {
                return Ok(false);
            }
        }
        Ok(true)
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

    /// Begins the row of `word`; false for one that is to be passed over, because the word has a row: where bytes that are not
    /// UTF-8 are replaced, the first of words that have become the same counts.
    pub(super) fn push_word(&mut self, word: &[u8]) -> Result<bool> {
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
        if self.invalid_utf8 == InvalidUtf8::Replace && self.vocabulary.id(&word).is_some() {
            self.duplicates += 1;
            return Ok(false);
        }
        self.vocabulary
            .push(word.into_owned(), 0)
            .map_err(|error| Error::parse(self.path, self.line, error))?;
        Ok(true)
    }

    /// The numbers of the word that was pushed last, `dim` of them.
    pub(super) fn push_row(&mut self, row: &[f32]) -> Result<()> {
        let word = || self.vocabulary.words().last().map_or("", String::as_str);
        if let Some((number, value)) = (1..).zip(row).find(|(_, value)| !value.is_finite()) {
            let word = word();
            return Err(self.error(format!(
                "number {number} of `{word}` is {value}, which is not finite"
            )));
        }
        if !kernels::dot(row, row).is_finite() {
            let word = word();
            return Err(self.error(format!("the length of `{word}` is no finite number")));
        }
        self.values.extend_from_slice(row);
        Ok(())
    }

    /// The vectors, and how many rows were passed over.
    pub(super) fn finish(self) -> Result<(WordVectors, usize)> {
        let (words, dim) = (self.vocabulary.len(), self.dim);
        if words == 0 {
            return Err(Error::empty(self.path.display()));
        }
        let (path, line) = (self.path, self.line);
        let vectors = Array2::from_shape_vec((words, dim), self.values)
            .map_err(|error| Error::parse(path, line, error))
            .and_then(|rows| WordVectors::new(self.vocabulary, rows))?;
        Ok((vectors, self.duplicates))
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
