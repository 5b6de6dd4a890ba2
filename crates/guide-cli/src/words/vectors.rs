//! Files of vectors as `nearest` and `eval` read them.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use guide_core::{Error, Persist, Result, open_unpacked};
use nlp_embed::{InvalidUtf8, VectorFile, Word2Vec, WordVectors};

use crate::output::log;

/// What is done about bytes that are not UTF-8.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum BadBytes {
    /// They are an error that names the file and the line.
    #[default]
    Refuse,
    /// They become U+FFFD; of words that are then the same in a file of vectors, the first counts.
    Replace,
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
    /// The vectors: word2vec text or binary, GloVe, or this project's model file; plain or gzip.
    #[arg(long, value_name = "VEC")]
    pub vectors: PathBuf,
    /// What is done about words that are not UTF-8.
    #[arg(long, value_enum, default_value_t)]
    invalid_utf8: BadBytes,
}

/// Vectors, and the model that makes those of other words, if the file holds it.
pub struct Read {
    pub vectors: WordVectors,
    pub model: Option<Word2Vec>,
}

impl VectorArgs {
    /// Reads the first `limit` words; a model whole.
    pub fn read(&self, limit: usize) -> Result<Read> {
        let file = VectorFile::new(&self.vectors)
            .limit(limit)
            .invalid_utf8(self.invalid_utf8.into());
        match file.read_counted() {
            Ok((vectors, passed)) => {
                if passed > 0 {
                    let file = self.vectors.display();
                    log(&format!(
                        "{file}: {passed} rows passed over, whose word has one before"
                    ));
                }
                Ok(Read {
                    vectors,
                    model: None,
                })
            }
            Err(Error::File { source, .. }) if is_word2vec(&source) => {
                let named = |source| Error::File {
                    path: self.vectors.clone(),
                    source: Box::new(source),
                };
                let model =
                    Word2Vec::read_from(&mut open_unpacked(&self.vectors)?).map_err(named)?;
                let rows = model.vectors().to_owned();
                let vectors = WordVectors::new(model.vocabulary().clone(), rows).map_err(named)?;
                let model = Some(model);
                Ok(Read { vectors, model })
            }
            Err(error) => Err(error),
        }
    }
}

fn is_word2vec(error: &Error) -> bool {
    matches!(error, Error::Kind { found, .. } if found == Word2Vec::KIND)
}
