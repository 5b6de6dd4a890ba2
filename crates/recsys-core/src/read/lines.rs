//! Lines of text from a plain or gzip file, numbered, of bounded length, without allocation.

use std::io::{BufRead, BufReader, Read};
use std::path::PathBuf;

pub(super) use guide_core::table::LONGEST;
use guide_core::table::{DecodedText, TableSource};
use guide_core::{Error, Result};

/// Bytes read at once.
const BUFFER: usize = 1 << 16;

/// Walks through the lines of a file that hold anything.
pub(super) struct Lines<'s> {
    path: PathBuf,
    file: BufReader<DecodedText<'s>>,
    line: Vec<u8>,
    number: u64,
}

impl<'s> Lines<'s> {
    /// Opens a file, in UTF-8 unless `encoding` is a label of another one.
    pub(super) fn open(source: &'s TableSource, encoding: Option<&str>) -> Result<Self> {
        Ok(Self {
            path: source.path().to_owned(),
            file: BufReader::with_capacity(BUFFER, DecodedText::labelled(source, encoding)?),
            line: Vec::new(),
            number: 0,
        })
    }

    /// Passes over `n` lines, empty ones too.
    pub(super) fn skip(&mut self, n: usize) -> Result<()> {
        for _ in 0..n {
            self.advance()?;
        }
        Ok(())
    }

    /// The next line that is not blank, without its end.
    pub(super) fn next(&mut self) -> Result<Option<&str>> {
        loop {
            if !self.advance()? {
                return Ok(None);
            }
            if !self.line.trim_ascii().is_empty() {
                break;
            }
        }
        self.text().map(Some)
    }

    /// The error that the present line is wrong because of `reason`.
    pub(super) fn error(&self, reason: impl ToString) -> Error {
        Error::parse(&self.path, self.number, reason)
    }

    /// Reads a line; `false` at the end of the file.
    fn advance(&mut self) -> Result<bool> {
        self.line.clear();
        let mut bounded = (&mut self.file).take(LONGEST as u64 + 1);
        let read = bounded.read_until(b'\n', &mut self.line);
        if read.map_err(|source| Error::io(&self.path, source))? == 0 {
            return Ok(false);
        }
        self.number += 1;
        if self.line.len() > LONGEST {
            return Err(self.error(format!("the line is longer than {LONGEST} bytes")));
        }
        for end in [b'\n', b'\r'] {
            if self.line.last() == Some(&end) {
                self.line.pop();
            }
        }
        if self.line.contains(&b'\r') {
            return Err(self.error("a carriage return inside the line; lines end with LF or CRLF"));
        }
        Ok(true)
    }

    fn text(&self) -> Result<&str> {
        str::from_utf8(&self.line).map_err(|error| {
            let byte = error.valid_up_to() + 1;
            self.error(format!("byte {byte} of the line is not UTF-8"))
        })
    }
}
