//! The most hits of each value of an attribute, and one product of each variant group.

use std::collections::HashMap;

use guide_core::{Result, ensure};
use recsys_core::ItemId;

use super::Guide;
use crate::Catalog;
use crate::catalog::{OneOfAGroup, same_but_for_case};
use crate::source::lower;

/// The most hits of each value of an attribute.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Cap {
    attribute: String,
    n: usize,
}

impl Guide {
    /// At most `n` hits of each value of an attribute.
    pub(super) fn cap(&self, attribute: &str, n: usize) -> Result<Cap> {
        ensure::at_least_one("at_most", n)?;
        self.ensure_attribute(attribute)?;
        Ok(Cap {
            attribute: attribute.to_owned(),
            n,
        })
    }
}

/// Counts the places of a list, so that no cap is exceeded.
pub(super) struct CapCounts<'a> {
    catalog: &'a Catalog,
    caps: &'a [Cap],
    /// How many places the products of a value have, by the number of the cap and the value in lower case.
    counts: HashMap<(usize, String), usize>,
}

impl<'a> CapCounts<'a> {
    fn new(catalog: &'a Catalog, caps: &'a [Cap]) -> Self {
        Self {
            catalog,
            caps,
            counts: HashMap::new(),
        }
    }

    /// Whether a product exceeds no cap. It then has a place and is counted.
    pub(super) fn passes(&mut self, product: ItemId) -> bool {
        let values = self.values_of(product);
        let is_full = |value: &(usize, String)| {
            let most = self.caps.get(value.0).map_or(usize::MAX, |cap| cap.n);
            self.counts.get(value).is_some_and(|&count| count >= most)
        };
        if values.iter().any(is_full) {
            return false;
        }
        for value in values {
            *self.counts.entry(value).or_default() += 1;
        }
        true
    }

    /// Gives back the place of a product that passed.
    fn release(&mut self, product: ItemId) {
        for value in self.values_of(product) {
            if let Some(count) = self.counts.get_mut(&value) {
                *count = count.saturating_sub(1);
            }
        }
    }

    /// The values of a product that are counted, each once.
    fn values_of(&self, product: ItemId) -> Vec<(usize, String)> {
        let mut values = Vec::new();
        let Some(product) = self.catalog.products().get(product.index()) else {
            return values;
        };
        for (number, cap) in self.caps.iter().enumerate() {
            let own = product.attributes.iter();
            let own = own.filter(|(name, _)| same_but_for_case(name, &cap.attribute));
            values.extend(own.map(|(_, value)| (number, lower(value))));
        }
        values.sort_unstable();
        values.dedup();
        values
    }
}

/// What a list may hold of products that belong together: one of each variant group, and no more than the caps let pass.
pub(super) struct Gate<'a> {
    pub(super) groups: OneOfAGroup<'a>,
    pub(super) caps: CapCounts<'a>,
}

impl<'a> Gate<'a> {
    pub(super) fn new(catalog: &'a Catalog, caps: &'a [Cap]) -> Self {
        Self {
            groups: OneOfAGroup::new(catalog),
            caps: CapCounts::new(catalog, caps),
        }
    }

    /// Whether a product may have the next place. It then has it.
    pub(super) fn passes(&mut self, product: ItemId) -> bool {
        if !self.groups.passes(product) {
            return false;
        }
        let passes = self.caps.passes(product);
        if !passes {
            self.groups.release(product);
        }
        passes
    }

    /// Gives back the place of a product that passed.
    pub(super) fn release(&mut self, product: ItemId) {
        self.groups.release(product);
        self.caps.release(product);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Product;

    #[test]
    fn places_are_counted_by_value_and_given_back() {
        let of = |id: &str, brands: &[&str]| {
            let product = Product::new(id, id);
            brands
                .iter()
                .fold(product, |product, brand| product.attribute("Brand", *brand))
        };
        let catalog = Catalog::new([
            of("0", &["Koi", "koi"]),
            of("1", &["KOI"]),
            of("2", &["Koi", "Veldt"]),
            of("3", &["veldt"]).group("g"),
            of("4", &[]).group("g"),
        ]);
        let catalog = catalog.unwrap();
        let caps = [Cap {
            attribute: "brand".to_owned(),
            n: 2,
        }];
        let mut gate = Gate::new(&catalog, &caps);
        let mut passes = |product: u32| gate.passes(ItemId(product));
        // A value that a product has twice counts once.
        assert_eq!([0, 1, 2].map(&mut passes), [true, true, false]);
        // The refused product does not count for its other brand either.
        assert_eq!([3, 4].map(&mut passes), [true, false]);
        gate.release(ItemId(1));
        gate.release(ItemId(3));
        let mut passes = |product: u32| gate.passes(ItemId(product));
        assert_eq!([2, 1, 4, 3].map(&mut passes), [true, false, true, false]);
    }
}
