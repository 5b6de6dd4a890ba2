//! Finds the encoding of a text and decodes it to UTF-8.

use std::io::{BufRead, Read};

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};
use encoding_rs_io::{DecodeReaderBytes, DecodeReaderBytesBuilder};
use memchr::{memchr, memchr_iter};

use super::TableSource;
use crate::{Error, Result};

/// Bytes read at once.
const CHUNK: usize = 1 << 17;
/// Bytes with characters beyond ASCII that the guess looks at. More cost time and change no guess.
const GUESSED_FROM: usize = 1 << 22;
/// Bytes at the start in which UTF-16 without a byte-order mark is looked for.
const UTF_16_SAMPLE: usize = 1 << 12;
/// Decoded bytes at the start that tell the separator.
const START: usize = 1 << 16;

/// How the encoding of a text is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum KnownBy {
    /// The caller said it.
    Said,
    /// The text begins with a byte-order mark.
    Mark,
    /// All bytes are valid UTF-8.
    Valid,
    /// At least half of the characters beyond ASCII are valid UTF-8. The others are read as windows-1252, row by row.
    Majority,
    /// Guessed from the bytes. The number is the first line that is not UTF-8, or 1 for UTF-16.
    Guess(u64),
}

/// Text as UTF-8. Bytes that are not valid in the encoding become U+FFFD, except in UTF-8 itself, which is handed on as it is.
pub struct DecodedText<'s>(DecodeReaderBytes<Box<dyn BufRead + 's>, Vec<u8>>);

impl<'s> DecodedText<'s> {
    /// The text of `source` in `encoding`, without a byte-order mark.
    ///
    /// # Errors
    /// Those of [`TableSource::open`].
    pub(super) fn open(source: &'s TableSource, encoding: &'static Encoding) -> Result<Self> {
        let said = (encoding != UTF_8).then_some(encoding);
        let mut builder = DecodeReaderBytesBuilder::new();
        builder
            .encoding(said)
            .bom_override(true)
            .strip_bom(true)
            .utf8_passthru(true);
        let text = builder
            .build_with_buffer(source.open()?, vec![0; CHUNK])
            .map_err(|reason| Error::io(source.path(), std::io::Error::other(reason)))?;
        Ok(Self(text))
    }

    /// The text of `source` in the encoding of `label`; without one it must be UTF-8, which is not checked here.
    ///
    /// # Errors
    /// [`Error::Param`] for a label that is not known; those of [`TableSource::open`].
    pub fn labelled(source: &'s TableSource, label: Option<&str>) -> Result<Self> {
        Self::open(source, label.map_or(Ok(UTF_8), labelled)?)
    }
}

impl Read for DecodedText<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        self.0.read(buffer)
    }
}

/// The encoding of a label.
fn labelled(label: &str) -> Result<&'static Encoding> {
    // Python's spelling of a label that the standard knows as `latin1`.
    let plain = if label.eq_ignore_ascii_case("latin-1") {
        "latin1"
    } else {
        label
    };
    let known = Encoding::for_label_no_replacement(plain.as_bytes());
    known.ok_or_else(|| {
        let expected = "a label of the Encoding Standard, such as utf-8, windows-1252, gbk, big5, shift_jis or utf-16le";
        Error::param("encoding", label, expected)
    })
}

/// The name of the encoding that a text which is not UTF-8 most likely has, for messages.
///
/// # Errors
/// Those of [`TableSource::open`].
pub fn likely_encoding(source: &TableSource) -> Result<&'static str> {
    Ok(Survey::of(source, None)?.encoding.name())
}

/// What one pass over a text found out.
pub(super) struct Survey<'s> {
    source: &'s TableSource,
    pub(super) encoding: &'static Encoding,
    pub(super) known_by: KnownBy,
    /// Whether a backslash stands before a quote that does not end a field.
    pub(super) escaped_quotes: bool,
    /// The decoded start of the text.
    pub(super) start: Vec<u8>,
    /// Whether `start` is the whole text.
    pub(super) is_whole: bool,
}

impl<'s> Survey<'s> {
    /// Reads `source` once. The encoding is that of `label`, if one is given.
    pub(super) fn of(source: &'s TableSource, label: Option<&str>) -> Result<Self> {
        let said = label.map(labelled).transpose()?;
        let counts = Counts::of(source)?;
        let (encoding, known_by) = match (said, counts.mark) {
            (Some(said), Some(mark)) if said != mark => {
                let expected = format!(
                    "{}, whose byte-order mark begins {}",
                    mark.name(),
                    source.path().display()
                );
                return Err(Error::param("encoding", said.name(), expected));
            }
            (Some(said), _) => (said, KnownBy::Said),
            (None, Some(mark)) => (mark, KnownBy::Mark),
            (None, None) => match counts.without_mark() {
                Some(utf_16) => (utf_16, KnownBy::Guess(1)),
                None if counts.invalid == 0 => (UTF_8, KnownBy::Valid),
                None if counts.valid >= counts.invalid => (UTF_8, KnownBy::Majority),
                None => (guess(source)?, KnownBy::Guess(counts.first_invalid_line)),
            },
        };
        let mut start = Vec::new();
        let text = DecodedText::open(source, encoding)?;
        let read = text.take(START as u64).read_to_end(&mut start);
        read.map_err(|reason| Error::io(source.path(), reason))?;
        Ok(Self {
            source,
            encoding,
            known_by,
            escaped_quotes: counts.escaped_quotes.found,
            is_whole: start.len() < START,
            start,
        })
    }

    /// The text, from the start.
    pub(super) fn text(&self) -> Result<DecodedText<'s>> {
        DecodedText::open(self.source, self.encoding)
    }

    /// The source that was read.
    pub(super) fn source(&self) -> &'s TableSource {
        self.source
    }
}

/// Counts over all bytes of a text.
#[derive(Default)]
struct Counts {
    mark: Option<&'static Encoding>,
    /// Characters of several bytes that are valid UTF-8.
    valid: u64,
    /// Byte sequences that are not UTF-8.
    invalid: u64,
    first_invalid_line: u64,
    /// Bytes of the sample that are zero, at even and at odd places.
    zeros: [usize; 2],
    sample: usize,
    escaped_quotes: EscapedQuotes,
}

impl Counts {
    fn of(source: &TableSource) -> Result<Self> {
        let io = |reason| Error::io(source.path(), reason);
        let mut text = source.open()?;
        let mut counts = Self::default();
        let mut buffer = Vec::with_capacity(CHUNK + 4);
        let mut line = 1;
        loop {
            let carried = buffer.len(); // the first bytes of a character that the chunk before cut
            let n = (&mut text)
                .take(CHUNK as u64)
                .read_to_end(&mut buffer)
                .map_err(io)?;
            if counts.sample == 0 {
                counts.look_at_start(&buffer);
            }
            counts.escaped_quotes.look_at(&buffer[carried..]);
            let rest = counts.look_at(&buffer, n == 0, line);
            line += memchr_iter(b'\n', &buffer[carried..]).count() as u64;
            let rest = buffer.len() - rest;
            buffer.drain(..rest);
            if n == 0 {
                return Ok(counts);
            }
        }
    }

    fn look_at_start(&mut self, bytes: &[u8]) {
        self.mark = Encoding::for_bom(bytes).map(|(encoding, _)| encoding);
        let sample = &bytes[..bytes.len().min(UTF_16_SAMPLE)];
        self.sample = sample.len();
        for (at, _) in sample.iter().enumerate().filter(|(_, byte)| **byte == 0) {
            self.zeros[at % 2] += 1;
        }
    }

    /// UTF-16 without a mark has a zero in most ASCII characters, in the same half.
    fn without_mark(&self) -> Option<&'static Encoding> {
        let [even, odd] = self.zeros;
        // Texts in Chinese have few ASCII characters, but separators and line ends at least.
        let enough = (even + odd) * 100 >= self.sample && even + odd > 2;
        match enough {
            // `一` is U+4E00, so that some zeros are in the other half.
            true if even * 4 <= odd => Some(UTF_16LE),
            true if odd * 4 <= even => Some(UTF_16BE),
            _ => None,
        }
    }

    /// Counts valid and invalid characters. Returns how many bytes at the end are a character that was cut.
    fn look_at(&mut self, bytes: &[u8], is_end: bool, line: u64) -> usize {
        let mut rest = bytes;
        loop {
            let (valid, error) = match std::str::from_utf8(rest) {
                Ok(valid) => (valid, None),
                Err(error) => {
                    let valid = std::str::from_utf8(&rest[..error.valid_up_to()]);
                    (valid.unwrap_or_default(), Some(error))
                }
            };
            if !valid.is_ascii() {
                self.valid += valid.chars().filter(|c| !c.is_ascii()).count() as u64;
            }
            let Some(error) = error else { return 0 };
            let at = error.valid_up_to();
            let Some(length) = error.error_len().or(is_end.then_some(rest.len() - at)) else {
                return rest.len() - at;
            };
            if self.invalid == 0 {
                let before = bytes.len() - rest.len() + at;
                self.first_invalid_line =
                    line + memchr_iter(b'\n', &bytes[..before]).count() as u64;
            }
            self.invalid += 1;
            rest = &rest[at + length..];
        }
    }
}

/// Looks for a backslash and a quote with text behind them: `\"` and then no quote, separator or line end.
#[derive(Default)]
struct EscapedQuotes {
    found: bool,
    /// The last bytes of the chunk before.
    tail: Vec<u8>,
}

impl EscapedQuotes {
    fn look_at(&mut self, chunk: &[u8]) {
        if self.found {
            return;
        }
        let joined = [&self.tail, &chunk[..chunk.len().min(2)]].concat();
        self.found = has_escaped_quote(&joined) || has_escaped_quote(chunk);
        self.tail = chunk[chunk.len().saturating_sub(2)..].to_vec();
    }
}

fn has_escaped_quote(bytes: &[u8]) -> bool {
    memchr_iter(b'\\', bytes).any(|at| {
        let next = |offset| bytes.get(at + offset).copied();
        next(1) == Some(b'"') && next(2).is_some_and(|byte| memchr(byte, b"\",;\t|\r\n").is_none())
    })
}

/// The encoding that fits the bytes beyond ASCII best, by frequencies of characters (chardetng). Signs alone, such as `£` and
/// `°`, tell no language: they are taken for windows-1252.
fn guess(source: &TableSource) -> Result<&'static Encoding> {
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    let mut text = source.open()?;
    let mut fed = 0;
    let mut is_used = [false; 256];
    while fed < GUESSED_FROM {
        let chunk = text
            .fill_buf()
            .map_err(|reason| Error::io(source.path(), reason))?;
        let length = chunk.len();
        if length == 0 {
            break;
        }
        if !chunk.is_ascii() {
            detector.feed(chunk, false);
            chunk
                .iter()
                .for_each(|&byte| is_used[usize::from(byte)] = true);
            fed += length;
        }
        text.consume(length);
    }
    detector.feed(&[], true);
    let beyond_ascii: Vec<u8> = (0x80..=0xff)
        .filter(|&byte| is_used[usize::from(byte)])
        .collect();
    let (signs, _) = WINDOWS_1252.decode_without_bom_handling(&beyond_ascii);
    match signs.chars().any(char::is_alphabetic) {
        true => Ok(detector.guess(None, Utf8Detection::Deny)),
        false => Ok(WINDOWS_1252),
    }
}
