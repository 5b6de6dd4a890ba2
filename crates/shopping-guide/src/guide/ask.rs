//! Answers questions: the places of the fused list as hits, each with its sources and reasons.

use guide_core::{Error, Result};

use super::Guide;
use super::page::{Before, Page};
use super::reasons::{Telling, had, parts_of};
use super::viewed::leaves_out_viewed;
use crate::source::{AskedWords, Request};
use crate::trace::AnswerSpan;
use crate::{Answer, Explanation, Query, Reason, Standing, Who};

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
        let span = AnswerSpan::new(query.n);
        let request = self.request(query)?;
        let fused = self.fuse(&request)?;
        let before = Before::of(query)?;
        let Page { places, has_more } = fused.page(&before, query.n)?;
        let has_next = has_more && query.n > 0;
        let telling = Telling::new(query);
        let hits = places.iter();
        let hits = hits.map(|place| self.hit(place, &fused, &request, &telling));
        let words = request.words.as_deref();
        let unmatched = words.map(|words| self.text().unmatched(words, &request.allowed));
        let answer = Answer {
            hits: hits.collect::<Result<_>>()?,
            next: has_next.then(|| before.next(query, query.n)).transpose()?,
            hits_before: before.n_hits(),
            rung: fused.rung(&query.who, &places),
            allowed: request.allowed.count(),
            passing: request.passing,
            unknown_shopper: is_unknown(&query.who, &request),
            unknown_products: request.unknown.clone(),
            unmatched_words: unmatched.unwrap_or_default(),
            words_left_out: words.map_or(0, AskedWords::left_out),
        };
        span.tell(&answer);
        Ok(answer)
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
        let no_views = leaves_out_viewed(&query.filters, self.leaves_out_viewed());
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
                parts: match found {
                    Some((_, score)) => parts_of(&*one.source, &request, item, score)?,
                    None => Vec::new(),
                },
                adds: filled.map_or_else(
                    || fused_rank.map_or(0.0, |rank| fused.adds(number, rank + 1)),
                    |place| place.hit.score,
                ),
            });
        }
        let telling = Telling::new(query);
        let reasons = match place {
            Some(place) => {
                let mut reasons = self.hit(place, &fused, &request, &telling)?.reasons;
                if place.filled_by.is_none() {
                    let lowered = self.promoted(item, &request.list.promotions, true);
                    reasons.extend(lowered.into_iter().map(|reason| telling.say(reason)));
                }
                reasons
            }
            None => {
                let left_out = self.left_out().any(|left_out| left_out == item);
                let why_not = match left_out {
                    true => Reason::LeftOut,
                    false => Reason::RuledOut,
                };
                let told = had(&request, item).into_iter().chain([why_not]);
                told.map(|reason| telling.say(reason)).collect()
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
}

/// Whether the query names a shopper whom the event log does not know.
fn is_unknown(who: &Who, request: &Request) -> bool {
    matches!(who, Who::Shopper(_)) && request.shopper.is_none()
}
