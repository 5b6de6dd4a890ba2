//! word2vec's binary format.

use guide_core::Result;

use super::WordVectors;
use super::fields::shown;
use super::skipped::SkippedRows;
use super::table::Table;

/// Longest word, in bytes. A longer one means that the file is of another kind.
const LONGEST_WORD: u64 = 1 << 16;

/// Reads the sizes, then exactly so many rows, with or without a line's end after each.
pub(super) fn read(mut table: Table<'_>, limit: usize) -> Result<(WordVectors, SkippedRows)> {
    let words = table.read_sizes(limit)?;
    let bytes = 4 * table.dim();
    while table.len() < words.min(limit) {
        let (word, ends) = table.next_word(b' ', LONGEST_WORD)?;
        let word = word.strip_prefix(b"\n").unwrap_or(&word);
        if !ends {
            let rows = table.len();
            return Err(table.error(if word.len() as u64 >= LONGEST_WORD - 1 {
                format!("no blank ends the word `{}`", shown(word))
            } else {
                format!("the file ends after {rows} of {words} words")
            }));
        }
        if word.is_empty() {
            // Not a row that can be skipped: if the word is a blank itself, all that follows is shifted by one byte.
            return Err(table.error("the row has no word"));
        }
        let row = table.next_bytes(bytes as u64)?;
        if row.len() < bytes {
            let (word, there) = (shown(word), row.len());
            return Err(table.error(format!(
                "the file ends after {there} of {bytes} bytes of `{word}`"
            )));
        }
        let (numbers, _) = row.as_chunks::<4>();
        let row: Vec<f32> = numbers.iter().copied().map(f32::from_le_bytes).collect();
        table.push(word, &row)?;
    }
    if limit > words && !table.next_bytes(2)?.trim_ascii().is_empty() {
        return Err(table.error(format!("more than the {words} words of the first line")));
    }
    table.finish()
}
