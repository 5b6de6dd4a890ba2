//! Builds a guide: the events become one sparse matrix, and each source learns from it or from the catalogue.

use std::fmt;
use std::time::Instant;

use guide_core::{Error, Fit, Params, Progress, Result, Silent};
use recsys_core::Interactions;
use serde::{Serialize, Serializer};

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
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
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
    /// The first products of those events, each once.
    pub unknown_examples: Vec<String>,
    /// Products without an event, which only attributes and popularity serve.
    pub new_products: usize,
    /// Whether the half lives and weights were fitted to the log; false where it has no times, too few shoppers, or gives
    /// none that are better than those given.
    pub tuned: bool,
    /// Each source with the seconds that it took, in the order of the work; in JSON an object.
    #[serde(serialize_with = "as_object")]
    pub seconds: Vec<(String, f64)>,
}

fn as_object<S: Serializer>(
    seconds: &[(String, f64)],
    serializer: S,
) -> std::result::Result<S::Ok, S::Error> {
    serializer.collect_map(seconds.iter().map(|(name, seconds)| (name, seconds)))
}

impl fmt::Display for BuildReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{} products ({} without events), {} shoppers, {} events, weights {}",
            self.products,
            self.new_products,
            self.shoppers,
            self.events,
            if self.tuned { "fitted" } else { "as given" }
        )?;
        if self.unknown_products > 0 {
            let examples = self.unknown_examples.join(", ");
            let count = self.unknown_products;
            writeln!(
                f,
                "  {count} events left out: the catalogue lacks their product; {examples}"
            )?;
        }
        for (name, seconds) in &self.seconds {
            writeln!(f, "  {name}: {seconds:.3} s")?;
        }
        Ok(())
    }
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
    /// [`Error::Param`] for a bad parameter, [`Error::Empty`] without a product, [`Error::Unknown`] for a product to leave out
    /// that the catalogue lacks, and what training a source gives. A log that says too little to fit the weights to is none:
    /// the weights then stay as given, and [`BuildReport::tuned`] says so.
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
        for id in &params.leave_out {
            catalog.require(id)?;
        }
        let start = Instant::now();
        let fitted = match params.tune {
            // Whatever the part of the log lacks, the whole of it may have.
            true => fit_weights(&params, &catalog, &events, progress).unwrap_or(None),
            false => None,
        };
        let tuned = fitted.is_some();
        params = fitted.unwrap_or(params);
        let seconds = start.elapsed().as_secs_f64();
        let (guide, mut report) = train(&params, catalog, &events, progress)?;
        report.tuned = tuned;
        if params.tune {
            report.seconds.push(("tuning".to_owned(), seconds));
        }
        Ok((guide, report))
    }
}

/// The part of the baskets by which the weights of the fusion are fitted.
const LATER: f32 = 0.1;

/// The parameters with the half lives and weights that a guide of the earlier baskets needs for the later ones; none where
/// there is too little to go by or nothing to gain.
fn fit_weights(
    params: &GuideParams,
    catalog: &Catalog,
    events: &Events,
    progress: &dyn Progress,
) -> Result<Option<GuideParams>> {
    let (earlier, later) = events.split_last(LATER)?;
    let (guide, _) = train(params, catalog.clone(), &earlier, progress)?;
    tuned(guide, &later)
}

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
        Some(interactions) if params.fusion.factors + params.context.factors > 0.0 => Some(
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
    let (_, ids) = events.rows();
    let unknown = ids.items.names().filter(|id| catalog.get(id).is_none());
    report.unknown_examples = unknown.take(3).map(str::to_owned).collect();
    let guide = Guide {
        params: params.clone(),
        catalog,
        now: events.latest().unwrap_or(0),
        neighbours,
        factors,
        attributes,
        trending,
        popular,
        own: super::own::Own::default(),
    };
    Ok((guide, report))
}
