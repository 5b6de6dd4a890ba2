//! The catalogue: all products of the shop.

mod attribute_choice;
mod categories;
mod columns;
mod csv_file;
mod finish;
mod gather;
mod headings;
mod html;
mod many_values;
mod named_values;
mod nearest;
mod other_headings;
mod prices;
mod product;
mod read;
mod roles;
mod sample;
mod stock;
mod stored_v2;
#[cfg(test)]
mod tests;
mod variants;

use std::collections::HashSet;
use std::sync::Arc;

use guide_core::{Error, Result};
use recsys_core::{IdMap, ItemId};
use serde::{Deserialize, Serialize};

pub(crate) use categories::{Place, ancestors};
pub use columns::CatalogColumns;
pub(crate) use nearest::{distance, nearest};
pub use product::Product;
pub(crate) use product::same_but_for_case;
pub(crate) use stored_v2::CatalogV2;

/// All products, each id once, in the order in which they came.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Vec<Product>", into = "Vec<Arc<Product>>")]
pub struct Catalog {
    products: Vec<Arc<Product>>,
    ids: Arc<IdMap>,
    groups: Arc<IdMap>,
    /// The variant group of each product, or [`NO_GROUP`].
    group_of: Vec<u32>,
}

const NO_GROUP: u32 = u32::MAX;

impl Catalog {
    /// A catalogue of `products`.
    ///
    /// # Errors
    /// [`Error::Duplicate`] for an id that occurs twice, [`Error::Empty`] for an empty id, [`Error::NotFinite`] for a price
    /// that is not a finite number, [`Error::Param`] for a time outside the years 0 to 9999.
    pub fn new(products: impl IntoIterator<Item = Product>) -> Result<Self> {
        let mut catalog = Self::default();
        for product in products {
            catalog.push(product)?;
        }
        Ok(catalog)
    }

    /// Adds a product.
    ///
    /// # Errors
    /// As [`Catalog::new`]; the catalogue is then as before.
    pub fn push(&mut self, product: Product) -> Result<()> {
        check(&product, self.len())?;
        if self.ids.get(&product.id).is_some() {
            return Err(Error::Duplicate {
                what: "product".to_owned(),
                id: product.id,
            });
        }
        self.add(Arc::new(product));
        Ok(())
    }

    /// Adds a product, or puts it in place of that of its id. Returns its number.
    ///
    /// # Errors
    /// As [`Catalog::new`], but for an id that is there; the catalogue is then as before.
    pub(crate) fn put(&mut self, product: Product) -> Result<ItemId> {
        let Some(number) = self.number(&product.id) else {
            self.push(product)?;
            return Ok(ItemId(self.len() as u32 - 1));
        };
        check(&product, number.index())?;
        self.group_of[number.index()] = self.group(&product);
        self.products[number.index()] = Arc::new(product);
        Ok(number)
    }

    fn add(&mut self, product: Arc<Product>) {
        Arc::make_mut(&mut self.ids).insert(&product.id);
        let group = self.group(&product);
        self.group_of.push(group);
        self.products.push(product);
    }

    /// The number of the variant group of a product.
    fn group(&mut self, product: &Product) -> u32 {
        let group = product.group.as_deref().filter(|group| !group.is_empty());
        group.map_or(NO_GROUP, |group| {
            Arc::make_mut(&mut self.groups).insert(group)
        })
    }

    /// How many products there are.
    pub fn len(&self) -> usize {
        self.products.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.products.is_empty()
    }

    /// All products.
    pub fn products(&self) -> &[Arc<Product>] {
        &self.products
    }

    /// The product called `id`.
    pub fn get(&self, id: &str) -> Option<&Product> {
        self.products
            .get(self.ids.get(id)? as usize)
            .map(|product| &**product)
    }

    /// The same catalogue without the products that `keep` refuses, for example postage that the till books as an article.
    #[must_use]
    pub fn retain(self, keep: impl FnMut(&Product) -> bool) -> Self {
        let mut keep = keep;
        let mut kept = Self::default();
        for product in self.products.into_iter().filter(|product| keep(product)) {
            kept.add(product);
        }
        kept
    }

    /// The number of the product called `id`: its place in [`Catalog::products`], by which a [`Source`](crate::Source) names it.
    pub fn number(&self, id: &str) -> Option<ItemId> {
        self.ids.get(id).map(ItemId)
    }

    /// The ids, numbered as the products.
    pub(crate) fn ids(&self) -> &IdMap {
        &self.ids
    }

    /// The number of the product called `id`.
    ///
    /// # Errors
    /// [`Error::Unknown`] with the id.
    pub(crate) fn require(&self, id: &str) -> Result<ItemId> {
        self.number(id).ok_or_else(|| Error::unknown("product", id))
    }

    /// The number of a product's variant group. `None` if it is in no group.
    pub(crate) fn group_of(&self, product: ItemId) -> Option<u32> {
        let group = self.group_of.get(product.index()).copied();
        group.filter(|&group| group != NO_GROUP)
    }

    /// How many variant groups there are.
    pub(crate) fn n_groups(&self) -> usize {
        self.groups.len()
    }

    /// The names of all attributes, in the order in which they came.
    pub(crate) fn attribute_names(&self) -> IdMap {
        let mut names = IdMap::default();
        for (name, _) in self.products.iter().flat_map(|product| &product.attributes) {
            names.insert(name);
        }
        names
    }
}

/// Lets one product of each variant group pass: the first that is asked about.
pub(crate) struct OneOfAGroup<'c> {
    catalog: &'c Catalog,
    passed: HashSet<u32>,
}

impl<'c> OneOfAGroup<'c> {
    pub(crate) fn new(catalog: &'c Catalog) -> Self {
        Self {
            catalog,
            passed: HashSet::new(),
        }
    }

    /// Whether a product is the first of its group, or in none.
    pub(crate) fn passes(&mut self, product: ItemId) -> bool {
        let group = self.catalog.group_of(product);
        group.is_none_or(|group| self.passed.insert(group))
    }

    /// Lets the group of a product pass again.
    pub(crate) fn release(&mut self, product: ItemId) {
        if let Some(group) = self.catalog.group_of(product) {
            self.passed.remove(&group);
        }
    }
}

/// What a catalogue cannot hold.
pub(crate) fn check(product: &Product, index: usize) -> Result<()> {
    if product.id.is_empty() {
        return Err(Error::empty(format!("the id of product {index}")));
    }
    if let Some(price) = product.price.filter(|price| !price.is_finite()) {
        return Err(Error::NotFinite {
            what: format!("price of product `{}`, number", product.id),
            index,
            value: f64::from(price),
        });
    }
    let is_no_year = |time: &i64| !crate::time::YEARS.contains(time);
    if let Some(time) = product.time.filter(is_no_year) {
        let name = format!("time of product {}", product.id);
        let expected = "in seconds since 1970, of the years 0 to 9999";
        return Err(Error::param(&name, time, expected));
    }
    Ok(())
}

impl From<Catalog> for Vec<Arc<Product>> {
    fn from(catalog: Catalog) -> Self {
        catalog.products
    }
}

impl TryFrom<Vec<Product>> for Catalog {
    type Error = Error;

    fn try_from(products: Vec<Product>) -> Result<Self> {
        Self::new(products)
    }
}
