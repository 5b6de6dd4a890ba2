//! One interaction a line, its fields in a stated order between separators.

use std::path::Path;

use guide_core::{Error, Result};

use super::lines::{LONGEST, Lines};
use super::quoted::QuotedRow;
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
            scale: Some((1.0, 5.0)),
        }
    }

    /// Passes over the first `n` lines, such as a header.
    #[must_use]
    pub fn skip_lines(mut self, n: usize) -> Self {
        self.skip_lines = n;
        self
    }

    /// Whether fields may stand in double quotes; needs a separator of one character. A line end within quotes becomes LF.
    #[must_use]
    pub fn quotes(mut self, quotes: bool) -> Self {
        self.quotes = quotes;
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
        let mut records = RecordsBuilder::from_ids(ids);
        if self.quotes {
            self.read_quoted(path, &mut records)?;
        } else {
            self.read_plain(path, &mut records)?;
        }
        if records.is_empty() {
            return Err(Error::empty(path.display()));
        }
        match self.scale {
            Some((min, max)) => records.finish().with_scale(min, max),
            None => Ok(records.finish()),
        }
    }

    fn read_plain(&self, path: &Path, records: &mut RecordsBuilder) -> Result<()> {
        let mut lines = Lines::open(path)?;
        lines.skip(self.skip_lines)?;
        let mut characters = self.separator.chars();
        let single = characters.next().filter(|_| characters.next().is_none());
        while let Some(line) = lines.next()? {
            let pushed = match single {
                Some(separator) => self.push(line.split(separator), records),
                None => self.push(line.split(&self.separator), records),
            };
            pushed.map_err(|reason| lines.error(reason))?;
        }
        Ok(())
    }

    fn read_quoted(&self, path: &Path, records: &mut RecordsBuilder) -> Result<()> {
        let mut characters = self.separator.chars();
        let (Some(separator), None) = (characters.next(), characters.next()) else {
            let expected = "one character where fields may be quoted";
            return Err(Error::param(
                "separator",
                format!("{:?}", self.separator),
                expected,
            ));
        };
        let mut lines = Lines::open(path)?;
        lines.skip(self.skip_lines)?;
        let mut row = QuotedRow::new(separator);
        while let Some(line) = lines.next()? {
            if !line.contains('"') {
                let pushed = self.push(line.split(separator), records);
                pushed.map_err(|reason| lines.error(reason))?;
                continue;
            }
            row.start(line);
            let first = lines.number();
            while let Some(opened) = row.opened {
                let reason = match lines.next_raw()? {
                    Some(line) if row.length + line.len() <= LONGEST => {
                        row.go_on(line);
                        continue;
                    }
                    Some(_) => format!("is not closed within {LONGEST} bytes"),
                    None => "is never closed".to_owned(),
                };
                let reason = format!("the quote that opens here {reason}");
                return Err(Error::parse(path, first + opened, reason));
            }
            let pushed = self.push(row.fields.iter().map(String::as_str), records);
            pushed.map_err(|reason| Error::parse(path, first, reason))?;
        }
        Ok(())
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
