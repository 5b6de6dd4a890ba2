//! The kinds of errors: what a program does about an error, without a comparison of its message.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Error;

/// What an error means to a program: who can mend it, and what a server answers.
///
/// | kind | what happened | variants of [`Error`] | HTTP status |
/// |---|---|---|---|
/// | [`NotFound`](Self::NotFound) | an id that is not known | `Unknown` | 404 |
/// | [`BadRequest`](Self::BadRequest) | a value that is not allowed | `Param`, `UnknownParam`, `Shape`, `Empty`, `OutOfRange`, `NotFinite` | 400 |
/// | [`Conflict`](Self::Conflict) | something given twice that may be given once | `Duplicate` | 409 |
/// | [`TooLarge`](Self::TooLarge) | more memory than is allowed | `Memory` | 413 |
/// | [`Unsuitable`](Self::Unsuitable) | data that lacks what the work needs | `Unsuitable` | 422 |
/// | [`Unreadable`](Self::Unreadable) | a row or a picture that cannot be read | `Parse`, `Picture` | 422 |
/// | [`WrongFormat`](Self::WrongFormat) | a file of another format, kind or version | `ForeignFormat`, `NotAModel`, `Kind`, `Version`, `Codec` | 500; 415 for an upload |
/// | [`Corrupt`](Self::Corrupt) | a model file that is damaged or inconsistent | `Length`, `Checksum`, `Decode` | 500 |
/// | [`Io`](Self::Io) | the operating system refused | `Io` | 500 |
/// | [`Diverged`](Self::Diverged) | the loss of a training became infinite or NaN | `Diverged` | 500 |
/// | [`Cancelled`](Self::Cancelled) | work that was stopped | `Cancelled` | 503 |
///
/// `File` has the kind of its cause. As JSON a kind is its name: `"not-found"`.
///
/// ```
/// use guide_core::{Error, ErrorKind};
/// fn status(error: &Error) -> u16 {
///     match error.kind() {
///         ErrorKind::NotFound => 404,
///         ErrorKind::BadRequest => 400,
///         _ => 500,
///     }
/// }
/// assert_eq!(status(&Error::unknown("product", "mug")), 404);
/// assert_eq!(status(&Error::param("n", 0, "at least 1")), 400);
/// assert_eq!(Error::unknown("product", "mug").kind().to_string(), "not-found");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum ErrorKind {
    /// An id or a name that is not known.
    NotFound,
    /// A value that is not allowed: a parameter out of its range, a number that is not finite, an empty list.
    BadRequest,
    /// Something is given twice that may be given once.
    Conflict,
    /// The work needs more memory than is allowed.
    TooLarge,
    /// The data lacks something that the work needs.
    Unsuitable,
    /// A row of a table or a picture that cannot be read.
    Unreadable,
    /// A file of a format, kind or version that is not read here.
    WrongFormat,
    /// A model file that is damaged or inconsistent.
    Corrupt,
    /// The operating system refused.
    Io,
    /// The loss of a training became infinite or NaN.
    Diverged,
    /// Work that was stopped before there was a result.
    Cancelled,
}

impl ErrorKind {
    /// The name, as in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::NotFound => "not-found",
            Self::BadRequest => "bad-request",
            Self::Conflict => "conflict",
            Self::TooLarge => "too-large",
            Self::Unsuitable => "unsuitable",
            Self::Unreadable => "unreadable",
            Self::WrongFormat => "wrong-format",
            Self::Corrupt => "corrupt",
            Self::Io => "io",
            Self::Diverged => "diverged",
            Self::Cancelled => "cancelled",
        }
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Error {
    /// The kind of this error; that of its cause for [`Error::File`].
    pub fn kind(&self) -> ErrorKind {
        // Without a catch-all arm, so that a new variant does not compile until it has a kind.
        match self {
            Self::Unknown { .. } => ErrorKind::NotFound,
            Self::Param { .. }
            | Self::UnknownParam { .. }
            | Self::Shape { .. }
            | Self::Empty { .. }
            | Self::OutOfRange { .. }
            | Self::NotFinite { .. } => ErrorKind::BadRequest,
            Self::Duplicate { .. } => ErrorKind::Conflict,
            Self::Memory { .. } => ErrorKind::TooLarge,
            Self::Unsuitable { .. } => ErrorKind::Unsuitable,
            Self::Parse { .. } | Self::Picture { .. } => ErrorKind::Unreadable,
            Self::ForeignFormat { .. }
            | Self::NotAModel { .. }
            | Self::Kind { .. }
            | Self::Version { .. }
            | Self::Codec { .. } => ErrorKind::WrongFormat,
            Self::Length { .. } | Self::Checksum { .. } | Self::Decode { .. } => ErrorKind::Corrupt,
            Self::Io { .. } => ErrorKind::Io,
            Self::Diverged { .. } => ErrorKind::Diverged,
            Self::Cancelled { .. } => ErrorKind::Cancelled,
            Self::File { cause, .. } => cause.kind(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [ErrorKind; 11] = [
        ErrorKind::NotFound,
        ErrorKind::BadRequest,
        ErrorKind::Conflict,
        ErrorKind::TooLarge,
        ErrorKind::Unsuitable,
        ErrorKind::Unreadable,
        ErrorKind::WrongFormat,
        ErrorKind::Corrupt,
        ErrorKind::Io,
        ErrorKind::Diverged,
        ErrorKind::Cancelled,
    ];

    #[test]
    fn json_and_text_have_one_name_for_a_kind() {
        for kind in ALL {
            let json = serde_json::to_string(&kind).unwrap();
            assert_eq!(json, format!("\"{kind}\""));
            assert_eq!(serde_json::from_str::<ErrorKind>(&json).unwrap(), kind);
        }
    }

    #[test]
    fn a_file_has_the_kind_of_what_is_wrong_with_it() {
        let named = |cause| Error::File {
            path: "a.shop".into(),
            cause: Box::new(cause),
        };
        let damaged = Error::Checksum {
            expected: 1,
            found: 2,
        };
        assert_eq!(named(damaged).kind(), ErrorKind::Corrupt);
        assert_eq!(
            named(named(Error::cancelled("load"))).kind(),
            ErrorKind::Cancelled
        );
        let newer = Error::Version {
            kind: "guide".to_owned(),
            found: 9,
            supported: 4,
        };
        assert_eq!(named(newer).kind(), ErrorKind::WrongFormat);
    }
}
