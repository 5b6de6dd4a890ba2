//! One interaction a line, its fields in a stated order between separators.

use std::path::Path;

use guide_core::table::{
    DecodedText, QuoteFlaw, RecordFormat, Records as TableRecords, TableSource, likely_encoding,
};
use guide_core::{Error, Result};

use super::lines::Lines;
use crate::{Ids, Records, RecordsBuilder, Scale, Values};

/// What a column of the file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Column {
    User,
    Item,
    Rating,
    Weight,
    Timestamp,
    Skipped,
}

/// Reads files with one interaction a line.
///
/// The line format names the columns in their order, as in Surprise: `user`, `item`, and where they are there `rating`,
/// `weight` and `timestamp` (seconds; a fraction is cut off); `_` passes over a column. Columns behind the named ones are left alone,
/// and blanks around a field do not belong to it.
///
/// ```
/// use recsys_core::read::Delimited;
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("ratings.csv");
/// std::fs::write(&path, "who,what,stars\nann,\"pen, red\",4\n\nbob,book,2.5\n")?;
/// let records = Delimited::csv("user item rating")?.skip_lines(1).read(&path)?;
/// assert_eq!(records.ratings(), Some(&[4.0, 2.5][..]));
/// assert!(records.ids().item("pen, red").is_some());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Delimited {
    columns: Vec<Column>,
    line_format: String,
    separator: String,
    skip_lines: usize,
    quotes: bool,
    encoding: Option<String>,
    scale: Option<(f32, f32)>,
}

impl Delimited {
    /// Lines of `line_format` with `separator` (one or more characters) between the fields, without quotes.
    ///
    /// # Errors
    /// [`Error::Param`] for a line format without `user` and `item`, with an unknown or a repeated name, or an empty separator.
    pub fn new(line_format: &str, separator: &str) -> Result<Self> {
        let expected = "the words `user` and `item`, once each, and of `rating`, `weight`, `timestamp` and `_` what is there";
        let refuse = || Error::param("line_format", line_format, expected);
        let mut columns = Vec::new();
        for name in line_format.split_whitespace() {
            let column = match name {
                "user" => Column::User,
                "item" => Column::Item,
                "rating" => Column::Rating,
                "weight" => Column::Weight,
                "timestamp" => Column::Timestamp,
                "_" => Column::Skipped,
                _ => return Err(refuse()),
            };
            if column != Column::Skipped && columns.contains(&column) {
                return Err(refuse());
            }
            columns.push(column);
        }
        if !(columns.contains(&Column::User) && columns.contains(&Column::Item)) {
            return Err(refuse());
        }
        if separator.is_empty() || separator.contains(['\n', '\r']) {
            return Err(Error::param(
                "separator",
                format!("{separator:?}"),
                "at least one character of a line",
            ));
        }
        Ok(Self {
            columns,
            line_format: line_format.to_owned(),
            separator: separator.to_owned(),
            skip_lines: 0,
            quotes: false,
            encoding: None,
            scale: None,
        })
    }

    /// Comma-separated lines whose fields may stand in double quotes (RFC 4180).
    ///
    /// # Errors
    /// As [`Delimited::new`].
    pub fn csv(line_format: &str) -> Result<Self> {
        Ok(Self {
            quotes: true,
            ..Self::new(line_format, ",")?
        })
    }

    /// The `u.data` of MovieLens 100K: user, item, rating and time between tabs, 1 to 5 stars.
    pub fn ml_100k() -> Self {
        Self::movie_lens("\t")
    }

    /// The `ratings.dat` of MovieLens 1M: user, item, rating and time between `::`, 1 to 5 stars.
    pub fn ml_1m() -> Self {
        Self::movie_lens("::")
    }

    fn movie_lens(separator: &str) -> Self {
        Self {
            columns: vec![
                Column::User,
                Column::Item,
                Column::Rating,
                Column::Timestamp,
            ],
            line_format: "user item rating timestamp".to_owned(),
            separator: separator.to_owned(),
            skip_lines: 0,
            quotes: false,
            encoding: None,
            scale: Some((1.0, 5.0)),
        }
    }

    /// Passes over the first `n` lines, such as a header.
    #[must_use]
    pub fn skip_lines(mut self, n: usize) -> Self {
        self.skip_lines = n;
        self
    }

    /// Whether fields may stand in double quotes; needs a separator of one ASCII character. A line end within quotes becomes LF.
    #[must_use]
    pub fn quotes(mut self, quotes: bool) -> Self {
        self.quotes = quotes;
        self
    }

    /// The encoding of the file, by a label of the Encoding Standard such as `windows-1252` or `gbk`; UTF-8 unless said.
    #[must_use]
    pub fn encoding(mut self, label: impl Into<String>) -> Self {
        self.encoding = Some(label.into());
        self
    }

    /// The rating scale of the records, off which no rating may lie; without it the lowest and highest rating read.
    #[must_use]
    pub fn scale(mut self, min: f32, max: f32) -> Self {
        self.scale = Some((min, max));
        self
    }

    /// Reads the file at `path`.
    ///
    /// # Errors
    /// [`Error::Io`]; [`Error::Parse`] for a missing field, an empty name, a rating, weight or time that is not a finite
    /// number, a rating off the stated scale, a time beyond 64 bits, a negative weight, a quote that is never closed, and bytes that
    /// are not UTF-8; [`Error::Empty`] without a record; [`Error::Param`] for a bad scale or for quotes with a separator of several characters.
    pub fn read(&self, path: impl AsRef<Path>) -> Result<Records> {
        self.read_with(path, &Ids::default())
    }

    /// Reads the file at `path`; names in `ids` keep their numbers, new ones come behind.
    ///
    /// # Errors
    /// As [`Delimited::read`].
    pub fn read_with(&self, path: impl AsRef<Path>, ids: &Ids) -> Result<Records> {
        let path = path.as_ref();
        if let Some((min, max)) = self.scale {
            Scale::new(min, max)?;
        }
        let source = TableSource::file(path)?;
        let mut records = RecordsBuilder::from_ids(ids);
        match self.separator.as_bytes() {
            [separator] => self.read_records(&source, *separator, &mut records)?,
            _ if self.quotes => {
                let expected = "one ASCII character where fields may be quoted";
                return Err(Error::param(
                    "separator",
                    format!("{:?}", self.separator),
                    expected,
                ));
            }
            _ => self.read_lines(&source, &mut records)?,
        }
        if records.is_empty() {
            return Err(Error::empty(path.display()));
        }
        match self.scale {
            Some((min, max)) => records.finish().with_scale(min, max),
            None => Ok(records.finish()),
        }
    }

    /// Reads lines whose separator has several bytes.
    fn read_lines(&self, source: &TableSource, records: &mut RecordsBuilder) -> Result<()> {
        let mut lines = Lines::open(source, self.encoding.as_deref())?;
        lines.skip(self.skip_lines)?;
        while let Some(line) = lines.next()? {
            let is_first = records.is_empty();
            let pushed = self.push(line.split(&self.separator), records);
            pushed.map_err(|reason| lines.error(self.with_hint(reason, is_first)))?;
        }
        Ok(())
    }

    /// Reads records whose separator is one byte.
    fn read_records(
        &self,
        source: &TableSource,
        separator: u8,
        records: &mut RecordsBuilder,
    ) -> Result<()> {
        let path = source.path();
        let text = DecodedText::labelled(source, self.encoding.as_deref())?;
        let format = RecordFormat {
            quotes: self.quotes,
            skip_lines: self.skip_lines,
            ..RecordFormat::new(separator)
        };
        let mut rows = TableRecords::new(text, path, format)?;
        while let Some(row) = rows.next_record()? {
            let line = row.line;
            let fail = |reason: String| Error::parse(path, line, reason);
            if row.flaw == Some(QuoteFlaw::TextBehind) {
                let reason = "text follows a closing quote; within a field quotes are doubled, not escaped by a backslash";
                return Err(fail(reason.to_owned()));
            }
            let fields = match row.texts() {
                Ok(fields) => fields,
                Err(byte) => {
                    let reason = match likely_encoding(source)? {
                        "UTF-8" => format!(
                            "byte {byte} of the line is not UTF-8, which most of the file is"
                        ),
                        encoding => format!(
                            "byte {byte} of the line is not UTF-8; the file looks like {encoding}, which --encoding {encoding} reads"
                        ),
                    };
                    return Err(fail(reason));
                }
            };
            let is_blank = |field: &&str| field.trim_ascii().is_empty();
            if fields.iter().all(is_blank) && (fields.len() == 1 || separator.is_ascii_whitespace())
            {
                continue;
            }
            let is_first = records.is_empty();
            if is_first
                && fields
                    .first()
                    .is_some_and(|field| field.trim_start().starts_with("{\""))
            {
                let reason = "this looks like JSON lines; ratings and events are read from delimited text here";
                return Err(fail(reason.to_owned()));
            }
            let pushed = self.push(fields.into_iter(), records);
            pushed.map_err(|reason| fail(self.with_hint(reason, is_first)))?;
        }
        Ok(())
    }

    /// `reason` with a hint where the first line read may be a heading.
    fn with_hint(&self, reason: String, is_first: bool) -> String {
        if is_first && reason.starts_with("the line has 1 fields") {
            let separator = &self.separator;
            return format!(
                "{reason}; fields are cut at {separator:?}, --format or --sep says another layout"
            );
        }
        let is_heading = is_first
            && reason.ends_with("is not a number")
            && reason.chars().any(char::is_alphabetic);
        match is_heading && !reason.contains("``") {
            true => format!(
                "{reason}; if this line is a heading, --skip-lines {} passes over it",
                self.skip_lines + 1
            ),
            false => reason,
        }
    }

    /// Adds the record in the `fields` of a line, or says why that is not possible.
    fn push<'a>(
        &self,
        fields: impl Iterator<Item = &'a str>,
        records: &mut RecordsBuilder,
    ) -> std::result::Result<(), String> {
        let (mut user, mut item, mut values) = ("", "", Values::default());
        let mut n_fields = 0;
        for (column, field) in self.columns.iter().zip(fields) {
            let field = field.trim();
            match column {
                Column::User => user = field,
                Column::Item => item = field,
                Column::Rating => values.rating = Some(self.rating(field)?),
                Column::Weight => values.weight = Some(number("weight", field)?),
                Column::Timestamp => values.time = Some(seconds(field)?),
                Column::Skipped => {}
            }
            n_fields += 1;
        }
        if n_fields < self.columns.len() {
            let (format, needed) = (&self.line_format, self.columns.len());
            return Err(format!(
                "the line has {n_fields} fields, but `{format}` needs {needed}"
            ));
        }
        for (what, name) in [("user", user), ("item", item)] {
            if name.is_empty() {
                return Err(format!("the {what} is empty"));
            }
        }
        records
            .push(user, item, values)
            .map_err(|error| error.to_string())
    }

    fn rating(&self, field: &str) -> std::result::Result<f32, String> {
        let rating = number("rating", field)?;
        match self.scale {
            Some((min, max)) if !(Scale { min, max }).holds(rating) => Err(format!(
                "rating `{field}` is off the scale from {min} to {max}"
            )),
            _ => Ok(rating),
        }
    }
}

fn number(what: &str, field: &str) -> std::result::Result<f32, String> {
    match field.parse::<f32>() {
        Ok(number) if number.is_finite() => Ok(number),
        Ok(_) => Err(format!("{what} `{field}` is not finite")),
        Err(_) => Err(format!("{what} `{field}` is not a number")),
    }
}

fn seconds(field: &str) -> std::result::Result<i64, String> {
    if let Ok(seconds) = field.parse::<i64>() {
        return Ok(seconds);
    }
    match field.parse::<f64>() {
        // 2⁶³ is a float, and the first that does not fit.
        Ok(seconds) if seconds.abs() < 2_f64.powi(63) => Ok(seconds as i64),
        Ok(seconds) if seconds.is_finite() => {
            Err(format!("timestamp `{field}` does not fit in 64 bits"))
        }
        _ => Err(format!("timestamp `{field}` is not a number")),
    }
}

#[cfg(test)]
mod tests;
