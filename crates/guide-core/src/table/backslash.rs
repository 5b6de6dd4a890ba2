//! Turns quotes that are escaped by a backslash into doubled quotes, which the `csv` crate reads.

use std::io::{BufRead, BufReader, Read, Result};

/// Text in which, within quoted fields, `\"` becomes `""` and `\\` becomes `\`.
pub(super) struct BackslashQuotes<R> {
    text: BufReader<R>,
    separator: u8,
    active: bool,
    state: State,
    /// Changed bytes that are still to be given, and how many of them were given.
    due: Vec<u8>,
    given: usize,
}

/// Where the next byte stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    FieldStart,
    Unquoted,
    Quoted,
    /// Behind a backslash in a quoted field.
    Escaped,
    /// Behind a quote in a quoted field: it closes the field, or is the first of two.
    Quote,
}

impl<R: Read> BackslashQuotes<R> {
    /// The text unchanged if not `active`.
    pub(super) fn new(text: BufReader<R>, separator: u8, active: bool) -> Self {
        Self {
            text,
            separator,
            active,
            state: State::FieldStart,
            due: Vec::new(),
            given: 0,
        }
    }

    /// Changes one byte, and puts what comes of it behind the bytes that are due.
    fn take(&mut self, byte: u8) {
        let ends_field = byte == self.separator || byte == b'\n' || byte == b'\r';
        if self.state == State::Escaped {
            match byte {
                b'"' => self.due.extend(b"\"\""),
                b'\\' => self.due.push(b'\\'),
                _ => self.due.extend([b'\\', byte]),
            }
            self.state = State::Quoted;
            return;
        }
        self.state = match (self.state, byte) {
            (State::Quoted, b'\\') => {
                self.state = State::Escaped;
                return; // given with the next byte
            }
            (State::Quoted, b'"') => State::Quote,
            (State::Quoted, _) | (State::Quote, b'"') | (State::FieldStart, b'"') => State::Quoted,
            _ if ends_field => State::FieldStart,
            _ => State::Unquoted,
        };
        self.due.push(byte);
    }
}

impl<R: Read> Read for BackslashQuotes<R> {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        if !self.active {
            return self.text.read(buffer);
        }
        while self.given == self.due.len() {
            self.due.clear();
            self.given = 0;
            let chunk = self.text.fill_buf()?.to_vec();
            if chunk.is_empty() {
                if self.state != State::Escaped {
                    return Ok(0);
                }
                self.state = State::Quoted;
                self.due.push(b'\\');
                break;
            }
            self.text.consume(chunk.len());
            chunk.into_iter().for_each(|byte| self.take(byte));
        }
        let n = (self.due.len() - self.given).min(buffer.len());
        buffer[..n].copy_from_slice(&self.due[self.given..self.given + n]);
        self.given += n;
        Ok(n)
    }
}
