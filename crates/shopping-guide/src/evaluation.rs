//! How good a guide is: it is fitted to the earlier events and asked for the later ones.

use std::time::Instant;

use guide_core::{Error, Params, Progress, Result, Scored, ensure};
use recsys_core::ItemId;
use recsys_core::metrics::RankingScores;
use recsys_core::significance::{Interval, bootstrap, differences};
use serde::{Deserialize, Serialize};

use crate::catalog::OneOfAGroup;
use crate::guide::{AskedShopper, Proposed, Questions, TimeSplit, held_out, sample};
use crate::{BuildReport, Catalog, EventKind, Events, FusionParams, Guide, GuideParams};

/// How a guide is measured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct EvaluationParams {
    /// The part of the baskets (of the events, where there are none), last by time, that is held out.
    pub test_fraction: f32,
    /// How many hits are looked at.
    pub k: usize,
    /// Events that count as a success; none for all, purchases and good ratings included.
    pub only: Option<EventKind>,
    /// Shoppers that are asked, at most (5,000): drawn by the seed from those who can be asked.
    pub shoppers: usize,
    /// The start of all draws: of the shoppers, and of the samples behind the intervals.
    pub seed: u64,
}

impl Default for EvaluationParams {
    fn default() -> Self {
        Self {
            test_fraction: 0.1,
            k: 20,
            only: None,
            shoppers: 5000,
            seed: 0,
        }
    }
}

guide_core::setters!(EvaluationParams {
    test_fraction: f32,
    k: usize,
    only: Option<EventKind>,
    shoppers: usize,
    seed: u64,
});

impl Params for EvaluationParams {
    fn validate(&self) -> Result<()> {
        ensure::within("test_fraction", self.test_fraction, 0.0, 1.0)?;
        ensure::at_least_one("k", self.k)?;
        ensure::at_least_one("shoppers", self.shoppers)
    }
}

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
    /// Pairs of shopper and held-out product.
    pub pairs: usize,
    /// The guide first, then its sources.
    pub rows: Vec<Measured>,
    /// The sources that alone find more than the guide; empty where there is none.
    pub better_sources: Vec<BetterSource>,
    /// The weights of the sources, as given or as fitted within the earlier events.
    pub fusion: FusionParams,
    /// All parameters of the guide that was measured.
    #[serde(skip)]
    pub params: GuideParams,
    /// How the guide that was measured was built.
    pub build: BuildReport,
}

/// The means over shoppers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Measured {
    /// `guide` or the name of a source.
    pub name: String,
    /// Recall: hits over held-out products.
    pub recall: f64,
    /// The 95 % interval of the recall, by bootstrap over shoppers.
    pub recall_interval: (f64, f64),
    /// Normalised discounted cumulative gain.
    pub ndcg: f64,
    /// The 95 % interval of the gain, by bootstrap over shoppers.
    pub ndcg_interval: (f64, f64),
    /// The share of shoppers with a hit.
    pub hit_rate: f64,
    /// Mean reciprocal rank.
    pub mrr: f64,
    /// The share of all products that are recommended to someone of those asked.
    pub coverage: f64,
    /// Seconds to answer all shoppers asked, the threads' seconds added up. Each source is asked once: the guide's seconds
    /// are those of its sources and of joining their lists.
    pub seconds: f64,
}

/// A source that finds more alone than the guide does with all of them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct BetterSource {
    /// Its name.
    pub name: String,
    /// Its recall less the guide's.
    pub difference: f64,
    /// The 95 % interval of the difference, by bootstrap over shoppers.
    pub interval: (f64, f64),
    /// Whether the whole interval is above 0; where it is not, the difference may be chance.
    pub is_certain: bool,
}

impl Evaluation {
    /// The row called `name`.
    pub fn row(&self, name: &str) -> Option<&Measured> {
        self.rows.iter().find(|row| row.name == name)
    }

    /// Holds out the last baskets, tunes and builds a guide on the rest, and asks it and each source alone for shoppers with a
    /// history. Products that are left out of the answers because the shopper had them before are none of the held-out ones;
    /// events without a time are used for neither part. [`GuideBuilder::build_measured`](crate::GuideBuilder::build_measured)
    /// also fits the guide with these parameters to all events.
    ///
    /// # Errors
    /// [`Error::Unsuitable`] when no event has a time; [`Error::Param`] when there are too few baskets to split;
    /// [`Error::Empty`] when no shopper can be asked for; what building gives. A guide can be built all the same.
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
}

/// The shoppers who are asked, and what they took in the part of the log that is held out.
pub(crate) struct Test {
    asked: Vec<AskedShopper>,
    all_shoppers: usize,
    train_events: usize,
    test_events: usize,
}

/// What one shopper was answered, by the guide first and then by each source.
struct Answered {
    scores: Vec<RankingScores>,
    hits: Vec<Vec<u32>>,
    seconds: Vec<f64>,
}

/// Samples of shoppers behind an interval, and its confidence.
const ROUNDS: usize = 1000;
const CONFIDENCE: f32 = 0.95;

impl Test {
    /// Draws the shoppers.
    ///
    /// # Errors
    /// [`Error::Empty`] when there is none.
    pub(crate) fn new(
        guide: &Guide,
        events: &Events,
        split: &TimeSplit,
        how: &EvaluationParams,
    ) -> Result<Self> {
        let all = held_out(guide, events, |index| split.is_later(index), how.only)?;
        if all.is_empty() {
            return Err(Error::empty(
                "the set of shoppers with a history and a new held-out product",
            ));
        }
        Ok(Self {
            all_shoppers: all.len(),
            asked: sample(all, how.shoppers, how.seed),
            train_events: split.count_earlier(),
            test_events: split.count_later(),
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
        let answered = guide.ask_all(
            &questions,
            |entry| entry.is_for_shoppers(),
            |proposed, one| answer(guide, proposed, &one.wanted, how.k),
        )?;
        progress.step("measuring: intervals", 0, 0);
        let sources = guide.sources();
        let sources = sources.iter().filter(|entry| entry.is_for_shoppers());
        let sources = sources.map(|entry| entry.source.name());
        let names: Vec<&str> = std::iter::once("guide").chain(sources).collect();
        let rows = names.iter().enumerate();
        let rows = rows.map(|(place, name)| row(name, place, &answered, guide, how));
        let rows: Vec<Measured> = rows.collect::<Result<_>>()?;
        let recalls = |place: usize| -> Vec<f64> {
            let of = |one: &Answered| one.scores[place].recall_over_test;
            answered.iter().map(of).collect()
        };
        let of_guide = recalls(0);
        let mut better_sources = Vec::new();
        for (place, row) in rows.iter().enumerate().skip(1) {
            if row.recall <= rows[0].recall {
                continue;
            }
            let gains = differences(&recalls(place), &of_guide)?;
            let Interval {
                mean, low, high, ..
            } = bootstrap(&gains, CONFIDENCE, ROUNDS, how.seed)?;
            better_sources.push(BetterSource {
                name: row.name.clone(),
                difference: mean,
                interval: (low, high),
                is_certain: low > 0.0,
            });
        }
        better_sources.sort_by(|a, b| b.difference.total_cmp(&a.difference));
        Ok(Evaluation {
            k: how.k,
            train_events: self.train_events,
            test_events: self.test_events,
            shoppers: self.asked.len(),
            all_shoppers: self.all_shoppers,
            pairs: self.asked.iter().map(|one| one.wanted.len()).sum(),
            rows,
            better_sources,
            fusion: guide.params().fusion.clone(),
            params: guide.params().clone(),
            build,
        })
    }
}

/// What the guide and each source answer with their first `k`.
fn answer(guide: &Guide, proposed: Proposed<'_>, wanted: &[u32], k: usize) -> Result<Answered> {
    // Of a variant group one product counts, as in an answer of the guide.
    let first = |candidates: &[Scored<ItemId>]| -> Vec<u32> {
        let mut groups = OneOfAGroup::new(guide.catalog());
        let hits = candidates.iter().filter(|hit| groups.passes(hit.id));
        hits.take(k).map(|hit| hit.id.0).collect()
    };
    let lists = proposed.lists;
    let each_seconds: Vec<f64> = lists.iter().map(|list| list.seconds).collect();
    let alone: Vec<Vec<u32>> = lists.iter().map(|list| first(&list.candidates)).collect();
    let start = Instant::now();
    let fused = guide.fused(proposed.request, lists, k)?;
    let all_seconds = each_seconds.iter().sum::<f64>() + start.elapsed().as_secs_f64();
    let seconds = std::iter::once(all_seconds).chain(each_seconds);
    let hits: Vec<Vec<u32>> = std::iter::once(fused).chain(alone).collect();
    let scores = hits.iter().map(|hits| {
        let is_hit = |(_, product): &(usize, &u32)| wanted.binary_search(product).is_ok();
        let ranks = hits.iter().enumerate().filter(is_hit);
        let ranks: Vec<usize> = ranks.map(|(rank, _)| rank).collect();
        RankingScores::of(&ranks, wanted.len(), k)
    });
    Ok(Answered {
        scores: scores.collect(),
        seconds: seconds.collect(),
        hits,
    })
}

/// The means of the row at `place`.
fn row(
    name: &str,
    place: usize,
    answered: &[Answered],
    guide: &Guide,
    how: &EvaluationParams,
) -> Result<Measured> {
    let mut recommended = vec![false; guide.catalog().len()];
    for &product in answered.iter().flat_map(|one| &one.hits[place]) {
        recommended[product as usize] = true;
    }
    let scores: Vec<RankingScores> = answered.iter().map(|one| one.scores[place]).collect();
    let interval = |of: fn(&RankingScores) -> f64| {
        let values: Vec<f64> = scores.iter().map(of).collect();
        let interval = bootstrap(&values, CONFIDENCE, ROUNDS, how.seed)?;
        // A sum of nothing is −0.
        Ok::<_, Error>((interval.low + 0.0, interval.high + 0.0))
    };
    let mean = RankingScores::mean(&scores);
    Ok(Measured {
        name: name.to_owned(),
        recall: mean.recall_over_test + 0.0,
        recall_interval: interval(|scores| scores.recall_over_test)?,
        ndcg: mean.ndcg + 0.0,
        ndcg_interval: interval(|scores| scores.ndcg)?,
        hit_rate: mean.hit_rate + 0.0,
        mrr: mean.mrr + 0.0,
        coverage: recommended.iter().filter(|&&hit| hit).count() as f64 / recommended.len() as f64,
        seconds: answered.iter().map(|one| one.seconds[place]).sum(),
    })
}
