//! Files of word vectors: word2vec's text and binary formats, GloVe's text, and this project's model file.

#[cfg(test)]
mod bad_rows_tests;
mod binary;
#[cfg(test)]
mod corrupt_tests;
mod detect;
mod fields;
mod skipped;
mod table;
#[cfg(test)]
mod tests;
mod text;
mod write;

pub use skipped::{OnBadRow, SkippedRows};

use std::path::{Path, PathBuf};

use guide_core::{Error, Persist, Result};

use super::WordVectors;
use crate::InvalidUtf8;
use crate::text_file::open_text;

/// A format of files of word vectors. In the text formats one or more blanks (spaces or tabs) separate the fields of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VectorFormat {
    /// `words dim`, then one line for each word: the word and its numbers (word2vec, fastText's `.vec`).
    Word2VecText,
    /// `words dim` and a line end, then for each word the word, a blank and its numbers as little-endian `f32`. The C program
    /// writes a line end after each row, gensim does not. Both are read.
    Word2VecBinary,
    /// [`VectorFormat::Word2VecBinary`], written without a line end after each row, as gensim does.
    GensimBinary,
    /// [`VectorFormat::Word2VecText`] without the first line.
    Glove,
    /// This project's model file. Only this format keeps the counts of the words.
    Model,
}

/// A file of word vectors to read: plain or gzip, in any [`VectorFormat`].
///
/// In text, the last `dim` fields of a line are the numbers and what stands before them is the word, which may hold blanks
/// (`new york 0.1 0.2`). The first line states `dim`; without such a line it is the count that most of the first 1000 rows
/// have. A word of several fields that ends in a number means that the row has too many numbers.
///
/// Files are not trusted. Memory grows with the bytes that are there and not with what the first line claims. A row that is
/// cut, too long, not finite or a duplicate is an error with its line (in a binary file: 1 + the row from 1), unless
/// [`VectorFile::on_bad_row`] says to skip such rows. Archives, workbooks, fastText's own `.bin` and other files that hold no
/// vectors are [`Error::ForeignFormat`].
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
    rules: table::RowRules,
}

/// Most numbers of a word. A first line that claims more does not belong to a file of vectors.
const MAX_DIM: usize = 1 << 16;
/// Longest line, in bytes: enough for a word and [`MAX_DIM`] numbers.
const LONGEST: u64 = 4 << 20;

impl VectorFile {
    /// The file at `path`.
    pub fn new(path: impl AsRef<Path>) -> Self {
        Self {
            path: path.as_ref().to_owned(),
            format: None,
            limit: None,
            rules: table::RowRules::default(),
        }
    }

    /// Sets the format. Without this, [`VectorFile::detect`] decides.
    #[must_use]
    pub fn format(mut self, format: VectorFormat) -> Self {
        self.format = Some(format);
        self
    }

    /// Reads only the first `limit` rows, usually the most frequent words; the rows after them are not checked. A model file
    /// is read whole.
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

    /// What is done about words that are not UTF-8. The C program cuts words at 100 bytes, which may break a character. By
    /// default such words are refused. If they are replaced, two words may become the same; the second is then a duplicate,
    /// see [`VectorFile::on_bad_row`].
    #[must_use]
    pub fn invalid_utf8(mut self, invalid_utf8: InvalidUtf8) -> Self {
        self.rules.invalid_utf8 = invalid_utf8;
        self
    }

    /// What is done about rows that cannot be read (by default they are errors).
    ///
    /// ```
    /// use nlp_embed::{OnBadRow, VectorFile};
    /// # let folder = tempfile::tempdir().unwrap();
    /// # let path = folder.path().join("vectors.txt");
    /// std::fs::write(&path, "4 1\ncoat 1\ncoat 2\nhat x\nlamp 3\n").unwrap();
    /// let file = VectorFile::new(&path);
    /// let error = file.read().unwrap_err().to_string();
    /// assert!(error.ends_with("vectors.txt:3: duplicate word: coat (--on-bad-row skip leaves such rows out)"));
    /// let (vectors, skipped) = file.on_bad_row(OnBadRow::Skip).read_counted()?;
    /// assert_eq!(vectors.vocabulary().words(), ["coat", "lamp"]);
    /// assert_eq!((skipped.duplicates, skipped.malformed, skipped.first_line), (1, 1, Some(3)));
    /// # Ok::<(), guide_core::Error>(())
    /// ```
    #[must_use]
    pub fn on_bad_row(mut self, on_bad_row: OnBadRow) -> Self {
        self.rules.on_bad_row = on_bad_row;
        self
    }

    /// Reads the file.
    ///
    /// # Errors
    /// [`Error::Io`] for a file that cannot be read or unpacked, [`Error::ForeignFormat`] for one of another kind,
    /// [`Error::Parse`] with the line for bad rows and for a first line that contradicts the rows, [`Error::Empty`] for a
    /// file without a word; for a model file those of [`Persist::load`].
    pub fn read(&self) -> Result<WordVectors> {
        Ok(self.read_counted()?.0)
    }

    /// Reads the file, and counts the rows that [`OnBadRow::Skip`] left out.
    ///
    /// # Errors
    /// As [`VectorFile::read`]; also if no row can be read.
    pub fn read_counted(&self) -> Result<(WordVectors, SkippedRows)> {
        let format = match self.format {
            Some(format) => format,
            None => self.detect()?,
        };
        let limit = self.limit.unwrap_or(usize::MAX);
        match format {
            VectorFormat::Model => WordVectors::read_from(&mut open_text(&self.path)?)
                .map(|vectors| (vectors, SkippedRows::default()))
                .map_err(|error| self.of_file(error)),
            VectorFormat::Word2VecText => text::read_word2vec(self.table()?, limit),
            VectorFormat::Glove => text::read_glove(self.table()?, limit),
            VectorFormat::Word2VecBinary | VectorFormat::GensimBinary => {
                binary::read(self.table()?, limit)
            }
        }
    }

    /// The format, by the first mebibyte of the file.
    ///
    /// A model file has its own mark. A first line that is not two whole numbers means GloVe's format. Otherwise the format
    /// is word2vec's: text if at least half of the following rows end in a number or the rows hold hardly any byte that text
    /// does not have, else binary. The two numbers are taken for the first row of a GloVe file, a word and its only number,
    /// if every other row has one number and the sizes would contradict them.
    ///
    /// # Errors
    /// [`Error::Io`] for a file that cannot be read, [`Error::Empty`] for an empty one, [`Error::ForeignFormat`] for an
    /// archive or another file that holds no vectors, [`Error::Parse`] for text in UTF-16, with line ends of `\r` alone, and
    /// for bytes that are no text.
    pub fn detect(&self) -> Result<VectorFormat> {
        let (sample, _) = detect::open(&self.path)?;
        sample.format(&self.path)
    }

    fn of_file(&self, error: Error) -> Error {
        match error {
            Error::Io { cause, .. } => Error::io(&self.path, cause),
            error => Error::File {
                path: self.path.clone(),
                cause: Box::new(error),
            },
        }
    }

    fn table(&self) -> Result<table::Table<'_>> {
        table::Table::open(&self.path, self.rules)
    }
}
