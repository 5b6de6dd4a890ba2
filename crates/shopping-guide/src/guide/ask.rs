//! Asks the sources, joins what they say and gives each hit its reasons.

use guide_core::{Error, Result, Scored};
use recsys_core::ItemId;

use super::Guide;
use crate::fusion::{Ranking, diversify, fuse, share};
use crate::source::{Factors, Neighbours, Request, Source, Trending};
use crate::{Answer, Explanation, Hit, Query, Reason, Rung, Standing, Who};

/// Reasons given for a hit, at most.
const MAX_REASONS: usize = 4;

/// The candidates of every source for one request.
struct Asked<'g> {
    sources: Vec<Box<dyn Source + 'g>>,
    rankings: Vec<Ranking>, // as `sources`
    rung: Rung,
}

impl Guide {
    /// The best products for a query, each with its sources and reasons.
    ///
    /// A shopper that the event log does not know is served by what is popular, or by the attributes that the query says
    /// are liked, and [`Answer::rung`] says so.
    ///
    /// # Errors
    /// [`Error::Unknown`] for a product of the history, the product being looked at or an attribute that the catalogue does
    /// not have; [`Error::NotFinite`] for a weight and [`Error::Param`] for a price that is not finite, [`Error::Param`]
    /// for a negative weight.
    pub fn recommend(&self, query: &Query) -> Result<Answer> {
        let request = self.request(query)?;
        let asked = self.ask(query, &request, self.depth(query))?;
        let chosen = self.choose(&asked, query.n);
        let hits = chosen
            .into_iter()
            .map(|hit| self.hit(hit, &asked, &request));
        Ok(Answer {
            hits: hits.collect::<Result<_>>()?,
            rung: asked.rung,
        })
    }

    /// The `n` products that go best with a product.
    ///
    /// # Errors
    /// [`Error::Unknown`] with the id.
    pub fn similar(&self, product: &str, n: usize) -> Result<Answer> {
        self.recommend(&Query::nobody().context(product).n(n))
    }

    /// What each source says of a product for a shopper.
    ///
    /// # Errors
    /// [`Error::Unknown`] with the id of the shopper or the product.
    pub fn explain(&self, shopper: &str, product: &str) -> Result<Explanation> {
        if self.shopper(shopper).is_none() {
            return Err(Error::unknown("shopper", shopper));
        }
        let item = self.catalog.require(product)?;
        let query = Query::shopper(shopper);
        let mut request = self.request(&query)?;
        // Also a product that the shopper has is looked at, as if it were new.
        request.allowed[item.index()] = true;
        request.history.retain(|entry| entry.0 != item);
        let asked = self.ask(&query, &request, self.catalog.len())?;
        let fused = fuse(&asked.rankings, self.params.fusion.k);
        let place = fused.iter().position(|hit| hit.id == item);
        let score = place.map_or(0.0, |place| fused[place].score);
        let standings = asked
            .sources
            .iter()
            .zip(&asked.rankings)
            .map(|(source, ranking)| {
                let found = ranking.candidates.iter().position(|hit| hit.id == item);
                Standing {
                    source: source.name().to_owned(),
                    rank: found.map(|at| at + 1),
                    score: found.map(|at| ranking.candidates[at].score),
                    adds: found.map_or(0.0, |at| {
                        share(ranking.weight, self.params.fusion.k, (at + 1) as f32)
                    }),
                }
            });
        let sources = standings.collect();
        let hit = self.hit(Scored { id: item, score }, &asked, &request)?;
        Ok(Explanation {
            product: hit.product,
            title: hit.title,
            place: place.map(|place| place + 1),
            score,
            sources,
            reasons: hit.reasons,
            rung: asked.rung,
        })
    }

    /// The sources that this guide has, with their weights, in the order of the cold-start ladder.
    pub(crate) fn sources(&self) -> Vec<(Box<dyn Source + '_>, f32)> {
        let (fusion, catalog) = (&self.params.fusion, &self.catalog);
        let mut sources: Vec<(Box<dyn Source + '_>, f32)> = Vec::new();
        if let Some(model) = &self.neighbours {
            sources.push((Box::new(Neighbours { model, catalog }), fusion.neighbours));
        }
        if let Some(model) = &self.factors {
            sources.push((Box::new(Factors { model, catalog }), fusion.factors));
        }
        sources.push((Box::new(&self.attributes), fusion.attributes));
        if let Some(trending) = &self.trending {
            sources.push((Box::new(Trending(trending)), fusion.trending));
        }
        sources.push((Box::new(&self.popular), fusion.popular));
        sources.retain(|source| source.1 > 0.0);
        sources
    }

    /// The numbers of the products that the guide, or one source alone, answers with.
    pub(crate) fn ranked(&self, query: &Query, source: Option<&str>) -> Result<Vec<u32>> {
        let request = self.request(query)?;
        let hits = match source {
            None => {
                let asked = self.ask(query, &request, self.depth(query))?;
                self.choose(&asked, query.n)
            }
            Some(name) => match self
                .sources()
                .iter()
                .find(|(source, _)| source.name() == name)
            {
                Some((source, _)) => source.candidates(&request, query.n)?,
                None => Vec::new(),
            },
        };
        Ok(hits.iter().map(|hit| hit.id.0).collect())
    }

    fn depth(&self, query: &Query) -> usize {
        self.params.fusion.depth.max(query.n)
    }

    fn choose(&self, asked: &Asked<'_>, n: usize) -> Vec<Scored<ItemId>> {
        let fusion = &self.params.fusion;
        let likeness = |a, b| self.attributes.similarity(a, b);
        diversify(
            &fuse(&asked.rankings, fusion.k),
            n,
            fusion.diversity,
            likeness,
        )
    }

    fn ask(&self, query: &Query, request: &Request, depth: usize) -> Result<Asked<'_>> {
        let by_others = match query.who {
            Who::Shopper(_) if request.shopper.is_some() => Rung::Known,
            _ => Rung::FoldedIn,
        };
        let mut asked = Asked {
            sources: Vec::new(),
            rankings: Vec::new(),
            rung: Rung::Popular,
        };
        let sources = self.sources();
        let all_weights: f32 = sources.iter().map(|(_, weight)| weight).sum();
        for (source, mut weight) in sources {
            // What a shopper says outright outweighs what can be guessed of them.
            if source.name() == "attributes" && !request.likes.is_empty() {
                weight = all_weights;
            }
            let candidates = source.candidates(request, depth)?;
            if !candidates.is_empty() {
                asked.rung = asked.rung.min(match source.name() {
                    "popular" | "trending" => Rung::Popular,
                    "attributes" => Rung::Attributes,
                    _ => by_others,
                });
            }
            asked.sources.push(source);
            asked.rankings.push(Ranking { weight, candidates });
        }
        Ok(asked)
    }

    fn hit(&self, hit: Scored<ItemId>, asked: &Asked<'_>, request: &Request) -> Result<Hit> {
        let k = self.params.fusion.k;
        let mut found: Vec<(&dyn Source, f32)> = Vec::new();
        for (source, ranking) in asked.sources.iter().zip(&asked.rankings) {
            let rank = ranking
                .candidates
                .iter()
                .position(|candidate| candidate.id == hit.id);
            found.extend(rank.map(|rank| (&**source, share(ranking.weight, k, (rank + 1) as f32))));
        }
        found.sort_by(|a, b| b.1.total_cmp(&a.1));
        let mut reasons: Vec<Reason> = Vec::new();
        for (source, _) in &found {
            let more = source
                .reasons(request, hit.id)?
                .into_iter()
                .filter(|more| reasons.iter().all(|known| !same(known, more)));
            let more: Vec<Reason> = more.take((MAX_REASONS - reasons.len()).min(2)).collect();
            reasons.extend(more);
        }
        if reasons.is_empty() {
            reasons = self.popular.reasons(request, hit.id)?;
        }
        let product = &self.catalog.products()[hit.id.index()];
        Ok(Hit {
            product: product.id.clone(),
            title: product.title.clone(),
            score: hit.score,
            sources: found
                .iter()
                .map(|(source, _)| source.name().to_owned())
                .collect(),
            reasons,
        })
    }
}

/// Whether two reasons name the same product of the shopper's.
fn same(a: &Reason, b: &Reason) -> bool {
    match (a, b) {
        (Reason::Because { product: a, .. }, Reason::Because { product: b, .. }) => a == b,
        _ => a == b,
    }
}
