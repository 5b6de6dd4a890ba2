//! Fits the half lives and the weights of the fusion to a shop: what each source would have found of what shoppers took next.

use guide_core::{Progress, Result};
use rayon::prelude::*;
use recsys_core::ItemId;
use recsys_core::metrics::RankingScores;

use super::build::go_on;
use super::{Guide, GuideParams};
use crate::fusion::{FusionParams, share};
use crate::source::{Popular, Source};
use crate::{Events, Query};

/// Shoppers looked at, at most: the first of those with something held out.
const MOST_SHOPPERS: usize = 1000;
/// With fewer there is nothing to go by.
const FEWEST_SHOPPERS: usize = 50;
/// Hits looked at.
const CUT: usize = 20;
/// Weights tried, and values of `k`.
const WEIGHTS: [f32; 9] = [0.05, 0.1, 0.2, 0.35, 0.5, 0.7, 1.0, 1.5, 2.0];
const KS: [f32; 6] = [10.0, 20.0, 40.0, 60.0, 100.0, 200.0];
/// Half lives tried, in days: of a shopper's history, and of what is taken lately.
const HALF_LIVES: [Option<f32>; 2] = [None, Some(30.0)];
const TRENDS: [f32; 2] = [7.0, 30.0];
/// Passes over all weights, at most.
const ROUNDS: usize = 4;
/// A change must win this much, so that noise moves nothing.
const LEAST_GAIN: f64 = 1e-4;

/// What a shopper took next, with the ranks of all candidates.
struct Case {
    products: Vec<u32>,
    /// The rank of each candidate in each source, row by row; infinite where the source does not have it.
    ranks: Vec<f32>, // [products, sources]
    wanted: Vec<u32>,
}

/// What shoppers of the guide's log have in `later` events and did not buy or rate before, as an answer has it: the shoppers'
/// ids in the order of the alphabet, with these products.
pub(crate) fn held_out<'e>(
    guide: &Guide,
    later: &'e Events,
    only: Option<crate::EventKind>,
) -> Vec<(&'e str, Vec<u32>)> {
    let mut pairs: Vec<(&str, u32)> = Vec::new();
    for event in later
        .iter()
        .filter(|event| only.is_none_or(|only| only == event.kind))
    {
        if let Some(product) = guide.catalog.ids().get(event.product) {
            pairs.push((event.shopper, product));
        }
    }
    pairs.sort_unstable();
    pairs.dedup();
    let mut left_out = vec![false; guide.catalog.len()];
    guide
        .left_out()
        .for_each(|product| left_out[product.index()] = true);
    for (left_out, product) in left_out.iter_mut().zip(guide.catalog.products()) {
        *left_out |= product.available == Some(false);
    }
    let shoppers = pairs.chunk_by(|a, b| a.0 == b.0).filter_map(|pairs| {
        let owned = guide.owned_with_variants(guide.shopper(pairs[0].0)?);
        let new = pairs
            .iter()
            .map(|pair| pair.1)
            .filter(|&product| owned.binary_search(&ItemId(product)).is_err())
            .filter(|&product| !left_out[product as usize]);
        let new: Vec<u32> = new.collect();
        (!new.is_empty()).then_some((pairs[0].0, new))
    });
    shoppers.collect()
}

/// The parameters of `guide` with the half lives and fusion under which its sources find most of the `later` events; none
/// where there is too little to go by or nothing to gain.
pub(super) fn tuned(
    mut guide: Guide,
    later: &Events,
    progress: &dyn Progress,
) -> Result<Option<GuideParams>> {
    let mut asked = held_out(&guide, later, None);
    if asked.len() < FEWEST_SHOPPERS {
        return Ok(None);
    }
    asked.truncate(MOST_SHOPPERS);
    let given = guide.params.clone();
    let mut best = given.clone();
    let mut found = worth_of(&guide, &asked)?;
    let histories = HALF_LIVES
        .map(|days| -> Change { Box::new(move |params| params.events.half_life_days = days) });
    let trends = TRENDS
        .map(|days| -> Change { Box::new(move |params| params.trending_half_life_days = days) });
    for change in histories.iter().chain(&trends) {
        go_on(progress, "tuning")?;
        let mut params = best.clone();
        change(&mut params);
        set(&mut guide, params);
        let worth = worth_of(&guide, &asked)?;
        if worth > found + LEAST_GAIN {
            (best, found) = (guide.params.clone(), worth);
        }
    }
    set(&mut guide, best.clone());
    let (cases, names) = (cases(&guide, &asked)?, names(&guide));
    if pays_on_others(&cases, &names, &best.fusion) {
        best.fusion = fitted(&cases, &names, best.fusion, ROUNDS);
    }
    Ok((best != given).then_some(best))
}

/// A change of one parameter that needs no training.
type Change = Box<dyn Fn(&mut GuideParams)>;

/// Puts `params` in place, which differ in half lives alone.
fn set(guide: &mut Guide, params: GuideParams) {
    if guide.trending.is_some() {
        let half_life = Some(params.trending_half_life_days);
        guide.trending = Some(Popular::new(
            &guide.catalog,
            guide.log(),
            half_life,
            guide.now,
        ));
    }
    guide.params = params;
}

fn worth_of(guide: &Guide, asked: &[(&str, Vec<u32>)]) -> Result<f64> {
    Ok(worth(
        &cases(guide, asked)?,
        &names(guide),
        &guide.params.fusion,
    ))
}

fn names(guide: &Guide) -> Vec<&'static str> {
    fused(guide).iter().map(|source| source.name()).collect()
}

/// The sources that are not silent.
fn fused(guide: &Guide) -> Vec<Box<dyn Source + '_>> {
    let sources = guide.sources().into_iter();
    sources
        .filter(|(_, weight)| *weight > 0.0)
        .map(|(source, _)| source)
        .collect()
}

/// Whether weights fitted to one half of the shoppers are better than those given for the other half, both ways together.
fn pays_on_others(cases: &[Case], names: &[&'static str], given: &FusionParams) -> bool {
    let (one, other) = cases.split_at(cases.len() / 2);
    let gain = |fit: &[Case], judge: &[Case]| {
        let fusion = fitted(fit, names, given.clone(), 1);
        (worth(judge, names, &fusion) - worth(judge, names, given)) * judge.len() as f64
    };
    gain(one, other) + gain(other, one) > 0.0
}

/// Changes one weight at a time for as long as that helps.
fn fitted(
    cases: &[Case],
    names: &[&'static str],
    mut fusion: FusionParams,
    rounds: usize,
) -> FusionParams {
    let mut best = worth(cases, names, &fusion);
    for _ in 0..rounds {
        let before = best;
        let mut attempt = |candidate: FusionParams, fusion: &mut FusionParams| {
            let found = worth(cases, names, &candidate);
            if found > best + LEAST_GAIN {
                best = found;
                *fusion = candidate;
            }
        };
        for k in KS {
            attempt(fusion.clone().k(k), &mut fusion);
        }
        for name in names {
            for weight in WEIGHTS {
                let mut candidate = fusion.clone();
                if let Some(field) = candidate.weight_mut(name) {
                    *field = weight;
                }
                attempt(candidate, &mut fusion);
            }
        }
        if best == before {
            break;
        }
    }
    fusion
}

fn cases(guide: &Guide, asked: &[(&str, Vec<u32>)]) -> Result<Vec<Case>> {
    asked
        .par_iter()
        .map(|(shopper, wanted)| case(guide, shopper, wanted.clone()))
        .collect()
}

fn case(guide: &Guide, shopper: &str, wanted: Vec<u32>) -> Result<Case> {
    let request = guide.request(&Query::shopper(shopper))?;
    let sources = fused(guide);
    let mut places: Vec<(u32, usize, f32)> = Vec::new();
    for (number, source) in sources.iter().enumerate() {
        let candidates = source.candidates(&request, guide.params.fusion.depth)?;
        places.extend(
            (1_u32..)
                .zip(candidates)
                .map(|(rank, hit)| (hit.id.0, number, rank as f32)),
        );
    }
    places.sort_unstable_by_key(|place| (place.0, place.1));
    let mut products: Vec<u32> = Vec::new();
    let mut ranks: Vec<f32> = Vec::new();
    for (product, source, rank) in places {
        if products.last() != Some(&product) {
            products.push(product);
            ranks.resize(products.len() * sources.len(), f32::INFINITY);
        }
        let row = ranks.len() - sources.len();
        ranks[row + source] = rank;
    }
    Ok(Case {
        products,
        ranks,
        wanted,
    })
}

/// Recall and gain together, averaged over the shoppers.
fn worth(cases: &[Case], names: &[&'static str], fusion: &FusionParams) -> f64 {
    let weights: Vec<f32> = names.iter().map(|name| fusion.weight(name)).collect();
    let scores: Vec<RankingScores> = cases
        .par_iter()
        .with_min_len(32)
        .map(|case| {
            let score = |ranks: &[f32]| {
                let parts = ranks.iter().zip(&weights);
                parts
                    .map(|(&rank, &weight)| share(weight, fusion.k, rank))
                    .sum::<f32>()
            };
            let scores: Vec<f32> = case.ranks.chunks_exact(weights.len()).map(score).collect();
            let hits = guide_core::kernels::top_k(&scores, CUT, |_| true);
            let hits = hits
                .iter()
                .map(|hit| case.products[hit.id as usize])
                .enumerate();
            let ranks: Vec<usize> = hits
                .filter(|(_, product)| case.wanted.contains(product))
                .map(|(rank, _)| rank)
                .collect();
            RankingScores::of(&ranks, case.wanted.len(), CUT)
        })
        .collect();
    let mean = RankingScores::mean(&scores);
    mean.recall_over_test + mean.ndcg
}

#[cfg(test)]
mod tests {
    use guide_core::seeded;
    use rand::RngExt;

    use super::*;

    /// Shoppers who want one of 60 products, which one source ranks first and the other by chance.
    fn cases(n: usize, good: usize) -> Vec<Case> {
        let mut rng = seeded(1);
        let mut case = || {
            let wanted = rng.random_range(0..60);
            let mut ranks: Vec<f32> = (0..120).map(|_| rng.random_range(2..=200) as f32).collect();
            ranks[2 * wanted as usize + good] = 1.0;
            Case {
                products: (0..60).collect(),
                ranks,
                wanted: vec![wanted],
            }
        };
        (0..n).map(|_| case()).collect()
    }

    #[test]
    fn weights_are_fitted_where_that_pays_for_other_shoppers_too() {
        let names = ["factors", "popular"];
        let given = FusionParams::default().popular(2.0);
        let useful = cases(100, 0);
        assert!(pays_on_others(&useful, &names, &given));
        let fitted = fitted(&useful, &names, given.clone(), ROUNDS);
        let gain = worth(&useful, &names, &fitted) - worth(&useful, &names, &given);
        assert!(fitted.factors > fitted.popular && gain > 0.1, "{gain}");
        assert!(
            !pays_on_others(&useful, &names, &fitted),
            "nothing left to gain"
        );
        // What fits one half is wrong for the other.
        let mut torn = cases(50, 0);
        torn.extend(cases(50, 1));
        assert!(!pays_on_others(
            &torn,
            &names,
            &FusionParams::default().popular(0.5)
        ));
    }
}
