//! Rows of a shop's file, with what was mended told in the report of the file.

mod roles;

use guide_core::Result;
use guide_core::table::{self, Flaw, QuoteFlaw, TableFormat, TableSource};

use crate::read_report::{ReadReport, Remedy};
use crate::time;
use crate::value::number;

pub(crate) use roles::{Roles, named, no_column, plain};

/// A table of a shop that is read row by row.
pub(crate) struct Table<'s> {
    rows: table::Table<'s>,
}

/// One row: as many fields as there are columns.
#[derive(Debug, Default)]
pub(crate) struct Row {
    /// Line in the file, from 1.
    pub(crate) line: u64,
    fields: table::Row,
    /// What was done to the row so far. A row that is left out has no fields.
    pub(crate) remedy: Option<Remedy>,
}

impl Row {
    /// The field of a column without blanks around it, empty if there is no such column.
    pub(crate) fn field(&self, column: Option<usize>) -> &str {
        column.map_or("", |column| self.fields.get(column).trim())
    }

    /// Notes a repair of this row.
    pub(crate) fn mend(&mut self, report: &mut ReadReport, reason: &str, seen: impl Into<String>) {
        report.note(Remedy::Mended, reason, self.line, seen);
        if self.remedy != Some(Remedy::LeftOut) {
            self.remedy = Some(Remedy::Mended);
        }
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

    /// All fields as one text, for a message.
    fn text(&self) -> String {
        self.fields.iter().collect::<Vec<_>>().join(", ")
    }
}

impl<'s> Table<'s> {
    /// Opens a table. Where `format` does not say whether the first row names the columns, it does so unless none of its
    /// fields `is_known` as a heading and one of them is a number or a time.
    ///
    /// # Errors
    /// Those of [`table::Table::open`].
    pub(crate) fn open(
        source: &'s TableSource,
        format: &TableFormat,
        is_known: impl Fn(&str) -> bool,
    ) -> Result<Self> {
        let rows = table::Table::open(source, format)?;
        let headings = rows.headings();
        let is_data = format.heading.is_none()
            && rows.writing().separator.is_some()
            && !headings.iter().any(|heading| is_known(heading))
            && headings
                .iter()
                .any(|heading| number(heading).is_some() || time::parse(heading).is_some());
        Ok(Self {
            rows: match is_data {
                true => table::Table::open(source, &format.clone().no_heading())?,
                false => rows,
            },
        })
    }

    /// The names of the columns.
    pub(crate) fn headings(&self) -> &[String] {
        self.rows.headings()
    }

    /// How the table is written.
    pub(crate) fn writing(&self) -> &table::Writing {
        self.rows.writing()
    }

    /// The next row, or `None` at the end. A row with more fields than columns has unquoted separators in a text: the surplus
    /// is joined into column `joins`. A row with fewer is filled up with empty fields.
    pub(crate) fn next_row(
        &mut self,
        joins: Option<usize>,
        report: &mut ReadReport,
    ) -> Result<Option<Row>> {
        let mut row = Row::default();
        if !self.rows.next_row(&mut row.fields)? {
            return Ok(None);
        }
        row.line = row.fields.line;
        let flaws = std::mem::take(&mut row.fields.flaws);
        for flaw in flaws {
            tell(&mut row, flaw, report);
        }
        if row.remedy == Some(Remedy::LeftOut) {
            return Ok(Some(row));
        }
        let (found, wanted) = (row.fields.len(), self.headings().len());
        let surplus_is_empty =
            || (wanted..found).all(|column| row.fields.get(column).trim().is_empty());
        if found > wanted && surplus_is_empty() {
            report.note(
                Remedy::Noted,
                "has empty fields behind the last column",
                row.line,
                format!("{found} fields for {wanted} columns"),
            );
            return Ok(Some(row));
        }
        let counts = format!("{found} fields for {wanted} columns");
        match joins {
            _ if found < wanted => {
                row.mend(
                    report,
                    "has fewer fields than columns, the last ones taken as empty",
                    counts,
                );
            }
            Some(column) if found > wanted => {
                let separator = self.writing().separator.unwrap_or(',').to_string();
                let fields: Vec<String> = row.fields.iter().map(str::to_owned).collect();
                let end = column + 1 + found - wanted;
                let joined = fields[column..end].join(&separator);
                row.mend(
                    report,
                    "has unquoted separators, joined in one text",
                    &joined,
                );
                row.fields.clear();
                fields[..column]
                    .iter()
                    .for_each(|field| row.fields.push(field));
                row.fields.push(&joined);
                fields[end..]
                    .iter()
                    .for_each(|field| row.fields.push(field));
            }
            None if found > wanted => {
                row.leave_out(report, "has more fields than columns", counts);
                row.fields.clear();
            }
            _ => {}
        }
        Ok(Some(row))
    }
}

/// Puts a flaw of a row into the report.
fn tell(row: &mut Row, flaw: Flaw, report: &mut ReadReport) {
    match flaw {
        Flaw::NotUtf8 => {
            let text = row.text();
            row.mend(report, "is not UTF-8, read as windows-1252", text);
        }
        Flaw::Replaced => {
            let text = row.text();
            row.mend(
                report,
                "has bytes that its encoding does not have, replaced by \u{fffd}",
                text,
            );
        }
        Flaw::Quotes(QuoteFlaw::TextBehind) => {
            let text = row.text();
            row.mend(
                report,
                "has text behind a closing quote, the quotes taken as text",
                text,
            );
        }
        Flaw::Quotes(QuoteFlaw::ManyLines(lines)) => {
            report.note(
                Remedy::Noted,
                "has a field of many lines",
                row.line,
                format!("{lines} lines"),
            );
        }
        Flaw::NotJson(reason) => row.leave_out(report, "is not a JSON object", reason),
        Flaw::RepeatedKey(key) => row.mend(report, "names a key twice, the later value taken", key),
        other => row.mend(report, "has a flaw", format!("{other:?}")),
    }
}
