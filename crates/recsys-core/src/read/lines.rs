//! Lines of text from a plain or gzip file, numbered, of bounded length, without allocation.

use std::io::{BufRead, Read};
use std::path::{Path, PathBuf};

use guide_core::{Error, Result, open_unpacked};

/// The longest line, or record of several lines, in bytes: a small gzip file may unpack to any length.
pub(super) const LONGEST: usize = 16 << 20;

/// Walks through the lines of a file that hold anything.
pub(super) struct Lines {
    path: PathBuf,
    file: Box<dyn BufRead>,
    line: Vec<u8>,
    number: u64,
}

impl Lines {
    /// Opens the file at `path`.
    pub(super) fn open(path: &Path) -> Result<Self> {
        Ok(Self {
            path: path.to_owned(),
            file: open_unpacked(path)?,
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

    /// The very next line, blank or not, without its end.
    pub(super) fn next_raw(&mut self) -> Result<Option<&str>> {
        if self.advance()? {
            self.text().map(Some)
        } else {
            Ok(None)
        }
    }

    /// The number of the present line, from 1.
    pub(super) fn number(&self) -> u64 {
        self.number
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
        if self.number == 1 && self.line.starts_with("\u{feff}".as_bytes()) {
            self.line.drain(..3);
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
