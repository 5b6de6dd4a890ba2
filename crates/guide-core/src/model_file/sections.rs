//! A payload of named sections, so that one part of a model is found, read or replaced without the rest.
//!
//! ```text
//! count u32 | for each section: name (u8 length) | start u64 | length u64 | then the sections, each at a multiple of 64 bytes
//! ```
//! Starts count from the first byte of the payload, which itself lies at a multiple of 64 bytes in a model file. Arrays are raw little-endian
//! numbers, so that they can be mapped into memory; small values are written by the codec of all payloads.

use serde::{Serialize, de::DeserializeOwned};

use super::{decode_payload, encode_payload};
use crate::{Error, Result};

/// Where sections begin: at multiples of a cache line.
pub(super) const ALIGNMENT: usize = 64;
/// More sections than any model has.
const MOST_SECTIONS: u32 = 1 << 12;

/// A number of an array section.
pub trait SectionNumber: Copy + private::Number {}

mod private {
    /// How a number is written.
    pub trait Number: Sized {
        const BYTES: usize;
        fn put(self, bytes: &mut Vec<u8>);
        fn take(bytes: &[u8]) -> Self;
    }
}

macro_rules! number {
    ($($of:ty),+) => {$(
        impl private::Number for $of {
            const BYTES: usize = size_of::<$of>();

            fn put(self, bytes: &mut Vec<u8>) {
                bytes.extend_from_slice(&self.to_le_bytes());
            }

            fn take(bytes: &[u8]) -> Self {
                <[u8; size_of::<$of>()]>::try_from(bytes).map_or(Self::default(), Self::from_le_bytes)
            }
        }

        impl SectionNumber for $of {}
    )+};
}

number!(u8, u32, u64, i64, f32);

/// Collects the sections of a payload.
///
/// ```
/// use guide_core::model_file::{SectionReader, SectionWriter};
/// let mut sections = SectionWriter::new("shop");
/// sections.value("name", &"corner")?;
/// sections.array("prices", &[1.5_f32, 2.0]);
/// let payload = sections.finish();
/// let sections = SectionReader::new("shop", &payload)?;
/// assert_eq!(sections.array::<f32>("prices")?, [1.5, 2.0]);
/// assert_eq!(sections.value::<String>("name")?, "corner");
/// assert!(!sections.has("colours"));
/// # Ok::<(), guide_core::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct SectionWriter {
    kind: &'static str,
    sections: Vec<(String, Vec<u8>)>,
}

impl SectionWriter {
    /// No section yet, of a model of this kind.
    pub fn new(kind: &'static str) -> Self {
        Self {
            kind,
            sections: Vec::new(),
        }
    }

    /// Adds a section of bytes.
    ///
    /// # Panics
    /// If the name is longer than 255 bytes or is taken: names are part of the program, not of its input.
    pub fn bytes(&mut self, name: &str, bytes: Vec<u8>) {
        assert!(name.len() <= usize::from(u8::MAX), "section `{name}`");
        let is_new = self.sections.iter().all(|(known, _)| known != name);
        assert!(is_new, "two sections `{name}`");
        self.sections.push((name.to_owned(), bytes));
    }

    /// Adds a value, as the codec writes it.
    ///
    /// # Errors
    /// [`Error::Decode`] for a value that the codec cannot hold.
    pub fn value<T: Serialize>(&mut self, name: &str, value: &T) -> Result<()> {
        let bytes = encode_payload(self.kind, value)?;
        self.bytes(name, bytes);
        Ok(())
    }

    /// Adds an array of numbers.
    pub fn array<T: SectionNumber>(&mut self, name: &str, numbers: &[T]) {
        let mut bytes = Vec::with_capacity(numbers.len() * T::BYTES);
        numbers.iter().for_each(|number| number.put(&mut bytes));
        self.bytes(name, bytes);
    }

    /// The payload.
    pub fn finish(self) -> Vec<u8> {
        let names = self.sections.iter().map(|(name, _)| name.len() + 17);
        let mut start = (4 + names.sum::<usize>()).next_multiple_of(ALIGNMENT);
        let mut payload = (self.sections.len() as u32).to_le_bytes().to_vec();
        for (name, bytes) in &self.sections {
            payload.push(name.len() as u8);
            payload.extend_from_slice(name.as_bytes());
            payload.extend_from_slice(&(start as u64).to_le_bytes());
            payload.extend_from_slice(&(bytes.len() as u64).to_le_bytes());
            start = (start + bytes.len()).next_multiple_of(ALIGNMENT);
        }
        payload.reserve_exact(start.saturating_sub(payload.len()));
        for (_, bytes) in self.sections {
            payload.resize(payload.len().next_multiple_of(ALIGNMENT), 0);
            payload.extend_from_slice(&bytes);
        }
        payload
    }
}

/// Finds the sections of a payload.
#[derive(Clone, Debug)]
pub struct SectionReader<'p> {
    kind: &'static str,
    sections: Vec<(&'p str, &'p [u8])>,
}

impl<'p> SectionReader<'p> {
    /// Reads the table of a payload of a model of this kind.
    ///
    /// # Errors
    /// [`Error::Decode`] for a table that is cut off, or a section that lies outside the payload or stands twice.
    pub fn new(kind: &'static str, payload: &'p [u8]) -> Result<Self> {
        let mut rest = payload;
        let cut_off = || Error::decode(kind, "the table of its sections is cut off");
        let mut take = |len: usize| {
            let (taken, left) = rest.split_at_checked(len).ok_or_else(cut_off)?;
            rest = left;
            Ok::<_, Error>(taken)
        };
        let count = <u32 as private::Number>::take(take(4)?);
        if count > MOST_SECTIONS {
            return Err(Error::decode(kind, format!("it claims {count} sections")));
        }
        let mut sections: Vec<(&str, &[u8])> = Vec::new();
        for _ in 0..count {
            let name_len = usize::from(take(1)?[0]);
            let name = std::str::from_utf8(take(name_len)?)
                .map_err(|_| Error::decode(kind, "the name of a section is not UTF-8"))?;
            let mut number = || Ok::<_, Error>(<u64 as private::Number>::take(take(8)?) as usize);
            let (start, len) = (number()?, number()?);
            let end = start.checked_add(len);
            let bytes = end.and_then(|end| payload.get(start..end));
            let bytes = bytes.ok_or_else(|| {
                let reason = format!("section `{name}` of {len} bytes at {start} lies outside");
                Error::decode(kind, reason)
            })?;
            if sections.iter().any(|(known, _)| *known == name) {
                let reason = format!("section `{name}` stands twice");
                return Err(Error::decode(kind, reason));
            }
            sections.push((name, bytes));
        }
        Ok(Self { kind, sections })
    }

    /// The names and sizes of all sections, in the order of the file.
    pub fn names(&self) -> impl Iterator<Item = (&'p str, usize)> {
        self.sections
            .iter()
            .map(|(name, bytes)| (*name, bytes.len()))
    }

    /// Whether there is a section called `name`.
    pub fn has(&self, name: &str) -> bool {
        self.sections.iter().any(|(known, _)| *known == name)
    }

    /// The bytes of a section.
    ///
    /// # Errors
    /// [`Error::Decode`] if no section has this name.
    pub fn bytes(&self, name: &str) -> Result<&'p [u8]> {
        let found = self.sections.iter().find(|(known, _)| *known == name);
        let missing = || Error::decode(self.kind, format!("section `{name}` is missing"));
        found.map(|&(_, bytes)| bytes).ok_or_else(missing)
    }

    /// A value that the codec wrote.
    ///
    /// # Errors
    /// [`Error::Decode`] if it is missing or of another type.
    pub fn value<T: DeserializeOwned>(&self, name: &str) -> Result<T> {
        decode_payload(self.kind, self.bytes(name)?)
    }

    /// An array of numbers.
    ///
    /// # Errors
    /// [`Error::Decode`] if it is missing or not a whole number of them.
    pub fn array<T: SectionNumber>(&self, name: &str) -> Result<Vec<T>> {
        let bytes = self.bytes(name)?;
        if !bytes.len().is_multiple_of(T::BYTES) {
            let reason = format!(
                "section `{name}` has {} bytes, not numbers of {}",
                bytes.len(),
                T::BYTES
            );
            return Err(Error::decode(self.kind, reason));
        }
        Ok(bytes.chunks_exact(T::BYTES).map(T::take).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn payload() -> Vec<u8> {
        let mut sections = SectionWriter::new("test");
        sections.array("small", &[1_u8, 2, 3]);
        sections.array("wide", &[u64::MAX, 7]);
        sections.array::<i64>("none", &[]);
        sections.value("pair", &(5_u32, "x")).unwrap();
        sections.finish()
    }

    #[test]
    fn sections_come_back_and_are_aligned() {
        let payload = payload();
        let read = SectionReader::new("test", &payload).unwrap();
        assert_eq!(read.array::<u8>("small").unwrap(), [1, 2, 3]);
        assert_eq!(read.array::<u64>("wide").unwrap(), [u64::MAX, 7]);
        assert!(read.array::<i64>("none").unwrap().is_empty());
        assert_eq!(
            read.value::<(u32, String)>("pair").unwrap(),
            (5, "x".into())
        );
        for name in ["small", "wide", "none", "pair"] {
            let start = read.bytes(name).unwrap().as_ptr() as usize - payload.as_ptr() as usize;
            assert_eq!(start % ALIGNMENT, 0, "{name}");
        }
        let refused = |name, of: fn(&SectionReader<'_>, &str) -> Result<()>| {
            of(&read, name).unwrap_err().to_string()
        };
        let array = |read: &SectionReader<'_>, name: &str| read.array::<u32>(name).map(|_| ());
        assert_eq!(
            refused("small", array),
            "cannot decode `test`: section `small` has 3 bytes, not numbers of 4"
        );
        assert_eq!(
            refused("large", array),
            "cannot decode `test`: section `large` is missing"
        );
    }

    #[test]
    fn a_damaged_table_is_refused() {
        let good = payload();
        for len in 0..80 {
            assert!(SectionReader::new("test", &good[..len]).is_err(), "{len}");
        }
        let error = |payload: &[u8]| SectionReader::new("test", payload).unwrap_err().to_string();
        let mut many = good.clone();
        many[2] = 9;
        assert!(error(&many).ends_with("it claims 589828 sections"));
        // The length of the first section: behind the count, the length of its name, the name, and its start.
        let mut long = good.clone();
        long[4 + 1 + 5 + 8 + 7] = 0xff;
        assert!(error(&long).contains("section `small`"), "{}", error(&long));
        let mut twice = SectionWriter::new("test");
        twice.array("a", &[1_u8]);
        twice.array("b", &[1_u8]);
        let mut twice = twice.finish();
        let second = twice.iter().position(|&byte| byte == b'b').unwrap();
        twice[second] = b'a';
        assert!(error(&twice).ends_with("section `a` stands twice"));
    }
}
