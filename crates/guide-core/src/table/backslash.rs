//! Turns quotes that are escaped by a backslash into doubled quotes, which the `csv` crate reads.

use std::io::{BufRead, BufReader, Read, Result};

/// Text in which `\"` becomes `""` and `\\` becomes `\`.
pub(super) struct BackslashQuotes<R> {
    text: BufReader<R>,
    active: bool,
    /// Bytes that are due before more is read.
    due: Vec<u8>,
}

impl<R: Read> BackslashQuotes<R> {
    /// The text unchanged if not `active`.
    pub(super) fn new(text: BufReader<R>, active: bool) -> Self {
        Self {
            text,
            active,
            due: Vec::new(),
        }
    }
}

impl<R: Read> Read for BackslashQuotes<R> {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        if !self.active {
            return self.text.read(buffer);
        }
        if !self.due.is_empty() {
            let n = self.due.len().min(buffer.len());
            buffer[..n].copy_from_slice(&self.due[..n]);
            self.due.drain(..n);
            return Ok(n);
        }
        let chunk = self.text.fill_buf()?;
        let before = memchr::memchr(b'\\', chunk).unwrap_or(chunk.len());
        if before > 0 {
            return self.text.by_ref().take(before as u64).read(buffer);
        }
        if chunk.is_empty() {
            return Ok(0);
        }
        self.text.consume(1); // the backslash
        let next = self.text.fill_buf()?.first().copied();
        self.due = match next {
            Some(b'"') => b"\"\"".to_vec(),
            Some(b'\\') => b"\\".to_vec(),
            _ => b"\\".to_vec(),
        };
        if matches!(next, Some(b'"' | b'\\')) {
            self.text.consume(1);
        }
        self.read(buffer)
    }
}
