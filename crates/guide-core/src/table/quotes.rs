//! Checks the quotes of a record. The `csv` crate forgives a quote that is never closed, and text behind a closing quote; both
//! can swallow rows.

/// Something odd about the quotes of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum QuoteFlaw {
    /// Text follows a closing quote, as in `"Weird Al" Yankovic`. The field is taken literally, with its quotes.
    TextBehind,
    /// A field of this many lines, which are more than three, or one of whose lines looks like a row of its own.
    ManyLines(u64),
}

/// Lines that a field may have without being remarked.
pub(super) const FEW_LINES: u64 = 3;

/// A field in quotes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Quoted {
    /// Where its quote opens.
    pub(super) start: usize,
    /// Where its quote closes; `None` if it does not.
    pub(super) end: Option<usize>,
    /// Whether text follows the closing quote.
    pub(super) text_behind: bool,
}

/// The quoted fields of a record, whose last line end is cut off.
pub(super) fn quoted_fields(raw: &[u8], separator: u8) -> Vec<Quoted> {
    let mut fields = Vec::new();
    let mut at = 0;
    while at < raw.len() {
        if raw[at] == b'"' {
            let end = closing_quote(raw, at + 1);
            let behind = end.map_or(raw.len(), |end| end + 1);
            let text_behind = raw.get(behind).is_some_and(|&byte| {
                byte != separator && !raw[behind..].iter().all(|b| b"\r\n".contains(b))
            });
            fields.push(Quoted {
                start: at,
                end,
                text_behind,
            });
            at = behind;
        }
        match memchr::memchr(separator, &raw[at..]) {
            Some(offset) => at += offset + 1,
            None => break,
        }
    }
    fields
}

/// The place of the next quote from `from` on that is not doubled.
fn closing_quote(raw: &[u8], mut from: usize) -> Option<usize> {
    loop {
        let at = from + memchr::memchr(b'"', &raw[from..])?;
        if raw.get(at + 1) != Some(&b'"') {
            return Some(at);
        }
        from = at + 2;
    }
}

/// The fields of a record of one line in which quotes are closed within a field: those fields are taken literally.
pub(super) fn literal_fields(raw: &[u8], separator: u8) -> csv::ByteRecord {
    let mut record = csv::ByteRecord::new();
    let mut at = 0;
    loop {
        let closed = (raw.get(at) == Some(&b'"'))
            .then(|| closing_quote(raw, at + 1))
            .flatten();
        match closed {
            Some(end) if raw.get(end + 1).is_none_or(|&byte| byte == separator) => {
                let inner: Vec<u8> = unquoted(&raw[at + 1..end]);
                record.push_field(&inner);
                at = end + 1;
            }
            _ => {
                let end =
                    memchr::memchr(separator, &raw[at..]).map_or(raw.len(), |offset| at + offset);
                record.push_field(&raw[at..end]);
                at = end;
            }
        }
        if at >= raw.len() {
            return record;
        }
        at += 1; // the separator
    }
}

/// A quoted text without its doubled quotes.
fn unquoted(inner: &[u8]) -> Vec<u8> {
    let mut text = Vec::with_capacity(inner.len());
    let mut bytes = inner.iter().copied().peekable();
    while let Some(byte) = bytes.next() {
        text.push(byte);
        if byte == b'"' {
            bytes.next_if_eq(&b'"');
        }
    }
    text
}

/// The number of line ends: LF, CR, and CR LF as one.
pub(super) fn line_ends(bytes: &[u8]) -> u64 {
    let ends = memchr::memchr2_iter(b'\n', b'\r', bytes);
    ends.filter(|&at| bytes[at] == b'\r' || at == 0 || bytes[at - 1] != b'\r')
        .count() as u64
}

/// What the lines within a quoted field look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lines {
    /// Text.
    Text,
    /// Some of them could be rows.
    SomeRows,
    /// All of them look like rows: the quote was not meant to go over them.
    Rows,
}

/// What the lines of the quoted field look like that stands in `raw` from `start` to `end`, its quotes included.
///
/// A line looks like a row if it has as many separators as one. The first line is completed by what stands before the field, the
/// last one by what stands behind it.
pub(super) fn lines_of(
    raw: &[u8],
    start: usize,
    end: usize,
    separator: u8,
    n_columns: usize,
) -> Lines {
    let separators = |text: &[u8]| memchr::memchr_iter(separator, text).count();
    let inner = &raw[start + 1..end];
    let lines: Vec<&[u8]> = inner
        .split(|&byte| byte == b'\n' || byte == b'\r')
        .filter(|line| !line.is_empty())
        .collect();
    let [first, middle @ .., last] = lines.as_slice() else {
        return Lines::Text;
    };
    if n_columns < 2 {
        return Lines::Text;
    }
    let is_row = |n: usize| n + 1 == n_columns;
    let before = raw[..start]
        .iter()
        .rposition(|byte| b"\r\n".contains(byte))
        .map_or(0, |at| at + 1);
    let ends_are_rows = is_row(separators(&raw[before..start]) + separators(first))
        && is_row(separators(last) + separators(&raw[end + 1..]));
    let middle_rows = middle
        .iter()
        .filter(|line| is_row(separators(line)))
        .count();
    let all = middle_rows == middle.len() && n_columns > 2;
    match middle_rows {
        2.. if all => Lines::Rows,
        1 if all && ends_are_rows => Lines::Rows,
        0 if middle.is_empty() && ends_are_rows => Lines::SomeRows,
        0 => Lines::Text,
        _ => Lines::SomeRows,
    }
}
