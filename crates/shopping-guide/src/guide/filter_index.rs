//! Which products have a value of an attribute, a price, an age or are available, so that a filter does not look at every product.

use std::cmp::Ordering;
use std::collections::{BTreeSet, HashMap};
use std::ops::Range;
use std::sync::Arc;

use guide_core::Bitmap;

use crate::Catalog;
use crate::catalog::Place;
use crate::source::lower;

/// The products of a catalogue by what filters ask for. Copies share what they hold until it changes.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct FilterIndex {
    pub(super) attributes: Vec<Arc<Attribute>>,
    /// The place of each attribute by its name in lower case.
    pub(super) place_of: Arc<HashMap<String, usize>>,
    /// By rising price, then by product.
    pub(super) prices: Arc<Vec<(f32, u32)>>,
    /// By rising time, then by product.
    pub(super) times: Arc<Vec<(i64, u32)>>,
    /// Products that the shop sells: all but those that were removed.
    pub(super) sold: Bitmap,
    /// Those of them that can be bought, or whose availability is unknown.
    pub(super) available: Bitmap,
    /// Products that are known to be available. `None` if the catalogue says of no product whether it is.
    pub(super) in_stock: Option<Bitmap>,
    /// The products of each variant group.
    pub(super) members: Arc<Vec<Vec<u32>>>,
}

/// The values of one attribute, each with its products, while the index is made.
type ValuesOfOne = Vec<(String, Vec<u32>)>;

/// One attribute, however it is written.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Attribute {
    /// The name in each spelling.
    pub(super) names: BTreeSet<String>,
    /// The values in the order in which they came, each with its products.
    pub(super) values: Vec<(String, Arc<Vec<u32>>)>,
}

impl FilterIndex {
    pub(super) fn new(catalog: &Catalog) -> Self {
        let mut attributes: Vec<(BTreeSet<String>, ValuesOfOne)> = Vec::new();
        let mut place_of: HashMap<String, usize> = HashMap::new();
        let mut place_of_spelling: HashMap<&str, usize> = HashMap::new();
        let mut value_of: HashMap<(usize, &str), usize> = HashMap::new();
        let (mut prices, mut times) = (Vec::new(), Vec::new());
        let mut available = Bitmap::all(catalog.len());
        let mut in_stock: Option<Bitmap> = None;
        let mut members = vec![Vec::new(); catalog.n_groups()];
        for (number, product) in (0_u32..).zip(catalog.products()) {
            for (name, value) in &product.attributes {
                let place = *place_of_spelling.entry(name).or_insert_with(|| {
                    *place_of.entry(lower(name)).or_insert_with(|| {
                        attributes.push(Default::default());
                        attributes.len() - 1
                    })
                });
                let (names, values) = &mut attributes[place];
                if !names.contains(name) {
                    names.insert(name.clone());
                }
                let value = *value_of.entry((place, value)).or_insert_with(|| {
                    values.push((value.clone(), Vec::new()));
                    values.len() - 1
                });
                let products = &mut values[value].1;
                // A product may have a value twice.
                if products.last() != Some(&number) {
                    products.push(number);
                }
            }
            prices.extend(product.price.map(|price| (price, number)));
            times.extend(product.time.map(|time| (time, number)));
            if let Some(is_available) = product.available {
                let in_stock = in_stock.get_or_insert_with(|| Bitmap::none(catalog.len()));
                match is_available {
                    true => in_stock.insert(number),
                    false => available.remove(number),
                }
            }
            if let Some(group) = catalog.group_of(recsys_core::ItemId(number)) {
                members[group as usize].push(number);
            }
        }
        prices.sort_unstable_by(by_price);
        times.sort_unstable();
        let shared = |values: ValuesOfOne| {
            let values = values.into_iter();
            values
                .map(|(value, products)| (value, Arc::new(products)))
                .collect()
        };
        let attributes = attributes.into_iter().map(|(names, values)| {
            let values = shared(values);
            Arc::new(Attribute { names, values })
        });
        Self {
            attributes: attributes.collect(),
            place_of: Arc::new(place_of),
            prices: Arc::new(prices),
            times: Arc::new(times),
            sold: Bitmap::all(catalog.len()),
            available,
            in_stock,
            members: Arc::new(members),
        }
    }

    /// The products that the shop sells.
    pub(super) fn sold(&self) -> &Bitmap {
        &self.sold
    }

    /// The products that are not known to be out of stock.
    pub(super) fn available(&self) -> &Bitmap {
        &self.available
    }

    /// The products that are known to be in stock; `None` if the catalogue says of no product whether it is.
    pub(super) fn in_stock(&self) -> Option<&Bitmap> {
        self.in_stock.as_ref()
    }

    /// All names of attributes, in each spelling.
    pub(super) fn attribute_names(&self) -> BTreeSet<&str> {
        let names = self.attributes.iter().flat_map(|one| &one.names);
        names.map(String::as_str).collect()
    }

    /// The values of an attribute, in the order in which they came; none if no product has it.
    pub(super) fn values_of(&self, name: &str) -> Option<impl Iterator<Item = &str>> {
        let attribute = self.attribute(name)?;
        Some(attribute.values.iter().map(|(value, _)| value.as_str()))
    }

    fn attribute(&self, name: &str) -> Option<&Attribute> {
        self.attributes
            .get(*self.place_of.get(&lower(name))?)
            .map(|attribute| &**attribute)
    }

    /// The products that have one of `places` as a value of the attribute.
    pub(super) fn with_value(&self, name: &str, places: &[Place]) -> Bitmap {
        let mut found = Bitmap::none(self.available.size());
        let values = self.attribute(name).into_iter().flat_map(|one| &one.values);
        for (value, products) in values {
            if places.iter().any(|place| place.holds(value)) {
                products.iter().for_each(|&product| found.insert(product));
            }
        }
        found
    }

    /// Whether any product has a price.
    pub(super) fn has_prices(&self) -> bool {
        !self.prices.is_empty()
    }

    /// Keeps the products whose price lies between `from` and `to`, where they are given.
    pub(super) fn keep_prices(&self, allowed: &mut Bitmap, from: Option<f32>, to: Option<f32>) {
        let start = from.map_or(0, |from| self.prices.partition_point(|one| one.0 < from));
        let end = to.map_or(self.prices.len(), |to| {
            self.prices.partition_point(|one| one.0 <= to)
        });
        keep(allowed, &self.prices, start..end.max(start));
    }

    /// The times of the products, rising.
    pub(super) fn times(&self) -> impl DoubleEndedIterator<Item = i64> + ExactSizeIterator {
        self.times.iter().map(|&(time, _)| time)
    }

    /// Keeps the products that are not older than `since`.
    pub(super) fn keep_since(&self, allowed: &mut Bitmap, since: f64) {
        let start = self.times.partition_point(|one| (one.0 as f64) < since);
        keep(allowed, &self.times, start..self.times.len());
    }

    /// The products of a variant group.
    pub(super) fn members_of(&self, group: u32) -> &[u32] {
        self.members.get(group as usize).map_or(&[], Vec::as_slice)
    }
}

/// The order of the prices.
pub(super) fn by_price(a: &(f32, u32), b: &(f32, u32)) -> Ordering {
    a.0.total_cmp(&b.0).then(a.1.cmp(&b.1))
}

/// Keeps the products of `range` in `sorted`.
fn keep<T>(allowed: &mut Bitmap, sorted: &[(T, u32)], range: Range<usize>) {
    if sorted.len() == allowed.size() && 2 * range.len() > sorted.len() {
        // All products are in the list, and few of them go.
        let before = &sorted[..range.start];
        let behind = &sorted[range.end..];
        let outside = before.iter().chain(behind);
        return outside.for_each(|&(_, product)| allowed.remove(product));
    }
    let inside = sorted[range].iter().map(|&(_, product)| product);
    allowed.intersect(&Bitmap::of(allowed.size(), inside));
}

#[cfg(test)]
mod tests {
    use rand::RngExt;

    use super::*;
    use crate::Product;
    use crate::catalog::same_but_for_case;

    fn found(set: &Bitmap) -> Vec<u32> {
        set.iter().collect()
    }

    #[test]
    fn products_are_found_by_value_price_age_and_group() {
        let red = |id: &str, name: &str| Product::new(id, id).attribute(name, "Red");
        let catalog = Catalog::new([
            red("a", "colour").price(3.0).time(100).group("g"),
            red("b", "Colour").price(1.0).available(false),
            Product::new("c", "c")
                .attribute("colour", "red > dark")
                .price(2.0)
                .time(300)
                .group("g"),
            Product::new("d", "d").attribute("colour", "blue").time(200),
        ]);
        let index = FilterIndex::new(&catalog.unwrap());
        assert_eq!(found(index.available()), [0, 2, 3]);
        assert_eq!(index.in_stock().map(found), Some(Vec::new()));
        assert_eq!(
            index.attribute_names().into_iter().collect::<Vec<_>>(),
            ["Colour", "colour"]
        );
        let values: Vec<&str> = index.values_of("COLOUR").unwrap().collect();
        assert_eq!(values, ["Red", "red > dark", "blue"]);
        assert!(index.values_of("size").is_none());
        assert_eq!(
            found(&index.with_value("colour", &[Place::new("red")])),
            [0, 1, 2]
        );
        let two = [Place::new("blue"), Place::new("red > dark")];
        assert_eq!(found(&index.with_value("colour", &two)), [2, 3]);
        let priced = |from, to| {
            let mut allowed = Bitmap::all(4);
            index.keep_prices(&mut allowed, from, to);
            found(&allowed)
        };
        assert_eq!(priced(Some(2.0), None), [0, 2]);
        assert_eq!(priced(Some(1.5), Some(2.5)), [2]);
        assert_eq!(
            priced(None, Some(9.0)),
            [0, 1, 2],
            "the last one has no price"
        );
        assert_eq!(priced(Some(7.0), Some(9.0)), [0; 0]);
        let mut allowed = Bitmap::all(4);
        index.keep_since(&mut allowed, 150.0);
        assert_eq!(found(&allowed), [2, 3]);
        assert_eq!(
            (index.members_of(0), index.members_of(9)),
            (&[0, 2][..], &[][..])
        );
    }

    /// The index finds what comparing texts one by one does.
    #[test]
    fn values_are_those_of_each_product() {
        let names = ["Colour", "colour", "SIZE", "size", "Category"];
        let values = ["Red", "red", "BLUE", "a > b", "A > B > c", "b", ""];
        let mut rng = guide_core::seeded(3);
        let product = |number: u32| {
            let mut product = Product::new(number.to_string(), "x");
            for _ in 0..rng.random_range(0..5) {
                let name = names[rng.random_range(0..names.len())];
                let value = values[rng.random_range(0..values.len())];
                product = product.attribute(name, value);
            }
            product
        };
        let catalog = Catalog::new((0..200).map(product)).unwrap();
        let index = FilterIndex::new(&catalog);
        for name in ["colour", "COLOUR", "Size", "category", "weight"] {
            for value in ["red", "blue", "a", "A > b", "b", "A/B/C", ""] {
                for place in [Place::new(value), Place::new(value).at_any_level()] {
                    let has = |product: &Product| {
                        let mut own = product.attributes.iter();
                        own.any(|(own, value)| same_but_for_case(own, name) && place.holds(value))
                    };
                    let expected = catalog.products().iter().enumerate();
                    let expected = expected.filter(|(_, product)| has(product));
                    let expected: Vec<u32> = expected.map(|(number, _)| number as u32).collect();
                    let places = [place.clone()];
                    assert_eq!(
                        found(&index.with_value(name, &places)),
                        expected,
                        "{name} {value}"
                    );
                }
            }
        }
    }

    #[test]
    fn a_filter_that_most_products_pass_keeps_the_same_ones() {
        let product =
            |number: u32| Product::new(number.to_string(), "x").price((number * 37 % 100) as f32);
        let catalog = Catalog::new((0..100).map(product)).unwrap();
        let index = FilterIndex::new(&catalog);
        for (from, to) in [(5, 95), (40, 60), (0, 99), (98, 99)] {
            let mut allowed = Bitmap::all(100);
            allowed.remove(3);
            index.keep_prices(&mut allowed, Some(from as f32), Some(to as f32));
            let expected = (0..100).filter(|&n| n != 3 && (from..=to).contains(&(n * 37 % 100)));
            assert!(
                allowed.iter().eq(expected.map(|n| n as u32)),
                "{from} to {to}"
            );
        }
    }
}
