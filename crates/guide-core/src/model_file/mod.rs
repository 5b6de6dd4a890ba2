//! Model files: a checked header, a description that anyone can read, and one payload written by one codec.
//!
//! ```text
//! magic "GUIDEMDL" | codec u8 | version u16 | crc32 u32 | kind (u8 length) | about (u32 length, JSON) | payload (u64 length)
//! ```
//! Numbers are little-endian; the CRC32 covers all that follows it, and the version and codec before it. Blanks behind the description put
//! the payload at a multiple of 64 bytes, so that its parts can be mapped into memory.

mod codec;
mod sections;
#[cfg(test)]
mod tests;

pub use codec::{decode_payload, encode_payload};
pub use sections::{SectionNumber, SectionReader, SectionWriter};

use codec::CODEC;
use std::fs::File;
use std::io::{BufReader, Read, Write};
use std::path::Path;

use serde::{Serialize, de::DeserializeOwned};

use crate::{Error, Result};

/// What every model file begins with.
pub const MAGIC: &[u8; 8] = b"GUIDEMDL";
/// The largest description a header may hold.
const MAX_ABOUT: u32 = 1 << 20;
/// The largest payload that is read unless the caller sets another limit: 8 GiB.
pub const MAX_PAYLOAD: u64 = 8 << 30;

/// A model that is saved to and loaded from one file.
///
/// ```
/// use guide_core::{Error, Persist, Result};
/// #[derive(serde::Serialize, serde::Deserialize)]
/// struct Line { slope: f32, shift: f32 }
/// impl Persist for Line {
///     const KIND: &'static str = "line";
///     const VERSION: u16 = 1;
///     fn check(&self) -> Result<()> {
///         let finite = self.slope.is_finite() && self.shift.is_finite();
///         if finite { Ok(()) } else { Err(Error::decode(Self::KIND, "it is not finite")) }
///     }
/// }
///
/// # let folder = tempfile::tempdir().unwrap();
/// # let path = folder.path().join("line.model");
/// Line { slope: 2.0, shift: 0.5 }.save(&path)?;
/// assert_eq!(Line::load(&path)?.slope, 2.0);
/// # Ok::<(), Error>(())
/// ```
pub trait Persist: Serialize + DeserializeOwned {
    /// What the file holds, for example `"svd"`.
    const KIND: &'static str;
    /// From 1, raised by every change of a field; older versions stay readable through [`Persist::decode`].
    const VERSION: u16;

    /// Parameters and sizes as JSON, for people who inspect the file.
    fn about(&self) -> serde_json::Value {
        serde_json::Value::Null
    }

    /// Checks that the parts of a decoded model fit together, so that no later index can fail.
    ///
    /// # Errors
    /// [`Error::Decode`] with what does not fit.
    fn check(&self) -> Result<()>;

    /// Decodes a payload of `version`.
    ///
    /// # Errors
    /// [`Error::Version`] for one that cannot be read, [`Error::Decode`] for one that does not hold this model.
    fn decode(version: u16, payload: &[u8]) -> Result<Self> {
        if version == Self::VERSION {
            decode_payload(Self::KIND, payload)
        } else {
            Err(Error::Version {
                kind: Self::KIND.to_owned(),
                found: version,
                supported: Self::VERSION,
            })
        }
    }

    /// The payload of [`Persist::VERSION`].
    ///
    /// # Errors
    /// [`Error::Decode`] for a model that the codec cannot hold.
    fn encode(&self) -> Result<Vec<u8>> {
        encode_payload(Self::KIND, self)
    }

    /// Writes the model.
    ///
    /// # Errors
    /// [`Error::Decode`] for a model that the codec cannot hold, [`Error::Memory`] for a description above 1 MiB or a
    /// payload above [`MAX_PAYLOAD`] (which no reader would take), [`Error::Io`] from the writer.
    fn write_to(&self, writer: &mut dyn Write) -> Result<()> {
        let payload = self.encode()?;
        let about = self.about().to_string();
        write_parts(writer, Self::KIND, Self::VERSION, &about, &payload)
    }

    /// Reads a model of at most [`MAX_PAYLOAD`] bytes.
    ///
    /// # Errors
    /// What [`Persist::read_limited`] gives.
    fn read_from(reader: &mut dyn Read) -> Result<Self> {
        Self::read_limited(reader, MAX_PAYLOAD)
    }

    /// Reads a model whose payload has at most `max_bytes` bytes. Memory grows with the bytes that are there, not with
    /// what the header claims.
    ///
    /// # Errors
    /// [`Error::NotAModel`], [`Error::Codec`], [`Error::Kind`], [`Error::Version`], [`Error::Memory`], [`Error::Length`],
    /// [`Error::Checksum`], [`Error::Decode`], or [`Error::Io`] from the reader.
    fn read_limited(reader: &mut dyn Read, max_bytes: u64) -> Result<Self> {
        let (header, crc) = read_header(reader)?;
        if header.kind != Self::KIND {
            return Err(Error::Kind {
                expected: Self::KIND.to_owned(),
                found: header.kind,
            });
        }
        if header.version > Self::VERSION {
            let (kind, found) = (header.kind, header.version);
            return Err(Error::Version {
                kind,
                found,
                supported: Self::VERSION,
            });
        }
        let payload = read_payload(reader, &header, crc, max_bytes)?;
        let model = Self::decode(header.version, &payload)?;
        model.check()?;
        Ok(model)
    }

    /// Saves to `path`: written to a temporary file beside it, synced, then renamed, so that no half-written file remains.
    ///
    /// # Errors
    /// [`Error::Io`] with the path.
    fn save(&self, path: impl AsRef<Path>) -> Result<()> {
        let path = path.as_ref();
        write_atomically(path, |file| self.write_to(file))
    }

    /// Loads from `path`.
    ///
    /// # Errors
    /// Those of [`Persist::read_limited`] in an [`Error::File`] with the path; [`Error::Io`] with the path.
    fn load(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let file = File::open(path).map_err(|source| Error::io(path, source))?;
        Self::read_from(&mut BufReader::new(file)).map_err(|error| of_file(error, path))
    }
}

/// What the header of a model file says.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Header {
    /// What the file holds.
    pub kind: String,
    /// The version of its layout.
    pub version: u16,
    /// The codec of the payload.
    pub codec: u8,
    /// Parameters and sizes, as the model described itself.
    pub about: serde_json::Value,
    /// Bytes of the payload.
    pub payload_bytes: u64,
    /// CRC32 of all that follows it.
    pub checksum: u32,
}

/// Reads the header of the model file at `path` and verifies its checksum, whatever kind of model it holds.
///
/// # Errors
/// As [`Persist::load`], but for the kind and the payload's meaning.
///
/// ```
/// use guide_core::{Persist, Result, model_file};
/// #[derive(serde::Serialize, serde::Deserialize)]
/// struct Line(Vec<u8>);
/// impl Persist for Line {
///     const KIND: &'static str = "line";
///     const VERSION: u16 = 1;
///     fn about(&self) -> serde_json::Value { serde_json::json!({ "points": self.0.len() }) }
///     fn check(&self) -> Result<()> { Ok(()) }
/// }
///
/// # let folder = tempfile::tempdir().unwrap();
/// # let path = folder.path().join("line.model");
/// Line(vec![7, 8]).save(&path)?;
/// let header = model_file::inspect(&path)?;
/// assert_eq!((header.kind.as_str(), header.version), ("line", 1));
/// assert_eq!(header.about["points"], 2);
/// assert_eq!(header.payload_bytes, 3); // the length, then the two numbers
/// # Ok::<(), guide_core::Error>(())
/// ```
pub fn inspect(path: impl AsRef<Path>) -> Result<Header> {
    let path = path.as_ref();
    let file = File::open(path).map_err(|source| Error::io(path, source))?;
    let mut reader = BufReader::new(file);
    let inspected = read_header(&mut reader).and_then(|(header, crc)| {
        read_payload(&mut reader, &header, crc, MAX_PAYLOAD)?;
        Ok(header)
    });
    inspected.map_err(|error| of_file(error, path))
}

/// Writes a whole file around `payload`.
pub(crate) fn write_parts(
    writer: &mut dyn Write,
    kind: &str,
    version: u16,
    about: &str,
    payload: &[u8],
) -> Result<()> {
    let part = |part: &str| format!("the {part} of a `{kind}` model file");
    // The head, the lengths of kind, description and payload, and the kind.
    let others = 15 + 1 + 4 + 8 + kind.len();
    let aligned = (others + about.len()).next_multiple_of(sections::ALIGNMENT) - others;
    let mut about = about.to_owned();
    if aligned <= MAX_ABOUT as usize {
        about.push_str(&" ".repeat(aligned - about.len()));
    }
    ensure_at_most(part("kind"), kind.len() as u64, u64::from(u8::MAX))?;
    ensure_at_most(part("description"), about.len() as u64, MAX_ABOUT.into())?;
    ensure_at_most(part("payload"), payload.len() as u64, MAX_PAYLOAD)?;
    let mut body = Vec::with_capacity(kind.len() + about.len() + 13);
    body.push(kind.len() as u8);
    body.extend_from_slice(kind.as_bytes());
    body.extend_from_slice(&(about.len() as u32).to_le_bytes());
    body.extend_from_slice(about.as_bytes());
    body.extend_from_slice(&(payload.len() as u64).to_le_bytes());

    let mut crc = start_checksum(CODEC, version);
    crc.update(&body);
    crc.update(payload);
    let mut head = MAGIC.to_vec();
    head.push(CODEC);
    head.extend_from_slice(&version.to_le_bytes());
    head.extend_from_slice(&crc.finalize().to_le_bytes());
    [&head, &body, payload]
        .into_iter()
        .try_for_each(|part| writer.write_all(part))
        .map_err(|source| Error::io(Path::new("<writer>"), source))
}

/// What reading would refuse is not written either.
fn ensure_at_most(what: String, needed: u64, limit: u64) -> Result<()> {
    if needed <= limit {
        Ok(())
    } else {
        Err(Error::Memory {
            what,
            needed,
            limit,
        })
    }
}

/// Lets `write` fill a temporary file beside `path`, syncs it and renames it to `path`; on an error nothing is left.
///
/// # Errors
/// [`Error::Io`] with the path, or what `write` gives.
///
/// ```
/// use guide_core::{Error, model_file::write_atomically};
/// # let folder = tempfile::tempdir().unwrap();
/// # let path = folder.path().join("note.txt");
/// let io = |source| Error::io(&path, source);
/// write_atomically(&path, |file| file.write_all(b"old").map_err(io))?;
/// let failed = write_atomically(&path, |file| {
///     file.write_all(b"new, but half").map_err(io)?;
///     Err(Error::empty("the other half"))
/// });
/// assert!(failed.is_err());
/// assert_eq!(std::fs::read(&path).map_err(io)?, b"old");
/// # Ok::<(), Error>(())
/// ```
pub fn write_atomically(
    path: &Path,
    write: impl FnOnce(&mut dyn Write) -> Result<()>,
) -> Result<()> {
    let io = |source| Error::io(path, source);
    // A device or a pipe would be replaced by the file.
    if std::fs::metadata(path).is_ok_and(|about| !about.is_file() && !about.is_dir()) {
        let reason = "there is something that is no regular file, which would be replaced";
        return Err(io(std::io::Error::new(
            std::io::ErrorKind::InvalidInput,
            reason,
        )));
    }
    let mut builder = tempfile::Builder::new();
    // Temporary files are private unless told; this one is to be a file like any other, as the umask allows.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let mut file = builder.tempfile_in(folder_of(path)).map_err(io)?;
    let mut buffer = std::io::BufWriter::new(file.as_file_mut());
    write(&mut buffer).map_err(|error| match error {
        Error::Io { cause, .. } => io(cause),
        other => other,
    })?;
    buffer.flush().map_err(io)?;
    drop(buffer);
    file.as_file().sync_all().map_err(io)?;
    file.persist(path).map_err(|error| io(error.error))?;
    sync_folder(path)
}

/// Makes a file's place in its folder outlive a power cut, after it was made or renamed. Only Unix has a way; elsewhere this does nothing.
///
/// # Errors
/// [`Error::Io`] with the path.
pub fn sync_folder(path: &Path) -> Result<()> {
    match cfg!(unix) {
        true => File::open(folder_of(path))
            .and_then(|folder| folder.sync_all())
            .map_err(|source| Error::io(path, source)),
        false => Ok(()),
    }
}

fn folder_of(path: &Path) -> &Path {
    let folder = path.parent();
    let folder = folder.filter(|folder| !folder.as_os_str().is_empty());
    folder.unwrap_or(Path::new("."))
}

/// The checksum of what stands before it.
fn start_checksum(codec: u8, version: u16) -> crc32fast::Hasher {
    let mut crc = crc32fast::Hasher::new();
    crc.update(&[codec]);
    crc.update(&version.to_le_bytes());
    crc
}

/// The header, and the checksum up to the payload.
fn read_header(reader: &mut dyn Read) -> Result<(Header, crc32fast::Hasher)> {
    let not_a_model = |reason: &str| Error::NotAModel {
        reason: reason.to_owned(),
    };
    let mut head = Vec::new();
    take(reader, 15, &mut head)?;
    if head.len() < 15 {
        return Err(not_a_model(&format!("only {} bytes", head.len())));
    }
    if &head[..8] != MAGIC {
        return Err(not_a_model("it does not begin with GUIDEMDL"));
    }
    let codec = head[8];
    if codec != CODEC {
        return Err(Error::Codec {
            found: codec,
            supported: CODEC,
        });
    }
    let version = u16::from_le_bytes([head[9], head[10]]);
    if version == 0 {
        return Err(not_a_model("its version is 0, and versions begin at 1"));
    }
    let checksum = u32::from_le_bytes([head[11], head[12], head[13], head[14]]);
    let mut crc = start_checksum(codec, version);
    let mut field = |len: u64| -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        take(reader, len, &mut bytes)?;
        if bytes.len() as u64 != len {
            return Err(not_a_model("the header is cut off"));
        }
        crc.update(&bytes);
        Ok(bytes)
    };
    let kind_len = u64::from(field(1)?[0]);
    let kind =
        String::from_utf8(field(kind_len)?).map_err(|_| not_a_model("its kind is not UTF-8"))?;
    let about_len = field(4)?;
    let about_len = u32::from_le_bytes([about_len[0], about_len[1], about_len[2], about_len[3]]);
    if about_len > MAX_ABOUT {
        return Err(not_a_model(&format!(
            "its description claims {about_len} bytes"
        )));
    }
    let about = serde_json::from_slice(&field(u64::from(about_len))?)
        .map_err(|reason| not_a_model(&format!("its description is not JSON: {reason}")))?;
    let mut payload_len = [0; 8];
    payload_len.copy_from_slice(&field(8)?);
    let payload_bytes = u64::from_le_bytes(payload_len);
    Ok((
        Header {
            kind,
            version,
            codec,
            about,
            payload_bytes,
            checksum,
        },
        crc,
    ))
}

/// The payload, once its length and checksum hold.
fn read_payload(
    reader: &mut dyn Read,
    header: &Header,
    mut crc: crc32fast::Hasher,
    max_bytes: u64,
) -> Result<Vec<u8>> {
    let expected = header.payload_bytes;
    ensure_at_most(format!("`{}` model file", header.kind), expected, max_bytes)?;
    let mut payload = Vec::new();
    take(reader, expected.saturating_add(1), &mut payload)?;
    if payload.len() as u64 != expected {
        return Err(Error::Length {
            expected,
            found: payload.len() as u64,
        });
    }
    crc.update(&payload);
    let found = crc.finalize();
    if found == header.checksum {
        Ok(payload)
    } else {
        Err(Error::Checksum {
            expected: header.checksum,
            found,
        })
    }
}

/// Appends at most `len` bytes: fewer where the reader ends.
fn take(reader: &mut dyn Read, len: u64, bytes: &mut Vec<u8>) -> Result<()> {
    reader
        .take(len)
        .read_to_end(bytes)
        .map_err(|source| Error::io(Path::new("<reader>"), source))?;
    Ok(())
}

/// Names the file in an error that came from a bare reader.
fn of_file(error: Error, path: &Path) -> Error {
    match error {
        Error::Io { cause, .. } => Error::io(path, cause),
        other => Error::File {
            path: path.to_owned(),
            cause: Box::new(other),
        },
    }
}
