//! Texts and labels from two columns of a table.

use std::path::Path;

use guide_core::table::{Flaw, KnownBy, QuoteFlaw, Row, Table, TableFormat, TableSource, Writing};
use guide_core::{Error, Result, printable_path};

use crate::LabelledTexts;

/// Texts and labels of the rows of a table that have both, and what was noticed while reading.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LabelledTable {
    /// The texts, without blanks at both ends.
    pub texts: Vec<String>,
    /// A label for each text.
    pub labels: Vec<String>,
    /// The encoding and the separator where they were guessed and are not UTF-8 and comma, then a line for each kind of row that was left
    /// out or mended: how many there are, and the line of the first.
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
/// Those of the table, [`Error::Param`] for texts and labels in one column, [`Error::Parse`] without one of the columns, if two columns
/// have its name, or for a NUL character in one of them, [`Error::Empty`] if no row has both.
pub fn read_labelled_table(
    path: impl AsRef<Path>,
    format: &TableFormat,
    text: &str,
    label: &str,
) -> Result<LabelledTable> {
    let path = path.as_ref();
    if text == label {
        let expected = "the name of another column than that of the texts";
        return Err(Error::param("label", label, expected));
    }
    let source = TableSource::file(path)?;
    let mut table = Table::open(&source, format)?;
    let column = |name: &str| {
        let headings = table.headings();
        let mut found = (0..headings.len()).filter(|&column| headings[column] == name);
        let reason = match (found.next(), found.next()) {
            (Some(column), None) => return Ok(column),
            (Some(first), Some(second)) => format!(
                "columns {} and {} are both named `{name}`; rename one",
                first + 1,
                second + 1
            ),
            (None, _) => format!("no column `{name}`; there are: {}", headings.join(", ")),
        };
        Err(Error::parse(path, table.writing().first_line, reason))
    };
    let (text, label) = (column(text)?, column(label)?);
    let n_columns = table.headings().len();
    let mut read = LabelledTable::default();
    let guessed = guessed(table.writing(), format);
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
        if text.contains('\0') || label.contains('\0') {
            let reason =
                "a NUL character in a text or label: the file is no text or in another encoding";
            return Err(Error::parse(path, row.line, reason));
        }
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
    let guessed = guessed.map(|what| format!("{shown}: {what}"));
    read.notes = guessed.into_iter().chain(kinds.map(note)).collect();
    match read.texts.is_empty() {
        true => Err(Error::empty(format!(
            "the list of rows of {} with a text and a label",
            path.display()
        ))),
        false => Ok(read),
    }
}

/// What was guessed about the writing of a table; `None` for UTF-8 with commas or what `format` says.
fn guessed(writing: &Writing, format: &TableFormat) -> Option<String> {
    let encoding = match writing.encoding_by {
        KnownBy::Guess(line) => Some(format!(
            "not UTF-8 from line {line} on and read as {} by a guess (--encoding sets it)",
            writing.encoding
        )),
        KnownBy::Majority => {
            Some("single rows are not UTF-8 and are read as windows-1252".to_owned())
        }
        KnownBy::Mark if writing.encoding != "UTF-8" => Some(format!(
            "read as {} by its byte order mark",
            writing.encoding
        )),
        _ => None,
    };
    let found = writing.separator.filter(|_| format.separator.is_none());
    let separator = found.filter(|&separator| separator != ',');
    let separator = separator
        .map(|found| format!("columns are separated by {found:?} by a guess (--sep sets it)"));
    let parts: Vec<String> = encoding.into_iter().chain(separator).collect();
    (!parts.is_empty()).then(|| parts.join("; "))
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

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn read(bytes: &[u8], label: &str) -> Result<LabelledTable> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t.csv");
        std::fs::write(&path, bytes).unwrap();
        read_labelled_table(path, &TableFormat::default(), "text", label)
    }

    #[test]
    fn columns_that_are_not_told_apart_are_refused() {
        for (table, label, reason) in [
            (
                "text,label,text\na,b,c\n",
                "label",
                "t.csv:1: columns 1 and 3 are both named `text`; rename one",
            ),
            (
                "text,label,label\na,b,c\n",
                "label",
                "columns 2 and 3 are both named `label`",
            ),
            (
                "text,label\na,b\n",
                "text",
                "parameter `label` must be the name of another column",
            ),
            (
                "text,label\na,b\na\0c,b\n",
                "label",
                "t.csv:3: a NUL character",
            ),
        ] {
            let error = read(table.as_bytes(), label).unwrap_err().to_string();
            assert!(error.contains(reason), "{error}");
        }
        // A double name of another column does no harm.
        assert!(read(b"text,x,label,x\na,1,b,2\n", "label").is_ok());
    }

    #[test]
    fn what_is_guessed_is_noted() {
        let notes = |bytes: &[u8]| read(bytes, "label").unwrap().notes.join("\n");
        assert_eq!(notes(b"text,label\na,b\n"), "");
        assert!(notes(b"text;label\na;b\n").contains("separated by ';' by a guess"));
        // "Größe" in windows-1252, three times.
        let german = b"text,label\nGr\xf6\xdfe,b\nGr\xf6\xdfe,b\nGr\xf6\xdfe,b\n";
        let said = notes(german);
        assert!(
            said.contains("not UTF-8 from line 2 on and read as windows-1252"),
            "{said}"
        );
    }
}
