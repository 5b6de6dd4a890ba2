//! One row of a table, as text.

use encoding_rs::{Encoding, UTF_8, WINDOWS_1252};

use super::quotes::QuoteFlaw;
use super::records::Record;

/// Something odd about a row, which the reader mended.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Flaw {
    /// A field is not UTF-8 and was read as windows-1252.
    NotUtf8,
    /// A field has bytes that the encoding does not have; they were replaced by U+FFFD.
    Replaced,
    /// Something about its quotes.
    Quotes(QuoteFlaw),
    /// The line is not a JSON object, for this reason. The row has no fields.
    NotJson(String),
    /// A JSON object names this key twice; the later value counts.
    RepeatedKey(String),
}

/// One row.
#[derive(Clone, Debug, Default)]
pub struct Row {
    /// Its first line in the file, from 1.
    pub line: u64,
    /// What was odd about it.
    pub flaws: Vec<Flaw>,
    text: String,
    ends: Vec<usize>,
}

impl Row {
    /// The number of fields.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is no field.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The field of a column, from 0; empty if there is none.
    pub fn get(&self, column: usize) -> &str {
        let Some(&end) = self.ends.get(column) else {
            return "";
        };
        let start = column.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.text[start..end]
    }

    /// All fields.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        (0..self.len()).map(|column| self.get(column))
    }

    /// Whether it is a line of blanks alone.
    pub(super) fn is_blank(&self) -> bool {
        self.len() <= 1 && self.text.trim().is_empty()
    }

    /// Empties the row.
    pub fn clear(&mut self) {
        self.text.clear();
        self.ends.clear();
        self.flaws.clear();
    }

    /// Adds a field.
    pub fn push(&mut self, field: &str) {
        self.text.push_str(field);
        self.ends.push(self.text.len());
    }

    /// Notes a flaw, once.
    pub(super) fn note(&mut self, flaw: Flaw) {
        if !self.flaws.contains(&flaw) {
            self.flaws.push(flaw);
        }
    }
}

impl Record<'_> {
    /// Puts the fields into `row`.
    pub(super) fn fill(&self, row: &mut Row, encoding: &'static Encoding) {
        row.clear();
        row.line = self.line;
        if let Some(flaw) = self.flaw {
            row.note(Flaw::Quotes(flaw));
        }
        for field in self.iter() {
            match std::str::from_utf8(field) {
                Ok(text) => {
                    if encoding != UTF_8 && text.contains('\u{fffd}') {
                        row.note(Flaw::Replaced);
                    }
                    row.push(text);
                }
                Err(_) => {
                    row.note(Flaw::NotUtf8);
                    row.push(&WINDOWS_1252.decode_without_bom_handling(field).0);
                }
            }
        }
    }
}
