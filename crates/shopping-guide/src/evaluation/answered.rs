//! Asks every source once for a shopper, and makes of the same lists what the guide answers, with all sources and without each.

use std::time::Instant;

use guide_core::{Result, Scored};
use recsys_core::ItemId;
use recsys_core::metrics::RankingScores;

use super::list_quality::ListQuality;
use crate::Guide;
use crate::catalog::OneOfAGroup;
use crate::guide::{AskedShopper, Proposed, SourceList};

/// What one shopper was answered: by the guide, then by each source alone, then by the guide without each source that it fuses.
pub(super) struct Answered {
    pub(super) lists: Vec<AnsweredList>,
}

/// The first `k` products of one answer.
pub(super) struct AnsweredList {
    pub(super) products: Vec<u32>,
    pub(super) scores: RankingScores,
    pub(super) diversity: Option<f64>,
    pub(super) novelty: Option<f64>,
    pub(super) seconds: f64,
}

/// Answers shoppers of one guide.
pub(super) struct Answering<'g> {
    pub(super) guide: &'g Guide,
    pub(super) quality: ListQuality<'g>,
    pub(super) k: usize,
    /// The places of the sources, in the order of the guide, without which it is asked too.
    pub(super) without: Vec<usize>,
}

impl Answering<'_> {
    /// What the guide and each source answer with their first `k`.
    pub(super) fn answer(&self, proposed: Proposed<'_>, one: &AskedShopper) -> Result<Answered> {
        let (guide, k) = (self.guide, self.k);
        let Proposed { request, lists } = proposed;
        let alone = lists
            .iter()
            .map(|list| (self.first(&list.candidates), list.seconds));
        let alone: Vec<(Vec<u32>, f64)> = alone.collect();
        let fuse = |lists: Vec<SourceList<'_>>| {
            let start = Instant::now();
            let asking: f64 = lists.iter().map(|list| list.seconds).sum();
            let products = guide.fused(request, lists, k)?;
            Ok((products, asking + start.elapsed().as_secs_f64()))
        };
        let without = self.without.iter().map(|&left_out| {
            let others = lists.iter().enumerate();
            let others = others.filter(|&(place, _)| place != left_out);
            fuse(others.map(|(_, list)| list.borrowed()).collect())
        });
        let without: Vec<(Vec<u32>, f64)> = without.collect::<Result<_>>()?;
        let fused = fuse(lists)?;
        let all = std::iter::once(fused).chain(alone).chain(without);
        let lists = all.map(|(products, seconds)| AnsweredList {
            scores: scores(&products, &one.wanted, one.wanted.len(), k),
            diversity: self.quality.diversity(&products),
            novelty: self.quality.novelty(&products),
            products,
            seconds,
        });
        Ok(Answered {
            lists: lists.collect(),
        })
    }

    /// The first `k` candidates. Of a variant group one product counts, as in an answer of the guide.
    fn first(&self, candidates: &[Scored<ItemId>]) -> Vec<u32> {
        let mut groups = OneOfAGroup::new(self.guide.catalog());
        let hits = candidates.iter().filter(|hit| groups.passes(hit.id));
        hits.take(self.k).map(|hit| hit.id.0).collect()
    }
}

/// What a list of at most `k` products finds of the `n_wanted` products of which `wanted`, by rising number, can be in it.
pub(super) fn scores(products: &[u32], wanted: &[u32], n_wanted: usize, k: usize) -> RankingScores {
    let is_hit = |(_, product): &(usize, &u32)| wanted.binary_search(product).is_ok();
    let ranks = products.iter().enumerate().filter(is_hit);
    let ranks: Vec<usize> = ranks.map(|(rank, _)| rank).collect();
    RankingScores::of(&ranks, n_wanted, k)
}
