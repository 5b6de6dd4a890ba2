//! Delimited text with a heading, plain or gzip: rows as they come, dirt and all.

pub(crate) mod names;

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use csv::ByteRecord;
use guide_core::{Error, Result, unpacked};

use crate::read_report::{ReadReport, Remedy};

pub(crate) use crate::value::{Column, GUESSED_DECIMAL, number};

/// A delimited file that is read row by row.
pub(crate) struct Table<'a> {
    path: PathBuf,
    reader: csv::Reader<Box<dyn Read + 'a>>,
    separator: u8,
    headings: Vec<String>,
    record: ByteRecord,
}

/// One row: as many fields as the heading has, trimmed.
#[derive(Debug, Default)]
pub(crate) struct Row {
    /// Line in the file, from 1.
    pub(crate) line: u64,
    fields: Vec<String>,
    /// What was done to it so far; a row that is left out has no fields.
    pub(crate) remedy: Option<Remedy>,
}

impl Row {
    /// The field of a column, empty where there is no such column.
    pub(crate) fn field(&self, column: Option<usize>) -> &str {
        column
            .and_then(|column| self.fields.get(column))
            .map_or("", String::as_str)
    }

    /// Notes a repair of this row.
    pub(crate) fn mend(&mut self, report: &mut ReadReport, reason: &str, seen: impl Into<String>) {
        report.note(Remedy::Mended, reason, self.line, seen);
        self.remedy = Some(Remedy::Mended);
    }

    /// Notes that this row cannot be used.
    pub(crate) fn leave_out(
        &mut self,
        report: &mut ReadReport,
        reason: &str,
        seen: impl Into<String>,
    ) {
        report.note(Remedy::LeftOut, reason, self.line, seen);
        self.remedy = Some(Remedy::LeftOut);
    }
}

impl Table<'static> {
    /// Opens a file; gzip is recognised by its first bytes.
    pub(crate) fn open(path: &Path) -> Result<Self> {
        let file = File::open(path).map_err(|source| Error::io(path, source))?;
        Self::new(file, path)
    }
}

impl<'a> Table<'a> {
    /// Reads `source`, which is called `path` in messages.
    pub(crate) fn new(source: impl Read + 'a, path: &Path) -> Result<Self> {
        let io = |source| Error::io(path, source);
        let mut text = unpacked(source).map_err(io)?;
        if text.fill_buf().map_err(io)?.starts_with(b"\xef\xbb\xbf") {
            text.consume(3);
        }
        let start = text.fill_buf().map_err(io)?;
        let heading = start
            .split(|&byte| byte == b'\n')
            .next()
            .unwrap_or_default();
        let count = |separator: u8| heading.iter().filter(|&&byte| byte == separator).count();
        let separator = b",;\t|"
            .iter()
            .copied()
            .rev()
            .max_by_key(|&separator| count(separator))
            .unwrap_or(b',');
        let mut reader = csv::ReaderBuilder::new()
            .flexible(true)
            .delimiter(separator)
            .from_reader(text as Box<dyn Read + 'a>);
        let headings = reader
            .byte_headers()
            .map_err(|reason| of_csv(path, reason))?;
        let headings: Vec<String> = headings
            .iter()
            .map(|name| String::from_utf8_lossy(name).trim().to_owned())
            .collect();
        if headings.iter().all(String::is_empty) {
            return Err(Error::empty(path.display()));
        }
        Ok(Self {
            path: path.to_owned(),
            reader,
            separator,
            headings,
            record: ByteRecord::new(),
        })
    }

    /// The columns' names.
    pub(crate) fn headings(&self) -> &[String] {
        &self.headings
    }

    /// The next row, or `None` at the end. A row with more fields than the heading has unquoted separators in a text:
    /// the surplus is joined into column `joins`. A row with fewer is filled up with empty fields.
    pub(crate) fn next_row(
        &mut self,
        joins: Option<usize>,
        report: &mut ReadReport,
    ) -> Result<Option<Row>> {
        let path = &self.path;
        let separator = char::from(self.separator).to_string();
        if !self
            .reader
            .read_byte_record(&mut self.record)
            .map_err(|reason| of_csv(path, reason))?
        {
            return Ok(None);
        }
        let mut row = Row {
            line: self.record.position().map_or(0, csv::Position::line),
            ..Row::default()
        };
        let mut fields: Vec<String> = Vec::with_capacity(self.headings.len());
        let mut latin = false;
        for field in &self.record {
            match std::str::from_utf8(field) {
                Ok(text) => fields.push(text.to_owned()),
                Err(_) => {
                    latin = true;
                    fields.push(field.iter().map(|&byte| char::from(byte)).collect());
                }
            }
        }
        if latin {
            row.mend(
                report,
                "is not UTF-8, read as Latin-1",
                fields.join(&separator),
            );
        }
        let (found, wanted) = (fields.len(), self.headings.len());
        let counts = format!("{found} fields for {wanted} columns");
        match joins {
            _ if found < wanted => {
                row.mend(
                    report,
                    "has fewer fields than columns, the last ones taken as empty",
                    counts,
                );
                fields.resize(wanted, String::new());
            }
            Some(column) if found > wanted => {
                let end = column + 1 + found - wanted;
                let joined = fields[column..end].join(&separator);
                row.mend(
                    report,
                    "has unquoted separators, joined in one text",
                    &joined,
                );
                fields.splice(column..end, [joined]);
            }
            None if found > wanted => {
                row.leave_out(report, "has more fields than columns", counts);
                fields.clear();
            }
            _ => {}
        }
        for field in &mut fields {
            let trimmed = field.trim();
            if trimmed.len() != field.len() {
                *field = trimmed.to_owned();
            }
        }
        row.fields = fields;
        Ok(Some(row))
    }
}

fn of_csv(path: &Path, reason: csv::Error) -> Error {
    let line = reason.position().map_or(0, csv::Position::line);
    match reason.into_kind() {
        csv::ErrorKind::Io(source) => Error::io(path, source),
        kind => Error::parse(path, line, format!("{kind:?}")),
    }
}

/// Columns of a heading that roles are given to, by name or by guess.
pub(crate) struct Roles<'h> {
    path: &'h Path,
    headings: &'h [String],
    taken: Vec<(usize, &'static str)>,
}

impl<'h> Roles<'h> {
    /// No role is given yet.
    pub(crate) fn new(path: &'h Path, headings: &'h [String]) -> Self {
        Self {
            path,
            headings,
            taken: Vec::new(),
        }
    }

    /// The column for `role`: the one called `said`, or the first that is still free among `names` in their order.
    ///
    /// Headings are compared without case, spaces and punctuation.
    pub(crate) fn find(
        &mut self,
        role: &'static str,
        said: Option<&str>,
        names: &[&str],
    ) -> Result<Option<usize>> {
        let column = match said {
            Some(name) => Some(self.named(name)?),
            None => names.iter().find_map(|name| {
                let fits = |column: &usize| {
                    plain(&self.headings[*column]) == *name && self.role(*column).is_none()
                };
                (0..self.headings.len()).find(fits)
            }),
        };
        self.taken.extend(column.map(|column| (column, role)));
        Ok(column)
    }

    /// As [`Roles::find`], but there must be one.
    pub(crate) fn require(
        &mut self,
        role: &'static str,
        said: Option<&str>,
        names: &[&str],
    ) -> Result<usize> {
        let missing = || {
            let headings = self.headings.join(", ");
            let reason = format!("no column looks like the {role}; say which: {headings}");
            Error::parse(self.path, 1, reason)
        };
        let missing = missing();
        self.find(role, said, names)?.ok_or(missing)
    }

    /// The column called `name`.
    pub(crate) fn named(&self, name: &str) -> Result<usize> {
        let exact = self.headings.iter().position(|heading| heading == name);
        let found = exact.or_else(|| {
            self.headings
                .iter()
                .position(|heading| plain(heading) == plain(name))
        });
        found.ok_or_else(|| {
            let headings = self.headings.join(", ");
            Error::parse(
                self.path,
                1,
                format!("no column `{name}`; there are: {headings}"),
            )
        })
    }

    /// What `column` is used as.
    pub(crate) fn role(&self, column: usize) -> Option<&'static str> {
        self.taken
            .iter()
            .find(|taken| taken.0 == column)
            .map(|taken| taken.1)
    }

    /// Columns that have a role, with it, in the order of the file.
    pub(crate) fn given(&self) -> Vec<(String, String)> {
        let mut taken = self.taken.clone();
        taken.sort_unstable();
        let named = taken
            .iter()
            .map(|&(column, role)| (self.headings[column].clone(), role.to_owned()));
        named.collect()
    }
}

/// Lower case, letters and digits only.
fn plain(heading: &str) -> String {
    heading
        .chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}
