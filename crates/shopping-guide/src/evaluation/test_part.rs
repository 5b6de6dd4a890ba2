//! Draws the shoppers of a test part, asks the guide and its sources for them, and adds up what they find.

use std::collections::HashSet;

use guide_core::{Error, Progress, Result};

use super::answered::{Answered, Answering};
use super::list_quality::ListQuality;
use super::{BetterSource, Evaluation, EvaluationParams, GroupMeasured, Measured, WithoutSource};
use crate::guide::{AskedShopper, Questions, held_out, sample};
use crate::{BuildReport, Events, Guide};

/// The events that a guide is asked for.
pub(crate) struct Later<'a> {
    pub(crate) events: &'a Events,
    /// Tells those of `events` that are held out, by index.
    pub(crate) is_in: &'a dyn Fn(usize) -> bool,
    /// How many events the guide was fitted to.
    pub(crate) train_events: usize,
}

/// The shoppers who are asked, and what they took in the part of the log that is held out.
pub(crate) struct Test {
    asked: Vec<AskedShopper>,
    all_shoppers: usize,
    unknown_shoppers: usize,
    unknown_products: usize,
    train_events: usize,
    test_events: usize,
}

impl Test {
    /// Draws the shoppers.
    ///
    /// # Errors
    /// [`Error::Empty`] when there is none.
    pub(crate) fn new(guide: &Guide, later: &Later<'_>, how: &EvaluationParams) -> Result<Self> {
        let all = held_out(guide, later.events, later.is_in, how.only)?;
        if all.is_empty() {
            return Err(Error::empty(
                "the set of shoppers with a history and a new held-out product",
            ));
        }
        let (rows, ids) = later.events.rows();
        let (mut unknown_shoppers, mut unknown_products) = (HashSet::new(), 0);
        let mut test_events = 0;
        for (index, row) in rows.iter().enumerate() {
            if !(later.is_in)(index) {
                continue;
            }
            test_events += 1;
            if how.only.is_some_and(|only| only != row.kind) {
                continue;
            }
            match guide.catalog().number(ids.item_name(row.product)) {
                None => unknown_products += 1,
                Some(_) => {
                    unknown_shoppers.insert(row.shopper);
                }
            }
        }
        unknown_shoppers.retain(|&shopper| guide.shopper(ids.user_name(shopper)).is_none());
        Ok(Self {
            all_shoppers: all.len(),
            asked: sample(all, how.shoppers, how.seed),
            unknown_shoppers: unknown_shoppers.len(),
            unknown_products,
            train_events: later.train_events,
            test_events,
        })
    }

    /// Asks each source once for each shopper; what the guide answers is made of the same lists.
    pub(crate) fn measure(
        &self,
        guide: &Guide,
        build: BuildReport,
        how: &EvaluationParams,
        progress: &dyn Progress,
    ) -> Result<Evaluation> {
        let questions = Questions {
            asked: &self.asked,
            n: how.k.max(guide.params().fusion.depth),
            what: "measuring: shoppers asked",
            progress,
        };
        // Sources that answer a cart or a session alone have nothing to say here.
        let mut sources = guide.sources();
        sources.retain(|entry| entry.is_for_shoppers());
        let is_left_out =
            |place: &usize| how.without_each && sources[*place].weight_for_shopper() > 0.0;
        let answering = Answering {
            guide,
            quality: ListQuality::new(guide),
            k: how.k,
            without: (0..sources.len()).filter(is_left_out).collect(),
        };
        let each = |proposed: crate::guide::Proposed<'_>, one: &AskedShopper| {
            answering.answer(proposed, one)
        };
        let answered: Vec<Answered> =
            guide.ask_all(&questions, |entry| entry.is_for_shoppers(), each)?;
        progress.step("measuring: intervals", 0, 0);
        let names = sources.iter().map(|entry| entry.source.name());
        let names: Vec<&str> = std::iter::once("guide").chain(names).collect();
        let n_products = guide.catalog().len();
        let rows = names
            .iter()
            .enumerate()
            .map(|(place, &name)| Measured::of(name.to_owned(), place, &answered, n_products, how));
        let rows: Vec<Measured> = rows.collect::<Result<_>>()?;
        let without = (names.len()..).zip(&answering.without);
        let without = without.map(|(place, &source)| {
            WithoutSource::of(names[source + 1], place, &answered, n_products, how)
        });
        Ok(Evaluation {
            k: how.k,
            train_events: self.train_events,
            test_events: self.test_events,
            shoppers: self.asked.len(),
            all_shoppers: self.all_shoppers,
            unknown_shoppers: self.unknown_shoppers,
            unknown_products: self.unknown_products,
            pairs: self.asked.iter().map(|one| one.wanted.len()).sum(),
            better_sources: BetterSource::all(&rows, &answered, how.seed)?,
            without: without.collect::<Result<_>>()?,
            by_group: GroupMeasured::all(guide, &names, &self.asked, &answered, how)?,
            rows,
            fusion: guide.params().fusion.clone(),
            params: guide.params().clone(),
            build,
        })
    }
}
