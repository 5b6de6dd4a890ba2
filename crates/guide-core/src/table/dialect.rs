//! Finds out what stands between the fields of a table.

use super::encoding::Survey;
use super::format::TableFormat;
use crate::{Error, Result};

/// Separators that are looked for, in the order in which they win a tie.
const SEPARATORS: [u8; 4] = *b",;\t|";
/// Rows that tell the separator.
const ROWS: usize = 50;

/// How rows are cut into fields.
pub(super) struct Dialect {
    /// `None` for JSON lines.
    pub(super) separator: Option<u8>,
    pub(super) backslash_quotes: bool,
    /// Lines before the heading that are no part of the table.
    pub(super) skipped_lines: usize,
}

impl Dialect {
    /// The dialect of a text, except what `format` says.
    pub(super) fn of(survey: &Survey<'_>, format: &TableFormat) -> Result<Self> {
        let path = survey.source().path();
        let said = match format.separator {
            None => None,
            Some(separator) if separator.is_ascii() && !"\"\r\n".contains(separator) => {
                Some(separator as u8)
            }
            Some(separator) => {
                let expected = "one ASCII character that is no quote and no line end";
                return Err(Error::param(
                    "separator",
                    format!("{separator:?}"),
                    expected,
                ));
            }
        };
        let start = survey.start.trim_ascii_start();
        let first = start
            .split(|&byte| byte == b'\n' || byte == b'\r')
            .next()
            .unwrap_or_default();
        if said.is_none() && is_json_object(first) {
            return Ok(Self {
                separator: None,
                backslash_quotes: false,
                skipped_lines: 0,
            });
        }
        if said.is_none() && first.starts_with(b"[") && is_json_array(start) {
            let reason = "this is a JSON array; JSON is read as one object a line, which `jq -c '.[]'` makes of it";
            return Err(Error::parse(path, 1, reason));
        }
        if said.is_none() && first.trim_ascii() == b"{" {
            let reason = "this is a JSON object over several lines; JSON is read as one object a line, which `jq -c .` makes of it";
            return Err(Error::parse(path, 1, reason));
        }
        let by_line = separator_line(first);
        let quotes = format.quotes.unwrap_or(true);
        // The line of the separator, and blank lines before it.
        let blank = survey.start.len() - start.len();
        let blank_lines = survey.start[..blank]
            .iter()
            .filter(|&&byte| byte == b'\n')
            .count();
        let skipped_lines = by_line.map_or(0, |_| blank_lines + 1);
        let separator = said
            .or(by_line)
            .unwrap_or_else(|| by_rows(start, survey.is_whole, quotes));
        Ok(Self {
            separator: Some(separator),
            backslash_quotes: quotes && survey.escaped_quotes,
            skipped_lines,
        })
    }
}

fn is_json_object(line: &[u8]) -> bool {
    line.starts_with(b"{")
        && serde_json::from_slice::<serde_json::Map<String, serde_json::Value>>(line).is_ok()
        || line
            .strip_prefix(b"{")
            .is_some_and(|rest| rest.trim_ascii_start().starts_with(b"\"") && line.contains(&b':'))
}

fn is_json_array(start: &[u8]) -> bool {
    let rest = start
        .strip_prefix(b"[")
        .unwrap_or_default()
        .trim_ascii_start();
    rest.first().is_none_or(|byte| b"{]".contains(byte))
}

/// The separator that Excel writes as a first line of its own: `sep=;`.
fn separator_line(line: &[u8]) -> Option<u8> {
    let line = line
        .strip_prefix(b"\"")
        .and_then(|line| line.strip_suffix(b"\""))
        .unwrap_or(line);
    match line {
        [s, e, p, b'=', separator]
            if [s, e, p].map(u8::to_ascii_lowercase) == *b"sep" && separator.is_ascii() =>
        {
            Some(*separator)
        }
        _ => None,
    }
}

/// The separator that cuts most rows into as many fields as the first one; of several the one with most fields.
fn by_rows(start: &[u8], is_whole: bool, quotes: bool) -> u8 {
    let agreement = |separator: u8| {
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(separator)
            .quoting(quotes)
            .from_reader(start);
        let mut counts: Vec<usize> = reader
            .byte_records()
            .take(ROWS)
            .map_while(|row| row.ok())
            .map(|row| row.len())
            .collect();
        if !is_whole && counts.len() < ROWS && counts.len() > 1 {
            counts.pop(); // was cut
        }
        let first = counts.first().copied().unwrap_or(0);
        let same = counts.iter().filter(|&&count| count == first).count();
        (first > 1).then_some((same, first))
    };
    let ranked = SEPARATORS
        .iter()
        .rev()
        .filter_map(|&separator| Some((agreement(separator)?, separator)));
    ranked
        .max_by_key(|(agreement, _)| *agreement)
        .map_or(b',', |(_, separator)| separator)
}
