//! Recognises the format of a file of word vectors by its first mebibyte.

use std::io::{BufRead, Read};
use std::path::Path;
use std::rc::Rc;

use guide_core::{Error, Result, foreign_format, model_file, unpacked};

use super::fields::{count_numbers, sizes};
use super::{MAX_DIM, VectorFormat};
use crate::text_file::unmarked;

/// Bytes by which a file is recognised. A longer row is recognised by its own bytes alone.
const SAMPLE: u64 = 1 << 20;
/// Lines of the sample that are looked at.
const LINES: usize = 1000;

/// The first bytes of a file, unpacked and without a byte-order mark.
#[derive(Clone)]
pub(super) struct Sample {
    pub(super) bytes: Rc<[u8]>,
    /// Whether the file ends with them.
    is_whole: bool,
}

/// Opens a file of vectors. The reader begins behind the sample.
///
/// # Errors
/// [`Error::Io`], and [`Error::ForeignFormat`] for an archive or another file that holds no vectors.
pub(super) fn open(path: &Path) -> Result<(Sample, Box<dyn BufRead>)> {
    let io = |source| Error::io(path, source);
    let file = std::fs::File::open(path).and_then(unpacked);
    let mut file = file.and_then(unmarked).map_err(io)?;
    let mut bytes = Vec::new();
    file.by_ref()
        .take(SAMPLE)
        .read_to_end(&mut bytes)
        .map_err(io)?;
    let sample = Sample {
        is_whole: (bytes.len() as u64) < SAMPLE,
        bytes: bytes.into(),
    };
    match foreign_format(&sample.bytes).filter(|_| !sample.begins_with_row()) {
        None => Ok((sample, file)),
        Some(format) => Err(Error::ForeignFormat {
            path: path.to_owned(),
            format,
        }),
    }
}

impl Sample {
    fn first_line(&self) -> &[u8] {
        let end = self.bytes.iter().position(|&byte| byte == b'\n');
        &self.bytes[..end.unwrap_or(self.bytes.len())]
    }

    /// Whether the first line is text that ends in a number. Such a line is a row even if its word is `<html>`.
    fn begins_with_row(&self) -> bool {
        let first = self.first_line();
        count_numbers(first) > 0 && !first.contains(&0)
    }

    /// The bytes below the first line.
    fn below(&self) -> &[u8] {
        let start = self.first_line().len() + 1;
        self.bytes.get(start..).unwrap_or_default()
    }

    /// The lines of `bytes`, a part of the sample that reaches to its end. Empty lines and a line that the sample cuts off
    /// are left out.
    fn lines<'a>(&self, bytes: &'a [u8]) -> impl Iterator<Item = &'a [u8]> {
        let last = bytes.iter().rposition(|&byte| byte == b'\n');
        let end = match self.is_whole {
            true => bytes.len(),
            false => last.unwrap_or(0),
        };
        bytes[..end]
            .split(|&byte| byte == b'\n')
            .filter(|line| !line.trim_ascii().is_empty())
    }

    /// Numbers a row, by a vote of the first rows: the count that most of them have, of counts that are as frequent that of
    /// the first row. `None` if no row ends in a number.
    pub(super) fn most_frequent_dim(&self) -> Option<usize> {
        let counts = self.lines(&self.bytes).take(LINES).map(count_numbers);
        let counts: Vec<usize> = counts.filter(|&count| count > 0).collect();
        let votes = |dim: usize| counts.iter().filter(|&&count| count == dim).count();
        let most = counts.iter().map(|&dim| votes(dim)).max()?;
        counts.iter().copied().find(|&dim| votes(dim) == most)
    }

    /// The format, see [`VectorFile::detect`](super::VectorFile::detect).
    pub(super) fn format(&self, path: &Path) -> Result<VectorFormat> {
        let first = self.first_line();
        if self.bytes.is_empty() {
            return Err(Error::empty(path.display()));
        }
        let error = |reason: &str| Err(Error::parse(path, 1, reason));
        if self.bytes.starts_with(b"\xff\xfe") || self.bytes.starts_with(b"\xfe\xff") {
            return error("the file is UTF-16 text; convert it to UTF-8");
        }
        if first.starts_with(model_file::MAGIC) && !self.begins_with_row() {
            return Ok(VectorFormat::Model);
        }
        let is_one_line = first.len() == self.bytes.len();
        if is_one_line && first.trim_ascii_end().contains(&b'\r') && !first.contains(&0) {
            return error("the lines end with \\r alone; convert the line ends to \\n");
        }
        match sizes(first) {
            Some((words, dim)) => Ok(self.format_below_sizes(words, dim)),
            None if count_numbers(first) == 0 && self.bytes.contains(&0) => error(
                "neither text nor word2vec's binary format, which begins with a line `words dim`",
            ),
            None => Ok(VectorFormat::Glove),
        }
    }

    /// The format of a file whose first line is two whole numbers.
    fn format_below_sizes(&self, words: i128, dim: i128) -> VectorFormat {
        let rows = self.below();
        let counts: Vec<usize> = self.lines(rows).take(LINES).map(count_numbers).collect();
        let textual = counts.iter().filter(|&&count| count > 0).count();
        // At least half of the rows end in a number: no series of `f32` does that by chance.
        if textual > 0 && 2 * textual >= counts.len() {
            return if self.is_row_of_one_number(words, dim, &counts) {
                VectorFormat::Glove
            } else {
                VectorFormat::Word2VecText
            };
        }
        let is_binary = rows.contains(&0)
            || self.is_whole && fits_binary(rows, words, dim)
            || 10 * count_odd_bytes(rows) > rows.len();
        match is_binary {
            true => VectorFormat::Word2VecBinary,
            false => VectorFormat::Word2VecText,
        }
    }

    /// Whether the two numbers of the first line are a word and its only number, in a file without sizes: every other row has
    /// one number too, and the sizes would contradict the rows.
    fn is_row_of_one_number(&self, words: i128, dim: i128, counts: &[usize]) -> bool {
        if counts.iter().any(|&count| count != 1) || dim > MAX_DIM as i128 {
            return false;
        }
        let n_rows = self.lines(self.below()).count() as i128;
        match dim {
            1 => n_rows > words || self.is_whole && n_rows != words,
            _ => true,
        }
    }
}

/// Whether `rows` are exactly so many rows of word2vec's binary format.
fn fits_binary(rows: &[u8], words: i128, dim: i128) -> bool {
    let (Ok(words), Ok(dim)) = (usize::try_from(words), usize::try_from(dim)) else {
        return false;
    };
    let mut rest = rows;
    for _ in 0..words {
        rest = rest.strip_prefix(b"\n").unwrap_or(rest);
        let Some(blank) = rest.iter().position(|&byte| byte == b' ') else {
            return false;
        };
        let end = dim.saturating_mul(4).saturating_add(blank + 1);
        match rest.get(end..) {
            Some(after) if dim > 0 => rest = after,
            _ => return false,
        }
    }
    rest.trim_ascii().is_empty()
}

/// Bytes that no UTF-8 text has: control characters but for white space, and bytes that are not UTF-8.
fn count_odd_bytes(bytes: &[u8]) -> usize {
    let odd = |text: &str| {
        let odd = text.bytes().filter(|byte| byte.is_ascii_control());
        odd.filter(|byte| !byte.is_ascii_whitespace()).count()
    };
    bytes
        .utf8_chunks()
        .map(|chunk| odd(chunk.valid()) + chunk.invalid().len())
        .sum()
}
