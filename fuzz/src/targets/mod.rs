//! The targets: what each reads, and what must hold of what it read.

mod answers;
mod catalogue;
mod events;
mod labelled;
mod labelled_pictures;
mod models;
mod pictures;
mod query;
mod ratings;
mod tagged;
mod vectors;

use std::path::{Path, PathBuf};

use anyhow::Context;

/// Whether a reader took an input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// It was read, and all that must hold does.
    Accepted,
    /// The reader returned an error, as it should for an input that is broken.
    Refused,
}

/// A reader under test.
pub trait Target {
    /// Inputs from which others are made: small ones, each of another kind.
    fn corpus(&self) -> &[Vec<u8>];

    /// Texts that mean something to this reader.
    fn tokens(&self) -> &'static [&'static [u8]] {
        &[]
    }

    /// The input whose content is `bytes`, made from the corpus input number `from`: with the checksums of its format put right
    /// if `repair` is true, because most changes would otherwise be refused for the checksum alone.
    fn seal(&self, from: usize, bytes: Vec<u8>, repair: bool) -> Vec<u8> {
        let _ = (from, repair);
        bytes
    }

    /// Reads `input` and uses what was read. A panic, too much time and too much memory are found by the caller.
    ///
    /// # Errors
    /// What does not hold.
    fn check(&self, input: &[u8]) -> Result<Reading, String>;
}

/// Makes a target that writes its files into a folder.
type Open = fn(&Path) -> anyhow::Result<Box<dyn Target>>;

/// All targets by name. The slowest to prepare come first.
pub const TARGETS: &[(&str, Open)] = &[
    ("models", |_| Ok(Box::new(models::Models::new()?))),
    ("query", |_| Ok(Box::new(query::Queries::new()?))),
    ("catalogue", |scratch| {
        Ok(Box::new(catalogue::Catalogues::new(scratch)))
    }),
    ("events", |scratch| Ok(Box::new(events::Logs::new(scratch)))),
    ("ratings", |scratch| {
        Ok(Box::new(ratings::Ratings::new(scratch)))
    }),
    ("labelled", |scratch| {
        Ok(Box::new(labelled::Tables::new(scratch)))
    }),
    ("tagged", |scratch| {
        Ok(Box::new(tagged::Folders::new(scratch)?))
    }),
    ("vectors", |scratch| {
        Ok(Box::new(vectors::WordVectorFiles::new(scratch)?))
    }),
    ("pictures", |scratch| {
        Ok(Box::new(pictures::Pictures::new(scratch)?))
    }),
    ("labelled-pictures", |scratch| {
        Ok(Box::new(labelled_pictures::LabelledPictures::new(scratch)?))
    }),
];

/// The target called `name`.
///
/// # Errors
/// If there is none, or it cannot be prepared.
pub fn open(name: &str, scratch: &Path) -> anyhow::Result<Box<dyn Target>> {
    let found = TARGETS.iter().find(|(known, _)| *known == name);
    let (_, open) = found.with_context(|| format!("no target `{name}`"))?;
    open(scratch).with_context(|| format!("{name} cannot be prepared"))
}

/// The name of a target as it stands in [`TARGETS`].
///
/// # Errors
/// If there is none, with all names.
pub fn known(name: &str) -> anyhow::Result<&'static str> {
    let mut names = TARGETS.iter().map(|(known, _)| *known);
    let all = names.clone().collect::<Vec<_>>().join(", ");
    names
        .find(|known| *known == name)
        .with_context(|| format!("no target `{name}`; known: {all}"))
}

/// One of several ways to read, chosen by the input itself, so that a failing input can be replayed from its file alone.
fn choice(input: &[u8], n: usize) -> usize {
    crc32fast::hash(input) as usize % n
}

/// A file in the scratch folder that holds each input in turn.
struct ScratchFile(PathBuf);

impl ScratchFile {
    fn new(scratch: &Path, name: &str) -> Self {
        Self(scratch.join(name))
    }

    /// The path of a file that holds `input`.
    fn with(&self, input: &[u8]) -> Result<&Path, String> {
        std::fs::write(&self.0, input)
            .map_err(|reason| format!("{}: {reason}", self.0.display()))?;
        Ok(&self.0)
    }
}

/// `text` as UTF-16 with a byte order mark, as Excel writes it.
fn utf_16(text: &str) -> Vec<u8> {
    let units = std::iter::once(0xfeff).chain(text.encode_utf16());
    units.flat_map(u16::to_le_bytes).collect()
}

/// `text` as a gzip file.
fn gzip(text: &[u8]) -> Vec<u8> {
    use std::io::Write;
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    // Writing to memory does not fail.
    let _ = encoder.write_all(text);
    encoder.finish().unwrap_or_default()
}

/// Refuses a number that is NaN or infinite.
fn finite(what: &str, number: impl Into<f64>) -> Result<(), String> {
    let number = number.into();
    match number.is_finite() {
        true => Ok(()),
        false => Err(format!("{what} is {number}")),
    }
}
