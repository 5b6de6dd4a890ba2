//! The event log as one sparse matrix: what each shopper took, and how much it counts.

use guide_core::Result;
use recsys_core::{Duplicates, IdMap, Ids, Interactions, Records, RecordsBuilder, Values};

use super::{EventWeights, ViewedRule};
use crate::events::Row;
use crate::{Catalog, EventKind, Events};

/// What is known of the shoppers.
pub(super) struct Log {
    /// One interaction for each shopper and product; none without events. It has times where an event has one: those without
    /// then count as the oldest.
    pub(super) interactions: Option<Interactions>,
    /// For each interaction, whether the shopper bought or rated the product.
    pub(super) owned: Vec<bool>,
    /// The latest time that is not among the last in a thousand, nor the very last, which may be wrong.
    pub(super) now: i64,
    /// Events whose product the catalogue has.
    pub(super) used: usize,
    /// Those of them without a time.
    pub(super) untimed: usize,
}

impl Log {
    /// The strongest event of a shopper with a product is what it counts; where the shopper rated it, the last rating is.
    /// Only the events by index for which `is_in` holds are taken.
    pub(super) fn new(
        weights: &EventWeights,
        rule: &ViewedRule,
        catalog: &Catalog,
        events: &Events,
        is_in: impl Fn(usize) -> bool,
    ) -> Result<Self> {
        let (rows, ids) = events.rows();
        let number_of = |product: &str| catalog.ids().get(product);
        let numbers: Vec<Option<u32>> = ids.items.names().map(number_of).collect();
        let mut order: Vec<(u32, u32, u32)> = Vec::with_capacity(rows.len()); // shopper, product, event
        let mut scale = RatingScale::default();
        for (index, row) in rows.iter().enumerate().filter(|&(index, _)| is_in(index)) {
            scale.add(row);
            if let Some(product) = numbers[row.product.index()] {
                order.push((row.shopper.0, product, index as u32));
            }
        }
        order.sort_unstable();
        let times = order.iter().filter_map(|pair| rows[pair.2 as usize].time);
        let times: Vec<i64> = times.collect();
        let oldest = times.iter().min().copied();
        let (used, untimed) = (order.len(), order.len() - times.len());
        let now = almost_latest(times);
        let mut owned = Vec::new();
        let mut records = RecordsBuilder::from_ids(&Ids {
            users: IdMap::default(),
            items: catalog.ids().clone(),
        });
        for pair in order.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1)) {
            let (shopper, product) = (ids.users.name(pair[0].0), catalog.ids().name(pair[0].1));
            let events = pair.iter().map(|&(_, _, index)| &rows[index as usize]);
            let time = events.clone().filter_map(|row| row.time).max();
            owned.push(events.clone().any(|row| is_owning(row.kind)));
            let values = Values {
                weight: Some(strength(weights, rule, events, scale)),
                time: time.or(oldest),
                ..Values::default()
            };
            records.push(shopper, product, values)?;
        }
        drop(order);
        let records: Records = records.finish();
        let interactions = match records.is_empty() {
            true => None,
            false => Some(Interactions::new(&records, Duplicates::Refuse)?),
        };
        Ok(Self {
            interactions,
            owned,
            now,
            used,
            untimed,
        })
    }
}

/// Whether a shopper has a product after an event of this kind.
fn is_owning(kind: EventKind) -> bool {
    matches!(kind, EventKind::Purchase | EventKind::Rating)
}

/// The latest of `times` but for one in a thousand, and for one at least.
fn almost_latest(mut times: Vec<i64>) -> i64 {
    let Some(last) = times.len().checked_sub(1) else {
        return 0;
    };
    let later = times.len().div_ceil(1000).min(last);
    *times.select_nth_unstable(last - later).1
}

/// What the events of one shopper with one product count together.
fn strength<'e>(
    weights: &EventWeights,
    rule: &ViewedRule,
    events: impl Iterator<Item = &'e Row>,
    scale: RatingScale,
) -> f32 {
    let (mut strongest, mut rated) = (0.0_f32, None);
    for event in events {
        match (event.kind, event.value) {
            (EventKind::Rating, Some(value)) => rated = Some(weights.rating * scale.place(value)),
            (kind, _) => strongest = strongest.max(weights.of(rule.counts_as(kind))),
        }
    }
    rated.unwrap_or(strongest)
}

/// The lowest and the highest rating, in double precision: their difference may be beyond `f32`.
#[derive(Clone, Copy)]
struct RatingScale {
    worst: f64,
    best: f64,
}

impl Default for RatingScale {
    fn default() -> Self {
        Self {
            worst: f64::INFINITY,
            best: f64::NEG_INFINITY,
        }
    }
}

impl RatingScale {
    fn add(&mut self, row: &Row) {
        if let (EventKind::Rating, Some(value)) = (row.kind, row.value) {
            self.worst = self.worst.min(value.into());
            self.best = self.best.max(value.into());
        }
    }

    /// Where `value` lies between the worst (0) and the best (1).
    fn place(self, value: f32) -> f32 {
        match self.best > self.worst {
            true => ((f64::from(value) - self.worst) / (self.best - self.worst)) as f32,
            false => 1.0,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_in_a_thousand_times_may_be_wrong() {
        assert_eq!(almost_latest(Vec::new()), 0);
        assert_eq!(almost_latest(vec![7]), 7);
        assert_eq!(almost_latest(vec![7, 9, 8]), 8);
        let mut times: Vec<i64> = (0..2001).collect();
        times[..3].fill(i64::MAX);
        assert_eq!(almost_latest(times), 2000);
    }
}
