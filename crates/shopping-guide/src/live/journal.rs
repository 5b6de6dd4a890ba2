//! Where changes are written before they are acknowledged.

use guide_core::Result;

use super::JournalEntry;

/// An append-only record of changes, by which a [`LiveGuide`](crate::LiveGuide) comes back after a crash. [`FileJournal`](crate::FileJournal) is a
/// file; a server may supply another one, for example in its database.
pub trait Journal: Send {
    /// Writes an entry behind the others. Once this returns, the entry outlives the process.
    ///
    /// # Errors
    /// What the medium gives; the journal is then as before.
    fn append(&mut self, entry: &JournalEntry) -> Result<()>;

    /// Makes what was written outlive a power cut too.
    ///
    /// # Errors
    /// What the medium gives.
    fn sync(&mut self) -> Result<()>;

    /// Gives all entries whose number is above `after`, in their order.
    ///
    /// # Errors
    /// What `each` gives, and [`Error::Decode`](guide_core::Error::Decode) for damage that no crash explains.
    fn replay(
        &mut self,
        after: u64,
        each: &mut dyn FnMut(JournalEntry) -> Result<()>,
    ) -> Result<Replayed>;

    /// Removes the events of a shopper from the entries up to `until`, and says how many there were.
    ///
    /// # Errors
    /// What the medium gives; the journal is then as before.
    fn rewrite_without(&mut self, shopper: &str, until: u64) -> Result<usize>;

    /// Drops the entries up to `until`, which a saved guide holds.
    ///
    /// # Errors
    /// What the medium gives; the journal is then as before.
    fn drop_until(&mut self, until: u64) -> Result<()>;
}

/// What a journal had to tell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Replayed {
    /// Entries that were given.
    pub entries: usize,
    /// Bytes of an entry at the end that a crash left unfinished, and that were cut off. It was never acknowledged.
    pub cut_bytes: u64,
}
