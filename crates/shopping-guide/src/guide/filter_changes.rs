//! Changes one product of the index for filters: taken out as it was, put in as it is.

use std::sync::Arc;

use guide_core::Bitmap;

use super::filter_index::{Attribute, FilterIndex, by_price};
use crate::Product;
use crate::source::lower;

impl FilterIndex {
    /// Takes out a product that had these fields. It stays sold.
    pub(super) fn take_out(&mut self, number: u32, product: &Product, group: Option<u32>) {
        for (name, value) in &product.attributes {
            let Some(&place) = self.place_of.get(&lower(name)) else {
                continue;
            };
            let attribute = Arc::make_mut(&mut self.attributes[place]);
            let Some(at) = attribute.values.iter().position(|(own, _)| own == value) else {
                continue;
            };
            let products = Arc::make_mut(&mut attribute.values[at].1);
            products.retain(|&product| product != number);
            if products.is_empty() {
                attribute.values.remove(at);
            }
        }
        if let Some(price) = product.price {
            let prices = Arc::make_mut(&mut self.prices);
            if let Ok(at) = prices.binary_search_by(|one| by_price(one, &(price, number))) {
                prices.remove(at);
            }
        }
        if let Some(time) = product.time {
            let times = Arc::make_mut(&mut self.times);
            if let Ok(at) = times.binary_search(&(time, number)) {
                times.remove(at);
            }
        }
        let members =
            group.and_then(|group| Arc::make_mut(&mut self.members).get_mut(group as usize));
        members
            .into_iter()
            .for_each(|members| members.retain(|&member| member != number));
        self.available.remove(number);
        if let Some(in_stock) = &mut self.in_stock {
            in_stock.remove(number);
        }
    }

    /// Puts in a product with these fields.
    pub(super) fn put_in(&mut self, number: u32, product: &Product, group: Option<u32>) {
        let size = self.sold.size().max(number as usize + 1);
        self.sold.grow(size);
        self.available.grow(size);
        self.sold.insert(number);
        if product.available != Some(false) {
            self.available.insert(number);
        }
        if let Some(in_stock) = &mut self.in_stock {
            in_stock.grow(size);
        }
        if let Some(is_available) = product.available {
            let in_stock = self.in_stock.get_or_insert_with(|| Bitmap::none(size));
            if is_available {
                in_stock.insert(number);
            }
        }
        for (name, value) in &product.attributes {
            let next = self.attributes.len();
            let place = *Arc::make_mut(&mut self.place_of)
                .entry(lower(name))
                .or_insert(next);
            if place == next {
                self.attributes.push(Arc::default());
            }
            let attribute: &mut Attribute = Arc::make_mut(&mut self.attributes[place]);
            attribute.names.insert(name.clone());
            let known = attribute.values.iter().position(|(own, _)| own == value);
            let at = known.unwrap_or_else(|| {
                attribute.values.push((value.clone(), Arc::default()));
                attribute.values.len() - 1
            });
            let products = Arc::make_mut(&mut attribute.values[at].1);
            if let Err(place) = products.binary_search(&number) {
                products.insert(place, number);
            }
        }
        if let Some(price) = product.price {
            let prices = Arc::make_mut(&mut self.prices);
            let at = prices.partition_point(|one| by_price(one, &(price, number)).is_lt());
            prices.insert(at, (price, number));
        }
        if let Some(time) = product.time {
            let times = Arc::make_mut(&mut self.times);
            let at = times.partition_point(|one| *one < (time, number));
            times.insert(at, (time, number));
        }
        if let Some(group) = group {
            let members = Arc::make_mut(&mut self.members);
            if members.len() <= group as usize {
                members.resize(group as usize + 1, Vec::new());
            }
            let members = &mut members[group as usize];
            if let Err(place) = members.binary_search(&number) {
                members.insert(place, number);
            }
        }
    }

    /// The products that the shop no longer sells.
    pub(super) fn removed(&self) -> Vec<u32> {
        let all = 0..self.sold.size() as u32;
        all.filter(|&product| !self.sold.contains(product))
            .collect()
    }

    /// The shop no longer sells a product. What it was stays, for those who have it.
    pub(super) fn stop_selling(&mut self, number: u32) {
        self.sold.remove(number);
        self.available.remove(number);
        if let Some(in_stock) = &mut self.in_stock {
            in_stock.remove(number);
        }
    }
}

#[cfg(test)]
mod tests {
    use guide_core::seeded;
    use rand::RngExt;

    use super::*;
    use crate::Catalog;
    use crate::catalog::Place;

    fn random_product(rng: &mut guide_core::Rng, id: u32) -> Product {
        let mut product = Product::new(id.to_string(), "x");
        for name in ["colour", "Colour", "size"] {
            if rng.random_range(0..3) > 0 {
                let value = ["red", "Red", "blue", "a > b"][rng.random_range(0..4)];
                product = product.attribute(name, value);
            }
        }
        if rng.random_range(0..4) > 0 {
            product = product.price(rng.random_range(0..6) as f32);
        }
        if rng.random_range(0..4) > 0 {
            product = product.time(rng.random_range(0..6));
        }
        if rng.random_range(0..3) == 0 {
            product = product.group(["g", "h"][rng.random_range(0..2)]);
        }
        product.available(rng.random_range(0..3) > 0)
    }

    /// An index that was changed product by product answers as one that is made of the catalogue anew.
    #[test]
    fn a_changed_index_is_the_index_of_the_changed_catalogue() {
        let mut rng = seeded(8);
        let first: Vec<Product> = (0..30).map(|id| random_product(&mut rng, id)).collect();
        let mut catalog = Catalog::new(first).unwrap();
        let mut changed = FilterIndex::new(&catalog);
        for _ in 0..300 {
            let id = rng.random_range(0..40);
            let product = random_product(&mut rng, id);
            if let Some(number) = catalog.number(&product.id) {
                let old = catalog.products()[number.index()].clone();
                changed.take_out(number.0, &old, catalog.group_of(number));
            }
            let number = catalog.put(product).unwrap();
            let product = catalog.products()[number.index()].clone();
            changed.put_in(number.0, &product, catalog.group_of(number));
        }
        let anew = FilterIndex::new(&catalog);
        assert_eq!(changed.available(), anew.available());
        assert_eq!(changed.sold(), anew.sold());
        let places = |value| [Place::new(value)];
        for name in ["COLOUR", "size"] {
            for value in ["red", "blue", "a", "none"] {
                let of = |index: &FilterIndex| index.with_value(name, &places(value));
                assert_eq!(of(&changed), of(&anew), "{name} {value}");
            }
        }
        assert!(changed.times().eq(anew.times()));
        for from in 0..6 {
            let of = |index: &FilterIndex| {
                let mut allowed = index.sold().clone();
                index.keep_prices(
                    &mut allowed,
                    Some(from as f32),
                    Some(4.0_f32.max(from as f32)),
                );
                let mut young = index.sold().clone();
                index.keep_since(&mut young, f64::from(from));
                (allowed, young)
            };
            assert_eq!(of(&changed), of(&anew), "{from}");
        }
        for group in 0..2 {
            assert_eq!(changed.members_of(group), anew.members_of(group));
        }
    }
}
