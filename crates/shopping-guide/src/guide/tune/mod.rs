//! Fits the parameters of a guide to a shop: the settings of the factors, the half lives, and the weights of the fusion, by
//! what each source would have found of what shoppers took next.

mod factors;
mod report;
mod weights;

use std::sync::Arc;
use std::time::Instant;

use guide_core::{Progress, Result, Silent, stream};
use rand::RngExt;
use recsys_core::Interactions;

use super::lists::{AskedShopper, Questions, held_out, sample};
use super::sources::SourceEntry;
use super::split::TimeSplit;
use super::train::{Base, train};
use super::{Guide, GuideParams};
use crate::{Events, FusionParams};

pub use report::{FactorTrial, TuneReport};
use weights::{Case, alone, fitted, pays_on_others, worth, worth_of_one};

/// Shoppers asked, at most, drawn by the seed from those with something held out.
const MOST_SHOPPERS: usize = 1500;
/// Shoppers of that sample with whom half lives are tried. Fewer, because each half life queries the sources again.
const FOR_HALF_LIVES: usize = 600;
/// With fewer there is nothing to go by.
const FEWEST_SHOPPERS: usize = 50;
/// Half lives tried, in days: of a shopper's history, and of what is taken lately.
const HALF_LIVES: [Option<f32>; 2] = [None, Some(30.0)];
const TRENDS: [f32; 2] = [7.0, 30.0];
/// A change must win this much, so that noise moves nothing.
const LEAST_GAIN: f64 = 1e-4;

/// Replaces the parameters by those with which a guide of the earlier events of `split` finds most of the later ones. Keeps the
/// given ones if there is too little data or no gain.
///
/// Three kinds of parameters are fitted, one after the other: the settings of the factors, by what they find alone; the half
/// lives; and the weights of the fusion with its `k`. All trials see the same shoppers.
pub(super) fn tune(
    params: &mut GuideParams,
    base: &Base,
    events: &Events,
    split: &TimeSplit,
    progress: &dyn Progress,
) -> Result<Option<TuneReport>> {
    let start = Instant::now();
    let given = params.clone();
    let shoppers = ShopperSample::new(&given, events, split);
    let (rows, _) = events.rows();
    let is_in = |index: usize| split.is_earlier(index) && shoppers.has(rows[index].shopper.0);
    let mut trained = train(&given, base, events, is_in, progress)?;
    let all = held_out(&trained.guide, events, |index| split.is_later(index), None)?;
    if all.len() < FEWEST_SHOPPERS {
        return Ok(None);
    }
    let mut report = TuneReport {
        shoppers: trained.guide.shoppers().count(),
        all_shoppers: shoppers.n_all,
        interactions: trained.guide.taken.as_ref().map_or(0, Interactions::len),
        all_asked: all.len(),
        budget: given.tune_budget,
        seconds_limit: given.tune_seconds,
        ..TuneReport::default()
    };
    let asked = sample(all, MOST_SHOPPERS, given.seed);
    report.asked = asked.len();
    let guide = &mut trained.guide;

    let limits = factors::Limits {
        start,
        seconds: given.tune_seconds,
        budget: given.tune_budget,
    };
    factors::pick(guide, &asked, &limits, &mut report, progress)?;
    half_lives(
        guide,
        &sample(asked.clone(), FOR_HALF_LIVES, given.seed),
        progress,
    )?;
    let lists = lists(guide, &asked, |_| true, "tuning: shoppers asked", progress)?;
    progress.step("tuning: the weights of the sources", 0, 0);
    let names = names(guide);
    let cases = Case::all(&asked, &lists);
    let fusion = &given.fusion;
    if pays_on_others(&cases, &names, fusion) {
        Arc::make_mut(&mut guide.params).fusion = fitted(&cases, &names, fusion.clone());
    }
    report.tell_weights(&cases, &names, &guide.params.fusion);
    *params = (*guide.params).clone();
    Ok(Some(report))
}

/// The shoppers whose events take part.
struct ShopperSample {
    seed: u64,
    share: f64,
    n_all: usize,
}

impl ShopperSample {
    fn new(params: &GuideParams, events: &Events, split: &TimeSplit) -> Self {
        let most = params.tune_events;
        Self {
            seed: params.seed,
            share: most as f64 / split.count_earlier().max(1) as f64,
            n_all: events.n_shoppers(),
        }
    }

    fn has(&self, shopper: u32) -> bool {
        let draw = || stream(self.seed, u64::from(shopper)).random::<f64>();
        self.share >= 1.0 || draw() < self.share
    }
}

/// The names of the sources that are fused, in the order of the guide.
fn names(guide: &Guide) -> Vec<&'static str> {
    let sources = guide.sources().into_iter();
    sources
        .filter(|entry| entry.weight_for_shopper() > 0.0)
        .map(|entry| entry.source.name())
        .collect()
}

/// The candidates of each fused source for each shopper.
type Lists = Vec<Vec<Vec<u32>>>; // [shoppers][sources]

/// The lists of the sources for which `is_asked` holds by name.
fn lists(
    guide: &Guide,
    asked: &[AskedShopper],
    is_asked: impl Fn(&str) -> bool + Sync,
    what: &str,
    progress: &dyn Progress,
) -> Result<Lists> {
    let questions = Questions {
        asked,
        n: guide.params.fusion.depth,
        what,
        progress,
    };
    let is_fused =
        |entry: &SourceEntry<'_>| entry.weight_for_shopper() > 0.0 && is_asked(entry.source.name());
    guide.ask_all(&questions, is_fused, |proposed, _| {
        let lists = proposed.lists.iter().map(|list| {
            let candidates = list.candidates.iter();
            candidates.map(|hit| hit.id.0).collect()
        });
        Ok(lists.collect())
    })
}

/// Takes the half lives of the history and of what is taken lately under which the given weights find most.
fn half_lives(guide: &mut Guide, asked: &[AskedShopper], progress: &dyn Progress) -> Result<()> {
    let names = names(guide);
    let fusion = guide.params.fusion.clone();
    let what = "tuning: shoppers asked with the half lives as given";
    let mut best = lists(guide, asked, |_| true, what, progress)?;
    let value = |lists: &Lists| worth(&Case::all(asked, lists), &names, &fusion);
    let mut found = value(&best);
    // What follows from the shopper's history, and what from the time alone.
    let of_history = |name: &str| name != "trending" && name != "popular";
    if guide.log.has_times() {
        for days in HALF_LIVES {
            let before = guide.params.events.half_life_days;
            Arc::make_mut(&mut guide.params).events.half_life_days = days;
            let what = "tuning: the half life of histories";
            let new = lists(guide, asked, of_history, what, progress)?;
            let new = replaced(&best, new, &names, of_history);
            let worth = value(&new);
            if worth > found + LEAST_GAIN {
                (best, found) = (new, worth);
            } else {
                Arc::make_mut(&mut guide.params).events.half_life_days = before;
            }
        }
    }
    if names.contains(&"trending") {
        let of_trending = |name: &str| name == "trending";
        for days in TRENDS {
            let before = guide.params.trending_half_life_days;
            set_trending(guide, days)?;
            let what = "tuning: the half life of what is taken lately";
            let new = lists(guide, asked, of_trending, what, progress)?;
            let new = replaced(&best, new, &names, of_trending);
            let worth = value(&new);
            if worth > found + LEAST_GAIN {
                (best, found) = (new, worth);
            } else {
                set_trending(guide, before)?;
            }
        }
    }
    Ok(())
}

fn set_trending(guide: &mut Guide, days: f32) -> Result<()> {
    Arc::make_mut(&mut guide.params).trending_half_life_days = days;
    guide.fit_again("trending", &Silent)
}

/// `old` with the lists of the sources for which `is_new` holds taken from `new`, which has only those.
fn replaced(old: &Lists, new: Lists, names: &[&str], is_new: impl Fn(&str) -> bool) -> Lists {
    let of_shopper = |(old, new): (&Vec<Vec<u32>>, Vec<Vec<u32>>)| {
        let mut new = new.into_iter();
        let each = names.iter().zip(old).map(|(name, old)| match is_new(name) {
            true => new.next().unwrap_or_default(),
            false => old.clone(),
        });
        each.collect()
    };
    old.iter().zip(new).map(of_shopper).collect()
}

impl TuneReport {
    /// What the sources find alone, what they find fused, and whether one of them outweighs all others.
    fn tell_weights(&mut self, cases: &[Case], names: &[&'static str], fusion: &FusionParams) {
        let of_one = |(place, name): (usize, &&'static str)| {
            ((*name).to_owned(), worth_of_one(cases, place))
        };
        self.alone = names.iter().enumerate().map(of_one).collect();
        self.fused = worth(cases, names, fusion);
        let leads = |name: &&&str| *fusion == alone(fusion, names, name);
        self.prefers = names.iter().find(leads).map(|name| (*name).to_owned());
    }
}
