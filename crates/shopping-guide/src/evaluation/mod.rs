//! How good a guide is: it is fitted to the earlier events and asked for the later ones.

mod answered;
mod comparison;
mod groups;
mod interval;
mod list_quality;
mod measured;
mod params;
mod replay;
mod test_part;

use guide_core::{Params, Progress, Result, Silent};
use serde::Serialize;

use crate::guide::TimeSplit;
use crate::{BuildReport, Catalog, Events, FusionParams, Guide, GuideParams};

pub use comparison::{Comparison, SkippedEvents};
pub use groups::{EvaluationGroup, GroupMeasured};
pub use interval::{Difference, MeanScores};
pub use measured::{BetterSource, Measured, WithoutSource};
pub use params::EvaluationParams;
pub(crate) use test_part::{Later, Test};

/// What was measured, for the guide and for each of its sources alone.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Evaluation {
    /// How many hits were looked at.
    pub k: usize,
    /// Events the guide was fitted to.
    pub train_events: usize,
    /// Events held out.
    pub test_events: usize,
    /// Shoppers who were asked for.
    pub shoppers: usize,
    /// Shoppers who can be asked for, of whom these are a sample: those who have a history, and a held-out product that is
    /// not left out because they had it before.
    pub all_shoppers: usize,
    /// Shoppers of the test part whom the training part does not know. They are not asked: to each of them the guide answers
    /// what is popular, whatever its other sources are worth.
    pub unknown_shoppers: usize,
    /// Events of the test part whose product the catalogue lacks. They are not looked at.
    pub unknown_products: usize,
    /// Pairs of shopper and held-out product.
    pub pairs: usize,
    /// The guide first, then its sources.
    pub rows: Vec<Measured>,
    /// The sources that alone find more than the guide; empty where there is none.
    pub better_sources: Vec<BetterSource>,
    /// The guide without each of the sources that it fuses, so that one sees what each of them adds; empty unless
    /// [`EvaluationParams::without_each`].
    pub without: Vec<WithoutSource>,
    /// What is found for new and returning shoppers, and of new and known products. A group that nobody counts in is missing.
    pub by_group: Vec<GroupMeasured>,
    /// The weights of the sources, as given or as fitted within the earlier events.
    pub fusion: FusionParams,
    /// All parameters of the guide that was measured.
    #[serde(skip)]
    pub params: GuideParams,
    /// How the guide that was measured was built.
    pub build: BuildReport,
}

impl Evaluation {
    /// The row called `name`, such as `guide`, `popular` or `without popular`.
    pub fn row(&self, name: &str) -> Option<&Measured> {
        let without = self.without.iter().map(|one| &one.measured);
        let mut rows = self.rows.iter().chain(without);
        rows.find(|row| row.name == name)
    }

    /// What was measured for a group; `None` if nobody counts in it.
    pub fn group(&self, group: EvaluationGroup) -> Option<&GroupMeasured> {
        self.by_group.iter().find(|one| one.group == group)
    }

    /// Holds out the last baskets, tunes and builds a guide on the rest, and asks it and each source alone for shoppers with a
    /// history. Products that are left out of the answers because the shopper had them before are none of the held-out ones;
    /// events without a time are used for neither part. [`GuideBuilder::build_measured`](crate::GuideBuilder::build_measured)
    /// also fits the guide with these parameters to all events; [`Evaluation::of`] takes parts that the shop has cut itself.
    ///
    /// # Errors
    /// [`Error::Unsuitable`](crate::Error::Unsuitable) when no event has a time; [`Error::Param`](crate::Error::Param) when there
    /// are too few baskets to split; [`Error::Empty`](crate::Error::Empty) when no shopper can be asked for; what building gives.
    /// A guide can be built all the same.
    pub fn run(
        catalog: &Catalog,
        events: &Events,
        params: &GuideParams,
        how: &EvaluationParams,
        progress: &dyn Progress,
    ) -> Result<Self> {
        how.validate()?;
        // What cannot be split is not copied.
        TimeSplit::new(events, how.test_fraction)?;
        let builder = Guide::builder()
            .catalog(catalog.clone())
            .events(events.clone());
        builder.params(params.clone()).measure(how, progress)
    }

    /// Tunes and builds a guide on `train` alone and asks it and each source alone for what shoppers took in `test`: a split of the
    /// shop's own, such as two files.
    ///
    /// It measures what a shop will see only if `test` comes after `train`: of a product that the shopper has in `train` nothing is
    /// asked in `test`, and an event that stands in both parts counts as training. Events of `train` without a time are fitted to,
    /// as in any guide, and those of `test` are asked for; [`EvaluationParams::test_fraction`] counts for nothing.
    ///
    /// # Errors
    /// [`Error::Empty`](crate::Error::Empty) when no shopper can be asked for; what building gives.
    ///
    /// ```
    /// use shopping_guide::{Catalog, Evaluation, EvaluationParams, Event, Events, GuideParams, Product, Silent};
    /// let catalog = Catalog::new(["mug", "bowl", "tray"].map(|id| Product::new(id, id)))?;
    /// // Ann and bob take the same; bob's bowl is still to come, and zoe is new.
    /// let train = [("ann", "mug"), ("ann", "bowl"), ("bob", "mug"), ("cleo", "tray")];
    /// let test = [("bob", "bowl"), ("zoe", "mug")];
    /// let log = |events: &[(&str, &str)]| Events::new(events.iter().map(|&(shopper, product)| Event::purchase(shopper, product)));
    /// let how = EvaluationParams::default().k(1);
    /// let measured = Evaluation::of(&GuideParams::default(), &catalog, &log(&train)?, &log(&test)?, &how, &Silent)?;
    /// assert_eq!((measured.shoppers, measured.unknown_shoppers), (1, 1));
    /// assert_eq!(measured.row("neighbours").map(|row| row.recall), Some(1.0));
    /// # Ok::<(), shopping_guide::Error>(())
    /// ```
    pub fn of(
        params: &GuideParams,
        catalog: &Catalog,
        train: &Events,
        test: &Events,
        how: &EvaluationParams,
        progress: &dyn Progress,
    ) -> Result<Self> {
        let builder = Guide::builder()
            .catalog(catalog.clone())
            .events(train.clone());
        let builder = builder.params(params.clone());
        builder.measure_on(test, how, progress)
    }

    /// Replays `later` for two guides: which of them has more of what shoppers took next in its first
    /// [`EvaluationParams::k`] hits, and how sure that is.
    ///
    /// Each shopper of `later` whom one of the guides knows is asked for once, with what the guide knows now; a guide that does
    /// not know the shopper answers what is popular. A product counts as wanted if at least one of the guides can recommend it to
    /// the shopper, so that a guide pays for what it leaves out and the other does not. Intervals are over shoppers, whose answers
    /// by the two guides are compared in pairs.
    ///
    /// **What it measures:** how well each guide foresees what shoppers did. **What it does not measure:** what shoppers would have
    /// done had they been shown the other guide's answers. What they took depends on what the shop showed them, so the guide that
    /// is more like the one that was live has an advantage. To take that out one needs the probability with which each product was
    /// shown (its propensity); events do not carry it, not even those that come with the list that was shown. A guide that wins by
    /// little, against the live one above all, is to be tried in a test with real shoppers.
    ///
    /// Neither guide may have been built with events of `later`: what it knows of them it leaves out of its answers.
    ///
    /// # Errors
    /// [`Error::Empty`](crate::Error::Empty) when no shopper can be asked for; [`Error::Param`](crate::Error::Param) for a bad
    /// parameter.
    ///
    /// ```
    /// use shopping_guide::{Catalog, Evaluation, EvaluationParams, Event, Events, Guide, Product};
    /// let catalog = Catalog::new(["mug", "bowl", "tray"].map(|id| Product::new(id, id)))?;
    /// let pairs = [("ann", "mug"), ("ann", "bowl"), ("bob", "mug"), ("cleo", "tray")];
    /// let events = Events::new(pairs.map(|(shopper, product)| Event::purchase(shopper, product)))?;
    /// let guide = Guide::builder().catalog(catalog).events(events).build()?;
    /// let later = Events::new([Event::purchase("bob", "bowl"), Event::purchase("zoe", "mug")])?;
    /// let compared = Evaluation::compare(&guide, &guide, &later, &EvaluationParams::default())?;
    /// assert_eq!((compared.shoppers, compared.events, compared.skipped.unknown_shopper), (1, 1, 1));
    /// assert_eq!((compared.ndcg.mean, compared.better()), (0.0, None)); // a guide is as good as itself
    /// # Ok::<(), shopping_guide::Error>(())
    /// ```
    pub fn compare(
        a: &Guide,
        b: &Guide,
        later: &Events,
        how: &EvaluationParams,
    ) -> Result<Comparison> {
        Self::compare_with(a, b, later, how, &Silent)
    }

    /// [`Evaluation::compare`], which tells `progress` how many shoppers have been asked for.
    ///
    /// # Errors
    /// As [`Evaluation::compare`]; [`Error::Cancelled`](crate::Error::Cancelled) where `progress` ends it.
    pub fn compare_with(
        a: &Guide,
        b: &Guide,
        later: &Events,
        how: &EvaluationParams,
        progress: &dyn Progress,
    ) -> Result<Comparison> {
        replay::compare([a, b], later, how, progress)
    }
}
