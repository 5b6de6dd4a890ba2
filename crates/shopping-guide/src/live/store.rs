//! A live guide in a folder: the guide as a file, and the journal of what happened after it was saved.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};

use guide_core::{Error, Result, Silent};

use super::{FileJournal, Journal, LiveGuide, LiveParams, Replayed, SyncMode};
use crate::Guide;

const GUIDE: &str = "guide.shop";
const JOURNAL: &str = "journal";
const LOCK: &str = "lock";

/// The folder. One process at a time has it open.
pub(super) struct Store {
    folder: PathBuf,
    /// Locked as long as the guide lives; the system unlocks it when the process ends.
    _lock: File,
}

impl Store {
    /// # Errors
    /// [`Error::Unsuitable`] for a folder that is open already; [`Error::Io`] with the path.
    fn open(folder: &Path) -> Result<Self> {
        let path = folder.join(LOCK);
        let lock = File::create(&path).map_err(|source| Error::io(&path, source))?;
        match lock.try_lock() {
            Ok(()) => Ok(Self {
                folder: folder.to_owned(),
                _lock: lock,
            }),
            Err(TryLockError::WouldBlock) => Err(Error::Unsuitable {
                algorithm: "live guide",
                needed: format!(
                    "a folder that nobody else has open; {} is open already",
                    guide_core::printable_path(folder)
                ),
            }),
            Err(TryLockError::Error(source)) => Err(Error::io(&path, source)),
        }
    }

    fn guide(&self) -> PathBuf {
        self.folder.join(GUIDE)
    }
}

/// A live guide that was opened, and what its journal told.
#[non_exhaustive]
pub struct Opened {
    /// The guide, with all that was acknowledged.
    pub live: LiveGuide,
    /// What the journal told.
    pub replayed: Replayed,
}

impl LiveGuide {
    /// Begins a live guide in a folder, which is made if there is none: saves the guide there and begins a journal.
    ///
    /// # Errors
    /// [`Error::Io`] with the path; [`Error::Param`] for a bad parameter; [`Error::Duplicate`] for a folder that holds a live guide already.
    pub fn create(
        folder: impl AsRef<Path>,
        guide: Guide,
        mode: SyncMode,
        params: LiveParams,
    ) -> Result<Self> {
        let folder = folder.as_ref();
        guide_core::Params::validate(&params)?;
        std::fs::create_dir_all(folder).map_err(|source| Error::io(folder, source))?;
        for name in [GUIDE, JOURNAL] {
            if folder.join(name).exists() {
                return Err(Error::Duplicate {
                    what: "live guide".to_owned(),
                    id: folder.join(name).display().to_string(),
                });
            }
        }
        guide.save(folder.join(GUIDE))?;
        Self::open(folder, mode, params).map(|opened| opened.live)
    }

    /// Opens the live guide of a folder: the saved guide with all changes that were acknowledged after it.
    ///
    /// # Errors
    /// [`Error::Io`] and [`Error::File`] with the path; [`Error::Unsuitable`] for a folder that is open already, in this process or another;
    /// [`Error::Decode`] for a damaged journal ([`FileJournal::open`]); [`Error::Param`] for a bad parameter.
    pub fn open(folder: impl AsRef<Path>, mode: SyncMode, params: LiveParams) -> Result<Opened> {
        let store = Store::open(folder.as_ref())?;
        let guide = Guide::load(store.guide())?;
        let (journal, _) = FileJournal::open(store.folder.join(JOURNAL), mode)?;
        let (guide, journal, replayed) = replayed(guide, Box::new(journal))?;
        let live = Self::with(guide, params, Some(journal), Some(store))?;
        Ok(Opened { live, replayed })
    }

    /// Saves the guide with all that happened into its folder, and drops from the journal what the file holds. Answers and changes go on meanwhile.
    ///
    /// # Errors
    /// [`Error::Unsuitable`] for a live guide without a folder; [`Error::Io`] with the path. The folder then holds what it held.
    pub fn checkpoint(&self) -> Result<()> {
        let Some(store) = &self.shared.store else {
            return Err(Error::Unsuitable {
                algorithm: "checkpoint",
                needed: "a live guide in a folder; this one was made without".to_owned(),
            });
        };
        let one_at_a_time = self.rebuilding();
        let settled = self.settled(&one_at_a_time)?;
        settled.save(store.guide())?;
        self.saved(&settled)
    }

    /// Says that a snapshot of this guide, from [`LiveGuide::guide`], was saved where it will be loaded from after a crash: the journal drops the
    /// changes that it holds. A guide in a folder does this in [`LiveGuide::checkpoint`].
    ///
    /// # Errors
    /// What the journal gives.
    pub fn saved(&self, snapshot: &Guide) -> Result<()> {
        let mut writer = self.writer();
        match &mut writer.journal {
            Some(journal) => journal.drop_until(snapshot.sequence()),
            None => Ok(()),
        }
    }

    pub(super) fn has_store(&self) -> bool {
        self.shared.store.is_some()
    }
}

/// The guide with the entries of the journal that it does not hold yet.
pub(super) fn replayed(
    mut guide: Guide,
    mut journal: Box<dyn Journal>,
) -> Result<(Guide, Box<dyn Journal>, Replayed)> {
    let replayed = journal.replay(guide.sequence(), &mut |entry| {
        let expected = guide.sequence() + 1;
        if entry.sequence != expected {
            let reason = format!("entry {} where {expected} is next", entry.sequence);
            return Err(Error::decode("journal", reason));
        }
        for change in &entry.changes {
            if let super::Change::Forgotten { shopper } = change {
                guide = guide.without_shopper(shopper, &Silent)?;
            } else {
                guide.check_changes(std::slice::from_ref(change))?;
                guide.apply(std::slice::from_ref(change))?;
            }
        }
        guide.set_sequence(entry.sequence);
        Ok(())
    })?;
    Ok((guide, journal, replayed))
}
