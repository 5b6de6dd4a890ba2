//! Answers questions: the places of the fused list as hits, each with its sources and reasons.

use guide_core::{Error, Result};
use recsys_core::ItemId;

use super::Guide;
use super::fused::{Fused, Place};
use super::page::{Before, Page};
use super::viewed::leaves_out_viewed;
use crate::source::Request;
use crate::{Answer, Explanation, Hit, Query, Reason, Standing, Who};

/// Reasons given for a hit, at most, and of one source.
const MOST_REASONS: usize = 4;
const MOST_OF_A_SOURCE: usize = 2;

impl Guide {
    /// The best products for a query, each with its sources and reasons.
    ///
    /// A shopper that the event log does not know is served by what is popular, or by the attributes that the query says
    /// are liked; [`Answer::rung`] and [`Answer::unknown_shopper`] say so. The first hits are the same for every `n`.
    ///
    /// What the shopper bought or rated is not among the hits, unless the query keeps it; what the shopper only looked at or put
    /// into the cart may be, unless the query leaves that out too. What the query says is in the cart is not.
    ///
    /// # Errors
    /// [`Error::Unknown`] for a product being looked at, an attribute or a value of one that the catalogue does not have;
    /// [`Error::Unsuitable`] for a filter by price, age or stock if no product has one;
    /// [`Error::NotFinite`] for a weight and [`Error::Param`] for a price that is not finite, [`Error::Param`] for a negative
    /// weight, a lowest price above the highest one, a diversity, a boost or a cap outside its range, and a cursor of another
    /// query.
    pub fn recommend(&self, query: &Query) -> Result<Answer> {
        let request = self.request(query)?;
        let fused = self.fuse(&request)?;
        let before = Before::of(query)?;
        let Page { places, has_more } = fused.page(&before, query.n)?;
        let has_next = has_more && query.n > 0;
        let hits = places.iter().map(|place| self.hit(place, &fused, &request));
        Ok(Answer {
            hits: hits.collect::<Result<_>>()?,
            next: has_next.then(|| before.next(query, query.n)).transpose()?,
            hits_before: before.n_hits(),
            rung: fused.rung(&query.who, &places),
            allowed: request.allowed.count(),
            passing: request.passing,
            unknown_shopper: is_unknown(&query.who, &request),
            unknown_products: request.unknown.clone(),
        })
    }

    /// The `n` products that go best with a product.
    ///
    /// # Errors
    /// [`Error::Unknown`] with the id.
    pub fn similar(&self, product: &str, n: usize) -> Result<Answer> {
        self.recommend(&Query::nobody().context(product).n(n))
    }

    /// What each source says of a product for a shopper of the event log: [`Guide::explain_for`] with [`Query::shopper`].
    ///
    /// # Errors
    /// [`Error::Unknown`] with the id of the shopper or the product.
    pub fn explain(&self, shopper: &str, product: &str) -> Result<Explanation> {
        if self.shopper(shopper).is_none() {
            return Err(Error::unknown("shopper", shopper));
        }
        self.explain_for(&Query::shopper(shopper), product)
    }

    /// What each source says of a product for whoever asks `query`; place, score and reasons are those of the answer to it, had
    /// it as many hits as there are products. So neither the page nor a floor for new products counts. A product that the shopper
    /// has, or that is in the cart, is looked at as if it were new.
    ///
    /// # Errors
    /// [`Error::Unknown`] with the id of the product, and as [`Guide::recommend`].
    ///
    /// ```
    /// use shopping_guide::{Catalog, Guide, Product, Query};
    /// let red = |id, title| Product::new(id, title).attribute("colour", "red");
    /// let catalog = Catalog::new([red("mug", "Mug"), red("bowl", "Bowl"), Product::new("soap", "Soap")])?;
    /// let guide = Guide::builder().catalog(catalog).build()?;
    /// let why = guide.explain_for(&Query::history(["mug"]), "bowl")?;
    /// assert_eq!((why.place, why.reasons[0].to_string()), (Some(1), "colour: red".to_owned()));
    /// # Ok::<(), shopping_guide::Error>(())
    /// ```
    pub fn explain_for(&self, query: &Query, product: &str) -> Result<Explanation> {
        let item = self.catalog.require(product)?;
        let mut request = self.request(query)?;
        let owned = request.owned.binary_search(&item).is_ok();
        let viewed = !owned && request.history.iter().any(|entry| entry.0 == item);
        let no_views = leaves_out_viewed(&query.filters, self.leave_out_viewed);
        let is_context = request.contexts.contains(&item);
        let in_cart = request.cart.binary_search(&item).is_ok();
        let seen = owned || (in_cart || viewed && no_views) && !is_context;
        let is_kept = owned && query.filters.keep_seen && !in_cart;
        if seen && !is_kept && !is_context {
            request = request.without(item);
            let passing = self.allowed(&query.filters, &mut Vec::new())?;
            match passing.contains(item.0) {
                true => request.allowed.insert(item.0),
                false => request.allowed.remove(item.0),
            }
        }
        let fused = self.fuse(&request)?;
        // Most products that one asks about are among the fused ones: only for others all places are filled.
        let first = fused.fused_places(usize::MAX, &mut fused.gate());
        let places = match first.iter().any(|place| place.hit.id == item) {
            true => first,
            false => fused.places(self.catalog.len())?,
        };
        let found = places.iter().position(|place| place.hit.id == item);
        let place = found.map(|found| &places[found]);
        let mut sources = Vec::with_capacity(fused.sources.len());
        for (number, one) in fused.sources.iter().enumerate() {
            // Whatever the source says, a product that is left out has no rank.
            let found = one.source.rank(&request, item)?;
            let found = found.filter(|_| request.allows(item.0));
            let mut candidates = one.ranking.candidates.iter();
            let fused_rank = candidates.position(|hit| hit.id == item);
            let filled = place.filter(|place| place.filled_by == Some(number));
            sources.push(Standing {
                source: one.source.name().to_owned(),
                rank: found.map(|(rank, _)| rank),
                score: found.map(|(_, score)| score),
                adds: filled.map_or_else(
                    || fused_rank.map_or(0.0, |rank| fused.adds(number, rank + 1)),
                    |place| place.hit.score,
                ),
            });
        }
        let reasons = match place {
            Some(place) => {
                let mut reasons = self.hit(place, &fused, &request)?.reasons;
                if place.filled_by.is_none() {
                    reasons.extend(self.promoted(item, &request.list.promotions, true));
                }
                reasons
            }
            None => {
                let left_out = self.left_out().any(|left_out| left_out == item);
                let why_not = match left_out {
                    true => Reason::LeftOut,
                    false => Reason::RuledOut,
                };
                had(&request, item).into_iter().chain([why_not]).collect()
            }
        };
        Ok(Explanation {
            product: product.to_owned(),
            title: self.catalog.products()[item.index()].title.clone(),
            seen,
            place: found.map(|found| found + 1),
            score: place.map_or(0.0, |place| place.hit.score),
            sources,
            reasons,
            rung: fused.rung(&query.who, &places),
            unknown_shopper: is_unknown(&query.who, &request),
            unknown_products: request.unknown.clone(),
        })
    }

    fn hit(&self, place: &Place, fused: &Fused<'_>, request: &Request) -> Result<Hit> {
        let (item, found_by) = (place.hit.id, fused.found_by(place));
        // Nothing is recommended because of itself.
        let others = request.history.iter().any(|entry| entry.0 == item);
        let others = others.then(|| request.without(item));
        let others = others.as_ref().unwrap_or(request);
        let source = |number: usize| &fused.sources[number].source;
        // A reason is as strong as its part of the score: the shares of different sources do not compare. What is said of
        // this shopper comes before what is true for everyone.
        let mut reasons: Vec<(f32, Reason)> = Vec::new();
        for &(number, adds) in &found_by {
            let mut new = 0;
            for reason in source(number).reasons(others, item)? {
                let strength = adds * reason.share();
                match reasons.iter_mut().find(|(_, known)| same(known, &reason)) {
                    Some((known, _)) => *known += strength,
                    None if new < MOST_OF_A_SOURCE => {
                        reasons.push((strength, reason));
                        new += 1;
                    }
                    None => {}
                }
            }
        }
        if reasons.iter().any(|(_, reason)| !reason.is_weak()) {
            reasons.retain(|(_, reason)| !reason.is_weak());
        }
        reasons.sort_by(|(left, a), (right, b)| {
            let everyone = a.is_for_everyone().cmp(&b.is_for_everyone());
            everyone.then(right.total_cmp(left))
        });
        let mut reasons: Vec<Reason> = reasons.into_iter().map(|(_, reason)| reason).collect();
        reasons.truncate(MOST_REASONS);
        if let Some(had) = had(request, item) {
            reasons.insert(0, had);
        }
        if reasons.is_empty() {
            reasons = crate::source::Source::reasons(&self.popular, others, item)?;
        }
        if place.filled_by.is_none() {
            reasons.extend(self.promoted(item, &request.list.promotions, false));
        }
        let product = &self.catalog.products()[item.index()];
        Ok(Hit {
            product: product.id.clone(),
            title: product.title.clone(),
            price: product.price,
            picture: product.picture.clone(),
            available: product.available,
            score: place.hit.score,
            sources: found_by
                .iter()
                .map(|&(number, _)| source(number).name().to_owned())
                .collect(),
            reasons,
        })
    }
}

/// What the one who asks has to do with a product already.
fn had(request: &Request, product: ItemId) -> Option<Reason> {
    let viewed = || request.history.iter().any(|entry| entry.0 == product);
    match request.owned.binary_search(&product) {
        Ok(_) => Some(Reason::Seen),
        Err(_) => {
            let is_context = request.contexts.contains(&product);
            (!is_context && viewed()).then_some(Reason::Viewed)
        }
    }
}

/// Whether the query names a shopper whom the event log does not know.
fn is_unknown(who: &Who, request: &Request) -> bool {
    matches!(who, Who::Shopper(_)) && request.shopper.is_none()
}

/// Whether two reasons name the same product of the shopper's.
fn same(a: &Reason, b: &Reason) -> bool {
    match (a, b) {
        (Reason::Because { product: a, .. }, Reason::Because { product: b, .. }) => a == b,
        _ => a == b,
    }
}
