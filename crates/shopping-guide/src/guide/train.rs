//! Trains the sources of a guide on the events of one part of the log.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use guide_core::{EpochReport, Error, Fit, Progress, Result};
use recsys_core::Interactions;

use super::filter_index::FilterIndex;
use super::log::Log;
use super::{Guide, GuideParams, ViewedRule};
use crate::source::{Attributes, FactorModel, Popular};
use crate::{Catalog, Events};

/// What guides for different parts of one log have in common: the catalogue, its index, and the rule for what was viewed.
pub(super) struct Base {
    catalog: Catalog,
    filters: FilterIndex,
    attributes: Attributes,
    pub(super) rule: ViewedRule,
    /// Seconds that the index took.
    seconds: f64,
}

/// A guide with what its training has to tell.
pub(super) struct Trained {
    pub(super) guide: Guide,
    /// The kind of events and the rule for what was viewed.
    rule: ViewedRule,
    /// Events used, and those of them without a time.
    pub(super) used: usize,
    pub(super) untimed: usize,
    /// Sources whose training ended early.
    pub(super) stopped: Vec<String>,
    pub(super) seconds: Vec<(String, f64)>,
}

impl Base {
    /// Indexes the catalogue.
    pub(super) fn new(params: &GuideParams, catalog: Catalog, events: &Events) -> Self {
        let start = Instant::now();
        Self {
            attributes: Attributes::new(&params.attributes, &catalog),
            rule: ViewedRule::new(params.viewed, events),
            filters: FilterIndex::new(&catalog),
            catalog,
            seconds: start.elapsed().as_secs_f64(),
        }
    }
}

impl Trained {
    /// The rule for what was viewed.
    pub(super) fn rule(&self) -> &ViewedRule {
        &self.rule
    }

    /// Takes the guide apart, so that another one can be trained on another part of the log.
    pub(super) fn into_base(self) -> Base {
        let seconds = self.seconds.into_iter();
        Base {
            catalog: self.guide.catalog,
            filters: self.guide.filters,
            attributes: self.guide.attributes,
            rule: self.rule,
            seconds: seconds
                .filter(|(name, _)| name == "attributes")
                .map(|(_, seconds)| seconds)
                .sum(),
        }
    }
}

/// Asks `progress` whether to go on with the next step.
///
/// # Errors
/// [`Error::Cancelled`] where it says no.
pub(crate) fn go_on(progress: &dyn Progress, done: &str) -> Result<()> {
    match progress.within_epoch() {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(()) => Err(stopped(done)),
    }
}

fn stopped(at: &str) -> Error {
    Error::cancelled(format_args!("{at} of the guide"))
}

/// Passes on what a trainer tells, and remembers whether the listener ended it before it was done.
pub(super) struct Watch<'p> {
    progress: &'p dyn Progress,
    ended: AtomicBool,
}

impl<'p> Watch<'p> {
    pub(super) fn new(progress: &'p dyn Progress) -> Self {
        let ended = AtomicBool::new(false);
        Self { progress, ended }
    }

    pub(super) fn has_ended(&self) -> bool {
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

    fn step(&self, what: &str, done: usize, total: usize) {
        self.progress.step(what, done, total);
    }
}

/// Trains every source on the events by index for which `is_in` holds.
pub(super) fn train(
    params: &GuideParams,
    base: Base,
    events: &Events,
    is_in: impl Fn(usize) -> bool,
    progress: &dyn Progress,
) -> Result<Trained> {
    let mut seconds: Vec<(String, f64)> = Vec::new();
    let mut timed = |name: &str, since: Instant| {
        seconds.push((name.to_owned(), since.elapsed().as_secs_f64()));
    };
    let catalog = base.catalog;
    let start = Instant::now();
    progress.step("sorting the events by shopper", 0, 0);
    let log = Log::new(&params.events, &base.rule, &catalog, events, is_in)?;
    timed("events", start);
    go_on(progress, "events")?;
    let start = Instant::now();
    progress.step("neighbours of each product", 0, 0);
    let watch = Watch::new(progress);
    let neighbours = match log.interactions {
        Some(interactions) => Some(params.neighbours.fit_with(&interactions, &watch)?),
        None => None,
    };
    if watch.has_ended() {
        return Err(stopped("neighbours"));
    }
    let interactions = neighbours.as_ref().map(recsys_cf::ItemTop::seen);
    timed("neighbours", start);
    go_on(progress, "neighbours")?;
    let start = Instant::now();
    let factors = match interactions {
        Some(interactions) if params.fusion.factors + params.context.factors > 0.0 => {
            progress.step("factors of shoppers and products", 0, 0);
            Some(fit_factors(params, interactions, &watch)?)
        }
        _ => None,
    };
    timed("factors", start);
    let attributes = ("attributes".to_owned(), base.seconds);
    go_on(progress, "factors")?;
    let start = Instant::now();
    progress.step("what is popular", 0, 0);
    let popular = Popular::new(
        &catalog,
        interactions,
        params.popular_half_life_days,
        log.now,
    );
    let trending = interactions.filter(|interactions| interactions.times().is_some());
    let trending = trending.map(|interactions| {
        let half_life = Some(params.trending_half_life_days);
        Popular::new(&catalog, Some(interactions), half_life, log.now)
    });
    timed("popular", start);
    let popular_seconds = seconds.pop();
    seconds.push(attributes);
    seconds.extend(popular_seconds);
    let stopped = watch.has_ended().then(|| "factors".to_owned());
    Ok(Trained {
        guide: Guide {
            params: params.clone(),
            catalog,
            filters: base.filters,
            now: log.now,
            neighbours,
            factors,
            attributes: base.attributes,
            trending,
            popular,
            owned: log.owned,
            leave_out_viewed: base.rule.left_out,
            own: super::own::Own::default(),
        },
        rule: base.rule,
        used: log.used,
        untimed: log.untimed,
        stopped: stopped.into_iter().collect(),
        seconds,
    })
}

/// Trains the source `factors`.
pub(super) fn fit_factors(
    params: &GuideParams,
    interactions: &Interactions,
    progress: &dyn Progress,
) -> Result<FactorModel> {
    let factors = params.factors.clone().seed(params.seed);
    FactorModel::new(factors.fit_with(interactions, progress)?)
}
