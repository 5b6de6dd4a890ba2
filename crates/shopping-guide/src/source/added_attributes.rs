//! Products that came or changed after the index of attributes was made: few, so that a search looks at each.

use std::sync::Arc;

use guide_core::Scored;
use recsys_core::ItemId;

use super::attributes::{Attributes, rarity, scaled, weighted_terms};
use super::price_bands::Bands;
use super::{AttributeParams, Request};
use crate::Catalog;

/// The terms of one product, rising, with their weights.
type Row = Arc<[(u32, f32)]>;

/// Products with their terms, by rising number.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Added(Vec<(u32, Row)>);

impl Added {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The terms of a product, if it is one of these.
    pub(super) fn row(&self, product: u32) -> Option<&[(u32, f32)]> {
        let place = self.place(product).ok()?;
        Some(&self.0[place].1)
    }

    fn place(&self, product: u32) -> Result<usize, usize> {
        self.0.binary_search_by_key(&product, |(known, _)| *known)
    }

    /// The scores of these products by the weights of a profile; 0 for those that the request does not allow.
    pub(super) fn scores(
        &self,
        request: &Request,
        liked: &[f32],
    ) -> impl Iterator<Item = Scored<ItemId>> {
        let allowed = self
            .0
            .iter()
            .filter(|(product, _)| request.allows(*product));
        allowed.map(|(product, row)| {
            let amounts = row
                .iter()
                .map(|&(term, weight)| weight * liked[term as usize]);
            Scored {
                id: ItemId(*product),
                score: amounts.sum(),
            }
        })
    }
}

impl Attributes {
    /// Whether products came or changed after the index was made.
    pub(crate) fn has_added(&self) -> bool {
        !self.added.is_empty()
    }

    /// How many products came or changed.
    pub(crate) fn n_added(&self) -> usize {
        self.added.0.len()
    }

    /// The index with these products of the catalogue as they are now. What a term weighs follows from the products of the index; a term
    /// that none of them has counts as that of one product.
    pub(crate) fn with_products(
        &self,
        params: &AttributeParams,
        catalog: &Catalog,
        products: &[u32],
    ) -> Self {
        let mut with = self.clone();
        let bands = Bands::new(catalog, params.price_bands);
        let terms = Arc::make_mut(&mut with.terms);
        let n = self.by_product.n_rows() as f64;
        for &number in products {
            let Some(product) = catalog.products().get(number as usize) else {
                continue;
            };
            let mut row = weighted_terms(params, &bands, product, terms);
            row.retain_mut(|(term, weight)| {
                let term = *term as usize;
                let is_new = term >= self.by_term.n_rows();
                // A term without a product of the index is one that all of them have, and tells nothing.
                let frequency = match is_new {
                    true => 1,
                    false => self.by_term.len_of(term),
                };
                *weight *= rarity(n, frequency.max(1) as f64);
                is_new || frequency > 0
            });
            let row: Row = scaled(row).collect();
            match with.added.place(number) {
                Ok(place) => with.added.0[place].1 = row,
                Err(place) => with.added.0.insert(place, (number, row)),
            }
        }
        with
    }
}

#[cfg(test)]
mod tests {
    use guide_core::Bitmap;

    use super::*;
    use crate::Product;

    fn product(id: &str, colour: &str) -> Product {
        Product::new(id, id).attribute("colour", colour)
    }

    #[test]
    fn a_product_that_came_later_is_found_and_one_that_changed_is_found_as_it_is() {
        let params = AttributeParams::default();
        let before = [
            product("a", "red"),
            product("b", "red"),
            product("c", "blue"),
        ];
        let index = Attributes::new(&params, &Catalog::new(before).unwrap());
        let after = [
            product("a", "red"),
            product("b", "blue"),
            product("c", "blue"),
            product("d", "red"),
        ];
        let catalog = Catalog::new(after).unwrap();
        let index = index.with_products(&params, &catalog, &[1, 3]);
        let of = |history: u32, allowed: &[u32]| {
            let request = Request {
                history: vec![(ItemId(history), 1.0)],
                allowed: Bitmap::of(4, allowed.iter().copied()),
                ..Request::default()
            };
            let hits = index.candidates(&request, 9).into_iter();
            let hits: Vec<u32> = hits.map(|hit| hit.id.0).collect();
            let ranks = hits
                .iter()
                .map(|&hit| index.rank(&request, ItemId(hit)).unwrap().0);
            assert!(ranks.eq(1..=hits.len()));
            hits
        };
        assert_eq!(of(0, &[1, 2, 3]), [3], "b is no longer red");
        assert_eq!(of(2, &[0, 1, 3]), [1]);
        assert_eq!(of(3, &[0, 1, 2]), [0]);
        assert_eq!(of(3, &[1, 2]), [0; 0]);
        assert!(index.similarity(ItemId(3), ItemId(0)) > 0.0);
        assert_eq!(index.similarity(ItemId(1), ItemId(0)), 0.0);
    }
}
