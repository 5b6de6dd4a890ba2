//! Builds a guide: the events become one sparse matrix, and each source learns from it or from the catalogue.

use std::fmt;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use guide_core::{EpochReport, Error, Fit, Params, Progress, Result, Silent};
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
    /// Those of them without a time: beside events with one they count as the oldest, and nothing is measured or tuned by them.
    pub untimed: usize,
    /// Events left out because the catalogue does not have their product.
    pub unknown_products: usize,
    /// The first products of those events, each once.
    pub unknown_examples: Vec<String>,
    /// Products without an event, which only attributes and popularity serve.
    pub new_products: usize,
    /// Whether the half lives and weights were fitted to the log; false where it has no times, too few shoppers, or gives
    /// none that are better than those given.
    pub tuned: bool,
    /// Sources whose training `progress` ended early, as it does that watches for a loss that falls no more.
    pub stopped: Vec<String>,
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
        match self.untimed {
            0 => {}
            all if all == self.events => writeln!(
                f,
                "  no event has a time: nothing fades, trends, or can be tuned by"
            )?,
            some => writeln!(f, "  {some} events have no time: taken as the oldest")?,
        }
        if !self.stopped.is_empty() {
            writeln!(f, "  training ended early: {}", self.stopped.join(", "))?;
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
    /// that the catalogue lacks, [`Error::Unsuitable`] for events of which the catalogue has no product, and what training a
    /// source gives. A log that says too little to fit the weights to is no error: the weights then stay as given, and
    /// [`BuildReport::tuned`] says so.
    pub fn build(self) -> Result<Guide> {
        self.build_with(&Silent).map(|(guide, _)| guide)
    }

    /// Builds the guide, tells `progress` of each trained epoch, and says what went in.
    ///
    /// A source that is good with less training may be ended by `progress` and is named in [`BuildReport::stopped`]; a guide
    /// of which parts are missing is none.
    ///
    /// # Errors
    /// As [`GuideBuilder::build`]; [`Error::Unsuitable`] where `progress` ends the search for neighbours before all products have
    /// theirs, or says between two steps that it is over, as [`Cancel`](crate::Cancel) does.
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
        ensure_known(&catalog, &events)?;
        let start = Instant::now();
        let fitted = match params.tune {
            true => fit_weights(&params, &catalog, &events, progress)?,
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
    let Ok((earlier, later)) = events.split_last(LATER) else {
        return Ok(None); // no times, or a basket or two
    };
    let (guide, _) = train(params, catalog.clone(), &earlier, progress)?;
    tuned(guide, &later, progress)
}

/// Refuses events of which the catalogue has no product: then one of the two has its ids in another column.
fn ensure_known(catalog: &Catalog, events: &Events) -> Result<()> {
    let ids = &events.rows().1.items;
    let known = ids.names().any(|id| catalog.number(id).is_some());
    let examples = (ids.names().next(), catalog.products().first());
    match examples {
        (Some(of_event), Some(product)) if !known => Err(Error::Unsuitable {
            algorithm: "guide",
            needed: format!(
                "events of products that the catalogue has, but knows none of {}: an event has `{of_event}`, the catalogue `{}`",
                ids.len(),
                product.id
            ),
        }),
        _ => Ok(()),
    }
}

/// Asks `progress` whether to go on with the next step.
///
/// # Errors
/// [`Error::Unsuitable`] where it says no.
pub(super) fn go_on(progress: &dyn Progress, done: &str) -> Result<()> {
    match progress.within_epoch() {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(()) => Err(stopped(done)),
    }
}

fn stopped(at: &str) -> Error {
    Error::Unsuitable {
        algorithm: "guide",
        needed: format!("all of its training, which was ended at `{at}`"),
    }
}

/// Passes on what a trainer tells, and remembers whether the listener ended it before it was done.
struct Watch<'p> {
    progress: &'p dyn Progress,
    ended: AtomicBool,
}

impl<'p> Watch<'p> {
    fn new(progress: &'p dyn Progress) -> Self {
        let ended = AtomicBool::new(false);
        Self { progress, ended }
    }

    fn has_ended(&self) -> bool {
        self.ended.load(Ordering::Relaxed)
    }
}

impl Progress for Watch<'_> {
    fn epoch(&self, report: &EpochReport) -> ControlFlow<()> {
        let flow = self.progress.epoch(report);
        if flow.is_break() && report.epoch < report.n_epochs {
            self.ended.store(true, Ordering::Relaxed);
        }
        flow
    }

    fn within_epoch(&self) -> ControlFlow<()> {
        let flow = self.progress.within_epoch();
        if flow.is_break() {
            self.ended.store(true, Ordering::Relaxed);
        }
        flow
    }
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
    go_on(progress, "events")?;
    let start = Instant::now();
    let watch = Watch::new(progress);
    let neighbours = match &log.interactions {
        Some(interactions) => Some(params.neighbours.fit_with(interactions, &watch)?),
        None => None,
    };
    if watch.has_ended() {
        return Err(stopped("neighbours"));
    }
    timed("neighbours", start);
    go_on(progress, "neighbours")?;
    let start = Instant::now();
    let factors = match &log.interactions {
        Some(interactions) if params.fusion.factors + params.context.factors > 0.0 => Some(
            params
                .factors
                .clone()
                .seed(params.seed)
                .fit_with(interactions, &watch)?,
        ),
        _ => None,
    };
    timed("factors", start);
    go_on(progress, "factors")?;
    let start = Instant::now();
    let attributes = Attributes::new(&params.attributes, &catalog);
    timed("attributes", start);
    let start = Instant::now();
    let popular = Popular::new(
        &catalog,
        log.interactions.as_ref(),
        params.popular_half_life_days,
        log.now,
    );
    let trending_half_life = Some(params.trending_half_life_days);
    let trending = match &log.interactions {
        Some(interactions) if interactions.times().is_some() => Some(Popular::new(
            &catalog,
            Some(interactions),
            trending_half_life,
            log.now,
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
    report.untimed = log.untimed;
    if watch.has_ended() {
        report.stopped.push("factors".to_owned());
    }
    report.unknown_products = events.len() - log.used;
    let (_, ids) = events.rows();
    let unknown = ids.items.names().filter(|id| catalog.get(id).is_none());
    report.unknown_examples = unknown.take(3).map(str::to_owned).collect();
    let guide = Guide {
        params: params.clone(),
        catalog,
        now: log.now,
        neighbours,
        factors,
        attributes,
        trending,
        popular,
        owned: log.owned,
        own: super::own::Own::default(),
    };
    Ok((guide, report))
}
