//! Writing word vectors in every format.

use std::io::Write;
use std::path::Path;

use guide_core::model_file::write_atomically;
use guide_core::{Error, Persist, Result};

use super::{VectorFile, VectorFormat, WordVectors};

impl WordVectors {
    /// Reads a file in any [`VectorFormat`], as [`VectorFile`] does.
    ///
    /// # Errors
    /// As [`VectorFile::read`].
    pub fn read(path: impl AsRef<Path>) -> Result<Self> {
        VectorFile::new(path).read()
    }

    /// Writes all words to `path`: to a temporary file beside it, which is then renamed. Numbers in text have as many digits
    /// as reading them back to the same bits takes.
    ///
    /// # Errors
    /// [`Error::Io`] for a file that cannot be written, [`Error::Unsuitable`] for a word that the format cannot hold: one
    /// that is empty or holds white space, or a first word that begins with a byte-order mark in a file without sizes. No
    /// file is left half-written.
    ///
    /// ```
    /// use guide_core::ndarray::array;
    /// use nlp_embed::{VectorFormat, Vocabulary, WordVectors};
    /// # let folder = tempfile::tempdir().unwrap();
    /// # let path = folder.path().join("vectors.txt");
    /// let vectors = WordVectors::new(Vocabulary::from_counts([("coat", 1)])?, array![[1.0, 0.1]])?;
    /// vectors.write(&path, VectorFormat::Word2VecText)?;
    /// assert_eq!(std::fs::read_to_string(&path).unwrap(), "1 2\ncoat 1 0.1\n");
    /// # Ok::<(), guide_core::Error>(())
    /// ```
    pub fn write(&self, path: impl AsRef<Path>, format: VectorFormat) -> Result<()> {
        let path = path.as_ref();
        if format == VectorFormat::Model {
            return self.save(path);
        }
        self.ensure_writable(format)?;
        write_atomically(path, |file| {
            self.write_rows(file, format)
                .map_err(|source| Error::io(path, source))
        })
    }

    fn ensure_writable(&self, format: VectorFormat) -> Result<()> {
        let words = self.vocabulary().words();
        let unsuitable = |needed| {
            Err(Error::Unsuitable {
                algorithm: "a file of word vectors",
                needed,
            })
        };
        let is_bad =
            |word: &&String| word.is_empty() || word.contains(|c: char| c.is_ascii_whitespace());
        if let Some(word) = words.iter().find(is_bad) {
            return unsuitable(format!("words without blanks, not `{word}`"));
        }
        let is_marked = words
            .first()
            .is_some_and(|word| word.starts_with('\u{feff}'));
        if format == VectorFormat::Glove && is_marked {
            return unsuitable("a first word that does not begin with U+FEFF".to_owned());
        }
        Ok(())
    }

    fn write_rows(&self, file: &mut dyn Write, format: VectorFormat) -> std::io::Result<()> {
        if format != VectorFormat::Glove {
            writeln!(file, "{} {}", self.len(), self.dim())?;
        }
        let is_binary = matches!(
            format,
            VectorFormat::Word2VecBinary | VectorFormat::GensimBinary
        );
        // A first row of two whole numbers would look like sizes, so a decimal point is added: `7 5.0`.
        let is_pointed = format == VectorFormat::Glove && self.dim() == 1;
        for (word, row) in self.vocabulary().words().iter().zip(0..) {
            file.write_all(word.as_bytes())?;
            let row = self.vectors().row(row);
            if is_binary {
                file.write_all(b" ")?;
                row.iter()
                    .try_for_each(|number| file.write_all(&number.to_le_bytes()))?;
            } else if is_pointed {
                row.iter()
                    .try_for_each(|number| write!(file, " {number:?}"))?;
            } else {
                row.iter()
                    .try_for_each(|number| write!(file, " {number}"))?;
            }
            if format != VectorFormat::GensimBinary {
                file.write_all(b"\n")?;
            }
        }
        Ok(())
    }
}
