//! The products of a shopper's history that a hit depends on: a minimal set without which the product is no hit.

use guide_core::Result;
use recsys_core::ItemId;

use super::Guide;
use super::fused::{Fused, Place};
use crate::source::Request;
use crate::{Counterfactual, Evidence, NamedProduct, Query};

/// Questions that one search asks at most. Each costs as much as an answer; most searches need fewer than ten.
const MOST_QUESTIONS: usize = 200;

impl Guide {
    /// The products of the history that `product` is a hit because of: a set without which it leaves the first
    /// [`Query::n`] hits. The set is minimal: with any one of them put back, the product is a hit again.
    ///
    /// The products are removed one after the other, the one that adds most to the fused score first, until the guide, asked
    /// again, no longer has the hit. Then each is put back in turn, and stays if the hit is still gone. Another minimal set may
    /// exist. The search asks at most 200 questions.
    ///
    /// A removed product counts as never taken, but is not recommended instead: it stays left out of the answer. The weights of
    /// the rest of the history stay as they are. The product being looked at, [`Query::context`], is no part of the history and
    /// is never removed, and neither is `product` itself.
    ///
    /// # Errors
    /// [`Error::Unknown`](guide_core::Error::Unknown) with the id of the product, and as [`Guide::recommend`].
    ///
    /// ```
    /// use shopping_guide::{Catalog, Counterfactual, Guide, Product, Query};
    /// let red = |id, title| Product::new(id, title).attribute("colour", "red");
    /// let catalog = [red("mug", "Mug"), Product::new("soap", "Soap"), Product::new("pan", "Pan"), red("bowl", "Bowl")];
    /// let guide = Guide::builder().catalog(Catalog::new(catalog)?).build()?;
    /// // The bowl is red as the mug is. Without the mug nothing speaks for it, and the pan comes first in the catalogue.
    /// let why = guide.because_of(&Query::history(["mug", "soap"]).n(1), "bowl")?;
    /// assert_eq!(why.to_string(), "would not be recommended without Mug; Pan would be instead");
    /// assert!(matches!(why, Counterfactual::Found { products, .. } if products[0].product == "mug"));
    /// # Ok::<(), shopping_guide::Error>(())
    /// ```
    pub fn because_of(&self, query: &Query, product: &str) -> Result<Counterfactual> {
        let item = self.catalog.require(product)?;
        let request = self.request(query)?;
        let search = Search {
            guide: self,
            request: &request,
            item,
            n: query.n,
        };
        search.run()
    }
}

/// The search for one hit.
struct Search<'a> {
    guide: &'a Guide,
    request: &'a Request,
    item: ItemId,
    n: usize,
}

/// An answer without some products of the history.
struct Asked {
    is_hit: bool,
    /// The first `n` products.
    hits: Vec<ItemId>,
    /// The remaining products of the history that speak for the hit, with what each adds to its fused score. Empty for no hit.
    by_product: Vec<(ItemId, f32)>,
}

impl Search<'_> {
    fn run(&self) -> Result<Counterfactual> {
        let first = self.ask(&[])?;
        if !first.is_hit {
            let fused = self.guide.fuse(self.request)?;
            let places = fused.places(self.guide.catalog.len())?;
            let place = places.iter().position(|place| place.hit.id == self.item);
            let place = place.map(|place| place + 1);
            return Ok(Counterfactual::NotAHit { place });
        }
        let mut questions = 0;
        let Some((mut removed, mut answer)) = self.remove(&first, &mut questions)? else {
            return Ok(Counterfactual::NotFound { tried: questions });
        };
        // A product that was put back in vain may be put back after another one was: until none can be.
        let mut is_minimal = false;
        while !is_minimal {
            is_minimal = true;
            for place in (0..removed.len()).rev() {
                if removed.len() == 1 {
                    break; // without any removed, the product is a hit
                }
                if questions == MOST_QUESTIONS {
                    return Ok(Counterfactual::NotFound { tried: questions });
                }
                let mut fewer = removed.clone();
                fewer.remove(place);
                questions += 1;
                let asked = self.ask(&fewer)?;
                if !asked.is_hit {
                    (removed, answer, is_minimal) = (fewer, asked, false);
                }
            }
        }
        let new = answer.hits.iter().find(|hit| !first.hits.contains(hit));
        Ok(Counterfactual::Found {
            products: removed.iter().map(|&one| self.named(one)).collect(),
            questions,
            replaced_by: new.map(|&one| self.named(one)),
        })
    }

    /// Removes what adds most to the score, one product a question, until the hit is gone. Returns what was removed, in that
    /// order, and the answer without it; `None` if the hit stays while nothing of the history speaks for it, or at the bound.
    fn remove(&self, first: &Asked, questions: &mut usize) -> Result<Option<(Vec<ItemId>, Asked)>> {
        let mut removed = Vec::new();
        let mut strongest = first.strongest();
        while let Some(product) = strongest
            && *questions < MOST_QUESTIONS
        {
            removed.push(product);
            *questions += 1;
            let asked = self.ask(&removed)?;
            if !asked.is_hit {
                return Ok(Some((removed, asked)));
            }
            strongest = asked.strongest();
        }
        Ok(None)
    }

    /// Asks the guide without some products of the history.
    fn ask(&self, removed: &[ItemId]) -> Result<Asked> {
        let request = self.reduced(removed);
        let fused = self.guide.fuse(&request)?;
        let places = fused.places(self.n)?;
        let place = places.iter().find(|place| place.hit.id == self.item);
        let by_product = place.map_or(Ok(Vec::new()), |place| self.adds(&fused, place, &request));
        Ok(Asked {
            is_hit: place.is_some(),
            hits: places.iter().map(|place| place.hit.id).collect(),
            by_product: by_product?,
        })
    }

    /// The request without some products of the history, which stay left out of the answer. The product being looked at weighs
    /// as much as what is left.
    fn reduced(&self, removed: &[ItemId]) -> Request {
        let mut request = self.request.clone();
        if removed.is_empty() {
            return request;
        }
        request.history.retain(|entry| !removed.contains(&entry.0));
        for product in removed {
            request.allowed.remove(product.0);
        }
        request.weigh_contexts();
        request
    }

    /// What each product of the history adds to the fused score of the hit: of each source that found it, what the source adds,
    /// divided by the parts of its score.
    fn adds(
        &self,
        fused: &Fused<'_>,
        place: &Place,
        request: &Request,
    ) -> Result<Vec<(ItemId, f32)>> {
        let removable = request.history.iter();
        let removable =
            removable.filter(|entry| entry.0 != self.item && !request.contexts.contains(&entry.0));
        let mut adds: Vec<(ItemId, f32)> = removable.map(|entry| (entry.0, 0.0)).collect();
        for (number, of_source) in fused.found_by(place) {
            let parts = fused.sources[number].source.parts(request, self.item)?;
            let score: f32 = parts.iter().map(|part| part.amount).sum();
            if parts.is_empty() || score <= 0.0 {
                continue;
            }
            let is_by_attribute =
                |part: &crate::ScorePart| matches!(part.evidence, Evidence::Attribute { .. });
            if parts.iter().any(is_by_attribute) {
                // The same score by products: a history weighs the likeness of each of its products.
                for (product, sum) in &mut adds {
                    let weight = request.history.iter().find(|entry| entry.0 == *product);
                    let likeness = self.guide.attributes.similarity(*product, self.item);
                    *sum += of_source * likeness * weight.map_or(0.0, |entry| entry.1) / score;
                }
                continue;
            }
            for part in parts {
                if let Evidence::Product { product, .. } = &part.evidence
                    && let Some(product) = self.guide.catalog.number(product)
                    && let Some((_, sum)) = adds.iter_mut().find(|(known, _)| *known == product)
                {
                    *sum += of_source * part.amount / score;
                }
            }
        }
        Ok(adds)
    }

    fn named(&self, product: ItemId) -> NamedProduct {
        NamedProduct::of(&self.guide.catalog.products()[product.index()])
    }
}

impl Asked {
    /// The product of the history that adds most to the score; `None` if none adds anything.
    fn strongest(&self) -> Option<ItemId> {
        let speaking = self.by_product.iter().filter(|(_, adds)| *adds > 0.0);
        // Of equal ones the first by number, whatever their order.
        let strongest = speaking.max_by(|a, b| a.1.total_cmp(&b.1).then(b.0.cmp(&a.0)));
        strongest.map(|(product, _)| *product)
    }
}
