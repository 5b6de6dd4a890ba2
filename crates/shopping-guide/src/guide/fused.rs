//! The sources that answer one request with their weights, and the list that is fused from theirs.

use guide_core::{Result, Scored};
use recsys_core::ItemId;

use super::Guide;
use super::caps::Gate;
use super::limits;
use super::list_rules::ListRules;
use super::lists::SourceList;
use super::tiers::Tiers;
use crate::catalog::OneOfAGroup;
use crate::fusion::{Ranking, diversify, fuse, share};
use crate::source::{Basis, Request, Source};
use crate::{Rung, Who};

/// A source that has a weight for a request, with the first of its candidates.
pub(super) struct FusedSource<'g> {
    pub(super) source: Box<dyn Source + 'g>,
    pub(super) basis: Basis,
    /// Its weight and the candidates that are fused; of weight 0 where it only fills the places behind.
    pub(super) ranking: Ranking,
}

/// At most `n` candidates of a source, none that the request does not allow, whatever the source says.
///
/// # Errors
/// What the source gives; [`Error::NotFinite`] with the source and its score, as a source of the shop's own may give or a forged file.
pub(super) fn allowed_candidates(
    source: &dyn Source,
    request: &Request,
    n: usize,
) -> Result<Vec<Scored<ItemId>>> {
    let mut candidates = source.candidates(request, n)?;
    candidates.retain(|hit| request.allows(hit.id.0));
    candidates.truncate(n);
    let scores = candidates.iter().map(|hit| hit.score);
    limits::finite(source.name(), "score", scores)?;
    Ok(candidates)
}

/// The sources that have a weight for one request, in the order of the guide's list.
pub(super) struct Fused<'r> {
    pub(super) sources: Vec<FusedSource<'r>>,
    /// The words of the query that products have.
    pub(super) tiers: Tiers,
    pub(super) guide: &'r Guide,
    pub(super) request: &'r Request,
}

/// One place of the list.
pub(super) struct Place {
    pub(super) hit: Scored<ItemId>,
    /// The number of the source that filled it, where it lies behind the fused candidates.
    pub(super) filled_by: Option<usize>,
}

impl Place {
    /// A place of a fused candidate.
    pub(super) fn fused(hit: Scored<ItemId>) -> Self {
        Self {
            hit,
            filled_by: None,
        }
    }
}

impl Guide {
    /// Whether no shopper has looked at a product or taken it.
    pub(super) fn is_new(&self, product: ItemId) -> bool {
        self.popular.shoppers(product) == 0
    }

    /// Asks the sources that have a weight.
    pub(super) fn fuse<'r>(&'r self, request: &'r Request) -> Result<Fused<'r>> {
        let lists = self.lists_of(request)?;
        Ok(self.fuse_lists(request, lists))
    }

    /// The sources that have a weight, with their lists.
    ///
    /// The sources `trending` and `popular` are fused with the others where one of these knows the shopper by what other shoppers
    /// did. Where one asks what goes with a product, only shared attributes find something, or products have the words of the query, they fill the
    /// places behind.
    pub(super) fn fuse_lists<'r>(
        &'r self,
        request: &'r Request,
        lists: Vec<SourceList<'r>>,
    ) -> Fused<'r> {
        let with_product = !request.contexts.is_empty();
        let mut sources = Vec::new();
        for SourceList {
            entry,
            mut candidates,
            ..
        } in lists
        {
            let weight = entry.weight(request);
            if weight > 0.0 {
                if entry.basis != Basis::Words {
                    candidates.truncate(self.params.fusion.depth);
                }
                sources.push(FusedSource {
                    basis: entry.basis,
                    source: entry.source,
                    ranking: Ranking {
                        weight,
                        candidates,
                        // Products that match equally well are many.
                        shares_ranks: entry.basis == Basis::Words,
                    },
                });
            }
        }
        let finds = |basis: Basis| {
            let mut finding = sources
                .iter()
                .filter(|one| !one.ranking.candidates.is_empty());
            finding.any(|one| one.basis == basis)
        };
        let by_others = finds(Basis::OtherShoppers);
        let is_personal = by_others || finds(Basis::Attributes);
        let by_words = finds(Basis::Words);
        let all_weights: f32 = sources.iter().map(|one| one.ranking.weight).sum();
        // What a shopper says outright outweighs what can be guessed of them, and of a product that nobody took yet only its
        // attributes are known.
        let contexts = &request.contexts;
        let only_new = contexts.iter().all(|&product| self.is_new(product));
        let by_attributes = !request.likes.is_empty() || with_product && only_new;
        for one in &mut sources {
            if one.basis == Basis::Attributes && by_attributes {
                one.ranking.weight = all_weights;
            }
            let behind = by_words || is_personal && (with_product || !by_others);
            if one.basis == Basis::Popular && behind {
                one.ranking.weight = 0.0;
                one.ranking.candidates.clear();
            }
        }
        Fused {
            tiers: Tiers::new(&sources, self.params.fusion.k),
            sources,
            guide: self,
            request,
        }
    }
}

impl Fused<'_> {
    /// The first `n` places: the fused candidates, then the further candidates of one source after the other. The first
    /// places are the same for every `n`. Of a variant group only the first product has a place, and of each value of an attribute
    /// no more than the caps let pass.
    ///
    /// The place `p` behind the fused ones, from 1, scores `min_s w_s / (k + depth + p)`: less than any that was fused. Where the
    /// query lowers scores, it scores as much less as the lowest factor says.
    pub(super) fn places(&self, n: usize) -> Result<Vec<Place>> {
        let mut gate = self.gate();
        let places = self.fused_places(n, &mut gate);
        match places.len() == n {
            true => Ok(places),
            false => self.filled_places(places, n, &mut gate),
        }
    }

    /// What the places of a list let pass.
    pub(super) fn gate(&self) -> Gate<'_> {
        Gate::new(&self.guide.catalog, &self.rules().caps)
    }

    /// What is asked of the list as a whole.
    pub(super) fn rules(&self) -> &ListRules {
        &self.request.list
    }

    /// How many products may have a place.
    pub(super) fn n_allowed(&self) -> usize {
        self.request.allowed.count()
    }

    /// Candidates of each source that are fused.
    pub(super) fn depth(&self) -> usize {
        self.guide.params.fusion.depth
    }

    /// All fused candidates by the words that they have, then by their score without what these add; the best one of each variant group.
    pub(super) fn fused_list(&self, groups: &mut OneOfAGroup<'_>) -> Vec<Scored<ItemId>> {
        let rankings: Vec<&Ranking> = self.sources.iter().map(|one| &one.ranking).collect();
        let mut fused = fuse(&rankings, self.guide.params.fusion.k);
        self.guide.promote(&mut fused, &self.rules().promotions);
        self.tiers.sort(&mut fused);
        fused.retain(|hit| groups.passes(hit.id));
        fused
    }

    /// The first `n` of the fused candidates, or all.
    pub(super) fn fused_places(&self, n: usize, gate: &mut Gate<'_>) -> Vec<Place> {
        let diversity = self.rules().diversity;
        let diversity = diversity.unwrap_or(self.guide.params.fusion.diversity);
        let likeness = |a, b| self.guide.attributes.similarity(a, b);
        let fused = self.fused_list(&mut gate.groups);
        let mut passes = |product| gate.caps.passes(product);
        let of_tiers = fused.chunk_by(|a, b| self.tiers.of(a.id) == self.tiers.of(b.id));
        let mut chosen: Vec<Place> = Vec::new();
        for of_tier in of_tiers {
            let left = n - chosen.len();
            let hits = diversify(of_tier, left, diversity, likeness, &mut passes);
            let raised = hits.into_iter().map(|hit| self.tiers.raised(hit));
            chosen.extend(raised.map(Place::fused));
        }
        chosen
    }

    /// The fused places and behind them the further candidates of one source after the other, `n` in all.
    fn filled_places(
        &self,
        mut places: Vec<Place>,
        n: usize,
        gate: &mut Gate<'_>,
    ) -> Result<Vec<Place>> {
        let mut free = self.request.allowed.clone();
        for place in &places {
            free.remove(place.hit.id.0);
        }
        let lowest = self.lowest_factor(places.iter().map(|place| place.hit.id));
        let first = places.len();
        for (number, one) in self.sources.iter().enumerate() {
            for further in one.source.candidates(self.request, free.size())? {
                if places.len() == n {
                    return Ok(places);
                }
                if free.contains(further.id.0)
                    && gate.groups.passes(further.id)
                    && gate.caps.passes(further.id)
                {
                    free.remove(further.id.0);
                    let behind = places.len() - first + 1;
                    places.push(self.filled(further.id, number, behind, lowest));
                }
            }
        }
        Ok(places)
    }

    /// The place of a product that a source puts behind the fused ones, the `behind`-th from 1.
    pub(super) fn filled(
        &self,
        id: ItemId,
        source: usize,
        behind: usize,
        lowest_factor: f32,
    ) -> Place {
        let fusion = &self.guide.params.fusion;
        let rankings = self.sources.iter().map(|one| &one.ranking);
        let finding = rankings.filter(|one| !one.candidates.is_empty());
        let least = finding.map(|one| one.weight).fold(f32::INFINITY, f32::min);
        let behind = fusion.depth as f32 + behind as f32;
        Place {
            hit: Scored {
                id,
                score: share(least * lowest_factor, fusion.k, behind),
            },
            filled_by: Some(source),
        }
    }

    /// The lowest factor of the products by the query's boosts; 1 if none is lower.
    pub(super) fn lowest_factor(&self, products: impl Iterator<Item = ItemId>) -> f32 {
        let promotions = &self.rules().promotions;
        match promotions.is_empty() {
            true => 1.0,
            false => products
                .map(|product| self.guide.factor_of(product, promotions))
                .fold(1.0, f32::min),
        }
    }

    /// The sources that put a product at its place, by number, with what each adds to its score, the largest first.
    pub(super) fn found_by(&self, place: &Place) -> Vec<(usize, f32)> {
        if let Some(source) = place.filled_by {
            return vec![(source, place.hit.score)];
        }
        let mut found_by: Vec<(usize, f32)> = Vec::new();
        for (number, FusedSource { ranking, .. }) in self.sources.iter().enumerate() {
            let mut candidates = ranking.candidates.iter();
            let rank = candidates.position(|candidate| candidate.id == place.hit.id);
            found_by.extend(rank.map(|rank| (number, self.adds(number, rank + 1))));
        }
        found_by.sort_by(|a, b| b.1.total_cmp(&a.1));
        found_by
    }

    /// What a source adds to the score of a product that it has at `place`, from 1.
    pub(super) fn adds(&self, source: usize, place: usize) -> f32 {
        let ranking = &self.sources[source].ranking;
        let Some(hit) = ranking.candidates.get(place.saturating_sub(1)) else {
            return 0.0;
        };
        let of_words = match self.sources[source].basis {
            Basis::Words => self.tiers.adds(hit.id),
            _ => 0.0,
        };
        let rank = ranking.rank(place) as f32;
        share(ranking.weight, self.guide.params.fusion.k, rank) + of_words
    }

    /// The best rung among the sources that found one of the products.
    pub(super) fn rung(&self, who: &Who, places: &[Place]) -> Rung {
        let by_others = match who {
            Who::Shopper(_) if self.request.shopper.is_some() => Rung::Known,
            _ => Rung::FoldedIn,
        };
        let found_by = places.iter().flat_map(|place| self.found_by(place));
        let rungs = found_by.map(|(source, _)| match self.sources[source].basis {
            Basis::OtherShoppers => by_others,
            Basis::Words => Rung::Text,
            Basis::Attributes | Basis::Own => Rung::Attributes,
            Basis::Popular => Rung::Popular,
        });
        rungs.min().unwrap_or(Rung::Nothing)
    }
}
