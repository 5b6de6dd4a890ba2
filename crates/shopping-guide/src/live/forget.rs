//! Forgets a shopper: takes every event out of the log and counts anew.

use std::sync::Arc;

use guide_core::{Result, Silent};
use serde::{Deserialize, Serialize};

use super::{Change, JournalEntry, LiveGuide, Writer};
use crate::Guide;

/// What a source still holds of a forgotten shopper.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Trace {
    /// Nothing: it is counted anew from the log without the shopper, and equals that of a guide which was built without.
    CountedAnew,
    /// Nothing of the shopper's own. But its product side was trained with the shopper's events among all others, and stays so until
    /// [`LiveGuide::refit`].
    OwedUntilRefit,
}

/// What was forgotten, as a proof that can be checked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Forgotten {
    /// Who.
    pub shopper: String,
    /// Events that were taken out of the log.
    pub events: usize,
    /// Events that were taken out of the journal.
    pub journal_events: usize,
    /// For each source, what it still holds.
    pub sources: Vec<(String, Trace)>,
    /// Whether the saved file of the guide was replaced too. Without a folder that is the caller's: the next file that is saved holds nothing.
    pub file_replaced: bool,
}

impl LiveGuide {
    /// Forgets a shopper. When this returns, no answer, no event of the journal and no file in the guide's folder tells of the shopper, as
    /// [`Forgotten`] says source by source; answers and changes go on meanwhile. A journal without a folder keeps the shopper's id, so that an older
    /// saved guide forgets too when it is opened, until [`LiveGuide::saved`] drops it. A shopper who is not known leaves nothing to do.
    ///
    /// # Errors
    /// What the journal, the sources and the folder give. After a crash within it the shopper is forgotten when the guide is opened again.
    ///
    /// ```
    /// use shopping_guide::{Catalog, Event, Guide, LiveGuide, LiveParams, Product};
    /// let catalog = Catalog::new(["mug", "bowl"].map(|id| Product::new(id, id)))?;
    /// let live = LiveGuide::new(Guide::builder().catalog(catalog).build()?, LiveParams::default())?;
    /// live.observe(&Event::purchase("ann", "mug"))?;
    /// assert_eq!(live.guide().popularity(), [1, 0]);
    /// let proof = live.forget("ann")?;
    /// assert_eq!((proof.events, live.guide().popularity()), (1, vec![0, 0]));
    /// assert!(live.guide().history("ann").is_err());
    /// # Ok::<(), shopping_guide::Error>(())
    /// ```
    pub fn forget(&self, shopper: &str) -> Result<Forgotten> {
        let one_at_a_time = self.rebuilding();
        let note = |writer: &mut Writer| self.note(writer, shopper);
        let (events, sequence, sources) = self.rebuilt(&one_at_a_time, note, |guide| {
            let without = guide.without_shopper(shopper, &Silent)?;
            let events = guide.n_events_of(shopper);
            let told = (events, guide.sequence(), without.traces());
            Ok((without, told))
        })?;
        let journal_events = match &mut self.writer().journal {
            Some(journal) => journal.rewrite_without(shopper, sequence)?,
            None => 0,
        };
        drop(one_at_a_time);
        if self.has_store() {
            self.checkpoint()?;
        }
        Ok(Forgotten {
            shopper: shopper.to_owned(),
            events,
            journal_events,
            sources,
            file_replaced: self.has_store(),
        })
    }

    /// Writes into the journal that the shopper is forgotten, so that a crash does not undo it. Gives the guide with the number of that entry.
    pub(super) fn note(&self, writer: &mut Writer, shopper: &str) -> Result<Arc<Guide>> {
        let mut noted = Guide::clone(&self.guide());
        noted.set_sequence(noted.sequence() + 1);
        if let Some(journal) = &mut writer.journal {
            let shopper = shopper.to_owned();
            let change = Change::Forgotten { shopper };
            journal.append(&JournalEntry::new(noted.sequence(), vec![change]))?;
            journal.sync()?;
        }
        let noted = Arc::new(noted);
        self.shared.snapshot.store(noted.clone());
        Ok(noted)
    }
}
