//! The event log as one sparse matrix: what each shopper took, and how much it counts.

use guide_core::Result;
use recsys_core::{Duplicates, IdMap, Ids, Interactions, Records, RecordsBuilder, Values};

use super::EventWeights;
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
    pub(super) fn new(weights: &EventWeights, catalog: &Catalog, events: &Events) -> Result<Self> {
        let (rows, ids) = events.rows();
        let number_of = |product: &str| catalog.ids().get(product);
        let numbers: Vec<Option<u32>> = ids.items.names().map(number_of).collect();
        let mut order: Vec<(u32, u32, usize)> = Vec::with_capacity(rows.len()); // shopper, product, event
        for (index, row) in rows.iter().enumerate() {
            if let Some(product) = numbers[row.product.index()] {
                order.push((row.shopper.0, product, index));
            }
        }
        order.sort_unstable();
        let scale = rating_scale(rows);
        let times = order.iter().filter_map(|&(_, _, index)| rows[index].time);
        let times: Vec<i64> = times.collect();
        let oldest = times.iter().min().copied();
        let untimed = order.len() - times.len();
        let mut owned = Vec::new();
        let mut records = RecordsBuilder::from_ids(&Ids {
            users: IdMap::default(),
            items: catalog.ids().clone(),
        });
        for pair in order.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1)) {
            let (shopper, product) = (ids.users.name(pair[0].0), catalog.ids().name(pair[0].1));
            let events = pair.iter().map(|&(_, _, index)| &rows[index]);
            let time = events.clone().filter_map(|row| row.time).max();
            let values = Values {
                weight: Some(strength(weights, events, scale)),
                time: time.or(oldest),
                ..Values::default()
            };
            let events = pair.iter().map(|&(_, _, index)| rows[index].kind);
            owned.push(events.into_iter().any(is_owning));
            records.push(shopper, product, values)?;
        }
        let records: Records = records.finish();
        let interactions = match records.is_empty() {
            true => None,
            false => Some(Interactions::new(&records, Duplicates::Refuse)?),
        };
        Ok(Self {
            interactions,
            owned,
            now: almost_latest(times),
            used: order.len(),
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
    events: impl Iterator<Item = &'e Row>,
    (worst, best): (f32, f32),
) -> f32 {
    let (mut strongest, mut rated) = (0.0_f32, None);
    for event in events {
        match (event.kind, event.value) {
            (EventKind::Rating, Some(value)) => {
                let place = if best > worst {
                    (value - worst) / (best - worst)
                } else {
                    1.0
                };
                rated = Some(weights.rating * place);
            }
            (kind, _) => strongest = strongest.max(weights.of(kind)),
        }
    }
    rated.unwrap_or(strongest)
}

/// The lowest and the highest rating.
fn rating_scale(rows: &[Row]) -> (f32, f32) {
    let ratings = rows
        .iter()
        .filter(|row| row.kind == EventKind::Rating)
        .filter_map(|row| row.value);
    ratings.fold(
        (f32::INFINITY, f32::NEG_INFINITY),
        |(worst, best), value| (worst.min(value), best.max(value)),
    )
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
