//! Texts and labels from two columns of a table.

use std::path::Path;

use guide_core::table::{Flaw, QuoteFlaw, Row, Table, TableFormat, TableSource};
use guide_core::{Error, Result, printable_path};

use crate::LabelledTexts;

/// Texts and labels of the rows of a table that have both, and what was noticed while reading.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LabelledTable {
    /// The texts, without blanks at both ends.
    pub texts: Vec<String>,
    /// A label for each text.
    pub labels: Vec<String>,
    /// A line for each kind of row that was left out or mended: how many there are, and the line of the first.
    pub notes: Vec<String>,
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
}

/// Reads the columns named `text` and `label` of delimited text or JSON lines. A row without a text or without a label is left out.
///
/// ```
/// use guide_core::table::TableFormat;
/// # let folder = tempfile::tempdir().unwrap();
/// # let path = folder.path().join("reviews.csv");
/// std::fs::write(&path, "review,stars\n\"warm, light\",5\ntoo small,2\n,3\n").unwrap();
/// let table = nlp_rnn::read_labelled_table(&path, &TableFormat::default(), "review", "stars")?;
/// assert_eq!(table.texts, ["warm, light", "too small"]);
/// assert_eq!(table.labels, ["5", "2"]);
/// assert!(table.notes[0].ends_with("1 rows without a text are left out; the first at line 4"));
/// # Ok::<(), guide_core::Error>(())
/// ```
///
/// # Errors
/// Those of the table, [`Error::Parse`] without one of the columns, [`Error::Empty`] if no row has both.
pub fn read_labelled_table(
    path: impl AsRef<Path>,
    format: &TableFormat,
    text: &str,
    label: &str,
) -> Result<LabelledTable> {
    let path = path.as_ref();
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
    let mut read = LabelledTable::default();
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
    let fields = format!("do not have {n_columns} fields");
    let kinds = [
        (no_text, "without a text are left out"),
        (no_label, "without a label are left out"),
        (
            bytes,
            "hold bytes that are not in the encoding of the file; they were replaced",
        ),
        (
            quotes,
            "have quotes in odd places, which were kept as they are",
        ),
        (
            long,
            "have a quoted field of many lines; look whether its quote is closed",
        ),
        (other, "have other flaws and were read as they are"),
        (uneven, &fields),
    ];
    let shown = printable_path(path);
    let kinds = kinds.into_iter().filter(|(counted, _)| counted.n > 0);
    let note = |(Counted { n, first }, what)| {
        format!("{shown}: {n} rows {what}; the first at line {first}")
    };
    read.notes = kinds.map(note).collect();
    match read.texts.is_empty() {
        true => Err(Error::empty(format!(
            "the list of rows of {} with a text and a label",
            path.display()
        ))),
        false => Ok(read),
    }
}

impl LabelledTable {
    /// The texts with their labels.
    ///
    /// # Errors
    /// [`Error::Shape`] if a caller changed the count of one of both.
    pub fn texts(&self) -> Result<LabelledTexts<'_>> {
        LabelledTexts::new(&self.texts, &self.labels)
    }
}
