//! Builds a guide: the events become one sparse matrix, and each source learns from it or from the catalogue.

use std::sync::Arc;
use std::time::Instant;

use guide_core::{Error, Params, Progress, Result, Silent};
use recsys_core::{Duplicates, Ids, Interactions, RecordsBuilder, Values};
use serde::{Deserialize, Serialize};

use super::{Guide, GuideParams};
use crate::events::Row;
use crate::source::{Attributes, Popular};
use crate::{Catalog, EventKind, Events, Product};

/// Takes what a guide is made of; made by [`Guide::builder`].
#[derive(Clone, Debug, Default)]
pub struct GuideBuilder {
    catalog: Option<Catalog>,
    events: Option<Events>,
    params: GuideParams,
}

/// What went into a guide, and how long each source took.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct BuildReport {
    /// Products of the catalogue.
    pub products: usize,
    /// Shoppers of the event log.
    pub shoppers: usize,
    /// Events used.
    pub events: usize,
    /// Events left out because the catalogue does not have their product.
    pub unknown_products: usize,
    /// Products without an event, which only attributes and popularity serve.
    pub new_products: usize,
    /// Each source with the seconds that it took.
    pub seconds: Vec<(String, f64)>,
}

impl GuideBuilder {
    /// What the shop sells. Without a catalogue the products are those of the events, each with its id as title.
    #[must_use]
    pub fn catalog(mut self, catalog: Catalog) -> Self {
        self.catalog = Some(catalog);
        self
    }

    /// What shoppers did. Without events the guide knows shared attributes only.
    #[must_use]
    pub fn events(mut self, events: Events) -> Self {
        self.events = Some(events);
        self
    }

    /// Everything that can be set.
    #[must_use]
    pub fn params(mut self, params: GuideParams) -> Self {
        self.params = params;
        self
    }

    /// Builds the guide.
    ///
    /// # Errors
    /// [`Error::Param`] for a bad parameter, [`Error::Empty`] without a product, and what training a source gives.
    pub fn build(self) -> Result<Guide> {
        self.build_with(&Silent).map(|(guide, _)| guide)
    }

    /// Builds the guide, tells `progress` of each trained epoch, and says what went in.
    ///
    /// # Errors
    /// As [`GuideBuilder::build`].
    pub fn build_with(self, _progress: &dyn Progress) -> Result<(Guide, BuildReport)> {
        self.params.validate()?;
        let events = self.events.unwrap_or_default();
        let catalog = match self.catalog {
            Some(catalog) => catalog,
            None => Catalog::new(events.rows().1.items.names().map(|id| Product::new(id, id)))?,
        };
        if catalog.is_empty() {
            return Err(Error::empty("the catalogue"));
        }
        let mut report = BuildReport {
            products: catalog.len(),
            ..BuildReport::default()
        };
        let mut timed = |name: &str, since: Instant| {
            report
                .seconds
                .push((name.to_owned(), since.elapsed().as_secs_f64()));
        };
        let start = Instant::now();
        let log = Log::new(&self.params, &catalog, &events)?;
        timed("events", start);
        let start = Instant::now();
        let attributes = Attributes::new(&self.params.attributes, &catalog);
        timed("attributes", start);
        let start = Instant::now();
        let shoppers = match &log.interactions {
            Some(interactions) => interactions.item_counts(),
            None => vec![0; catalog.len()],
        };
        report.new_products = shoppers.iter().filter(|&&shoppers| shoppers == 0).count();
        let popular = Popular::new(log.popularity, shoppers);
        timed("popular", start);
        report.shoppers = log.ids.users.len();
        report.events = log.used;
        report.unknown_products = events.len() - log.used;
        let guide = Guide {
            params: self.params,
            catalog,
            ids: log.ids,
            interactions: log.interactions,
            attributes,
            popular,
        };
        Ok((guide, report))
    }
}

/// The events, weighed.
struct Log {
    ids: Arc<Ids>,
    interactions: Option<Interactions>,
    /// The weight of all events of each product, decayed for popularity.
    popularity: Vec<f32>,
    used: usize,
}

impl Log {
    fn new(params: &GuideParams, catalog: &Catalog, events: &Events) -> Result<Self> {
        let (rows, ids) = events.rows();
        let mut records = RecordsBuilder::from_ids(&Ids {
            users: recsys_core::IdMap::default(),
            items: catalog.ids().clone(),
        });
        let latest = events.latest().unwrap_or(0);
        let (worst, best) = rating_scale(rows);
        let weigh = |row: &Row, half_life_days: Option<f32>| {
            let place = match row.value {
                Some(value) if row.kind == EventKind::Rating && best > worst => {
                    (value - worst) / (best - worst)
                }
                _ => 1.0,
            };
            params.events.of(row.kind) * place * decay(row.time, latest, half_life_days)
        };
        let mut popularity = vec![0.0_f64; catalog.len()];
        for row in rows {
            let product = ids.item_name(row.product);
            let Some(number) = catalog.ids().get(product) else {
                continue;
            };
            let values = Values {
                weight: Some(weigh(row, params.events.half_life_days)),
                ..Values::default()
            };
            records.push(ids.user_name(row.shopper), product, values)?;
            popularity[number as usize] += f64::from(weigh(row, params.popular_half_life_days));
        }
        let used = records.len();
        let records = records.finish();
        let interactions = match used {
            0 => None,
            _ => Some(Interactions::new(&records, Duplicates::Sum)?),
        };
        Ok(Self {
            ids: Arc::clone(records.ids()),
            interactions,
            popularity: popularity.into_iter().map(|weight| weight as f32).collect(),
            used,
        })
    }
}

/// `½^(age / half life)`; 1 for an event without a time.
fn decay(time: Option<i64>, latest: i64, half_life_days: Option<f32>) -> f32 {
    match (time, half_life_days) {
        (Some(time), Some(days)) => {
            let age = latest.saturating_sub(time) as f64 / 86_400.0;
            (-age / f64::from(days)).exp2() as f32
        }
        _ => 1.0,
    }
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
