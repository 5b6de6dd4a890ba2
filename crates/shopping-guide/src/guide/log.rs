//! The event log as one sparse matrix: what each shopper took, and how much it counts.

use guide_core::Result;
use recsys_core::{Duplicates, IdMap, Ids, Interactions, Records, RecordsBuilder, Values};

use super::EventWeights;
use crate::events::Row;
use crate::{Catalog, EventKind, Events};

/// What is known of the shoppers.
pub(super) struct Log {
    /// One interaction for each shopper and product; none without events. It has times where every event has one.
    pub(super) interactions: Option<Interactions>,
    /// Events whose product the catalogue has.
    pub(super) used: usize,
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
        let timed = rows.iter().all(|row| row.time.is_some());
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
                time: time.filter(|_| timed),
                ..Values::default()
            };
            records.push(shopper, product, values)?;
        }
        let records: Records = records.finish();
        let interactions = match records.is_empty() {
            true => None,
            false => Some(Interactions::new(&records, Duplicates::Refuse)?),
        };
        Ok(Self {
            interactions,
            used: order.len(),
        })
    }
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

/// `½^(age / half life)` at the moment `now`; 1 where there is no half life.
pub(crate) fn decay(time: i64, now: i64, half_life_days: Option<f32>) -> f32 {
    half_life_days.map_or(1.0, |days| {
        let age = now.saturating_sub(time) as f64 / 86_400.0;
        (-age / f64::from(days)).exp2() as f32
    })
}
