//! Texts and labels from two columns of a table.

use std::path::Path;

use guide_core::table::{Flaw, QuoteFlaw, Row, Table, TableFormat, TableSource};
use guide_core::{Error, Result, printable_path};
use nlp_rnn::LabelledTexts;

use crate::output::log;

/// Texts and labels of the rows that have both.
pub struct LabelledTable {
    texts: Vec<String>,
    labels: Vec<String>,
}

/// Rows of one kind: how many, and the line of the first.
#[derive(Default)]
struct Counted {
    n: usize,
    first: u64,
}

impl Counted {
    fn add(&mut self, line: u64) {
        if self.n == 0 {
            self.first = line;
        }
        self.n += 1;
    }

    fn say(&self, path: &Path, what: &str) {
        if self.n > 0 {
            let (path, n, first) = (printable_path(path), self.n, self.first);
            log(&format!(
                "{path}: {n} rows {what}; the first at line {first}"
            ));
        }
    }
}

impl LabelledTable {
    /// Reads the columns named `text` and `label`. A row without a text or without a label is left out; such rows, and those
    /// that the reader had to mend, are counted on standard error.
    ///
    /// # Errors
    /// Those of the table, [`Error::Parse`] without one of the columns, [`Error::Empty`] if no row has both.
    pub fn read(path: &Path, format: &TableFormat, text: &str, label: &str) -> Result<Self> {
        let source = TableSource::file(path)?;
        let mut table = Table::open(&source, format)?;
        let column = |name: &str| {
            let headings = table.headings();
            let found = headings.iter().position(|heading| heading == name);
            found.ok_or_else(|| {
                let known = headings.join(", ");
                let reason = format!("no column `{name}`; there are: {known}");
                Error::parse(path, table.writing().first_line, reason)
            })
        };
        let (text, label) = (column(text)?, column(label)?);
        let n_columns = table.headings().len();
        let mut read = Self {
            texts: Vec::new(),
            labels: Vec::new(),
        };
        let [
            mut no_text,
            mut no_label,
            mut bytes,
            mut quotes,
            mut long,
            mut other,
            mut uneven,
        ] = std::array::from_fn(|_| Counted::default());
        let mut row = Row::default();
        while table.next_row(&mut row)? {
            for flaw in &row.flaws {
                match flaw {
                    Flaw::NotUtf8 | Flaw::Replaced => bytes.add(row.line),
                    Flaw::Quotes(QuoteFlaw::ManyLines(_)) => long.add(row.line),
                    Flaw::Quotes(_) => quotes.add(row.line),
                    _ => other.add(row.line),
                }
            }
            if row.len() != n_columns {
                uneven.add(row.line);
            }
            let (text, label) = (row.get(text).trim(), row.get(label).trim());
            if label.is_empty() {
                no_label.add(row.line);
            } else if text.is_empty() {
                no_text.add(row.line);
            } else {
                read.texts.push(text.to_owned());
                read.labels.push(label.to_owned());
            }
        }
        no_text.say(path, "without a text are left out");
        no_label.say(path, "without a label are left out");
        bytes.say(
            path,
            "hold bytes that are not in the encoding of the file; they were replaced",
        );
        quotes.say(
            path,
            "have quotes in odd places, which were kept as they are",
        );
        long.say(
            path,
            "have a quoted field of many lines; look whether its quote is closed",
        );
        other.say(path, "have other flaws and were read as they are");
        uneven.say(path, &format!("do not have {n_columns} fields"));
        match read.texts.is_empty() {
            true => Err(Error::empty(format!(
                "the list of rows of {} with a text and a label",
                path.display()
            ))),
            false => Ok(read),
        }
    }

    /// The texts with their labels.
    ///
    /// # Errors
    /// None: both have the same length.
    pub fn texts(&self) -> Result<LabelledTexts<'_>> {
        LabelledTexts::new(&self.texts, &self.labels)
    }
}
