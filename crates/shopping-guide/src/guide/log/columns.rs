//! Events as columns of numbers. A column that no event has is empty.

use std::ops::Range;

use recsys_core::ItemId;

use super::{Pair, is_owning};

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

/// What belongs together among the events of a shopper: a basket, or a day where an event names none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum VisitKey {
    Basket(u32),
    /// Days since 1970.
    Day(i64),
}

impl VisitKey {
    /// The visit of an event; none if it has neither a basket nor a time.
    pub(crate) fn of(event: &LogEvent) -> Option<Self> {
        let day = || event.time.map(|time| Self::Day(time.div_euclid(86_400)));
        event.basket.map(Self::Basket).or_else(day)
    }
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

    /// What the events in `row`, which are sorted by product, add up to for each product.
    pub(super) fn each_pair(&self, row: Range<usize>, oldest: i64, mut each: impl FnMut(Pair)) {
        let mut place = row.start;
        while place < row.end {
            let product = self.products[place];
            let (mut strongest, mut rated, mut latest, mut owned) = (0.0_f32, None, NO_TIME, false);
            while place < row.end && self.products[place] == product {
                match self.kinds[place] {
                    EventKind::Rating => rated = Some(self.weights[place]),
                    _ => strongest = strongest.max(self.weights[place]),
                }
                latest = latest.max(self.times.get(place).copied().unwrap_or(NO_TIME));
                owned |= is_owning(self.kinds[place]);
                place += 1;
            }
            each(Pair {
                product: ItemId(product),
                weight: rated.unwrap_or(strongest),
                time: if latest == NO_TIME { oldest } else { latest },
                owned,
            });
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
