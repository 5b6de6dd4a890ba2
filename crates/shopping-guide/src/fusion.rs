//! Reciprocal rank fusion (Cormack, Clarke, Buettcher, 2009): joins the lists of sources whose scores do not compare.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use guide_core::{Params, Result, Scored, ensure};
use recsys_core::ItemId;
use serde::{Deserialize, Serialize};

use crate::guide::limits;

/// Bounds of a weight that is not 0: within them every fused score is a finite number above 0.
pub(crate) const WEIGHTS: RangeInclusive<f32> = 1e-6..=1e6;

/// How the lists of the sources become one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct FusionParams {
    /// What is added to a rank: the larger, the less the first places stand out (60, as in the paper).
    pub k: f32,
    /// Candidates of each source that are fused, however many hits are asked for: behind them come the further candidates
    /// of one source after the other. Where a query has a text, five times as many of its matches, among which the other sources choose.
    pub depth: usize,
    /// Weight of the source `neighbours`; 0 leaves it out.
    pub neighbours: f32,
    /// Weight of the source `factors`; 0 leaves it out, and untrained.
    pub factors: f32,
    /// Weight of the source `neural`; 0, as it is unless set, leaves it out, and untrained. Any other needs the feature `neural`.
    pub neural: f32,
    /// Weight of the source `attributes`; 0 leaves it out.
    pub attributes: f32,
    /// Weight of the source `trending`; 0 leaves it out.
    pub trending: f32,
    /// Weight of the source `popular`, which has the last word where the others are silent, so above 0.
    pub popular: f32,
    /// How much a hit loses for being like a better one, by shared attributes: 0 (not at all) to 1.
    pub diversity: f32,
}

impl Default for FusionParams {
    fn default() -> Self {
        Self {
            k: 60.0,
            depth: 200,
            neighbours: 1.0,
            factors: 0.5,
            neural: 0.0,
            attributes: 0.3,
            trending: 0.5,
            popular: 0.1,
            diversity: 0.0,
        }
    }
}

guide_core::setters!(FusionParams {
    k: f32,
    depth: usize,
    neighbours: f32,
    factors: f32,
    neural: f32,
    attributes: f32,
    trending: f32,
    popular: f32,
    diversity: f32,
});

impl Params for FusionParams {
    fn validate(&self) -> Result<()> {
        ensure::within("k", self.k, 0.0, *WEIGHTS.end())?;
        ensure::at_least_one("depth", self.depth)?;
        limits::weight("neighbours", self.neighbours)?;
        limits::weight("factors", self.factors)?;
        limits::weight("neural", self.neural)?;
        limits::weight("attributes", self.attributes)?;
        limits::weight("trending", self.trending)?;
        limits::weight_above_0("popular", self.popular)?;
        ensure::within("diversity", self.diversity, 0.0, 1.0)
    }
}

impl FusionParams {
    /// The weight of the source called `name`.
    pub(crate) fn weight(&self, name: &str) -> f32 {
        self.clone().weight_mut(name).map_or(0.0, |weight| *weight)
    }

    /// The weight of the source called `name`, to be changed.
    pub(crate) fn weight_mut(&mut self, name: &str) -> Option<&mut f32> {
        match name {
            "neighbours" => Some(&mut self.neighbours),
            "factors" => Some(&mut self.factors),
            "neural" => Some(&mut self.neural),
            "attributes" => Some(&mut self.attributes),
            "trending" => Some(&mut self.trending),
            "popular" => Some(&mut self.popular),
            _ => None,
        }
    }
}

/// What the sources weigh where one asks what goes with a product: shoppers' histories say little of that, so these are not
/// the weights that [`FusionParams`] has or that are fitted to what shoppers take next. What is popular goes with everything,
/// and only fills the places behind.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct ContextWeights {
    /// Weight of the source `neighbours`; 0 leaves it out.
    pub neighbours: f32,
    /// Weight of the source `factors`; 0 leaves it out.
    pub factors: f32,
    /// Weight of the source `neural`; 0, as it is unless set, leaves it out. Any other needs the feature `neural`.
    pub neural: f32,
    /// Weight of the source `attributes`; 0 leaves it out.
    pub attributes: f32,
    /// Weight of the source `bought-together`, which answers where there is a cart; 0 leaves it out.
    pub bought_together: f32,
    /// Weight of the source `session`, which answers where there is a session; 0 leaves it out.
    pub session: f32,
    /// Weight of the source `text`, which answers where the query has a text; 0 leaves it out, and without an index. Products with the words come
    /// first whatever it is: it weighs among those that have as many of them.
    pub text: f32,
}

impl Default for ContextWeights {
    fn default() -> Self {
        Self {
            neighbours: 1.0,
            factors: 0.5,
            neural: 0.0,
            attributes: 0.3,
            bought_together: 1.0,
            session: 0.5,
            text: 0.3,
        }
    }
}

guide_core::setters!(ContextWeights {
    neighbours: f32,
    factors: f32,
    neural: f32,
    attributes: f32,
    bought_together: f32,
    session: f32,
    text: f32,
});

impl Params for ContextWeights {
    fn validate(&self) -> Result<()> {
        limits::weight("neighbours", self.neighbours)?;
        limits::weight("factors", self.factors)?;
        limits::weight("neural", self.neural)?;
        limits::weight("attributes", self.attributes)?;
        limits::weight("bought_together", self.bought_together)?;
        limits::weight("session", self.session)?;
        limits::weight("text", self.text)
    }
}

/// The candidates of one source, best first, with the source's weight.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Ranking {
    pub(crate) weight: f32,
    pub(crate) candidates: Vec<Scored<ItemId>>,
    /// Whether candidates of equal scores have the rank of the first of them; otherwise each has a rank of its own.
    pub(crate) shares_ranks: bool,
}

impl Ranking {
    /// The rank of the candidate at a place, both from 1.
    pub(crate) fn rank(&self, place: usize) -> usize {
        let hit = place.checked_sub(1).and_then(|at| self.candidates.get(at));
        match hit {
            Some(hit) if self.shares_ranks => {
                let is_better = |other: &Scored<ItemId>| other.score > hit.score;
                self.candidates.partition_point(is_better) + 1
            }
            _ => place,
        }
    }
}

/// `score(i) = Σ_s w_s / (k + rank_s(i))` with ranks from 1, for every product that a source proposes, best first, ties
/// by product.
pub(crate) fn fuse(rankings: &[&Ranking], k: f32) -> Vec<Scored<ItemId>> {
    let mut scores: BTreeMap<ItemId, f32> = BTreeMap::new();
    for ranking in rankings {
        for (place, hit) in (1_usize..).zip(&ranking.candidates) {
            let rank = ranking.rank(place);
            *scores.entry(hit.id).or_default() += share(ranking.weight, k, rank as f32);
        }
    }
    let mut fused: Vec<Scored<ItemId>> = scores
        .into_iter()
        .map(|(id, score)| Scored { id, score })
        .collect();
    fused.sort_unstable_by(Scored::order);
    fused
}

/// What a source of weight `weight` adds to the product at `rank`, from 1.
pub(crate) fn share(weight: f32, k: f32, rank: f32) -> f32 {
    weight / (k + rank)
}

/// The `n` hits of a greedy choice (maximal marginal relevance: Carbonell, Goldstein, 1998) that takes, each time, the
/// product with the largest `score · (1 − diversity · likeness)`, where `likeness` is to the nearest one chosen before.
/// A product that `passes` refuses when it is its turn is not chosen.
pub(crate) fn diversify(
    fused: &[Scored<ItemId>],
    n: usize,
    diversity: f32,
    likeness: impl Fn(ItemId, ItemId) -> f32,
    mut passes: impl FnMut(ItemId) -> bool,
) -> Vec<Scored<ItemId>> {
    if diversity == 0.0 {
        let passing = fused.iter().filter(|hit| passes(hit.id));
        return passing.take(n).copied().collect();
    }
    let mut pool: Vec<(Scored<ItemId>, f32)> = fused.iter().map(|&hit| (hit, 0.0)).collect();
    let mut chosen = Vec::with_capacity(n.min(pool.len()));
    while chosen.len() < n && !pool.is_empty() {
        let worth = |&(hit, like): &(Scored<ItemId>, f32)| hit.score * (1.0 - diversity * like);
        let mut best = 0;
        for place in 1..pool.len() {
            if worth(&pool[place]) > worth(&pool[best]) {
                best = place;
            }
        }
        let (hit, _) = pool.remove(best);
        if !passes(hit.id) {
            continue;
        }
        for (other, like) in &mut pool {
            *like = like.max(likeness(hit.id, other.id));
        }
        chosen.push(hit);
    }
    chosen
}

#[cfg(test)]
mod tests {
    use guide_core::testing;

    use super::*;

    fn ranking(weight: f32, products: &[u32]) -> Ranking {
        let candidates = products.iter().map(|&product| Scored {
            id: ItemId(product),
            score: 9.0, // never looked at
        });
        Ranking {
            weight,
            candidates: candidates.collect(),
            shares_ranks: false,
        }
    }

    fn products(hits: &[Scored<ItemId>]) -> Vec<u32> {
        hits.iter().map(|hit| hit.id.0).collect()
    }

    #[test]
    fn a_fusion_by_hand() {
        let lists = [
            ranking(1.0, &[7, 3, 5]),
            ranking(0.5, &[3, 8]),
            ranking(2.0, &[]),
        ];
        let fused = fuse(&lists.each_ref(), 1.0);
        // 7: 1/2; 3: 1/3 + 0.5/2; 5: 1/4; 8: 0.5/3.
        assert_eq!(products(&fused), [3, 7, 5, 8]);
        let expected = [7.0 / 12.0, 0.5, 0.25, 1.0 / 6.0];
        for (hit, expected) in fused.iter().zip(expected) {
            assert!((hit.score - expected).abs() < 1e-6, "{hit:?}");
        }
        assert_eq!(
            products(&fuse(&[&ranking(1.0, &[4]), &ranking(1.0, &[2])], 60.0)),
            [2, 4],
            "ties by product"
        );
        assert!(fuse(&[], 60.0).is_empty());
        // All of them have the score 9, and so the rank 1.
        let mut equal = ranking(1.0, &[4, 2]);
        equal.shares_ranks = true;
        let fused = fuse(&[&equal], 1.0);
        assert_eq!((fused[0].score, fused[1].score), (0.5, 0.5));
        assert_eq!(products(&fused), [2, 4]);
    }

    #[test]
    fn diversity_by_hand() {
        let scored = |product, score| Scored {
            id: ItemId(product),
            score,
        };
        let fused = [
            scored(0, 1.0),
            scored(1, 0.9),
            scored(2, 0.6),
            scored(3, 0.5),
        ];
        // 0 and 1 are much alike, 2 and 3 like nothing.
        let likeness = |a: ItemId, b: ItemId| if a.0 < 2 && b.0 < 2 { 0.8 } else { 0.0 };
        let all = |_| true;
        let chosen = |n, diversity| products(&diversify(&fused, n, diversity, likeness, all));
        assert_eq!(chosen(3, 0.0), [0, 1, 2]);
        // 1 is worth 0.9 · (1 − 0.5 · 0.8) = 0.54, between 2 and 3.
        assert_eq!(chosen(4, 0.5), [0, 2, 1, 3]);
        // 0.9 · (1 − 0.8) = 0.18: behind both.
        assert_eq!(chosen(9, 1.0), [0, 2, 3, 1]);
        // What is refused makes no other product lose.
        let not_0 = |product: ItemId| product.0 != 0;
        for diversity in [0.0, 1.0] {
            let chosen = diversify(&fused, 2, diversity, likeness, not_0);
            assert_eq!(products(&chosen), [1, 2]);
        }
    }

    #[test]
    fn bad_parameters_are_refused() {
        let bad = [
            ("k", "-1"),
            ("depth", "0"),
            ("neighbours", "-0.1"),
            ("factors", "-0.1"),
            ("neural", "-0.1"),
            ("attributes", "-1"),
            ("trending", "-1"),
            ("popular", "0"),
            ("diversity", "1.5"),
        ];
        testing::refuses(&FusionParams::default(), &bad);
    }
}
