//! Trains the sources of a guide on the events of one part of the log.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use guide_core::{EpochReport, Error, Progress, Result};

use super::log::{EventLog, known_kinds};
use super::sources::FittedSource;
use super::{Counts, Guide, GuideParams, Indexed, ViewedRule};
use crate::source::{Fitted, KINDS, Material, UnderNoise};
use crate::{Catalog, Events};

/// What guides for different parts of one log have in common: the catalogue, its indices, and the rule for what was viewed.
#[derive(Clone)]
pub(super) struct Base {
    indexed: Indexed,
    pub(super) rule: ViewedRule,
    /// Seconds that the indices took.
    seconds: f64,
    /// Fits with noise before.
    noise_fits: u32,
}

/// A guide with what its training has to tell.
pub(super) struct Trained {
    pub(super) guide: Guide,
    /// Sources whose training ended early.
    pub(super) stopped: Vec<String>,
    /// Sources that were not fitted, and why.
    pub(super) not_fitted: Vec<(String, String)>,
    pub(super) seconds: Vec<(String, f64)>,
}

impl Base {
    /// Indexes the catalogue.
    pub(super) fn new(params: &GuideParams, catalog: Catalog, events: &Events) -> Self {
        let start = Instant::now();
        let rule = ViewedRule::new(params.viewed, known_kinds(&catalog, events));
        Self {
            rule,
            indexed: Indexed::new(params, catalog),
            seconds: start.elapsed().as_secs_f64(),
            noise_fits: 0,
        }
    }

    /// The indices and rules of an existing guide, with the current state of its catalogue.
    pub(super) fn of(guide: &Guide) -> Self {
        Self {
            indexed: guide.indexed(),
            rule: guide.log.weighing().rule.clone(),
            seconds: 0.0,
            noise_fits: guide.noise_fits,
        }
    }

    pub(super) fn catalog(&self) -> &Catalog {
        &self.indexed.catalog
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
    base: &Base,
    events: &Events,
    is_in: impl Fn(usize) -> bool,
    progress: &dyn Progress,
) -> Result<Trained> {
    let start = Instant::now();
    progress.step("sorting the events by shopper", 0, 0);
    let log = EventLog::new(&params.events, &base.rule, base.catalog(), events, is_in);
    let sorted = start.elapsed().as_secs_f64();
    let mut trained = train_on(params, base, log, progress)?;
    trained.seconds.insert(0, ("events".to_owned(), sorted));
    Ok(trained)
}

/// Trains every source on a log.
pub(super) fn train_on(
    params: &GuideParams,
    base: &Base,
    log: EventLog,
    progress: &dyn Progress,
) -> Result<Trained> {
    go_on(progress, "events")?;
    let start = Instant::now();
    let params = Arc::new(params.clone());
    let counts = Counts::Anew {
        noise_fits: base.noise_fits,
    };
    let mut trained = Trained {
        guide: Guide::unfitted(params, base.indexed.clone(), log, counts)?,
        stopped: Vec::new(),
        not_fitted: Vec::new(),
        seconds: vec![("counts".to_owned(), start.elapsed().as_secs_f64())],
    };
    for (kind, source) in KINDS.iter().enumerate() {
        let name = source.name();
        let start = Instant::now();
        let watch = Watch::new(progress);
        let has_noise = trained.guide.params.noise.is_some();
        let fitted = match source.under_noise() {
            UnderNoise::NotFitted if has_noise => Fitted::NotFitted("it has no form with noise"),
            _ => source.fit(&trained.guide.material(), &watch)?,
        };
        if watch.has_ended() {
            if source.needs_all_of_its_training() {
                return Err(stopped(name));
            }
            trained.stopped.push(name.to_owned());
        }
        match fitted {
            Fitted::Model(model) => trained.guide.fitted.push(FittedSource { kind, model }),
            Fitted::NotFitted(why) => trained.not_fitted.push((name.to_owned(), why.to_owned())),
        }
        let indexed = match name == "attributes" {
            true => base.seconds,
            false => 0.0,
        };
        let seconds = start.elapsed().as_secs_f64() + indexed;
        trained.seconds.push((name.to_owned(), seconds));
        go_on(progress, name)?;
    }
    Ok(trained)
}

impl Guide {
    /// What its sources are fitted to.
    pub(super) fn material(&self) -> Material<'_> {
        Material {
            params: &self.params,
            catalog: &self.catalog,
            log: &self.log,
            taken: self.taken.as_ref(),
            popular: &self.popular,
            noise_fits: self.noise_fits,
        }
    }
}
