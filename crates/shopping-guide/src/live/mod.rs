//! A guide that takes in events and changes of products while it answers.

mod change;
mod file_journal;
mod forget;
mod journal;
mod params;
mod rebuild;
mod store;
mod syncer;
#[cfg(test)]
mod tests;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arc_swap::ArcSwap;
use guide_core::{Error, Params, Result};

pub use change::{Change, JournalEntry};
pub use file_journal::{FileJournal, SyncMode};
pub use forget::{Forgotten, Trace};
pub use journal::{Journal, Replayed};
pub use params::LiveParams;
pub use store::Opened;

use crate::{Answer, Event, Guide, Product, Query};

/// A [`Guide`] that goes on learning: [`observe`](Self::observe) and the other changes take effect in the next answer.
///
/// Readers ask a snapshot, which never changes: [`LiveGuide::guide`] gives it. A change makes the next snapshot and puts it in the place of the
/// old one in one step, so that a reader never waits for a writer and never sees half of a change. What an event changes at once: the
/// shopper's history (all sources fold it in), what the shopper has and is not recommended again, and the counts of `popular` and `trending`.
/// The lists of `neighbours` follow when the guide is [settled](LiveGuide::settle), `factors` with [`LiveGuide::refit`].
///
/// Copies are the same guide.
///
/// ```
/// use shopping_guide::{Catalog, Event, Guide, LiveGuide, LiveParams, Product, Query};
/// let catalog = Catalog::new(["mug", "bowl"].map(|id| Product::new(id, id)))?;
/// let live = LiveGuide::new(Guide::builder().catalog(catalog).build()?, LiveParams::default())?;
/// live.observe(&Event::purchase("ann", "mug"))?;
/// let answer = live.recommend(&Query::shopper("ann"))?;
/// assert_eq!(answer.hits.len(), 1); // she has the mug
/// assert_eq!(answer.hits[0].product, "bowl");
/// assert_eq!(live.recommend(&Query::nobody())?.hits[0].product, "mug"); // and it is the most popular one now
/// live.set_stock("mug", Some(false))?;
/// assert_eq!(live.recommend(&Query::nobody())?.hits.len(), 1);
/// # Ok::<(), shopping_guide::Error>(())
/// ```
#[derive(Clone)]
pub struct LiveGuide {
    shared: Arc<Shared>,
}

struct Shared {
    snapshot: ArcSwap<Guide>,
    writer: Mutex<Writer>,
    /// Held while the guide is settled, fitted again or saved: one such work at a time.
    rebuilding: Mutex<()>,
    params: LiveParams,
    /// Where the guide is saved.
    store: Option<store::Store>,
}

/// What one writer after the other holds.
struct Writer {
    journal: Option<Box<dyn Journal>>,
    /// The changes since a rebuild began, which it has to take in at its end; none where no rebuild is going on.
    meanwhile: Option<Vec<Vec<Change>>>,
    /// Why the last work in the background failed.
    failure: Option<String>,
}

/// What a change met.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Observed {
    /// The number of the change.
    pub sequence: u64,
    /// Events whose product the catalogue does not have so far: they wait until it comes.
    pub waiting: usize,
    /// Shoppers who were not known before.
    pub new_shoppers: usize,
}

impl LiveGuide {
    /// A live guide without a journal: what happens is lost with the process, unless [`LiveGuide::guide`] is saved.
    ///
    /// # Errors
    /// [`Error::Param`] for a bad parameter.
    pub fn new(guide: Guide, params: LiveParams) -> Result<Self> {
        Self::with(guide, params, None, None)
    }

    /// A live guide with a journal. The entries that the guide does not hold yet are taken in first.
    ///
    /// # Errors
    /// [`Error::Param`] for a bad parameter; what the journal gives.
    pub fn with_journal(
        guide: Guide,
        journal: impl Journal + 'static,
        params: LiveParams,
    ) -> Result<(Self, Replayed)> {
        let (guide, journal, replayed) = store::replayed(guide, Box::new(journal))?;
        let live = Self::with(guide, params, Some(journal), None)?;
        Ok((live, replayed))
    }

    fn with(
        guide: Guide,
        params: LiveParams,
        journal: Option<Box<dyn Journal>>,
        store: Option<store::Store>,
    ) -> Result<Self> {
        params.validate()?;
        let writer = Writer {
            journal,
            meanwhile: None,
            failure: None,
        };
        let shared = Shared {
            snapshot: ArcSwap::from_pointee(guide),
            writer: Mutex::new(writer),
            rebuilding: Mutex::new(()),
            params,
            store,
        };
        Ok(Self {
            shared: Arc::new(shared),
        })
    }

    /// The guide as it is now. It never changes, so that several questions to it see the same shop.
    pub fn guide(&self) -> Arc<Guide> {
        self.shared.snapshot.load_full()
    }

    /// [`Guide::recommend`] of the guide as it is now.
    ///
    /// # Errors
    /// As [`Guide::recommend`].
    pub fn recommend(&self, query: &Query) -> Result<Answer> {
        self.shared.snapshot.load().recommend(query)
    }

    /// Takes in an event. A shopper who is not known is new; an event of a product that the catalogue lacks waits until the product comes.
    ///
    /// # Errors
    /// As [`Events::push`](crate::Events::push); what the journal gives. The guide is then as before.
    pub fn observe(&self, event: &Event<'_>) -> Result<Observed> {
        self.change(vec![Change::Event(event.clone().into_owned())])
    }

    /// Takes in events together: every answer knows all of them or none, also after a crash.
    ///
    /// # Errors
    /// As [`LiveGuide::observe`], for the first event that cannot be taken in; none is then.
    pub fn observe_batch<'e>(
        &self,
        events: impl IntoIterator<Item = Event<'e>>,
    ) -> Result<Observed> {
        let events = events.into_iter().map(Event::into_owned);
        self.change(events.map(Change::Event).collect())
    }

    /// Puts a product into the catalogue, in place of that of its id if there is one.
    ///
    /// # Errors
    /// As [`Catalog::push`](crate::Catalog::push); what the journal gives.
    pub fn upsert_product(&self, product: Product) -> Result<Observed> {
        self.change(vec![Change::Product(product)])
    }

    /// Puts many products into the catalogue: quicker than one after the other.
    ///
    /// # Errors
    /// As [`LiveGuide::upsert_product`], for the first product that cannot be put in; none is then.
    pub fn upsert_products(&self, products: impl IntoIterator<Item = Product>) -> Result<Observed> {
        self.change(products.into_iter().map(Change::Product).collect())
    }

    /// Takes a product out of the shop: it is never recommended again, and histories that have it stay as they are.
    ///
    /// # Errors
    /// [`Error::Unknown`] for a product that the catalogue lacks; what the journal gives.
    pub fn remove_product(&self, product: &str) -> Result<Observed> {
        let product = product.to_owned();
        self.change(vec![Change::Removal { product }])
    }

    /// Sets the price of a product, or takes it away. Filters and the attributes' price bands know it at once; the bounds of the bands follow when the
    /// guide is settled.
    ///
    /// # Errors
    /// [`Error::Unknown`] for a product that the catalogue lacks, [`Error::Param`] for a price that is not finite; what the journal gives.
    pub fn set_price(&self, product: &str, price: Option<f32>) -> Result<Observed> {
        let product = product.to_owned();
        self.change(vec![Change::Price { product, price }])
    }

    /// Says whether a product can be bought, as [`Product::available`] does.
    ///
    /// # Errors
    /// [`Error::Unknown`] for a product that the catalogue lacks; what the journal gives.
    pub fn set_stock(&self, product: &str, available: Option<bool>) -> Result<Observed> {
        let product = product.to_owned();
        self.change(vec![Change::Stock { product, available }])
    }

    /// Changes of any kind together: every answer knows all of them or none, also after a crash.
    ///
    /// # Errors
    /// For the first change that cannot be made; none is then. [`Error::Param`] for [`Change::Forgotten`], which is
    /// [`LiveGuide::forget`].
    pub fn change(&self, changes: Vec<Change>) -> Result<Observed> {
        if changes
            .iter()
            .any(|change| matches!(change, Change::Forgotten { .. }))
        {
            let expected = "what happened; a shopper is forgotten by `forget`";
            return Err(Error::param("change", "forgotten", expected));
        }
        let mut writer = self.writer();
        let now = self.guide();
        now.check_changes(&changes)?;
        let mut next = Guide::clone(&now);
        next.apply(&changes)?;
        let sequence = now.sequence() + 1;
        next.set_sequence(sequence);
        // Written before it is seen: what an answer knows is never lost.
        if let Some(journal) = &mut writer.journal {
            journal.append(&JournalEntry::new(sequence, changes.clone()))?;
        }
        let observed = Observed {
            sequence,
            waiting: next.n_waiting().saturating_sub(now.n_waiting()),
            new_shoppers: next.n_shoppers() - now.n_shoppers(),
        };
        if let Some(meanwhile) = &mut writer.meanwhile {
            meanwhile.push(changes);
        }
        let is_full = next.n_changes_since() >= self.shared.params.settle_after;
        let settles = is_full && writer.meanwhile.is_none();
        if settles {
            // From here on, so that the next change does not begin another one.
            writer.meanwhile = Some(Vec::new());
        }
        self.shared.snapshot.store(Arc::new(next));
        drop(writer);
        if settles {
            self.settle_in_background();
        }
        Ok(observed)
    }

    /// Makes what was acknowledged outlive a power cut, whatever the journal's [`SyncMode`].
    ///
    /// # Errors
    /// What the journal gives.
    pub fn sync(&self) -> Result<()> {
        let mut writer = self.writer();
        writer
            .journal
            .as_mut()
            .map_or(Ok(()), |journal| journal.sync())
    }

    /// Why the last work in the background failed, told once; none where it did not.
    pub fn take_failure(&self) -> Option<String> {
        self.writer().failure.take()
    }

    fn writer(&self) -> MutexGuard<'_, Writer> {
        // A writer that panicked left the snapshot as it was.
        let writer = self.shared.writer.lock();
        writer.unwrap_or_else(PoisonError::into_inner)
    }
}
