//! Files of word vectors: word2vec's text and binary formats, GloVe's text, and this project's model file.

mod binary;
mod table;
#[cfg(test)]
mod tests;
mod text;
mod write;

use std::io::{BufRead, Read};
use std::path::{Path, PathBuf};

use guide_core::{Error, Persist, Result, model_file};

use super::WordVectors;
use crate::InvalidUtf8;
use crate::text_file::open_text;

/// How word vectors stand in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VectorFormat {
    /// `words dim`, then a line a word: the word and its numbers, with blanks between (word2vec, fastText's `.vec`).
    Word2VecText,
    /// `words dim` and a line's end, then for each word the word, a blank and its numbers, little-endian `f32`; in the C
    /// program's files a line's end follows each row, in gensim's none. Both are read.
    Word2VecBinary,
    /// As [`VectorFormat::Word2VecBinary`], written without a line's end after each row, as gensim does.
    GensimBinary,
    /// A line a word as in [`VectorFormat::Word2VecText`], without a first line of sizes. Words may hold blanks, as some of
    /// the published ones do.
    Glove,
    /// This project's model file, which alone keeps the words' counts.
    Model,
}

/// A file of word vectors that is to be read: plain or gzip, in any [`VectorFormat`].
///
/// Files are not trusted: memory grows with the bytes that are there and not with what the first line claims, and every
/// row that is cut, too long, not finite or there twice is an error with its line (in a binary file: 1 + the row from 1).
///
/// ```
/// use nlp_embed::{VectorFile, VectorFormat};
/// # let folder = tempfile::tempdir().unwrap();
/// # let path = folder.path().join("vectors.txt");
/// std::fs::write(&path, "2 3\ncoat 1 0 0.5\nhat 0 1 0\n").unwrap();
/// let file = VectorFile::new(&path);
/// assert_eq!(file.detect()?, VectorFormat::Word2VecText);
/// assert_eq!(file.read()?.get("coat"), Some([1.0, 0.0, 0.5].as_slice()));
/// # Ok::<(), guide_core::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct VectorFile {
    path: PathBuf,
    format: Option<VectorFormat>,
    limit: Option<usize>,
    invalid_utf8: InvalidUtf8,
}

/// The most numbers a word may have: a first line that claims more is no file of vectors.
const MAX_DIM: usize = 1 << 16;
/// The longest line, in bytes: the word and [`MAX_DIM`] numbers.
const LONGEST: u64 = 4 << 20;

impl VectorFile {
    /// The file at `path`.
    pub fn new(path: impl AsRef<Path>) -> Self {
        Self {
            path: path.as_ref().to_owned(),
            format: None,
            limit: None,
            invalid_utf8: InvalidUtf8::default(),
        }
    }

    /// Its format, which is else seen from its first bytes.
    #[must_use]
    pub fn format(mut self, format: VectorFormat) -> Self {
        self.format = Some(format);
        self
    }

    /// Reads only the first `limit` words, the most frequent ones as a rule; what follows is not looked at. A model file is
    /// read whole.
    ///
    /// ```
    /// use nlp_embed::VectorFile;
    /// # let folder = tempfile::tempdir().unwrap();
    /// # let path = folder.path().join("vectors.txt");
    /// std::fs::write(&path, "2 1\ncoat 1\nhat, a row that is not looked at\n").unwrap();
    /// let vectors = VectorFile::new(&path).limit(1).read()?;
    /// assert_eq!(vectors.vocabulary().words(), ["coat"]);
    /// # Ok::<(), guide_core::Error>(())
    /// ```
    #[must_use]
    pub fn limit(mut self, limit: usize) -> Self {
        self.limit = Some(limit);
        self
    }

    /// What is done about words that are not UTF-8: the C program cuts words at 100 bytes (by default they are refused). Where
    /// they are replaced, two may become the same; then a word that is there twice is no error, and its first row counts.
    #[must_use]
    pub fn invalid_utf8(mut self, invalid_utf8: InvalidUtf8) -> Self {
        self.invalid_utf8 = invalid_utf8;
        self
    }

    /// Reads it.
    ///
    /// # Errors
    /// [`Error::Io`] for a file that cannot be read or unpacked, [`Error::Parse`] with the line for bad rows, sizes that do
    /// not fit what follows, and words met twice, [`Error::Empty`] for one without a word; of a model file those of
    /// [`Persist::load`].
    pub fn read(&self) -> Result<WordVectors> {
        Ok(self.read_counted()?.0)
    }

    /// Reads it, and counts the rows that were passed over because their word had one before, as
    /// [`InvalidUtf8::Replace`] allows.
    ///
    /// # Errors
    /// As [`VectorFile::read`].
    pub fn read_counted(&self) -> Result<(WordVectors, usize)> {
        let format = match self.format {
            Some(format) => format,
            None => self.detect()?,
        };
        let limit = self.limit.unwrap_or(usize::MAX);
        match format {
            VectorFormat::Model => WordVectors::read_from(&mut open_text(&self.path)?)
                .map(|vectors| (vectors, 0))
                .map_err(|error| self.of_file(error)),
            VectorFormat::Word2VecText => text::read_word2vec(self.table()?, limit),
            VectorFormat::Glove => text::read_glove(self.table()?, limit),
            VectorFormat::Word2VecBinary | VectorFormat::GensimBinary => {
                binary::read(self.table()?, limit)
            }
        }
    }

    /// The format, by the first bytes: a model file's mark; else, if the first line is two whole numbers, word2vec's, text
    /// if so many numbers as they say follow the next word; else GloVe's.
    ///
    /// # Errors
    /// [`Error::Io`] for a file that cannot be read, [`Error::Empty`] for an empty one.
    pub fn detect(&self) -> Result<VectorFormat> {
        let mut file = open_text(&self.path)?;
        let first = self.line(&mut file)?;
        if first.is_empty() {
            return Err(Error::empty(self.path.display()));
        }
        if first.starts_with(model_file::MAGIC) {
            return Ok(VectorFormat::Model);
        }
        let Some((_, dim)) = table::sizes(&first) else {
            return Ok(VectorFormat::Glove);
        };
        let row = self.line(&mut file)?;
        Ok(match text::is_row(&row, dim) {
            true => VectorFormat::Word2VecText,
            false => VectorFormat::Word2VecBinary,
        })
    }

    fn of_file(&self, error: Error) -> Error {
        match error {
            Error::Io { source, .. } => Error::io(&self.path, source),
            error => Error::File {
                path: self.path.clone(),
                source: Box::new(error),
            },
        }
    }

    fn line(&self, file: &mut dyn BufRead) -> Result<Vec<u8>> {
        let mut line = Vec::new();
        file.take(LONGEST)
            .read_until(b'\n', &mut line)
            .map_err(|source| Error::io(&self.path, source))?;
        Ok(line)
    }

    fn table(&self) -> Result<table::Table<'_>> {
        table::Table::open(&self.path, self.invalid_utf8)
    }
}
