//! Reads a file, plain or gzip, line by line, and very long lines piece by piece.

use std::fs::File;
use std::io::{BufRead, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use guide_core::{Error, Result, foreign_format, unpacked};

use super::unmarked;

/// A line longer than this, in bytes, is returned in pieces.
pub(super) const LONGEST: usize = 1 << 20;

/// A line or a part of one, without the end of the line.
pub(super) struct Piece<'a> {
    pub(super) bytes: &'a [u8],
    /// From 1.
    pub(super) line: u64,
    pub(super) ends_line: bool,
}

/// Walks through the pieces of a file.
pub(super) struct Pieces {
    path: PathBuf,
    file: Box<dyn BufRead>,
    buffer: Vec<u8>,
    /// Bytes of the buffer that were returned already.
    used: usize,
    line: u64,
    ends_line: bool,
}

impl Pieces {
    /// `read` counts the bytes of the file as it is stored, from 0.
    pub(super) fn open(path: &Path, read: &Arc<AtomicU64>) -> Result<Self> {
        read.store(0, Ordering::Relaxed);
        let read = Arc::clone(read);
        let io = |source| Error::io(path, source);
        let mut file = File::open(path)
            .and_then(|file| unpacked(Counted { file, read }))
            .map_err(io)?;
        // XML may be a text to train on; the other formats are no text.
        let foreign = foreign_format(file.fill_buf().map_err(io)?);
        if let Some(format) = foreign.filter(|&format| format != "XML document") {
            return Err(Error::ForeignFormat {
                path: path.to_owned(),
                format,
            });
        }
        Ok(Self {
            path: path.to_owned(),
            file: unmarked(file).map_err(io)?,
            buffer: Vec::new(),
            used: 0,
            line: 0,
            ends_line: true,
        })
    }

    /// The next piece; `None` at the end of the file.
    pub(super) fn next(&mut self) -> Result<Option<Piece<'_>>> {
        self.buffer.drain(..self.used);
        self.used = 0;
        self.line += u64::from(self.ends_line);
        let whole = self.fill()?;
        self.ends_line = whole;
        self.used = self.buffer.len();
        if !whole {
            self.used = cut(&self.buffer);
        } else if self.buffer.is_empty() {
            return Ok(None);
        }
        let bytes = &self.buffer[..self.used];
        Ok(Some(Piece {
            bytes: bytes.strip_suffix(b"\n").unwrap_or(bytes),
            line: self.line,
            ends_line: self.ends_line,
        }))
    }

    /// Reads up to the end of the line or of the file and returns true, or until the buffer is full and returns false.
    fn fill(&mut self) -> Result<bool> {
        loop {
            let room = LONGEST.saturating_sub(self.buffer.len());
            if room == 0 {
                return Ok(false);
            }
            let io = |source| Error::io(&self.path, source);
            let there = self.file.fill_buf().map_err(io)?;
            let there = &there[..there.len().min(room)];
            let end = there.iter().position(|&byte| byte == b'\n');
            let taken = end.map_or(there.len(), |end| end + 1);
            self.buffer.extend_from_slice(&there[..taken]);
            self.file.consume(taken);
            if end.is_some() || taken == 0 {
                return Ok(true);
            }
        }
    }
}

/// A file that counts the bytes read from it.
struct Counted {
    file: File,
    read: Arc<AtomicU64>,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let n = self.file.read(buffer)?;
        self.read.fetch_add(n as u64, Ordering::Relaxed);
        Ok(n)
    }
}

/// The length of the piece to take from the start of a very long line: up to the last blank, so that no token is cut; if
/// there is none, up to the last character, which may be incomplete; all of it, if it is not UTF-8.
fn cut(bytes: &[u8]) -> usize {
    if let Some(blank) = bytes.iter().rposition(u8::is_ascii_whitespace) {
        return blank + 1;
    }
    let begins = |byte: &u8| !(0x80..0xc0).contains(byte);
    match bytes.iter().rposition(begins) {
        Some(start) if start > 0 => start,
        _ => bytes.len(),
    }
}
