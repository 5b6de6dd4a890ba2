//! Reads tables that other programs wrote: delimited text in any usual encoding, and JSON lines.
//!
//! [`Table`] finds out how a file is written and gives its rows; [`Records`] is the layer below, for callers that know the
//! layout. Both read plain and gzip files. What a reader found out, and every flaw of a row, is handed to the caller, who
//! decides whether it is an error.

mod backslash;
mod dialect;
mod encoding;
mod format;
mod json_lines;
mod missing;
mod quotes;
mod records;
mod row;
mod source;
#[cfg(test)]
mod tests;

use std::path::Path;

use encoding_rs::Encoding;

use crate::{Error, Result};

pub use encoding::{DecodedText, KnownBy, likely_encoding};
pub use format::TableFormat;
pub use missing::is_missing;
pub use quotes::QuoteFlaw;
pub use records::{LONGEST, Record, RecordFormat, Records};
pub use row::{Flaw, Row};
pub use source::TableSource;

use dialect::Dialect;
use encoding::Survey;
use json_lines::JsonLines;

/// How a table is written, as found out or as said by the caller.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Writing {
    /// The encoding's name in the Encoding Standard, for example `UTF-8` or `GBK`.
    pub encoding: &'static str,
    /// How the encoding is known.
    pub encoding_by: KnownBy,
    /// What stands between fields; `None` for JSON lines.
    pub separator: Option<char>,
    /// Whether quotes within fields are escaped by a backslash instead of being doubled.
    pub backslash_quotes: bool,
    /// Whether the first row names the columns. Without such a row the columns are called `1`, `2`, ...
    pub heading: bool,
    /// The line of the heading, from 1; the line of the first row if the table has no heading.
    pub first_line: u64,
    /// What was odd about the heading.
    pub heading_flaws: Vec<Flaw>,
}

/// A table that is read row by row.
///
/// ```
/// use guide_core::table::{Row, Table, TableFormat, TableSource};
/// let source = TableSource::read("who;what\nann;coat\n".as_bytes(), "log.csv")?;
/// let mut table = Table::open(&source, &TableFormat::default())?;
/// assert_eq!((table.headings(), table.writing().separator), (&["who".to_owned(), "what".to_owned()][..], Some(';')));
/// let mut row = Row::default();
/// assert!(table.next_row(&mut row)?);
/// assert_eq!((row.line, row.get(1)), (2, "coat"));
/// assert!(!table.next_row(&mut row)?);
/// # Ok::<(), guide_core::Error>(())
/// ```
pub struct Table<'s> {
    source: &'s TableSource,
    encoding: &'static Encoding,
    headings: Vec<String>,
    writing: Writing,
    rows: Rows<'s>,
    /// The first row of a table without a heading, which has been read already.
    ahead: Option<Row>,
}

enum Rows<'s> {
    Delimited(Box<Records<DecodedText<'s>>>),
    Json(Box<JsonLines<'s>>),
}

impl<'s> Table<'s> {
    /// Opens a table: finds its encoding, separator and heading, except what `format` says.
    ///
    /// # Errors
    /// [`Error::Io`]; [`Error::Empty`] without a row; [`Error::Parse`] for a file of another format, which is named, and for a
    /// heading that does not fit the encoding; [`Error::Param`] for an encoding that is not known.
    pub fn open(source: &'s TableSource, format: &TableFormat) -> Result<Self> {
        let survey = Survey::of(source, format.encoding.as_deref())?;
        let dialect = Dialect::of(&survey, format)?;
        let mut writing = Writing {
            encoding: survey.encoding.name(),
            encoding_by: survey.known_by,
            separator: dialect.separator.map(char::from),
            backslash_quotes: dialect.backslash_quotes,
            heading: true,
            first_line: 1,
            heading_flaws: Vec::new(),
        };
        let Some(separator) = dialect.separator else {
            let (rows, headings) = JsonLines::open(&survey)?;
            return Ok(Self {
                source,
                encoding: survey.encoding,
                headings,
                writing,
                rows: Rows::Json(Box::new(rows)),
                ahead: None,
            });
        };
        let cut = RecordFormat {
            separator,
            quotes: format.quotes.unwrap_or(true),
            backslash_quotes: dialect.backslash_quotes,
            skip_lines: dialect.skipped_lines,
        };
        let mut records = Records::new(survey.text()?, source.path(), cut)?;
        let mut first = Row::default();
        loop {
            let Some(record) = records.next_record()? else {
                return Err(Error::empty(source.path().display()));
            };
            record.fill(&mut first, survey.encoding);
            if !first.is_blank() {
                break;
            }
        }
        writing.first_line = first.line;
        writing.heading = format.heading.unwrap_or(true);
        let headings: Vec<String> = match writing.heading {
            true => first.iter().map(|name| name.trim().to_owned()).collect(),
            false => (1..=first.len()).map(|column| column.to_string()).collect(),
        };
        if writing.heading {
            writing.heading_flaws = std::mem::take(&mut first.flaws);
            check_heading(source.path(), &first, &survey, &headings)?;
        }
        let n_columns = headings.len();
        records.expect_columns(n_columns);
        let ahead = (!writing.heading).then_some(first);
        Ok(Self {
            source,
            encoding: survey.encoding,
            headings,
            writing,
            rows: Rows::Delimited(Box::new(records)),
            ahead,
        })
    }

    /// The names of the columns.
    pub fn headings(&self) -> &[String] {
        &self.headings
    }

    /// How the table is written.
    pub fn writing(&self) -> &Writing {
        &self.writing
    }

    /// The path of the file, or the name of the source.
    pub fn path(&self) -> &'s Path {
        self.source.path()
    }

    /// Reads the next row into `row`; false at the end. Blank lines are passed over. A row may have more or fewer fields than
    /// there are columns.
    ///
    /// # Errors
    /// [`Error::Io`]; [`Error::Parse`] at the line of a quote that is never closed, or that is closed only behind lines that
    /// look like rows of their own, and for a row of more than [`LONGEST`] bytes.
    pub fn next_row(&mut self, row: &mut Row) -> Result<bool> {
        if let Some(first) = self.ahead.take() {
            *row = first;
            return Ok(true);
        }
        match &mut self.rows {
            Rows::Json(lines) => lines.next_row(row),
            Rows::Delimited(records) => loop {
                let Some(record) = records.next_record()? else {
                    return Ok(false);
                };
                record.fill(row, self.encoding);
                if !row.is_blank() {
                    return Ok(true);
                }
            },
        }
    }
}

/// Refuses a heading with characters that the encoding does not have, since then the encoding is wrong.
fn check_heading(path: &Path, first: &Row, survey: &Survey<'_>, headings: &[String]) -> Result<()> {
    let replaced = headings.iter().find(|name| name.contains('\u{fffd}'));
    if let Some(name) = replaced {
        let encoding = survey.encoding.name();
        let reason = format!(
            "the heading `{name}` has bytes that are not {encoding}; say the encoding with --encoding"
        );
        return Err(Error::parse(path, first.line, reason));
    }
    if let Some(name) = headings.iter().find(|name| name.contains('\0')) {
        let reason = format!(
            "the heading `{name}` has zero bytes, as UTF-16 and UTF-32 have; say the encoding with --encoding"
        );
        return Err(Error::parse(path, first.line, reason));
    }
    if headings.iter().all(String::is_empty) {
        return Err(Error::parse(path, first.line, "the heading has no names"));
    }
    Ok(())
}
