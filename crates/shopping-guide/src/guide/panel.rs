//! Which sources speak to a request, what each weighs, and the one list that they give together.

use guide_core::{Result, Scored};
use recsys_core::ItemId;

use super::Guide;
use super::lists::SourceList;
use crate::catalog::OneOfAGroup;
use crate::fusion::{Ranking, diversify, fuse, share};
use crate::source::{Factors, Neighbours, Request, Shared, Source, Trending};
use crate::{Rung, Who};

/// What the word of a source rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ground {
    /// What other shoppers did with the products in question.
    Company,
    /// What the products in question are like.
    Likeness,
    /// What only the shop knows, whose source this is: whether it says something of the one who asks nobody can tell.
    Own,
    /// What shoppers at large do.
    AtLarge,
}

impl Ground {
    fn of(source: &str) -> Self {
        match source {
            "neighbours" | "factors" => Self::Company,
            "attributes" => Self::Likeness,
            "trending" | "popular" => Self::AtLarge,
            _ => Self::Own,
        }
    }
}

/// A source with the first of its candidates.
pub(super) struct Voice<'g> {
    pub(super) source: Box<dyn Source + 'g>,
    ground: Ground,
    /// Its weight and the candidates that are fused; of weight 0 where it only fills the places behind.
    pub(super) ranking: Ranking,
}

/// At most `n` candidates of a source, none that the request does not allow, whatever the source says.
pub(super) fn allowed_candidates(
    source: &dyn Source,
    request: &Request,
    n: usize,
) -> Result<Vec<Scored<ItemId>>> {
    let mut candidates = source.candidates(request, n)?;
    candidates.retain(|hit| request.allows(hit.id.0));
    candidates.truncate(n);
    Ok(candidates)
}

/// The sources that speak to one request, in the order of the cold-start ladder.
pub(super) struct Panel<'r> {
    pub(super) voices: Vec<Voice<'r>>,
    guide: &'r Guide,
    request: &'r Request,
}

/// One place of the list.
pub(super) struct Place {
    pub(super) hit: Scored<ItemId>,
    /// The voice that filled it, where it lies behind the fused candidates.
    pub(super) filled_by: Option<usize>,
}

impl Guide {
    /// The sources that this guide has, in the order of the cold-start ladder, each with its weight in the fusion.
    pub(crate) fn sources(&self) -> Vec<(Box<dyn Source + '_>, f32)> {
        let catalog = &self.catalog;
        let mut sources: Vec<Box<dyn Source + '_>> = Vec::new();
        if let Some(model) = &self.neighbours {
            sources.push(Box::new(Neighbours { model, catalog }));
        }
        if let Some(factors) = &self.factors {
            sources.push(Box::new(Factors { factors, catalog }));
        }
        let index = &self.attributes;
        sources.push(Box::new(Shared { index, catalog }));
        let own = self.own.iter();
        sources.extend(own.map(|(source, _)| Box::new(&**source) as Box<dyn Source + '_>));
        if let Some(trending) = &self.trending {
            sources.push(Box::new(Trending(trending)));
        }
        sources.push(Box::new(&self.popular));
        let sources = sources.into_iter();
        sources
            .map(|source| {
                let weight = self.weight(source.name(), false);
                (source, weight)
            })
            .collect()
    }

    /// What a source weighs for a shopper, or where one asks what goes with a product.
    fn weight(&self, source: &str, with_product: bool) -> f32 {
        let (fusion, context) = (&self.params.fusion, &self.params.context);
        let own = self.own.iter().find(|(own, _)| own.name() == source);
        match source {
            "neighbours" if with_product => context.neighbours,
            "factors" if with_product => context.factors,
            "attributes" if with_product => context.attributes,
            _ => own.map_or_else(|| fusion.weight(source), |own| own.1),
        }
    }

    /// Asks the sources that have a weight.
    pub(super) fn panel<'r>(&'r self, request: &'r Request) -> Result<Panel<'r>> {
        let with_product = request.context.is_some();
        let has_weight = |name: &str, _: f32| self.weight(name, with_product) > 0.0;
        let lists = self.source_lists(request, self.params.fusion.depth, has_weight)?;
        Ok(self.panel_of(request, lists))
    }

    /// The sources that have a weight, with their lists.
    ///
    /// The sources `trending` and `popular` are fused with the rest where the rest knows the shopper by what other shoppers
    /// did. Where one asks what goes with a product, or only shared attributes have something to say, they fill the places
    /// behind.
    pub(super) fn panel_of<'r>(
        &'r self,
        request: &'r Request,
        lists: Vec<SourceList<'r>>,
    ) -> Panel<'r> {
        let with_product = request.context.is_some();
        let mut voices = Vec::new();
        for SourceList {
            source,
            mut candidates,
            ..
        } in lists
        {
            let weight = self.weight(source.name(), with_product);
            if weight > 0.0 {
                candidates.truncate(self.params.fusion.depth);
                voices.push(Voice {
                    ground: Ground::of(source.name()),
                    source,
                    ranking: Ranking { weight, candidates },
                });
            }
        }
        let answers = |voice: &&Voice<'_>| !voice.ranking.candidates.is_empty();
        let company = |voice: &Voice<'_>| voice.ground == Ground::Company;
        let likeness = |voice: &Voice<'_>| voice.ground == Ground::Likeness;
        let at_large = |voice: &Voice<'_>| voice.ground == Ground::AtLarge;
        let has_company = voices.iter().filter(answers).any(company);
        let is_personal = has_company || voices.iter().filter(answers).any(likeness);
        let all_weights: f32 = voices.iter().map(|voice| voice.ranking.weight).sum();
        // What a shopper says outright outweighs what can be guessed of them, and a product that nobody took yet is told
        // by nothing else.
        let new_context = |product| self.popular.shoppers(product) == 0;
        let by_likeness = !request.likes.is_empty() || request.context.is_some_and(new_context);
        for voice in &mut voices {
            if voice.source.name() == "attributes" && by_likeness {
                voice.ranking.weight = all_weights;
            }
            if at_large(voice) && is_personal && (with_product || !has_company) {
                voice.ranking.weight = 0.0;
                voice.ranking.candidates.clear();
            }
        }
        Panel {
            voices,
            guide: self,
            request,
        }
    }
}

impl Panel<'_> {
    /// The first `n` places: the fused candidates, then the further candidates of one source after the other. The first
    /// places are the same for every `n`. Of a variant group only the first product has a place.
    ///
    /// The place `p` behind the fused ones, from 1, scores `min_s w_s / (k + depth + p)`: less than any that was fused.
    pub(super) fn places(&self, n: usize) -> Result<Vec<Place>> {
        let mut groups = OneOfAGroup::new(&self.guide.catalog);
        let places = self.fused_places(n, &mut groups);
        match places.len() == n {
            true => Ok(places),
            false => self.filled_places(places, n, &mut groups),
        }
    }

    /// The first `n` of the fused candidates, or all.
    pub(super) fn fused_places(&self, n: usize, groups: &mut OneOfAGroup<'_>) -> Vec<Place> {
        let fusion = &self.guide.params.fusion;
        let rankings: Vec<&Ranking> = self.voices.iter().map(|voice| &voice.ranking).collect();
        let likeness = |a, b| self.guide.attributes.similarity(a, b);
        let mut fused = fuse(&rankings, fusion.k);
        fused.retain(|hit| groups.passes(hit.id));
        let fused = diversify(&fused, n, fusion.diversity, likeness);
        let place = |hit| Place {
            hit,
            filled_by: None,
        };
        fused.into_iter().map(place).collect()
    }

    /// The fused places and behind them the further candidates of one source after the other, `n` in all.
    fn filled_places(
        &self,
        mut places: Vec<Place>,
        n: usize,
        groups: &mut OneOfAGroup<'_>,
    ) -> Result<Vec<Place>> {
        let fusion = &self.guide.params.fusion;
        let rankings = self.voices.iter().map(|voice| &voice.ranking);
        let mut free = self.request.allowed.clone();
        for place in &places {
            free.remove(place.hit.id.0);
        }
        let speaking = rankings.filter(|one| !one.candidates.is_empty());
        let least = speaking.map(|one| one.weight).fold(f32::INFINITY, f32::min);
        let first = places.len();
        for (number, voice) in self.voices.iter().enumerate() {
            for further in voice.source.candidates(self.request, free.size())? {
                if places.len() == n {
                    return Ok(places);
                }
                if free.contains(further.id.0) && groups.passes(further.id) {
                    free.remove(further.id.0);
                    let behind = fusion.depth as f32 + (places.len() - first + 1) as f32;
                    places.push(Place {
                        hit: Scored {
                            id: further.id,
                            score: share(least, fusion.k, behind),
                        },
                        filled_by: Some(number),
                    });
                }
            }
        }
        Ok(places)
    }

    /// The voices that put a product at its place, with what each adds to its score, the largest first.
    pub(super) fn speakers(&self, place: &Place) -> Vec<(usize, f32)> {
        if let Some(voice) = place.filled_by {
            return vec![(voice, place.hit.score)];
        }
        let mut speakers: Vec<(usize, f32)> = Vec::new();
        for (number, Voice { ranking, .. }) in self.voices.iter().enumerate() {
            let mut candidates = ranking.candidates.iter();
            let rank = candidates.position(|candidate| candidate.id == place.hit.id);
            speakers.extend(rank.map(|rank| (number, self.adds(number, rank + 1))));
        }
        speakers.sort_by(|a, b| b.1.total_cmp(&a.1));
        speakers
    }

    /// What a voice adds to the score of a product that it has at `rank`, from 1.
    pub(super) fn adds(&self, voice: usize, rank: usize) -> f32 {
        let ranking = &self.voices[voice].ranking;
        if rank <= ranking.candidates.len() {
            share(ranking.weight, self.guide.params.fusion.k, rank as f32)
        } else {
            0.0
        }
    }

    /// The best rung of a voice that put one of the products at its place.
    pub(super) fn rung(&self, who: &Who, places: &[Place]) -> Rung {
        let by_company = match who {
            Who::Shopper(_) if self.request.shopper.is_some() => Rung::Known,
            _ => Rung::FoldedIn,
        };
        let speakers = places.iter().flat_map(|place| self.speakers(place));
        let rungs = speakers.map(|(voice, _)| match self.voices[voice].ground {
            Ground::Company => by_company,
            Ground::Likeness | Ground::Own => Rung::Attributes,
            Ground::AtLarge => Rung::Popular,
        });
        rungs.min().unwrap_or(Rung::Nothing)
    }
}
