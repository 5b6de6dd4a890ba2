//! What the events of one shopper with one product add up to.

use recsys_core::ItemId;

use super::{LogEvent, is_owning};
use crate::EventKind;

/// What a shopper has to do with a product.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Pair {
    pub(crate) product: ItemId,
    /// The strongest event counts; where the shopper rated the product, the last rating does.
    pub(crate) weight: f32,
    /// The latest time, or the oldest of the log where no event of the pair has one.
    pub(crate) time: i64,
    /// Whether the shopper bought or rated it.
    pub(crate) owned: bool,
}

/// The pairs of one shopper's events, which are sorted by product; `oldest` is the time of events without one.
pub(crate) fn pairs(
    events: impl Iterator<Item = LogEvent>,
    oldest: i64,
) -> impl Iterator<Item = Pair> {
    let mut events = events.peekable();
    std::iter::from_fn(move || {
        let first = events.next()?;
        let mut pair = PairSum::new(&first);
        while let Some(event) = events.next_if(|event| event.product == first.product) {
            pair.add(&event);
        }
        Some(pair.finish(oldest))
    })
}

/// Adds up events of one product.
struct PairSum {
    product: ItemId,
    strongest: f32,
    rated: Option<f32>,
    latest: Option<i64>,
    owned: bool,
}

impl PairSum {
    fn new(event: &LogEvent) -> Self {
        let mut sum = Self {
            product: event.product,
            strongest: 0.0,
            rated: None,
            latest: None,
            owned: false,
        };
        sum.add(event);
        sum
    }

    fn add(&mut self, event: &LogEvent) {
        match event.kind {
            EventKind::Rating => self.rated = Some(event.weight),
            _ => self.strongest = self.strongest.max(event.weight),
        }
        self.latest = self.latest.max(event.time);
        self.owned |= is_owning(event.kind);
    }

    fn finish(self, oldest: i64) -> Pair {
        Pair {
            product: self.product,
            weight: self.rated.unwrap_or(self.strongest),
            time: self.latest.unwrap_or(oldest),
            owned: self.owned,
        }
    }
}

/// `½^(age / half life)` at the moment `now`; 1 where there is no half life, and for what comes later.
pub(crate) fn decay(time: i64, now: i64, half_life_days: Option<f32>) -> f32 {
    half_life_days.map_or(1.0, |days| {
        let age = now.saturating_sub(time).max(0) as f64 / 86_400.0;
        (-age / f64::from(days)).exp2() as f32
    })
}
