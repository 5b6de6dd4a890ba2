//! Builds a guide: tunes its parameters, trains every source, and says what went in.

use std::fmt;
use std::time::Instant;

use guide_core::{Error, Params, Progress, Result, Silent, printable};
use serde::{Serialize, Serializer};

use super::split::TimeSplit;
use super::train::{Base, Trained, train};
use super::tune::{TuneReport, tune};
use super::{Guide, GuideParams, ViewedRule};
use crate::evaluation::{Later, Test};
use crate::{Catalog, Evaluation, EvaluationParams, Events, NoiseReport, Product};

/// Collects the catalogue, events and parameters of a guide; made by [`Guide::builder`].
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
    /// What holds for products that a shopper only viewed, and why.
    pub viewed: ViewedRule,
    /// Whether parameters were fitted to the log; false where it has no times, too few shoppers, or gives none that are
    /// better than those given.
    pub tuned: bool,
    /// How they were fitted, and what was picked; none where nothing was tried.
    pub tuning: Option<TuneReport>,
    /// What noise the counts have; none without noise.
    pub noise: Option<NoiseReport>,
    /// Sources that were not fitted, because the log or the parameters give them nothing to go by, with the reason.
    pub not_fitted: Vec<(String, String)>,
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
            let examples = self.unknown_examples.iter().map(|id| printable(id));
            let examples = examples.collect::<Vec<_>>().join(", ");
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
        if let Some(noise) = &self.noise {
            writeln!(f, "  {noise}")?;
        }
        for (name, why) in &self.not_fitted {
            writeln!(f, "  no source `{name}`: {why}")?;
        }
        if !self.stopped.is_empty() {
            writeln!(f, "  training ended early: {}", self.stopped.join(", "))?;
        }
        writeln!(f, "  {}", self.viewed)?;
        if let Some(tuning) = &self.tuning {
            write!(f, "{tuning}")?;
        }
        for (name, seconds) in &self.seconds {
            writeln!(f, "  {name}: {seconds:.3} s")?;
        }
        Ok(())
    }
}

/// A guide with its evaluation: one with the same parameters, fitted without the test part.
#[derive(Debug)]
#[non_exhaustive]
pub struct MeasuredGuide {
    /// The guide, fitted to all events.
    pub guide: Guide,
    /// What went into it.
    pub report: BuildReport,
    /// What a guide with the same parameters, weights and sources finds of the last baskets when it is fitted without them;
    /// or why the log does not allow that to be measured.
    pub evaluation: Result<Evaluation>,
}

/// What a builder holds, checked and indexed.
pub(crate) struct Job {
    params: GuideParams,
    base: Base,
    events: Events,
}

/// What the tuning gave, and how long it took.
struct Tuned {
    params: GuideParams,
    report: Option<TuneReport>,
    seconds: f64,
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

    /// Builds the guide, tells `progress` of each step and each trained epoch, and says what went in.
    ///
    /// A source that is good with less training may be ended by `progress` and is named in [`BuildReport::stopped`]; and
    /// building fails if any other required part is missing.
    ///
    /// # Errors
    /// As [`GuideBuilder::build`]; [`Error::Cancelled`] where `progress` ends the search for neighbours before all products have
    /// theirs, or says between two steps that it is over, as [`Cancel`](crate::Cancel) does.
    pub fn build_with(self, progress: &dyn Progress) -> Result<(Guide, BuildReport)> {
        let job = self.prepare()?;
        // No times, or a basket or two, give nothing to tune by.
        let split = TimeSplit::new(&job.events, LATER).ok();
        let tuned = job.tuned(split, progress)?;
        job.finish(tuned, progress)
    }

    /// Measures a guide on the last baskets and builds one on all events with the same parameters.
    ///
    /// The log is cut by time as [`EvaluationParams::test_fraction`] says. Within the earlier part the parameters are tuned
    /// (on its own last tenth), and a guide with them is fitted to the earlier part and measured on the later one. A guide
    /// with just these parameters, sources and weights is then fitted to all events, without a second tuning.
    ///
    /// # Errors
    /// As [`GuideBuilder::build_with`]. That the log does not allow a measurement is no error of the whole:
    /// [`MeasuredGuide::evaluation`] then holds the reason.
    ///
    /// ```
    /// use guide_demo::DemoShop;
    /// use shopping_guide::{EvaluationParams, Guide, Silent};
    /// let shop = DemoShop::params().n_products(100).n_shoppers(150).generate()?;
    /// let builder = Guide::builder().catalog(shop.catalog).events(shop.events);
    /// let made = builder.build_measured(&EvaluationParams::default(), &Silent)?;
    /// let evaluation = made.evaluation?;
    /// assert_eq!(&evaluation.params, made.guide.params());
    /// assert!(evaluation.build.events < made.report.events); // the last tenth was held out
    /// # Ok::<(), shopping_guide::Error>(())
    /// ```
    pub fn build_measured(
        self,
        how: &EvaluationParams,
        progress: &dyn Progress,
    ) -> Result<MeasuredGuide> {
        how.validate()?;
        let job = self.prepare()?;
        let split = match TimeSplit::new(&job.events, how.test_fraction) {
            Ok(split) => split,
            Err(reason) => {
                let split = TimeSplit::new(&job.events, LATER).ok();
                let tuned = job.tuned(split, progress)?;
                let (guide, report) = job.finish(tuned, progress)?;
                return Ok(MeasuredGuide {
                    guide,
                    report,
                    evaluation: Err(reason),
                });
            }
        };
        let (tuned, evaluation) = job.measured(&split, how, progress)?;
        drop(split);
        let (guide, report) = job.finish(tuned, progress)?;
        Ok(MeasuredGuide {
            guide,
            report,
            evaluation,
        })
    }

    /// Tunes and measures as [`GuideBuilder::build_measured`] does, and builds nothing on all events.
    pub(crate) fn measure(
        self,
        how: &EvaluationParams,
        progress: &dyn Progress,
    ) -> Result<Evaluation> {
        how.validate()?;
        let job = self.prepare()?;
        let split = TimeSplit::new(&job.events, how.test_fraction)?;
        let (_, evaluation) = job.measured(&split, how, progress)?;
        evaluation
    }

    /// Tunes and builds on the events given, and measures on `test`.
    pub(crate) fn measure_on(
        self,
        test: &Events,
        how: &EvaluationParams,
        progress: &dyn Progress,
    ) -> Result<Evaluation> {
        how.validate()?;
        let job = self.prepare()?;
        let split = TimeSplit::new(&job.events, LATER).ok();
        let tuned = job.tuned(split, progress)?;
        let later = Later {
            events: test,
            is_in: &|_| true,
            train_events: job.events.len(),
        };
        job.fitted_and_asked(&tuned, |_| true, &later, how, progress)?
    }

    fn prepare(self) -> Result<Job> {
        self.params.validate()?;
        let events = self.events.unwrap_or_default();
        let catalog = match self.catalog {
            Some(catalog) => catalog,
            None => Catalog::new(events.rows().1.items.names().map(|id| Product::new(id, id)))?,
        };
        if catalog.is_empty() {
            return Err(Error::empty("the catalogue"));
        }
        for id in &self.params.leave_out {
            catalog.require(id)?;
        }
        ensure_known(&catalog, &events)?;
        Ok(Job {
            base: Base::new(&self.params, catalog, &events),
            params: self.params,
            events,
        })
    }
}

/// The part of the baskets by which parameters are tuned.
const LATER: f32 = 0.1;

impl Job {
    /// The parameters under which a guide of the earlier events of `split` finds most of the later ones; those given where
    /// there is nothing to tune by or nothing to gain.
    fn tuned(&self, split: Option<TimeSplit>, progress: &dyn Progress) -> Result<Tuned> {
        let start = Instant::now();
        let mut tuned = Tuned {
            params: self.params.clone(),
            report: None,
            seconds: 0.0,
        };
        if let Some(split) = split.filter(|_| self.params.tune) {
            let params = &mut tuned.params;
            tuned.report = tune(params, &self.base, &self.events, &split, progress)?;
        }
        tuned.seconds = start.elapsed().as_secs_f64();
        Ok(tuned)
    }

    /// Tunes within the earlier part of `split`, fits a guide to that part, and measures it on the later part; the inner
    /// error says why nobody can be asked.
    fn measured(
        &self,
        split: &TimeSplit,
        how: &EvaluationParams,
        progress: &dyn Progress,
    ) -> Result<(Tuned, Result<Evaluation>)> {
        let inner = split.again(&self.events, LATER).ok();
        let tuned = self.tuned(inner, progress)?;
        let later = Later {
            events: &self.events,
            is_in: &|index| split.is_later(index),
            train_events: split.count_earlier(),
        };
        let earlier = |index| split.is_earlier(index);
        let evaluation = self.fitted_and_asked(&tuned, earlier, &later, how, progress)?;
        Ok((tuned, evaluation))
    }

    /// Fits a guide to the events for which `is_in` holds, and measures it on `later`; the inner error says why nobody can be
    /// asked.
    fn fitted_and_asked(
        &self,
        tuned: &Tuned,
        is_in: impl Fn(usize) -> bool,
        later: &Later<'_>,
        how: &EvaluationParams,
        progress: &dyn Progress,
    ) -> Result<Result<Evaluation>> {
        let trained = train(&tuned.params, &self.base, &self.events, is_in, progress)?;
        let report = self.report(&trained, tuned, later.train_events);
        let asked = Test::new(&trained.guide, later, how);
        asked
            .map(|test| test.measure(&trained.guide, report, how, progress))
            .map_or_else(|reason| Ok(Err(reason)), |measured| measured.map(Ok))
    }

    /// Fits the guide to all events.
    fn finish(self, tuned: Tuned, progress: &dyn Progress) -> Result<(Guide, BuildReport)> {
        let trained = train(&tuned.params, &self.base, &self.events, |_| true, progress)?;
        let report = self.report(&trained, &tuned, self.events.len());
        Ok((trained.guide, report))
    }

    /// What went into a guide of `n_events` of the events.
    fn report(&self, trained: &Trained, tuned: &Tuned, n_events: usize) -> BuildReport {
        let mut report = BuildReport::new(trained);
        let (_, ids) = self.events.rows();
        let catalog = self.base.catalog();
        let unknown = ids.items.names().filter(|id| catalog.get(id).is_none());
        report.unknown_products = n_events - report.events;
        report.unknown_examples = unknown.take(3).map(str::to_owned).collect();
        report.tuned = tuned.params != self.params;
        report.tuning.clone_from(&tuned.report);
        if self.params.tune {
            report.seconds.push(("tuning".to_owned(), tuned.seconds));
        }
        report
    }
}

impl BuildReport {
    /// What went into a guide that was not tuned.
    pub(super) fn new(trained: &Trained) -> Self {
        let guide = &trained.guide;
        let shoppers = guide.popular.all_shoppers().iter();
        Self {
            products: guide.catalog.len(),
            shoppers: guide.log.n_shoppers(),
            events: guide.log.len(),
            untimed: guide.log.untimed(),
            new_products: shoppers.filter(|&&shoppers| shoppers == 0).count(),
            viewed: guide.log.weighing().rule.clone(),
            noise: guide.noise(),
            not_fitted: trained.not_fitted.clone(),
            stopped: trained.stopped.clone(),
            seconds: trained.seconds.clone(),
            ..Self::default()
        }
    }
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
