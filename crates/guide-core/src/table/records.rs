//! Records of delimited text: the `csv` crate cuts them, and their quotes are checked.

use std::fmt;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use csv::ByteRecord;

use super::backslash::BackslashQuotes;
use super::quotes::{
    FEW_LINES, Lines as FieldLines, QuoteFlaw, Quoted, line_ends, lines_of, literal_fields,
    quoted_fields,
};
use crate::{Error, Result};

/// The longest record, in bytes: a small gzip file may unpack to any length.
pub const LONGEST: usize = 16 << 20;
/// The most fields of a record, as many as a spreadsheet has columns.
pub(super) const MOST_FIELDS: usize = 16_384;
/// Bytes read at once, and bytes of past records that are kept before they are dropped.
const BUFFER: usize = 1 << 16;

/// How records are cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecordFormat {
    /// The ASCII character between fields.
    pub separator: u8,
    /// Whether fields may stand in double quotes.
    pub quotes: bool,
    /// Whether quotes within fields are escaped by a backslash.
    pub backslash_quotes: bool,
    /// Lines at the start that are passed over.
    pub skip_lines: usize,
}

impl RecordFormat {
    /// Fields between `separator` that may stand in quotes.
    pub fn new(separator: u8) -> Self {
        Self {
            separator,
            quotes: true,
            backslash_quotes: false,
            skip_lines: 0,
        }
    }
}

/// One record, with the place where it stands.
pub struct Record<'r> {
    /// Its first line in the file, from 1.
    pub line: u64,
    /// What is odd about its quotes.
    pub flaw: Option<QuoteFlaw>,
    fields: &'r ByteRecord,
}

impl<'r> Record<'r> {
    /// The fields.
    pub fn iter(&self) -> impl Iterator<Item = &'r [u8]> + use<'r> {
        self.fields.iter()
    }

    /// The fields as text.
    ///
    /// # Errors
    /// The number of the first byte of the line that is not UTF-8, from 1.
    pub fn texts(&self) -> std::result::Result<Vec<&'r str>, usize> {
        let mut start = 1;
        let text = |field: &'r [u8]| {
            let text = std::str::from_utf8(field).map_err(|error| start + error.valid_up_to());
            start += field.len() + 1;
            text
        };
        self.fields.iter().map(text).collect()
    }
}

/// Reads records one by one. Empty lines are passed over; LF, CR LF and CR end a line.
pub struct Records<R> {
    path: PathBuf,
    reader: csv::Reader<KeptBytes<BackslashQuotes<R>>>,
    record: ByteRecord,
    format: RecordFormat,
    /// Fields that a row should have; 0 if that is not known.
    n_columns: usize,
    /// Line ends before the next record.
    lines: u64,
    /// Whether the last byte before the next record is a CR, so that an LF behind it is the same line end.
    after_cr: bool,
}

impl<R: Read> Records<R> {
    /// Records of `text`, which is called `path` in messages.
    ///
    /// # Errors
    /// [`Error::Io`], and [`Error::Parse`] for a line of more than [`LONGEST`] bytes, both of the lines passed over.
    pub fn new(text: R, path: &Path, format: RecordFormat) -> Result<Self> {
        let mut text = BufReader::with_capacity(BUFFER, text);
        for line in 1..=format.skip_lines as u64 {
            skip_line(&mut text).map_err(|reason| match is_too_long(&reason) {
                true => too_long(path, line),
                false => Error::io(path, reason),
            })?;
        }
        let text = BackslashQuotes::new(
            text,
            format.separator,
            format.quotes && format.backslash_quotes,
        );
        let reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(format.separator)
            .quoting(format.quotes)
            .buffer_capacity(BUFFER)
            .from_reader(KeptBytes::new(text));
        Ok(Self {
            path: path.to_owned(),
            reader,
            record: ByteRecord::new(),
            format,
            n_columns: 0,
            lines: format.skip_lines as u64,
            after_cr: false,
        })
    }

    /// Says how many fields a row has, so that rows swallowed by a quote can be told from text.
    pub fn expect_columns(&mut self, n_columns: usize) {
        self.n_columns = n_columns;
    }

    /// The next record, or `None` at the end.
    ///
    /// # Errors
    /// [`Error::Io`]; [`Error::Parse`] at the line of a quote that is never closed, or that is closed only behind lines that
    /// look like rows of their own; likewise for a record of more than [`LONGEST`] bytes, or of more fields than a spreadsheet
    /// has columns.
    pub fn next_record(&mut self) -> Result<Option<Record<'_>>> {
        let from = self.reader.position().byte();
        self.reader.get_mut().drop_before(from);
        let read = self.reader.read_byte_record(&mut self.record);
        let to = self.reader.position().byte();
        let (line, body) = self.pass_blank_lines(from, if read.is_ok() { to } else { u64::MAX });
        match read {
            Ok(true) => {}
            Ok(false) => return Ok(None),
            Err(reason) => return Err(self.failed(reason, line, body)),
        }
        if self.record.len() > MOST_FIELDS {
            let reason = format!(
                "the row has {} fields; at most {MOST_FIELDS} are read",
                self.record.len()
            );
            return Err(Error::parse(&self.path, line, reason));
        }
        let raw = self.reader.get_ref().between(body, to);
        let line_end = raw
            .iter()
            .rev()
            .take_while(|byte| b"\r\n".contains(byte))
            .count();
        if raw.len() - line_end > LONGEST {
            return Err(self.too_long(line, body));
        }
        self.after_cr = raw.last() == Some(&b'\r');
        let mut flaw = None;
        if self.format.quotes && memchr::memchr(b'"', raw).is_some() {
            self.lines = line - 1 + line_ends(raw);
            let fields = quoted_fields(raw, self.format.separator);
            flaw = check(
                &self.path,
                line,
                raw,
                &fields,
                self.format.separator,
                self.n_columns,
            )?;
            if flaw == Some(QuoteFlaw::TextBehind) {
                self.record = literal_fields(&raw[..raw.len() - line_end], self.format.separator);
            }
        } else {
            self.lines = line; // without quotes a record is one line
        }
        Ok(Some(Record {
            line,
            flaw,
            fields: &self.record,
        }))
    }

    /// Counts the line ends before a record that was read from the bytes `from..to`. Returns its line and where it begins.
    fn pass_blank_lines(&mut self, from: u64, to: u64) -> (u64, u64) {
        let raw = self.reader.get_ref().between(from, to);
        let ends = raw.iter().take_while(|byte| b"\r\n".contains(byte)).count();
        let same_end = self.after_cr && raw.first() == Some(&b'\n');
        self.lines += line_ends(&raw[usize::from(same_end)..ends]);
        (self.lines + 1, from + ends as u64)
    }

    /// The error of the `csv` crate in our words.
    fn failed(&self, reason: csv::Error, line: u64, body: u64) -> Error {
        match reason.into_kind() {
            csv::ErrorKind::Io(reason) if is_too_long(&reason) => self.too_long(line, body),
            csv::ErrorKind::Io(reason) => Error::io(&self.path, reason),
            kind => Error::parse(&self.path, line, format!("{kind:?}")),
        }
    }

    /// The error of a record that is too long, and of which the bytes from `body` on are kept.
    fn too_long(&self, line: u64, body: u64) -> Error {
        let raw = self.reader.get_ref().between(body, u64::MAX);
        let fields = quoted_fields(&raw[..raw.len().min(LONGEST)], self.format.separator);
        match fields
            .last()
            .filter(|field| self.format.quotes && field.end.is_none())
        {
            Some(open) => {
                let line = line + line_ends(&raw[..open.start]);
                let reason =
                    format!("the quote that opens here is not closed within {LONGEST} bytes");
                Error::parse(&self.path, line, reason)
            }
            None => too_long(&self.path, line),
        }
    }
}

/// Checks the quoted fields of a record that begins in line `line`.
fn check(
    path: &Path,
    line: u64,
    raw: &[u8],
    fields: &[Quoted],
    separator: u8,
    n_columns: usize,
) -> Result<Option<QuoteFlaw>> {
    let mut flaw = None;
    for field in fields {
        let opens = || line + line_ends(&raw[..field.start]);
        let Some(end) = field.end else {
            let reason =
                "the quote that opens here is never closed; --no-quotes takes quotes as text";
            return Err(Error::parse(path, opens(), reason));
        };
        let further_lines = line_ends(&raw[field.start..end]);
        let lines = lines_of(raw, field.start, end, separator, n_columns);
        if further_lines > 0 && (field.text_behind || lines == FieldLines::Rows) {
            let closes = opens() + further_lines;
            let seen = match field.text_behind {
                true => "before other text".to_owned(),
                false => "and the lines between look like rows of their own".to_owned(),
            };
            let reason = format!(
                "the quote that opens here is never closed on its own: the next one is in line {closes}, {seen}; --no-quotes takes quotes as text"
            );
            return Err(Error::parse(path, opens(), reason));
        }
        if field.text_behind {
            flaw = Some(QuoteFlaw::TextBehind);
        } else if (further_lines >= FEW_LINES || lines == FieldLines::SomeRows) && flaw.is_none() {
            flaw = Some(QuoteFlaw::ManyLines(further_lines + 1));
        }
    }
    Ok(flaw)
}

fn too_long(path: &Path, line: u64) -> Error {
    Error::parse(
        path,
        line,
        format!("the line is longer than {LONGEST} bytes"),
    )
}

/// Passes over one line, of at most [`LONGEST`] bytes.
fn skip_line(text: &mut impl BufRead) -> std::io::Result<()> {
    let mut length = 0;
    loop {
        let chunk = text.fill_buf()?;
        if chunk.is_empty() {
            return Ok(());
        }
        if let Some(at) = memchr::memchr2(b'\n', b'\r', chunk) {
            let is_cr = chunk[at] == b'\r';
            text.consume(at + 1);
            if is_cr && text.fill_buf()?.first() == Some(&b'\n') {
                text.consume(1);
            }
            return Ok(());
        }
        length += chunk.len();
        let read = chunk.len();
        text.consume(read);
        if length > LONGEST {
            return Err(std::io::Error::other(TooLong));
        }
    }
}

/// Marks the error that stops a record which is too long.
#[derive(Debug)]
struct TooLong;

impl fmt::Display for TooLong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "more than {LONGEST} bytes in one record")
    }
}

impl std::error::Error for TooLong {}

fn is_too_long(error: &std::io::Error) -> bool {
    error.get_ref().is_some_and(|inner| inner.is::<TooLong>())
}

/// Keeps the bytes of the present record as they were read, so that its quotes can be looked at.
struct KeptBytes<R> {
    text: R,
    kept: Vec<u8>,
    /// The place of the first kept byte in the text.
    start: u64,
}

impl<R> KeptBytes<R> {
    fn new(text: R) -> Self {
        Self {
            text,
            kept: Vec::new(),
            start: 0,
        }
    }

    /// The kept bytes `from..to`, as far as they have been read.
    fn between(&self, from: u64, to: u64) -> &[u8] {
        let place = |at: u64| (at.saturating_sub(self.start) as usize).min(self.kept.len());
        &self.kept[place(from)..place(to)]
    }

    /// Drops bytes that are no longer needed, many at a time.
    fn drop_before(&mut self, at: u64) {
        let past = (at - self.start) as usize;
        if past >= BUFFER {
            self.kept.drain(..past);
            self.start = at;
        }
    }
}

impl<R: Read> Read for KeptBytes<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        if self.kept.len() > LONGEST + BUFFER {
            return Err(std::io::Error::other(TooLong));
        }
        let n = self.text.read(buffer)?;
        self.kept.extend_from_slice(&buffer[..n]);
        Ok(n)
    }
}
