//! How good a guide is: it is built on the earlier events and asked for the later ones.

use std::time::Instant;

use guide_core::{Error, Params, Progress, Result, ensure};
use rayon::prelude::*;
use recsys_core::metrics::RankingScores;
use serde::{Deserialize, Serialize};

use crate::guide::held_out;
use crate::{BuildReport, Catalog, EventKind, Events, FusionParams, Guide, GuideParams, Query};

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
}

impl Default for EvaluationParams {
    fn default() -> Self {
        Self {
            test_fraction: 0.1,
            k: 20,
            only: None,
        }
    }
}

guide_core::setters!(EvaluationParams {
    test_fraction: f32,
    k: usize,
    only: Option<EventKind>,
});

impl Params for EvaluationParams {
    fn validate(&self) -> Result<()> {
        ensure::within("test_fraction", self.test_fraction, 0.0, 1.0)?;
        ensure::at_least_one("k", self.k)
    }
}

/// What was measured, for the guide and for each of its sources alone.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Evaluation {
    /// How many hits were looked at.
    pub k: usize,
    /// Events the guide was built on.
    pub train_events: usize,
    /// Events held out.
    pub test_events: usize,
    /// Shoppers who were asked for: those who have a history, and a held-out product that they did not buy or rate before.
    pub shoppers: usize,
    /// Pairs of shopper and held-out product.
    pub pairs: usize,
    /// The guide first, then its sources.
    pub rows: Vec<Measured>,
    /// The weights of the sources, as given or as fitted to the earlier events.
    pub fusion: FusionParams,
    /// How the guide was built.
    pub build: BuildReport,
}

/// The means over shoppers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Measured {
    /// `guide` or the name of a source.
    pub name: String,
    /// Recall: hits over held-out products.
    pub recall: f64,
    /// Normalised discounted cumulative gain.
    pub ndcg: f64,
    /// The share of shoppers with a hit.
    pub hit_rate: f64,
    /// Mean reciprocal rank.
    pub mrr: f64,
    /// The share of all products that are recommended to someone.
    pub coverage: f64,
    /// Seconds to answer all shoppers.
    pub seconds: f64,
}

impl Evaluation {
    /// The row called `name`.
    pub fn row(&self, name: &str) -> Option<&Measured> {
        self.rows.iter().find(|row| row.name == name)
    }

    /// Holds out the last baskets, builds a guide on the rest, and asks it and each source alone for every shopper with a
    /// history. Products that the shopper bought or rated before are left out of the answers and of the held-out ones; events
    /// without a time are used for neither part.
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
        let (train, test) = events.split_last(how.test_fraction)?;
        let builder = Guide::builder()
            .catalog(catalog.clone())
            .events(train.clone());
        let (guide, build) = builder.params(params.clone()).build_with(progress)?;
        let asked = held_out(&guide, &test, how.only);
        if asked.is_empty() {
            return Err(Error::empty(
                "the set of shoppers with a history and a new held-out product",
            ));
        }
        let names = guide
            .sources()
            .into_iter()
            .map(|(source, _)| Some(source.name()));
        let rows = std::iter::once(None)
            .chain(names)
            .map(|name| measure(&guide, name, &asked, how.k));
        Ok(Self {
            k: how.k,
            train_events: train.len(),
            test_events: test.len(),
            shoppers: asked.len(),
            pairs: asked.iter().map(|entry| entry.1.len()).sum(),
            rows: rows.collect::<Result<_>>()?,
            fusion: guide.params().fusion.clone(),
            build,
        })
    }
}

/// Asks the guide, or one source of it.
fn measure(
    guide: &Guide,
    source: Option<&str>,
    asked: &[(&str, Vec<u32>)],
    k: usize,
) -> Result<Measured> {
    let start = Instant::now();
    let lists: Vec<Vec<u32>> = asked
        .par_iter()
        .map(|(shopper, _)| guide.ranked(&Query::shopper(*shopper).n(k), source))
        .collect::<Result<_>>()?;
    let seconds = start.elapsed().as_secs_f64();
    let mut recommended = vec![false; guide.catalog().len()];
    let scores: Vec<RankingScores> = lists
        .iter()
        .zip(asked)
        .map(|(list, (_, wanted))| {
            list.iter()
                .for_each(|&product| recommended[product as usize] = true);
            let hits = list
                .iter()
                .enumerate()
                .filter(|(_, product)| wanted.contains(product));
            let ranks: Vec<usize> = hits.map(|(rank, _)| rank).collect();
            RankingScores::of(&ranks, wanted.len(), k)
        })
        .collect();
    let mean = RankingScores::mean(&scores);
    Ok(Measured {
        name: source.unwrap_or("guide").to_owned(),
        recall: mean.recall_over_test,
        ndcg: mean.ndcg,
        hit_rate: mean.hit_rate,
        mrr: mean.mrr,
        coverage: recommended.iter().filter(|&&hit| hit).count() as f64 / recommended.len() as f64,
        seconds,
    })
}
