//! The table that grows row by row while a file is read.

use std::borrow::Cow;
use std::io::{BufRead, Cursor, ErrorKind, Read};
use std::path::Path;

use guide_core::ndarray::Array2;
use guide_core::{Error, Result, kernels};

use super::detect::{self, Sample};
use super::fields::{shown, sizes};
use super::skipped::{BadRow, OnBadRow, SkippedRows};
use super::{LONGEST, MAX_DIM};
use crate::{InvalidUtf8, Vocabulary, WordVectors};

/// How rows are read.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct RowRules {
    pub(super) invalid_utf8: InvalidUtf8,
    pub(super) on_bad_row: OnBadRow,
}

/// A file that is being read, and the rows read so far.
pub(super) struct Table<'p> {
    path: &'p Path,
    sample: Sample,
    file: Box<dyn BufRead>,
    rules: RowRules,
    /// The present line, from 1; of a binary file the row, from 2.
    line: u64,
    vocabulary: Vocabulary,
    values: Vec<f32>,
    dim: usize,
    /// Rows read, those that were left out included.
    n_rows: usize,
    skipped: SkippedRows,
}

impl<'p> Table<'p> {
    pub(super) fn open(path: &'p Path, rules: RowRules) -> Result<Self> {
        let (sample, rest) = detect::open(path)?;
        Ok(Self {
            path,
            file: Box::new(Cursor::new(sample.bytes.clone()).chain(rest)),
            sample,
            rules,
            line: 0,
            vocabulary: Vocabulary::default(),
            values: Vec::new(),
            dim: 0,
            n_rows: 0,
            skipped: SkippedRows::default(),
        })
    }

    /// The beginning of the file.
    pub(super) fn sample(&self) -> &Sample {
        &self.sample
    }

    /// Rows read, those that were left out included.
    pub(super) fn len(&self) -> usize {
        self.n_rows
    }

    pub(super) fn dim(&self) -> usize {
        self.dim
    }

    pub(super) fn line(&self) -> u64 {
        self.line
    }

    /// An error at the present line.
    pub(super) fn error(&self, reason: impl ToString) -> Error {
        Error::parse(self.path, self.line, reason)
    }

    /// Reads `words dim` and returns the words. At most `limit` of them are going to be read.
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
        // No more than the file can hold, at two bytes a number. For gzip this is less, and the table grows as it is read.
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

    /// The next line, without its end and the blanks there; `None` at the end of the file.
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

    /// The bytes up to the next `end`, which is dropped, at most `most`. The flag is false if the file ended, or `most` was
    /// reached, before `end` was met.
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

    /// Adds the row of `word`, of `dim` numbers. A row that cannot be taken is an error or is counted.
    pub(super) fn push(&mut self, word: &[u8], row: &[f32]) -> Result<()> {
        match self.checked(word, row) {
            Ok(word) => {
                let word = word.into_owned();
                self.vocabulary
                    .push(word, 0)
                    .map_err(|error| Error::parse(self.path, self.line, error))?;
                self.values.extend_from_slice(row);
                self.n_rows += 1;
                Ok(())
            }
            Err(bad) => self.bad_row(bad),
        }
    }

    /// Counts the present row as one that cannot be taken.
    ///
    /// # Errors
    /// [`Error::Parse`] unless such rows are skipped.
    pub(super) fn bad_row(&mut self, bad: BadRow) -> Result<()> {
        self.n_rows += 1;
        self.bad_line(self.line, bad)
    }

    /// Counts line number `line` as bad, which is no row.
    ///
    /// # Errors
    /// [`Error::Parse`] unless such rows are skipped.
    pub(super) fn bad_line(&mut self, line: u64, bad: BadRow) -> Result<()> {
        if self.rules.on_bad_row == OnBadRow::Error {
            return Err(Error::parse(self.path, line, bad.message()));
        }
        self.skipped.count(line, bad);
        Ok(())
    }

    fn checked<'w>(
        &self,
        word: &'w [u8],
        row: &[f32],
    ) -> std::result::Result<Cow<'w, str>, BadRow> {
        let bad = |reason: String| Err(BadRow::Malformed(reason));
        let word = match (std::str::from_utf8(word), self.rules.invalid_utf8) {
            (Ok(word), _) => Cow::Borrowed(word),
            (Err(_), InvalidUtf8::Replace) => String::from_utf8_lossy(word),
            (Err(_), InvalidUtf8::Refuse) => {
                return bad(format!("the word `{}` is not UTF-8", shown(word)));
            }
        };
        if word.is_empty() {
            return bad("the row has no word".to_owned());
        }
        if let Some((number, value)) = (1..).zip(row).find(|(_, value)| !value.is_finite()) {
            let reason = format!("number {number} of `{word}` is {value}, which is not finite");
            return bad(reason);
        }
        if !kernels::dot(row, row).is_finite() {
            return bad(format!("the length of `{word}` is no finite number"));
        }
        if self.vocabulary.id(&word).is_some() {
            return Err(BadRow::Duplicate(word.into_owned()));
        }
        Ok(word)
    }

    /// The vectors, and the rows that were left out.
    pub(super) fn finish(self) -> Result<(WordVectors, SkippedRows)> {
        let (words, dim) = (self.vocabulary.len(), self.dim);
        if words == 0 {
            // If every row was left out, the reason for the first one says more than that nothing is left.
            let first = self.skipped.first_line.zip(self.skipped.first_reason);
            return Err(match first {
                Some((line, reason)) => {
                    let reason = format!("no row can be read; the first one: {reason}");
                    Error::parse(self.path, line, reason)
                }
                None => Error::empty(self.path.display()),
            });
        }
        let (path, line) = (self.path, self.line);
        let vectors = Array2::from_shape_vec((words, dim), self.values)
            .map_err(|error| Error::parse(path, line, error))
            .and_then(|rows| WordVectors::new(self.vocabulary, rows))?;
        Ok((vectors, self.skipped))
    }
}
