//! Events as columns of numbers. A column that no event has is empty.

use recsys_core::ItemId;

use crate::EventKind;

/// What stands for a time, a value and a basket that are not known; no event can have them.
const NO_TIME: i64 = i64::MIN;
const NO_VALUE: f32 = f32::INFINITY;
const NO_BASKET: u32 = u32::MAX;

/// One event of a shopper.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct LogEvent {
    pub(crate) product: ItemId,
    pub(crate) kind: EventKind,
    /// How much it counts.
    pub(crate) weight: f32,
    pub(crate) value: Option<f32>,
    pub(crate) time: Option<i64>,
    /// The number of its basket.
    pub(crate) basket: Option<u32>,
}

/// The events of a log, one number of each column an event.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Columns {
    pub(super) products: Vec<u32>,
    pub(super) kinds: Vec<EventKind>,
    pub(super) weights: Vec<f32>,
    pub(super) values: Vec<f32>,
    pub(super) times: Vec<i64>,
    pub(super) baskets: Vec<u32>,
}

impl Columns {
    pub(super) fn len(&self) -> usize {
        self.products.len()
    }

    pub(super) fn has_times(&self) -> bool {
        !self.times.is_empty()
    }

    pub(super) fn has_baskets(&self) -> bool {
        !self.baskets.is_empty()
    }

    pub(super) fn untimed(&self) -> usize {
        match self.has_times() {
            true => self.times.iter().filter(|&&time| time == NO_TIME).count(),
            false => self.len(),
        }
    }

    /// The times that are known.
    pub(super) fn known_times(&self) -> impl Iterator<Item = i64> {
        let times = self.times.iter().copied();
        times.filter(|&time| time != NO_TIME)
    }

    /// The event at `place`.
    pub(super) fn event(&self, place: usize) -> LogEvent {
        let value = self.values.get(place).copied();
        let time = self.times.get(place).copied();
        let basket = self.baskets.get(place).copied();
        LogEvent {
            product: ItemId(self.products[place]),
            kind: self.kinds[place],
            weight: self.weights[place],
            value: value.filter(|&value| value != NO_VALUE),
            time: time.filter(|&time| time != NO_TIME),
            basket: basket.filter(|&basket| basket != NO_BASKET),
        }
    }

    pub(super) fn push(&mut self, event: &LogEvent) {
        let before = self.len();
        self.products.push(event.product.0);
        self.kinds.push(event.kind);
        self.weights.push(event.weight);
        put(&mut self.values, before, event.value, NO_VALUE);
        put(&mut self.times, before, event.time, NO_TIME);
        put(&mut self.baskets, before, event.basket, NO_BASKET);
    }

    pub(super) fn shrink(&mut self) {
        self.products.shrink_to_fit();
        self.kinds.shrink_to_fit();
        self.weights.shrink_to_fit();
        self.values.shrink_to_fit();
        self.times.shrink_to_fit();
        self.baskets.shrink_to_fit();
    }
}

/// Adds a number to a column that has `before` events, or is empty because none of them has one.
fn put<T: Copy>(column: &mut Vec<T>, before: usize, number: Option<T>, none: T) {
    if column.is_empty() {
        if number.is_none() {
            return;
        }
        column.resize(before, none);
    }
    column.push(number.unwrap_or(none));
}
