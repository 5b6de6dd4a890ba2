//! The error type of all crates. Every message carries the value that caused the error.

use std::path::{Path, PathBuf};

use crate::{foreign_format_remedy, printable, printable_path};

/// A result whose error is [`Error`].
pub type Result<T> = std::result::Result<T, Error>;

/// Everything that bad data, bad parameters and bad files can cause.
///
/// Shared by all crates, because shared traits need one error type and trait objects then just work.
///
/// [`Error::kind`] groups the variants for programs that answer people, for example over HTTP.
///
/// Messages go to terminals and hold text from files, so every path, name, value and reason in them is escaped by
/// [`printable`]. The fields hold the text as it is.
///
/// A message holds the whole chain of causes, so [`source`](std::error::Error::source) is `None`: a program that prints the
/// chain prints each cause once. The cause itself is a field of [`Error::Io`] and [`Error::File`].
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A parameter outside its range.
    #[error(
        "parameter `{}` must be {}, but is {}",
        printable(name),
        printable(expected),
        printable(value)
    )]
    Param {
        /// Field name of the parameter.
        name: String,
        /// The value given.
        value: String,
        /// The accepted range, in words.
        expected: String,
    },
    /// A parameter name that the algorithm does not have.
    #[error("no parameter `{}`; known: {}", printable(name), printable(known))]
    UnknownParam {
        /// The name given.
        name: String,
        /// All known names, comma separated.
        known: String,
    },
    /// Two shapes that do not fit together.
    #[error("{}: expected shape {expected:?}, got {got:?}", printable(what))]
    Shape {
        /// What was being shaped.
        what: String,
        /// The shape needed.
        expected: Vec<usize>,
        /// The shape given.
        got: Vec<usize>,
    },
    /// Nothing to work on.
    #[error("{} is empty", printable(what))]
    Empty {
        /// What was empty.
        what: String,
    },
    /// An index past the end.
    #[error("{} {index} is out of range: there are {len}", printable(what))]
    OutOfRange {
        /// What the index counts.
        what: String,
        /// The index given.
        index: usize,
        /// How many there are.
        len: usize,
    },
    /// A name that is not known.
    #[error("unknown {} `{}`", printable(what), printable(id))]
    Unknown {
        /// What the name stands for.
        what: String,
        /// The name given.
        id: String,
    },
    /// Something is given twice that may be given once.
    #[error("duplicate {}: {}", printable(what), printable(id))]
    Duplicate {
        /// What is there twice.
        what: String,
        /// Which one.
        id: String,
    },
    /// NaN or an infinity in the data.
    #[error("{} {index} is {value}, which is not finite", printable(what))]
    NotFinite {
        /// What the number is.
        what: String,
        /// Its position.
        index: usize,
        /// The number.
        value: f64,
    },
    /// The data lacks something that the algorithm needs.
    #[error("{algorithm} needs {}", printable(needed))]
    Unsuitable {
        /// The algorithm.
        algorithm: &'static str,
        /// What it needs.
        needed: String,
    },
    /// The loss is not finite.
    #[error(
        "{algorithm} diverged at epoch {epoch}{}: loss {loss}; a smaller learning rate may help",
        if *step == 0 { String::new() } else { format!(", step {step}") }
    )]
    Diverged {
        /// The trainer.
        algorithm: &'static str,
        /// Epoch, from 1.
        epoch: usize,
        /// Step within the epoch, from 1; 0 if the loss is checked once per epoch, so that the step is not known.
        step: usize,
        /// The loss seen.
        loss: f64,
    },
    /// Work that a [`Progress`](crate::Progress) ended before there was a result.
    #[error("cancelled at `{}`", printable(at))]
    Cancelled {
        /// The step of the work that was not finished or not begun.
        at: String,
    },
    /// More memory than the caller allows.
    #[error("{} needs {needed} bytes, above max_bytes = {limit}", printable(what))]
    Memory {
        /// What the memory is for.
        what: String,
        /// Bytes needed.
        needed: u64,
        /// Bytes allowed.
        limit: u64,
    },
    /// A line of a text file that cannot be read.
    #[error("{}:{line}: {}", printable_path(path), printable(reason))]
    Parse {
        /// The file.
        path: PathBuf,
        /// Line, from 1.
        line: u64,
        /// What is wrong with it.
        reason: String,
    },
    /// A picture that cannot be decoded.
    #[error(
        "{}: not a readable picture: {}",
        printable_path(path),
        printable(reason)
    )]
    Picture {
        /// The file.
        path: PathBuf,
        /// What the decoder said.
        reason: String,
    },
    /// A file in a format that is not read here, such as an archive or a workbook.
    #[error(
        "{}: {format}, which is not read here; {}",
        printable_path(path),
        foreign_format_remedy(format)
    )]
    ForeignFormat {
        /// The file.
        path: PathBuf,
        /// Its format, as [`foreign_format`](crate::foreign_format) names it.
        format: &'static str,
    },
    /// The operating system refused.
    #[error("{}: {}", printable_path(path), printable(&cause.to_string()))]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said. Not named `source`, because the message holds it.
        cause: std::io::Error,
    },
    /// A model file that cannot be loaded.
    #[error("{}: {cause}", printable_path(path))]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong with it. Not named `source`, because the message holds it.
        cause: Box<Error>,
    },
    /// A file that is not a model file of this project.
    #[error("not a model file: {}", printable(reason))]
    NotAModel {
        /// Why it is not one.
        reason: String,
    },
    /// A model file of another kind.
    #[error(
        "this is a `{}` model file, expected `{}`",
        printable(found),
        printable(expected)
    )]
    Kind {
        /// The kind asked for.
        expected: String,
        /// The kind in the header.
        found: String,
    },
    /// A model file of a version that this program does not read.
    #[error("`{}` model file of version {found}; this program reads {}version {supported}", printable(kind), if found > supported { "up to " } else { "" })]
    Version {
        /// The kind in the header.
        kind: String,
        /// The version in the header.
        found: u16,
        /// The newest version this program reads.
        supported: u16,
    },
    /// A payload codec that this program does not know.
    #[error("model file uses codec {found}; this program knows codec {supported}")]
    Codec {
        /// The codec byte in the header.
        found: u8,
        /// The codec byte of this program.
        supported: u8,
    },
    /// A model file that ends too early or too late.
    #[error("model file should hold {expected} payload bytes, but holds {found}")]
    Length {
        /// Length in the header.
        expected: u64,
        /// Bytes there.
        found: u64,
    },
    /// A model file whose bytes changed.
    #[error("model file is damaged: checksum {found:#010x}, expected {expected:#010x}")]
    Checksum {
        /// CRC32 in the header.
        expected: u32,
        /// CRC32 of the bytes there.
        found: u32,
    },
    /// A payload that does not decode to the model, or to one whose parts contradict each other.
    #[error("cannot decode `{}`: {}", printable(kind), printable(reason))]
    Decode {
        /// The kind asked for.
        kind: String,
        /// Why not.
        reason: String,
    },
}

impl Error {
    /// An [`Error::Param`].
    pub fn param(name: &str, value: impl ToString, expected: impl ToString) -> Self {
        Self::Param {
            name: name.to_owned(),
            value: value.to_string(),
            expected: expected.to_string(),
        }
    }

    /// An [`Error::Empty`].
    pub fn empty(what: impl ToString) -> Self {
        Self::Empty {
            what: what.to_string(),
        }
    }

    /// An [`Error::OutOfRange`].
    pub fn out_of_range(what: impl ToString, index: usize, len: usize) -> Self {
        Self::OutOfRange {
            what: what.to_string(),
            index,
            len,
        }
    }

    /// An [`Error::Unknown`].
    pub fn unknown(what: impl ToString, id: impl ToString) -> Self {
        Self::Unknown {
            what: what.to_string(),
            id: id.to_string(),
        }
    }

    /// An [`Error::Decode`].
    pub fn decode(kind: &str, reason: impl ToString) -> Self {
        Self::Decode {
            kind: kind.to_owned(),
            reason: reason.to_string(),
        }
    }

    /// An [`Error::Cancelled`].
    pub fn cancelled(at: impl ToString) -> Self {
        Self::Cancelled { at: at.to_string() }
    }

    /// An [`Error::Parse`].
    pub fn parse(path: &Path, line: u64, reason: impl ToString) -> Self {
        Self::Parse {
            path: path.to_owned(),
            line,
            reason: reason.to_string(),
        }
    }

    /// An [`Error::Io`].
    pub fn io(path: &Path, cause: std::io::Error) -> Self {
        Self::Io {
            path: path.to_owned(),
            cause,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stays_small_enough_to_return_by_value() {
        assert!(size_of::<Error>() <= 128, "{} bytes", size_of::<Error>());
    }

    #[test]
    fn messages_carry_their_values() {
        let error = Error::param("k", 0, "at least 1");
        assert_eq!(
            error.to_string(),
            "parameter `k` must be at least 1, but is 0"
        );
        let diverged = |step| Error::Diverged {
            algorithm: "cnn",
            epoch: 2,
            step,
            loss: f64::INFINITY,
        };
        assert_eq!(
            diverged(5).to_string(),
            "cnn diverged at epoch 2, step 5: loss inf; a smaller learning rate may help"
        );
        assert_eq!(
            diverged(0).to_string(),
            "cnn diverged at epoch 2: loss inf; a smaller learning rate may help"
        );
        let error = Error::parse(Path::new("u.data"), 7, "rating `x` is not a number");
        assert_eq!(error.to_string(), "u.data:7: rating `x` is not a number");
        let error = Error::ForeignFormat {
            path: "glove.txt".into(),
            format: "zip archive",
        };
        assert_eq!(
            error.to_string(),
            "glove.txt: zip archive, which is not read here; unpack it and pass the file inside"
        );
    }

    #[test]
    fn a_chain_of_causes_names_each_cause_once() {
        let path = Path::new("a.shop");
        let io = Error::io(path, std::io::Error::other("disk full"));
        let file = Error::File {
            path: path.to_owned(),
            cause: Box::new(Error::decode("guide", "no product")),
        };
        for (error, expected) in [
            (io, "a.shop: disk full"),
            (file, "a.shop: cannot decode `guide`: no product"),
        ] {
            let mut chain = vec![error.to_string()];
            let mut cause = std::error::Error::source(&error);
            while let Some(one) = cause {
                chain.push(one.to_string());
                cause = one.source();
            }
            assert_eq!(chain, [expected]);
        }
    }

    #[test]
    fn messages_escape_text_from_files() {
        let bad = "a\r\u{1b}[2J\u{9b}\u{202e}b\u{2028}";
        let good = "a\\r\\u{1b}[2J\\u{9b}\\u{202e}b\\u{2028}";
        let path = PathBuf::from(bad);
        let text = bad.to_owned();
        let errors = [
            Error::param(bad, bad, bad),
            Error::UnknownParam {
                name: text.clone(),
                known: text.clone(),
            },
            Error::Shape {
                what: text.clone(),
                expected: vec![1],
                got: vec![2],
            },
            Error::empty(bad),
            Error::out_of_range(bad, 1, 1),
            Error::unknown(bad, bad),
            Error::Duplicate {
                what: text.clone(),
                id: text.clone(),
            },
            Error::NotFinite {
                what: text.clone(),
                index: 0,
                value: f64::NAN,
            },
            Error::Unsuitable {
                algorithm: "a",
                needed: text.clone(),
            },
            Error::cancelled(bad),
            Error::Memory {
                what: text.clone(),
                needed: 1,
                limit: 0,
            },
            Error::parse(&path, 1, bad),
            Error::Picture {
                path: path.clone(),
                reason: text.clone(),
            },
            Error::ForeignFormat {
                path: path.clone(),
                format: "zip archive",
            },
            Error::io(&path, std::io::Error::other(text.clone())),
            Error::File {
                path: path.clone(),
                cause: Box::new(Error::unknown("word", bad)),
            },
            Error::NotAModel {
                reason: text.clone(),
            },
            Error::Kind {
                expected: text.clone(),
                found: text.clone(),
            },
            Error::Version {
                kind: text.clone(),
                found: 2,
                supported: 1,
            },
            Error::decode(bad, bad),
        ];
        for error in errors {
            let shown = error.to_string();
            assert!(shown.contains(good), "{shown}");
            assert_eq!(crate::printable(&shown), shown);
        }
    }
}
