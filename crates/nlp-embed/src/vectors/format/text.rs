//! A line a word.

use guide_core::Result;

use super::WordVectors;
use super::table::{Table, shown};

/// word2vec's: the sizes first, then exactly so many rows.
pub(super) fn read_word2vec(mut table: Table<'_>, limit: usize) -> Result<(WordVectors, usize)> {
    let words = table.read_sizes(limit)?;
    while table.len() < words.min(limit) {
        let Some(line) = table.next_line()? else {
            let rows = table.len();
            return Err(table.error(format!("the file ends after {rows} of {words} words")));
        };
        push_row(&mut table, &line, false)?;
    }
    if limit > words && !table.ends()? {
        return Err(table.error(format!("more than the {words} words of the first line")));
    }
    table.finish()
}

/// GloVe's: rows to the end of the file, as long as the first; empty lines may follow the last.
pub(super) fn read_glove(mut table: Table<'_>, limit: usize) -> Result<(WordVectors, usize)> {
    while table.len() < limit {
        let Some(line) = table.next_line()? else {
            break;
        };
        if line.is_empty() {
            let empty = table.error("the line is empty, and rows follow it");
            if table.ends()? {
                break;
            }
            return Err(empty);
        }
        if table.len() == 0 {
            table.set_dim(line.split(|&byte| byte == b' ').count() - 1)?;
        }
        push_row(&mut table, &line, true)?;
    }
    table.finish()
}

/// A word and its numbers. Where `blanks` may stand in a word, what stands before the numbers is one, unless it ends in a
/// number itself: then the row is too long.
fn push_row(table: &mut Table<'_>, line: &[u8], blanks: bool) -> Result<()> {
    let dim = table.dim();
    let mut fields = line.rsplitn(dim + 1, |&byte| byte == b' ');
    let mut numbers: Vec<&[u8]> = fields.by_ref().take(dim).collect();
    let word = fields.next();
    numbers.reverse();
    let end = word.and_then(|word| word.rsplit(|&byte| byte == b' ').next());
    let long = word != end && (!blanks || end.is_some_and(|end| number(end).is_some()));
    let Some(word) = word.filter(|_| !long) else {
        let (found, line) = (line.split(|&byte| byte == b' ').count() - 1, shown(line));
        return Err(table.error(format!(
            "expected a word and {dim} numbers, not {found}: `{line}`"
        )));
    };
    if !table.push_word(word)? {
        return Ok(());
    }
    let read = |field| {
        number(field).ok_or_else(|| table.error(format!("`{}` is not a number", shown(field))))
    };
    let row: Vec<f32> = numbers.into_iter().map(read).collect::<Result<_>>()?;
    table.push_row(&row)
}

/// Whether a line is a word and exactly `dim` numbers.
pub(super) fn is_row(line: &[u8], dim: i128) -> bool {
    let mut fields = line.trim_ascii_end().split(|&byte| byte == b' ').skip(1);
    fields
        .by_ref()
        .take(dim.max(0) as usize)
        .filter(|field| number(field).is_some())
        .count() as i128
        == dim
        && fields.next().is_none()
}

fn number(field: &[u8]) -> Option<f32> {
    std::str::from_utf8(field).ok()?.parse().ok()
}
