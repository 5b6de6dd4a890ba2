//! Reciprocal rank fusion (Cormack, Clarke, Buettcher, 2009): joins the lists of sources whose scores do not compare.

use std::collections::BTreeMap;

use guide_core::{Params, Result, Scored, ensure};
use recsys_core::ItemId;
use serde::{Deserialize, Serialize};

/// How the lists of the sources become one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct FusionParams {
    /// What is added to a rank: the larger, the less the first places stand out (60, as in the paper).
    pub k: f32,
    /// Candidates asked of each source, at least as many as hits are asked for.
    pub depth: usize,
    /// Weight of the source `neighbours`; 0 leaves it out.
    pub neighbours: f32,
    /// Weight of the source `factors`; 0 leaves it out, and untrained.
    pub factors: f32,
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
    attributes: f32,
    trending: f32,
    popular: f32,
    diversity: f32,
});

impl Params for FusionParams {
    fn validate(&self) -> Result<()> {
        ensure::not_negative("k", self.k)?;
        ensure::at_least_one("depth", self.depth)?;
        ensure::not_negative("neighbours", self.neighbours)?;
        ensure::not_negative("factors", self.factors)?;
        ensure::not_negative("attributes", self.attributes)?;
        ensure::not_negative("trending", self.trending)?;
        ensure::positive("popular", self.popular)?;
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
            "attributes" => Some(&mut self.attributes),
            "trending" => Some(&mut self.trending),
            "popular" => Some(&mut self.popular),
            _ => None,
        }
    }
}

/// The candidates of one source, best first, with the source's weight.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Ranking {
    pub(crate) weight: f32,
    pub(crate) candidates: Vec<Scored<ItemId>>,
}

/// `score(i) = Σ_s w_s / (k + rank_s(i))` with ranks from 1, for every product that a source proposes, best first, ties
/// by product.
pub(crate) fn fuse(rankings: &[Ranking], k: f32) -> Vec<Scored<ItemId>> {
    let mut scores: BTreeMap<ItemId, f32> = BTreeMap::new();
    for ranking in rankings {
        for (rank, hit) in (1_usize..).zip(&ranking.candidates) {
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
pub(crate) fn diversify(
    fused: &[Scored<ItemId>],
    n: usize,
    diversity: f32,
    likeness: impl Fn(ItemId, ItemId) -> f32,
) -> Vec<Scored<ItemId>> {
    if diversity == 0.0 {
        return fused.iter().take(n).copied().collect();
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
        for (other, like) in &mut pool {
            *like = like.max(likeness(hit.id, other.id));
        }
        chosen.push(hit);
    }
    chosen
}
