//! Files of vectors as `nearest` and `eval` read them.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use guide_core::{Error, Persist, open_unpacked};
use nlp_embed::{InvalidUtf8, OnBadRow, SkippedRows, VectorFile, Word2Vec, WordVectors};
use serde_json::json;

use crate::output::{Output, log};

/// What is done about bytes that are not UTF-8.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum BadBytes {
    /// They are an error that names the file and the line.
    #[default]
    Refuse,
    /// They become U+FFFD.
    Replace,
}

/// What is done about rows of a file of vectors that cannot be read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum BadRows {
    /// They are an error that names the file and the line.
    #[default]
    Error,
    /// They are left out and counted. Of rows with the same word the first is kept.
    Skip,
}

impl From<BadRows> for OnBadRow {
    fn from(rows: BadRows) -> Self {
        match rows {
            BadRows::Error => Self::Error,
            BadRows::Skip => Self::Skip,
        }
    }
}

impl From<BadBytes> for InvalidUtf8 {
    fn from(bytes: BadBytes) -> Self {
        match bytes {
            BadBytes::Refuse => Self::Refuse,
            BadBytes::Replace => Self::Replace,
        }
    }
}

#[derive(Args)]
pub struct VectorArgs {
    /// The vectors: word2vec text or binary, GloVe, or this project's model file; plain or gzip. In text, blanks or tabs
    /// separate the fields, and a word may hold blanks.
    #[arg(long, value_name = "VEC")]
    pub vectors: PathBuf,
    /// What is done about words that are not UTF-8.
    #[arg(long, value_enum, default_value_t)]
    invalid_utf8: BadBytes,
    /// What is done about rows that cannot be read: a word that has a row already, another count of numbers, no finite
    /// number, no word. With `skip`, `--json` prints a line with their counts first.
    #[arg(long, value_enum, default_value_t)]
    on_bad_row: BadRows,
}

/// Vectors, and the model for the vectors of unseen words, if the file holds it.
pub struct Read {
    pub vectors: WordVectors,
    pub model: Option<Word2Vec>,
}

impl VectorArgs {
    /// Reads the first `limit` rows, of a model all; tells which rows were left out.
    pub fn read(&self, limit: usize, output: &Output) -> anyhow::Result<Read> {
        let file = VectorFile::new(&self.vectors)
            .limit(limit)
            .invalid_utf8(self.invalid_utf8.into())
            .on_bad_row(self.on_bad_row.into());
        match file.read_counted() {
            Ok((vectors, skipped)) => {
                self.tell(&vectors, &skipped, output)?;
                Ok(Read {
                    vectors,
                    model: None,
                })
            }
            Err(Error::File { cause, .. }) if is_word2vec(&cause) => {
                let named = |cause| Error::File {
                    path: self.vectors.clone(),
                    cause: Box::new(cause),
                };
                let model =
                    Word2Vec::read_from(&mut open_unpacked(&self.vectors)?).map_err(named)?;
                let rows = model.vectors().to_owned();
                let vectors = WordVectors::new(model.vocabulary().clone(), rows).map_err(named)?;
                let model = Some(model);
                Ok(Read { vectors, model })
            }
            Err(error) => Err(error.into()),
        }
    }

    fn tell(
        &self,
        vectors: &WordVectors,
        skipped: &SkippedRows,
        output: &Output,
    ) -> anyhow::Result<()> {
        if self.on_bad_row == BadRows::Error {
            return Ok(());
        }
        let file = self.vectors.display();
        if let (Some(line), Some(reason)) = (skipped.first_line, &skipped.first_reason) {
            log(&format!(
                "{file}: {} rows left out, {} of them with a word that has a row already; the first at line {line}: {reason}",
                skipped.total(),
                skipped.duplicates,
            ));
        }
        output.line(&json!({
            "file": file.to_string(),
            "words": vectors.len(),
            "dim": vectors.dim(),
            "skipped_rows": skipped,
        }))
    }
}

/// Reads all rows of a file. A row that cannot be read is an error.
pub fn read_vectors(path: &Path, output: &Output) -> anyhow::Result<WordVectors> {
    let file = VectorArgs {
        vectors: path.to_owned(),
        invalid_utf8: BadBytes::default(),
        on_bad_row: BadRows::default(),
    };
    Ok(file.read(usize::MAX, output)?.vectors)
}

fn is_word2vec(error: &Error) -> bool {
    matches!(error, Error::Kind { found, .. } if found == Word2Vec::KIND)
}
