//! A journal in a file.
//!
//! ```text
//! magic "GUIDEJNL" | version u16, then for each entry:
//! length u32 | crc32 of the length u32 | crc32 of the entry u32 | the entry as the codec of model files writes it
//! ```
//! The length has its own checksum. So an entry that a crash left unfinished can be distinguished from an entry with a damaged length.
//! The codec goes by position: a change of what an entry holds raises the version.

use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use guide_core::model_file::{decode_payload, encode_payload, sync_folder, write_atomically};
use guide_core::{Error, Result};
use serde::{Deserialize, Serialize};

use super::JournalEntry;
use super::journal::{Journal, Replayed};
use super::syncer::Syncer;

const HEAD: &[u8; 10] = b"GUIDEJNL\x01\x00";
/// Bytes before an entry: its length and the two checksums.
const FRAME: usize = 12;
/// The largest entry, so that a forged length allocates no more.
const MOST_BYTES: u32 = 256 << 20;

/// When a journal is synced to disk. A change that was acknowledged outlives the end of the process under each of these, also by `kill -9`: they
/// differ in what a power cut or a crash of the system can take.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum SyncMode {
    /// Before each change is acknowledged: a power cut takes nothing.
    EachChange,
    /// In the background, so long after a change at the latest: a power cut takes what was acknowledged in the last such span.
    Every(Duration),
    /// When the system likes, usually within half a minute: a power cut takes what was acknowledged since.
    Never,
}

/// A [`Journal`] in a file.
///
/// ```
/// use shopping_guide::{Change, Event, FileJournal, Journal, JournalEntry, SyncMode};
/// # let folder = tempfile::tempdir().unwrap();
/// # let path = folder.path().join("journal");
/// let entry = JournalEntry::new(1, vec![Change::Event(Event::purchase("ann", "mug"))]);
/// let (mut journal, _) = FileJournal::open(&path, SyncMode::EachChange)?;
/// journal.append(&entry)?;
/// drop(journal);
///
/// let (mut journal, cut) = FileJournal::open(&path, SyncMode::EachChange)?;
/// let mut read = Vec::new();
/// journal.replay(0, &mut |entry| { read.push(entry); Ok(()) })?;
/// assert_eq!((read, cut), (vec![entry], 0));
/// # Ok::<(), shopping_guide::Error>(())
/// ```
#[derive(Debug)]
pub struct FileJournal {
    path: PathBuf,
    file: File,
    /// Where the next entry begins.
    end: u64,
    cut_bytes: u64,
    mode: SyncMode,
    syncer: Option<Syncer>,
    /// Set when a failed write could not be taken back: what is written behind it could not be read.
    is_broken: bool,
}

impl FileJournal {
    /// Opens a journal, or begins one. An entry at the end that a crash left unfinished is cut off: it was never acknowledged. The number of
    /// bytes cut off is the second value.
    ///
    /// # Errors
    /// [`Error::Io`] with the path; [`Error::Decode`] for a file that is no journal, and for a damaged entry with others behind it, which no crash
    /// leaves. [`FileJournal::repair`] cuts such a journal.
    pub fn open(path: impl AsRef<Path>, mode: SyncMode) -> Result<(Self, u64)> {
        let path = path.as_ref();
        let (file, bytes) = read(path)?;
        let end = match bytes.is_empty() {
            true => 0,
            false => scan(&bytes, &mut |_| Ok(()))?,
        };
        Self::cut(path, file, (end, bytes.len() as u64), mode)
    }

    /// Cuts a damaged journal before its first damaged entry and says how many bytes were behind it: acknowledged changes may be among them.
    ///
    /// # Errors
    /// [`Error::Io`] with the path; [`Error::Decode`] for a file that is no journal.
    pub fn repair(path: impl AsRef<Path>) -> Result<u64> {
        let path = path.as_ref();
        let (file, bytes) = read(path)?;
        let mut end = HEAD.len() as u64;
        let scanned = scan(&bytes, &mut |(_, behind)| {
            end = behind;
            Ok(())
        });
        match scanned {
            Ok(reached) => end = reached,
            Err(reason) if !bytes.starts_with(HEAD) => return Err(reason),
            Err(_) => {}
        }
        let (journal, cut) = Self::cut(path, file, (end, bytes.len() as u64), SyncMode::Never)?;
        drop(journal);
        Ok(cut)
    }

    fn cut(path: &Path, file: File, (end, len): (u64, u64), mode: SyncMode) -> Result<(Self, u64)> {
        let io = |source| Error::io(path, source);
        let mut journal = Self {
            path: path.to_owned(),
            syncer: Syncer::new(mode, &file).map_err(io)?,
            file,
            end,
            cut_bytes: len - end,
            mode,
            is_broken: false,
        };
        if end == 0 {
            journal.file.set_len(0).map_err(io)?;
            journal.file.rewind().map_err(io)?;
            journal.file.write_all(HEAD).map_err(io)?;
            journal.end = HEAD.len() as u64;
            sync_folder(path)?;
        } else {
            journal.file.set_len(end).map_err(io)?;
        }
        journal
            .file
            .seek(SeekFrom::Start(journal.end))
            .map_err(io)?;
        journal.file.sync_all().map_err(io)?;
        Ok((journal, len - end))
    }

    fn io(&self, source: std::io::Error) -> Error {
        Error::io(&self.path, source)
    }

    /// Writes the entries that `keep` lets stay, as it leaves them, into a new file that takes the place of the old one.
    fn rewrite(&mut self, mut keep: impl FnMut(&mut JournalEntry) -> bool) -> Result<()> {
        let bytes = std::fs::read(&self.path).map_err(|source| self.io(source))?;
        let mut kept = HEAD.to_vec();
        scan(&bytes, &mut |(mut entry, _)| {
            if keep(&mut entry) {
                kept.extend(framed(&entry)?);
            }
            Ok(())
        })?;
        write_atomically(&self.path, |file| {
            file.write_all(&kept)
                .map_err(|source| Error::io(&self.path, source))
        })?;
        // Until the new file is open, an append would go to the one that it replaced.
        self.is_broken = true;
        let (file, _) = read(&self.path)?;
        let syncer = Syncer::new(self.mode, &file).map_err(|source| self.io(source))?;
        (self.file, self.syncer) = (file, syncer);
        self.end = kept.len() as u64;
        self.file
            .seek(SeekFrom::Start(self.end))
            .map_err(|source| self.io(source))?;
        self.is_broken = false;
        Ok(())
    }
}

impl Journal for FileJournal {
    fn append(&mut self, entry: &JournalEntry) -> Result<()> {
        if self.is_broken {
            let reason =
                "an earlier write failed and could not be taken back; open the journal again";
            return Err(self.io(std::io::Error::other(reason)));
        }
        if let Some(failed) = self.syncer.as_ref().and_then(Syncer::failure) {
            return Err(self.io(std::io::Error::other(failed)));
        }
        let bytes = framed(entry)?;
        if let Err(source) = self.file.write_all(&bytes) {
            let back = self.file.set_len(self.end);
            let back = back.and_then(|()| self.file.seek(SeekFrom::Start(self.end)));
            self.is_broken = back.is_err();
            return Err(self.io(source));
        }
        self.end += bytes.len() as u64;
        match &self.syncer {
            Some(syncer) => {
                syncer.wake();
                Ok(())
            }
            None if self.mode == SyncMode::EachChange => self.sync(),
            None => Ok(()),
        }
    }

    fn sync(&mut self) -> Result<()> {
        self.file.sync_data().map_err(|source| {
            // What a failed sync leaves on the disk nobody knows.
            self.is_broken = true;
            Error::io(&self.path, source)
        })
    }

    fn replay(
        &mut self,
        after: u64,
        each: &mut dyn FnMut(JournalEntry) -> Result<()>,
    ) -> Result<Replayed> {
        let bytes = std::fs::read(&self.path).map_err(|source| self.io(source))?;
        let mut entries = 0;
        scan(&bytes, &mut |(entry, _)| {
            if entry.sequence <= after {
                return Ok(());
            }
            entries += 1;
            each(entry)
        })?;
        Ok(Replayed {
            entries,
            cut_bytes: self.cut_bytes,
        })
    }

    fn rewrite_without(&mut self, shopper: &str, until: u64) -> Result<usize> {
        let mut removed = 0;
        // An entry of which nothing is left stays, so that no number is missing.
        self.rewrite(|entry| {
            if entry.sequence <= until {
                let before = entry.changes.len();
                entry.changes.retain(|change| !change.is_event_of(shopper));
                removed += before - entry.changes.len();
            }
            true
        })?;
        Ok(removed)
    }

    fn drop_until(&mut self, until: u64) -> Result<()> {
        self.rewrite(|entry| entry.sequence > until)
    }
}

/// The file at `path`, created if there is none, with all its bytes.
fn read(path: &Path) -> Result<(File, Vec<u8>)> {
    let io = |source| Error::io(path, source);
    let mut options = OpenOptions::new();
    let options = options.read(true).write(true).create(true).truncate(false);
    let mut file = options.open(path).map_err(io)?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes).map_err(io)?;
    Ok((file, bytes))
}

fn framed(entry: &JournalEntry) -> Result<Vec<u8>> {
    let payload = encode_payload("journal", entry)?;
    if payload.len() as u64 > u64::from(MOST_BYTES) {
        return Err(Error::Memory {
            what: "one entry of a journal".to_owned(),
            needed: payload.len() as u64,
            limit: MOST_BYTES.into(),
        });
    }
    let mut bytes = Vec::with_capacity(FRAME + payload.len());
    let len = (payload.len() as u32).to_le_bytes();
    bytes.extend_from_slice(&len);
    bytes.extend_from_slice(&crc32fast::hash(&len).to_le_bytes());
    bytes.extend_from_slice(&crc32fast::hash(&payload).to_le_bytes());
    bytes.extend_from_slice(&payload);
    Ok(bytes)
}

/// Gives each whole entry with the place behind it; returns the place behind the last one.
fn scan(bytes: &[u8], each: &mut dyn FnMut((JournalEntry, u64)) -> Result<()>) -> Result<u64> {
    let refuse = |reason: String| Err(Error::decode("journal", reason));
    if bytes.len() < HEAD.len() && HEAD.starts_with(bytes) {
        return Ok(0);
    }
    if !bytes.starts_with(HEAD) {
        return refuse("it does not begin as a journal of this version".to_owned());
    }
    let mut at = HEAD.len();
    let mut last = 0;
    while at < bytes.len() {
        let rest = &bytes[at..];
        let Some(payload) = whole(rest) else {
            if is_torn(rest) {
                break;
            }
            let behind = rest.len();
            return refuse(format!(
                "the entry at byte {at} is damaged, and {behind} bytes from there on hold others"
            ));
        };
        let entry: JournalEntry = decode_payload("journal", payload)?;
        if entry.sequence <= last {
            return refuse(format!(
                "entry {} stands behind entry {last}",
                entry.sequence
            ));
        }
        last = entry.sequence;
        at += FRAME + payload.len();
        each((entry, at as u64))?;
    }
    Ok(at as u64)
}

fn number(bytes: &[u8], at: usize) -> Option<u32> {
    let bytes = bytes.get(at..at + 4)?;
    <[u8; 4]>::try_from(bytes).ok().map(u32::from_le_bytes)
}

/// The length of the entry that `bytes` begin with, if its checksum holds.
fn length(bytes: &[u8]) -> Option<usize> {
    let (len, crc) = (number(bytes, 0)?, number(bytes, 4)?);
    let is_sound = crc32fast::hash(&len.to_le_bytes()) == crc && len > 0 && len <= MOST_BYTES;
    is_sound.then_some(len as usize)
}

/// The entry that `bytes` begin with, if it is whole.
fn whole(bytes: &[u8]) -> Option<&[u8]> {
    let payload = bytes.get(FRAME..FRAME + length(bytes)?)?;
    (crc32fast::hash(payload) == number(bytes, 8)?).then_some(payload)
}

/// Whether a crash explains that the entry is not whole: it is the last one, or the system had made room for it that it never filled.
fn is_torn(bytes: &[u8]) -> bool {
    let is_empty_room = bytes.iter().all(|&byte| byte == 0);
    let is_last = length(bytes).is_some_and(|len| FRAME + len >= bytes.len());
    is_empty_room || bytes.len() < FRAME || is_last
}
