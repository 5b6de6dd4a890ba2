//! Text formats, with a line a word: word2vec's, which begins with the sizes, and GloVe's.

use guide_core::Result;

use super::WordVectors;
use super::fields::{count_fields, ends_in_number, number, shown, split_row};
use super::skipped::{BadRow, SkippedRows};
use super::table::Table;

/// word2vec's: the sizes first, then exactly so many rows.
pub(super) fn read_word2vec(
    mut table: Table<'_>,
    limit: usize,
) -> Result<(WordVectors, SkippedRows)> {
    let words = table.read_sizes(limit)?;
    while table.len() < words.min(limit) {
        let Some(line) = next_row(&mut table)? else {
            let rows = table.len();
            return Err(table.error(format!("the file ends after {rows} of {words} words")));
        };
        push_row(&mut table, &line)?;
    }
    if limit > words && !table.ends()? {
        return Err(table.error(format!("more than the {words} words of the first line")));
    }
    table.finish()
}

/// GloVe's: rows to the end of the file. Most of the first rows decide how many numbers a row has.
pub(super) fn read_glove(mut table: Table<'_>, limit: usize) -> Result<(WordVectors, SkippedRows)> {
    while table.len() < limit {
        let Some(line) = next_row(&mut table)? else {
            break;
        };
        if table.len() == 0 {
            let voted = table.sample().most_frequent_dim();
            let dim = voted.unwrap_or_else(|| count_fields(&line).saturating_sub(1));
            if dim == 0 && line.contains(&b',') {
                let line = shown(&line);
                let reason = "expected a word and its numbers, separated by blanks or tabs";
                return Err(table.error(format!("{reason}, not `{line}`")));
            }
            table.set_dim(dim)?;
        }
        push_row(&mut table, &line)?;
    }
    table.finish()
}

/// The next line that is not empty. Empty lines are bad rows, except at the end of the file.
fn next_row(table: &mut Table<'_>) -> Result<Option<Vec<u8>>> {
    let mut first_empty = None;
    loop {
        match table.next_line()? {
            None => return Ok(None),
            Some(line) if line.is_empty() => {
                first_empty.get_or_insert(table.line());
            }
            Some(line) => {
                if let Some(at) = first_empty {
                    let reason = "the line is empty, and rows follow it".to_owned();
                    table.bad_line(at, BadRow::Malformed(reason))?;
                }
                return Ok(Some(line));
            }
        }
    }
}

fn push_row(table: &mut Table<'_>, line: &[u8]) -> Result<()> {
    match word_and_numbers(line, table.dim()) {
        Ok((word, row)) => table.push(word, &row),
        Err(reason) => table.bad_row(BadRow::Malformed(reason)),
    }
}

/// The word and its `dim` numbers, or why the line is no such row.
fn word_and_numbers(line: &[u8], dim: usize) -> std::result::Result<(&[u8], Vec<f32>), String> {
    let wrong_count = || {
        let (found, line) = (count_fields(line).saturating_sub(1), shown(line));
        format!("expected a word and {dim} numbers, not {found}: `{line}`")
    };
    let (word, fields) = split_row(line, dim).ok_or_else(wrong_count)?;
    // Without a blank before the first number, that number is the word, and one number is missing.
    let is_short = word.is_empty() && !line.starts_with(b" ") && !line.starts_with(b"\t");
    if is_short || ends_in_number(word) {
        return Err(wrong_count());
    }
    let read = |field| number(field).ok_or_else(|| format!("`{}` is not a number", shown(field)));
    let row: std::result::Result<Vec<f32>, String> = fields.into_iter().map(read).collect();
    Ok((word, row?))
}
