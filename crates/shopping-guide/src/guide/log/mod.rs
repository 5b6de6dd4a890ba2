//! The event log of a guide as columns: what each shopper did with the products of the catalogue, stored once.

mod build;
mod columns;
mod file;
mod pair;
mod weigh;

use std::sync::Arc;

use guide_core::Result;
use recsys_core::{CsrValues, IdMap, Ids, Interactions, UserId};

pub(crate) use build::known_kinds;
pub(crate) use columns::{LogEvent, VisitKey};
pub(crate) use pair::{Pair, decay, pairs};
pub(crate) use weigh::Weighing;

use crate::{Event, EventKind, Events};
use columns::Columns;

/// What is known of the shoppers: all events with products that the catalogue has.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct EventLog {
    /// The shoppers in the order in which they came, and the products as the catalogue numbers them.
    ids: Arc<Ids>,
    /// Where the events of each shopper begin. [n_shoppers + 1]
    starts: Vec<usize>,
    /// By shopper, then by product, then in order of arrival.
    columns: Columns,
    baskets: Arc<IdMap>,
    /// How kinds and values became weights.
    weighing: Weighing,
    /// The latest time that is not among the last in a thousand, nor the very last, which may be wrong.
    now: i64,
    /// The earliest time: that of events without one, where some have one.
    oldest: i64,
    /// False where a file of an earlier version had no events but only what they add up to.
    is_whole: bool,
}

impl EventLog {
    /// The shoppers and products.
    pub(crate) fn ids(&self) -> &Arc<Ids> {
        &self.ids
    }

    pub(crate) fn n_shoppers(&self) -> usize {
        self.starts.len().saturating_sub(1)
    }

    pub(crate) fn len(&self) -> usize {
        self.columns.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many events have no time.
    pub(crate) fn untimed(&self) -> usize {
        self.columns.untimed()
    }

    pub(crate) fn has_times(&self) -> bool {
        self.columns.has_times()
    }

    /// Whether some events say what belongs together, by a basket or a day.
    pub(crate) fn has_visits(&self) -> bool {
        self.columns.has_baskets() || self.columns.has_times()
    }

    /// The moment from which age is counted.
    pub(crate) fn now(&self) -> i64 {
        self.now
    }

    /// The moment so many days before that.
    pub(crate) fn days_before(&self, days: f32) -> i64 {
        self.now.saturating_sub((f64::from(days) * 86_400.0) as i64)
    }

    /// The time of an event that has none.
    pub(crate) fn oldest(&self) -> i64 {
        self.oldest
    }

    /// How kinds and values became weights.
    pub(crate) fn weighing(&self) -> &Weighing {
        &self.weighing
    }

    /// Whether the kinds and times of all events are known.
    pub(crate) fn is_whole(&self) -> bool {
        self.is_whole
    }

    /// The events of a shopper, by product, then in order of arrival.
    pub(crate) fn events_of(&self, shopper: UserId) -> impl ExactSizeIterator<Item = LogEvent> {
        let bound = |shopper: usize| self.starts.get(shopper).copied().unwrap_or(self.len());
        let range = bound(shopper.index())..bound(shopper.index() + 1);
        range.map(|place| self.columns.event(place))
    }

    /// All events with their shoppers.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (UserId, LogEvent)> {
        let shoppers = (0..self.n_shoppers() as u32).map(UserId);
        shoppers.flat_map(|shopper| self.events_of(shopper).map(move |event| (shopper, event)))
    }

    /// What each shopper has to do with each product, by shopper and product: as [`pairs`] of the events of each shopper, in one pass over the columns.
    pub(crate) fn each_pair(&self, mut each: impl FnMut(UserId, Pair)) {
        for (shopper, row) in self.starts.windows(2).enumerate() {
            self.columns.each_pair(row[0]..row[1], self.oldest, |pair| {
                each(UserId(shopper as u32), pair)
            });
        }
    }

    /// What each shopper took and how much it counts, as a matrix for training; none without events.
    pub(crate) fn interactions(&self) -> Result<Option<Interactions>> {
        if self.is_empty() {
            return Ok(None);
        }
        let mut starts = vec![0; self.n_shoppers() + 1];
        let mut products = Vec::with_capacity(self.len());
        let mut weights = Vec::with_capacity(self.len());
        self.each_pair(|shopper, pair| {
            products.push(pair.product.0);
            weights.push(pair.weight);
            starts[shopper.index() + 1] = products.len();
        });
        let values = CsrValues::Weights(&weights);
        let ids = Arc::clone(&self.ids);
        Interactions::from_csr(ids, &starts, &products, values).map(Some)
    }

    /// The number of a basket.
    pub(crate) fn basket_number(&self, name: &str) -> Option<u32> {
        self.baskets.get(name)
    }

    pub(crate) fn baskets(&self) -> &IdMap {
        &self.baskets
    }

    pub(crate) fn n_baskets(&self) -> usize {
        self.baskets.len()
    }

    /// The name of a basket.
    pub(crate) fn basket(&self, basket: u32) -> &str {
        self.baskets.name(basket)
    }

    /// The events with the ids of the shop, by shopper and product.
    pub(crate) fn to_events(&self) -> Result<Events> {
        let events = self.iter().map(|(shopper, event)| {
            let (shopper, product) = (
                self.ids.user_name(shopper),
                self.ids.item_name(event.product),
            );
            let mut written = Event::new(shopper, product, event.kind);
            written.value = event.value;
            written.time = event.time;
            written.basket = event.basket.map(|basket| self.basket(basket).into());
            written
        });
        Events::new(events)
    }
}

/// Whether a shopper has a product after an event of this kind.
fn is_owning(kind: EventKind) -> bool {
    matches!(kind, EventKind::Purchase | EventKind::Rating)
}
