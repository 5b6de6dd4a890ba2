//! The weights of the fusion: what they are worth on lists of candidates that are made once, and the search for better ones.

use rayon::prelude::*;
use recsys_core::metrics::RankingScores;

use super::LEAST_GAIN;
use crate::fusion::{FusionParams, share};
use crate::guide::lists::AskedShopper;

/// Hits looked at.
const CUT: usize = 20;
/// Weights tried, and values of `k`.
const WEIGHTS: [f32; 10] = [FILLS_BEHIND, 0.05, 0.1, 0.2, 0.35, 0.5, 0.7, 1.0, 1.5, 2.0];
const KS: [f32; 6] = [10.0, 20.0, 40.0, 60.0, 100.0, 200.0];
/// A weight beside which a source of weight 1 keeps the order of its first places: the other sources only fill the places
/// that it leaves empty.
const FILLS_BEHIND: f32 = 0.001;
/// Passes over all weights, at most.
const ROUNDS: usize = 4;

/// What a shopper took next, with the ranks of all candidates.
pub(super) struct Case<'a> {
    products: Vec<u32>,
    /// The rank of each candidate in each source, row by row; infinite where the source does not have it.
    ranks: Vec<f32>, // [products, sources]
    n_sources: usize,
    wanted: &'a [u32],
}

impl<'a> Case<'a> {
    /// One case for each shopper, of the lists of the sources for that shopper.
    pub(super) fn all(asked: &'a [AskedShopper], lists: &[Vec<Vec<u32>>]) -> Vec<Self> {
        let case = |(one, lists): (&'a AskedShopper, &Vec<Vec<u32>>)| Self::new(&one.wanted, lists);
        asked.par_iter().zip(lists).map(case).collect()
    }

    fn new(wanted: &'a [u32], lists: &[Vec<u32>]) -> Self {
        let mut places: Vec<(u32, usize, f32)> = Vec::new();
        for (source, list) in lists.iter().enumerate() {
            let ranked = (1_u32..).zip(list);
            places.extend(ranked.map(|(rank, &product)| (product, source, rank as f32)));
        }
        places.sort_unstable_by_key(|place| (place.0, place.1));
        let n_sources = lists.len();
        let mut products: Vec<u32> = Vec::new();
        let mut ranks: Vec<f32> = Vec::new();
        for (product, source, rank) in places {
            if products.last() != Some(&product) {
                products.push(product);
                ranks.resize(products.len() * n_sources, f32::INFINITY);
            }
            let row = ranks.len() - n_sources;
            ranks[row + source] = rank;
        }
        Self {
            products,
            ranks,
            n_sources,
            wanted,
        }
    }

    fn measured(&self, scores: &[f32]) -> RankingScores {
        let hits = guide_core::kernels::top_k(scores, CUT, |place| scores[place as usize] > 0.0);
        let hits = hits.iter().map(|hit| self.products[hit.id as usize]);
        let is_hit = |(_, product): &(usize, u32)| self.wanted.binary_search(product).is_ok();
        let ranks: Vec<usize> = hits
            .enumerate()
            .filter(is_hit)
            .map(|(rank, _)| rank)
            .collect();
        RankingScores::of(&ranks, self.wanted.len(), CUT)
    }
}

/// The mean over `cases` of what `score` makes of the ranks of each candidate: recall and gain together.
fn mean_worth(cases: &[Case<'_>], score: impl Fn(&[f32]) -> f32 + Sync) -> f64 {
    let measured = |case: &Case<'_>| {
        let rows = case.ranks.chunks_exact(case.n_sources.max(1));
        case.measured(&rows.map(&score).collect::<Vec<f32>>())
    };
    let scores: Vec<RankingScores> = cases.par_iter().with_min_len(32).map(measured).collect();
    let mean = RankingScores::mean(&scores);
    mean.recall_over_test + mean.ndcg + 0.0
}

/// What the fusion finds: recall@20 and NDCG@20 together, averaged over the shoppers.
pub(super) fn worth(cases: &[Case<'_>], names: &[&'static str], fusion: &FusionParams) -> f64 {
    let weights: Vec<f32> = names.iter().map(|name| fusion.weight(name)).collect();
    mean_worth(cases, |ranks| {
        let parts = ranks.iter().zip(&weights);
        parts
            .map(|(&rank, &weight)| share(weight, fusion.k, rank))
            .sum()
    })
}

/// What the source at `place` finds alone.
pub(super) fn worth_of_one(cases: &[Case<'_>], place: usize) -> f64 {
    mean_worth(cases, |ranks| 1.0 / ranks[place])
}

/// `fusion` with a weight of 1 for the source `name`, beside which the others only fill the places that it leaves empty.
pub(super) fn alone(fusion: &FusionParams, names: &[&str], name: &str) -> FusionParams {
    let mut fusion = fusion.clone();
    for other in names {
        if let Some(weight) = fusion.weight_mut(other) {
            *weight = if *other == name { 1.0 } else { FILLS_BEHIND };
        }
    }
    fusion
}

/// `fusion` in which the source `name` only fills the places that the others leave empty.
fn without(fusion: &FusionParams, name: &str) -> FusionParams {
    let mut fusion = fusion.clone();
    if let Some(weight) = fusion.weight_mut(name) {
        *weight = FILLS_BEHIND;
    }
    fusion
}

/// Whether weights fitted to one half of the shoppers are better than those given for the other half, both ways together.
pub(super) fn pays_on_others(
    cases: &[Case<'_>],
    names: &[&'static str],
    given: &FusionParams,
) -> bool {
    let (one, other) = cases.split_at(cases.len() / 2);
    let gain = |fit: &[Case<'_>], judge: &[Case<'_>]| {
        let fusion = climbed(fit, names, given.clone(), 1);
        (worth(judge, names, &fusion) - worth(judge, names, given)) * judge.len() as f64
    };
    gain(one, other) + gain(other, one) > 0.0
}

/// Weights that find more: the search begins at the best of those given, each source alone, and all sources but one.
pub(super) fn fitted(
    cases: &[Case<'_>],
    names: &[&'static str],
    given: FusionParams,
) -> FusionParams {
    climbed(cases, names, given, ROUNDS)
}

/// Changes one weight at a time for as long as that helps.
fn climbed(
    cases: &[Case<'_>],
    names: &[&'static str],
    given: FusionParams,
    rounds: usize,
) -> FusionParams {
    let mut best = worth(cases, names, &given);
    let mut fusion = given.clone();
    let mut attempt = |candidate: FusionParams, fusion: &mut FusionParams| {
        let found = worth(cases, names, &candidate);
        let gains = found > best + LEAST_GAIN;
        if gains {
            best = found;
            *fusion = candidate;
        }
        gains
    };
    for name in names {
        attempt(alone(&given, names, name), &mut fusion);
        attempt(without(&given, name), &mut fusion);
    }
    for _ in 0..rounds {
        let mut gains = false;
        for k in KS {
            gains |= attempt(fusion.clone().k(k), &mut fusion);
        }
        for name in names {
            for weight in WEIGHTS {
                let mut candidate = fusion.clone();
                if let Some(field) = candidate.weight_mut(name) {
                    *field = weight;
                }
                gains |= attempt(candidate, &mut fusion);
            }
        }
        if !gains {
            break;
        }
    }
    fusion
}

#[cfg(test)]
mod tests {
    use guide_core::seeded;
    use rand::RngExt;

    use super::*;

    /// Shoppers who want one of 60 products, which one source ranks first and the other by chance.
    fn asked(n: usize) -> Vec<AskedShopper> {
        let mut rng = seeded(1);
        let one = |_| AskedShopper {
            shopper: recsys_core::UserId(0),
            wanted: vec![rng.random_range(0..60)],
        };
        (0..n).map(one).collect()
    }

    fn cases(asked: &[AskedShopper], good: usize) -> Vec<Case<'_>> {
        let mut rng = seeded(2);
        let mut case = |one: &'_ AskedShopper| {
            let mut ranks: Vec<f32> = (0..120).map(|_| rng.random_range(2..=200) as f32).collect();
            ranks[2 * one.wanted[0] as usize + good] = 1.0;
            ranks
        };
        let cases = asked.iter().map(|one| Case {
            products: (0..60).collect(),
            ranks: case(one),
            n_sources: 2,
            wanted: &one.wanted,
        });
        cases.collect()
    }

    #[test]
    fn weights_are_fitted_where_that_pays_for_other_shoppers_too() {
        let names = ["factors", "popular"];
        let given = FusionParams::default().popular(2.0);
        let asked = asked(100);
        let useful = cases(&asked, 0);
        assert!(pays_on_others(&useful, &names, &given));
        let fitted = fitted(&useful, &names, given.clone());
        let gain = worth(&useful, &names, &fitted) - worth(&useful, &names, &given);
        assert!(fitted.factors > fitted.popular && gain > 0.1, "{gain}");
        assert!(
            !pays_on_others(&useful, &names, &fitted),
            "nothing left to gain"
        );
        // What fits one half is wrong for the other.
        let (first, second) = asked.split_at(50);
        let mut torn = cases(first, 0);
        torn.extend(cases(second, 1));
        let given = FusionParams::default().popular(0.5);
        assert!(!pays_on_others(&torn, &names, &given));
    }

    /// A source that is right beside one that misleads: the fusion is at least as good as the better one alone.
    #[test]
    fn a_source_that_is_better_alone_leads() {
        let names = ["attributes", "popular"];
        let asked = asked(100);
        let mut misled = cases(&asked, 0);
        for case in &mut misled {
            // `popular` puts twenty wrong products first.
            for (product, ranks) in case.ranks.chunks_exact_mut(2).enumerate() {
                let wrong = product as u32 != case.wanted[0];
                ranks[1] = if wrong { 1.0 + product as f32 } else { 200.0 };
                ranks[0] = if wrong { ranks[0] + 20.0 } else { 21.0 };
            }
        }
        let given = FusionParams::default().attributes(0.1).popular(1.0);
        let fitted = fitted(&misled, &names, given);
        let single = worth_of_one(&misled, 0).max(worth_of_one(&misled, 1));
        assert!(worth(&misled, &names, &fitted) >= single);
    }

    /// Beside a source of weight 1, the small weight moves nothing among the first twenty, for every `k` that is tried.
    #[test]
    fn a_source_alone_keeps_its_order() {
        for k in KS {
            let next = |rank: f32| share(1.0, k, rank) - share(1.0, k, rank + 1.0);
            let others = 4.0 * share(FILLS_BEHIND, k, 1.0);
            assert!(next(20.0) > others, "k {k}");
        }
    }
}
