//! What is done about rows that cannot be read, and what was left out.

use serde::Serialize;

/// What is done about a row of a file of vectors that cannot be read: a word that has a row already, a wrong count of
/// numbers, something that is no finite number, no word.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnBadRow {
    /// The row is an error that names the file, the line and the reason.
    #[default]
    Error,
    /// The row is left out and counted, see [`SkippedRows`]. Of rows with the same word the first is kept.
    Skip,
}

/// The rows that a reader left out because of [`OnBadRow::Skip`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct SkippedRows {
    /// Rows of a word that had a row already.
    pub duplicates: usize,
    /// All other rows that were left out.
    pub malformed: usize,
    /// Line of the first one, from 1; in a binary file 1 + the row from 1. `None` if no row was left out.
    pub first_line: Option<u64>,
    /// What is wrong with that row.
    pub first_reason: Option<String>,
}

impl SkippedRows {
    /// All rows that were left out.
    pub fn total(&self) -> usize {
        self.duplicates + self.malformed
    }
}

/// Why a row cannot be read.
pub(super) enum BadRow {
    Duplicate(String),
    Malformed(String),
}

impl SkippedRows {
    /// Counts a row.
    pub(super) fn count(&mut self, line: u64, bad: BadRow) {
        let reason = match bad {
            BadRow::Duplicate(word) => {
                self.duplicates += 1;
                duplicate(&word)
            }
            BadRow::Malformed(reason) => {
                self.malformed += 1;
                reason
            }
        };
        if self.first_line.is_none() {
            self.first_line = Some(line);
            self.first_reason = Some(reason);
        }
    }
}

impl BadRow {
    /// The error for this row, with the way to leave such rows out.
    pub(super) fn message(&self) -> String {
        let reason = match self {
            Self::Duplicate(word) => duplicate(word),
            Self::Malformed(reason) => reason.clone(),
        };
        format!("{reason} (--on-bad-row skip leaves such rows out)")
    }
}

fn duplicate(word: &str) -> String {
    format!("duplicate word: {word}")
}
