//! Where a query has a text: the products that have its words come first, those with more of them before those with fewer.
//!
//! A tier is the number of words that a product has. The other sources choose among the first matches, so that a shopper's history counts among them;
//! the fused list is sorted by tier first, and each tier adds to a score more than all sources together.

use std::collections::HashMap;

use guide_core::{Bitmap, Result, Scored};
use recsys_core::ItemId;

use super::Guide;
use super::fused::FusedSource;
use super::lists::SourceList;
use super::sources::SourceEntry;
use crate::fusion::share;
use crate::source::{Basis, Request};

/// Matches among which the other sources choose, as a multiple of the candidates that each of them gives. With more of them, a shopper's history counts
/// among more products that match equally well, and each answer sorts more.
const MATCHES: usize = 5;

/// The number of words of the query that products have.
#[derive(Default)]
pub(super) struct Tiers {
    of: HashMap<ItemId, u32>,
    /// What each word adds to a fused score.
    step: f32,
}

impl Tiers {
    /// The tiers by the source of words; none where it has no candidate.
    pub(super) fn new(sources: &[FusedSource<'_>], k: f32) -> Self {
        let by_words = sources.iter().filter(|one| one.basis == Basis::Words);
        let hits = by_words.flat_map(|one| &one.ranking.candidates);
        // The source gives the number of words, and a part below 1.
        let of = hits.map(|hit| (hit.id, hit.score as u32)).collect();
        let most = sources.iter().map(|one| share(one.ranking.weight, k, 1.0));
        Self {
            of,
            step: most.sum(),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.of.is_empty()
    }

    /// How many words a product has.
    pub(super) fn of(&self, product: ItemId) -> u32 {
        self.of.get(&product).copied().unwrap_or(0)
    }

    /// What its words add to the fused score of a product.
    pub(super) fn adds(&self, product: ItemId) -> f32 {
        self.of(product) as f32 * self.step
    }

    /// Sorts fused products by tier, and within a tier as they are.
    pub(super) fn sort(&self, fused: &mut [Scored<ItemId>]) {
        if !self.is_empty() {
            fused.sort_by_cached_key(|hit| std::cmp::Reverse(self.of(hit.id)));
        }
    }

    /// The product with what its words add to its score.
    pub(super) fn raised(&self, mut hit: Scored<ItemId>) -> Scored<ItemId> {
        if !self.is_empty() {
            hit.score += self.adds(hit.id);
        }
        hit
    }
}

impl Guide {
    /// The lists of the sources that have a weight for a request. Where some products have the words that it asks for, the other sources choose among
    /// the first of these.
    pub(super) fn lists_of(&self, request: &Request) -> Result<Vec<SourceList<'_>>> {
        let depth = self.params.fusion.depth;
        let has_weight = |entry: &SourceEntry<'_>| entry.weight(request) > 0.0;
        if request.words.is_none() {
            return self.source_lists(request, depth, has_weight);
        }
        let by_words = |entry: &SourceEntry<'_>| entry.basis == Basis::Words;
        let n_matches = depth.saturating_mul(MATCHES);
        let is_asked = |entry: &SourceEntry<'_>| by_words(entry) && has_weight(entry);
        let mut lists = self.source_lists(request, n_matches, is_asked)?;
        let matches = lists.iter().flat_map(|list| &list.candidates);
        let matches = Bitmap::of(request.allowed.size(), matches.map(|hit| hit.id.0));
        let among = (matches.count() > 0).then(|| {
            let mut among = request.clone();
            among.allowed = matches;
            among
        });
        let is_other = |entry: &SourceEntry<'_>| !by_words(entry) && has_weight(entry);
        let Some(among) = among else {
            lists.extend(self.source_lists(request, depth, is_other)?);
            return Ok(lists);
        };
        let is_popular = |entry: &SourceEntry<'_>| entry.basis == Basis::Popular;
        let is_asked = |entry: &SourceEntry<'_>| is_other(entry) && !is_popular(entry);
        lists.extend(self.source_lists(&among, depth, is_asked)?);
        // What is popular fills the places behind, and is asked for these alone.
        let behind = self.sources().into_iter();
        let behind = behind.filter(|entry| is_other(entry) && is_popular(entry));
        lists.extend(behind.map(|entry| SourceList {
            entry,
            candidates: Vec::new(),
            seconds: 0.0,
        }));
        Ok(lists)
    }
}
