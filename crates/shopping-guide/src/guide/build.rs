//! Builds a guide: the events become one sparse matrix, and each source learns from it or from the catalogue.

use std::time::Instant;

use guide_core::{Error, Fit, Params, Progress, Result, Silent};
use recsys_core::Interactions;
use serde::{Deserialize, Serialize};

use super::log::Log;
use super::tune::tuned;
use super::{Guide, GuideParams};
use crate::source::{Attributes, Popular};
use crate::{Catalog, Events, Product};

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
    pub fn build_with(self, progress: &dyn Progress) -> Result<(Guide, BuildReport)> {
        self.params.validate()?;
        let events = self.events.unwrap_or_default();
        let catalog = match self.catalog {
            Some(catalog) => catalog,
            None => Catalog::new(events.rows().1.items.names().map(|id| Product::new(id, id)))?,
        };
        if catalog.is_empty() {
            return Err(Error::empty("the catalogue"));
        }
        let mut params = self.params;
        let start = Instant::now();
        if let Some((earlier, later)) = params.tune.then(|| events.split_last(LATER).ok()).flatten()
        {
            let (guide, _) = train(&params, catalog.clone(), &earlier, progress)?;
            params = tuned(guide, &later)?;
        }
        let seconds = start.elapsed().as_secs_f64();
        let (guide, mut report) = train(&params, catalog, &events, progress)?;
        if params.tune {
            report.seconds.push(("tuning".to_owned(), seconds));
        }
        Ok((guide, report))
    }
}

/// The part of the baskets by which the weights of the fusion are fitted.
const LATER: f32 = 0.1;

/// Trains every source.
fn train(
    params: &GuideParams,
    catalog: Catalog,
    events: &Events,
    progress: &dyn Progress,
) -> Result<(Guide, BuildReport)> {
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
    let log = Log::new(&params.events, &catalog, events)?;
    timed("events", start);
    let start = Instant::now();
    let neighbours = match &log.interactions {
        Some(interactions) => Some(params.neighbours.fit_with(interactions, progress)?),
        None => None,
    };
    timed("neighbours", start);
    let start = Instant::now();
    let factors = match &log.interactions {
        Some(interactions) if params.fusion.factors > 0.0 => Some(
            params
                .factors
                .clone()
                .seed(params.seed)
                .fit_with(interactions, progress)?,
        ),
        _ => None,
    };
    timed("factors", start);
    let start = Instant::now();
    let attributes = Attributes::new(&params.attributes, &catalog);
    timed("attributes", start);
    let start = Instant::now();
    let popular = Popular::new(
        &catalog,
        log.interactions.as_ref(),
        params.popular_half_life_days,
    );
    let trending_half_life = Some(params.trending_half_life_days);
    let trending = match &log.interactions {
        Some(interactions) if interactions.times().is_some() => Some(Popular::new(
            &catalog,
            Some(interactions),
            trending_half_life,
        )),
        _ => None,
    };
    timed("popular", start);
    let counts = log.interactions.as_ref().map(Interactions::item_counts);
    report.new_products = counts.map_or(catalog.len(), |counts| {
        counts.iter().filter(|&&shoppers| shoppers == 0).count()
    });
    report.shoppers = log.interactions.as_ref().map_or(0, Interactions::n_users);
    report.events = log.used;
    report.unknown_products = events.len() - log.used;
    let guide = Guide {
        params: params.clone(),
        catalog,
        now: events.latest().unwrap_or(0),
        neighbours,
        factors,
        attributes,
        trending,
        popular,
    };
    Ok((guide, report))
}
