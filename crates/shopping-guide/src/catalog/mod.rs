//! The catalogue: what the shop sells.

mod read;
#[cfg(test)]
mod tests;

use std::io::Write;
use std::path::Path;

use guide_core::{Error, Result};
use recsys_core::{IdMap, ItemId};
use serde::{Deserialize, Serialize};

pub use read::CatalogColumns;

/// One product.
///
/// ```
/// use shopping_guide::Product;
/// let mug = Product::new("m1", "Red enamel mug").price(6.5).attribute("colour", "red").text("Holds 0.3 l.");
/// assert_eq!((mug.value("colour"), mug.price), (Some("red"), Some(6.5)));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Product {
    /// Its id in the shop.
    pub id: String,
    /// What shoppers call it.
    pub title: String,
    /// A longer text, empty where there is none.
    pub text: String,
    /// Names and values, for example `("colour", "red")`; a name may stand several times.
    pub attributes: Vec<(String, String)>,
    /// Its price, in the shop's currency.
    pub price: Option<f32>,
    /// Where its picture is.
    pub picture: Option<String>,
}

impl Product {
    /// A product that has an id and a title.
    pub fn new(id: impl Into<String>, title: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            title: title.into(),
            ..Self::default()
        }
    }

    /// Sets the longer text.
    #[must_use]
    pub fn text(mut self, text: impl Into<String>) -> Self {
        self.text = text.into();
        self
    }

    /// Adds an attribute.
    #[must_use]
    pub fn attribute(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.attributes.push((name.into(), value.into()));
        self
    }

    /// Sets the price.
    #[must_use]
    pub fn price(mut self, price: f32) -> Self {
        self.price = Some(price);
        self
    }

    /// Sets where the picture is.
    #[must_use]
    pub fn picture(mut self, picture: impl Into<String>) -> Self {
        self.picture = Some(picture.into());
        self
    }

    /// The first value of the attribute called `name`.
    pub fn value(&self, name: &str) -> Option<&str> {
        self.values(name).first().copied()
    }

    /// All values of the attribute called `name`.
    pub fn values(&self, name: &str) -> Vec<&str> {
        let own = self.attributes.iter().filter(|(known, _)| known == name);
        own.map(|(_, value)| value.as_str()).collect()
    }

    /// Whether it has this value of this attribute, whatever the case of both.
    pub(crate) fn has(&self, name: &str, value: &str) -> bool {
        self.attributes
            .iter()
            .any(|(known, own)| same_but_for_case(own, value) && same_but_for_case(known, name))
    }
}

/// Equal but for case, character by character.
pub(crate) fn same_but_for_case(a: &str, b: &str) -> bool {
    let (left, right) = (a.chars(), b.chars());
    a == b
        || left
            .flat_map(char::to_lowercase)
            .eq(right.flat_map(char::to_lowercase))
}

/// All products, each id once, in the order in which they came.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Vec<Product>", into = "Vec<Product>")]
pub struct Catalog {
    products: Vec<Product>,
    ids: IdMap,
}

impl Catalog {
    /// A catalogue of `products`.
    ///
    /// # Errors
    /// [`Error::Duplicate`] for an id that stands twice, [`Error::Empty`] for an empty id, [`Error::NotFinite`] for a price
    /// that is not a finite number.
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
        let index = self.len();
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
        if self.ids.get(&product.id).is_some() {
            return Err(Error::Duplicate {
                what: "product".to_owned(),
                id: product.id,
            });
        }
        self.ids.insert(&product.id);
        self.products.push(product);
        Ok(())
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
    pub fn products(&self) -> &[Product] {
        &self.products
    }

    /// The product called `id`.
    pub fn get(&self, id: &str) -> Option<&Product> {
        self.products.get(self.ids.get(id)? as usize)
    }

    /// The same catalogue without the products that `keep` refuses, for example postage that the till books as an article.
    #[must_use]
    pub fn retain(self, keep: impl FnMut(&Product) -> bool) -> Self {
        let mut kept = Self {
            products: self.products,
            ids: IdMap::default(),
        };
        kept.products.retain(keep);
        for product in &kept.products {
            kept.ids.insert(&product.id);
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

    /// What each column is of what [`Catalog::save_csv`] writes. Only where an attribute is called like something else, such as
    /// `date`, `value` or `sku`, would [`Catalog::read`] guess otherwise.
    pub fn columns(&self) -> CatalogColumns {
        let columns = CatalogColumns::default().id("id").title("title");
        let columns = columns.text("text").price("price").picture("picture");
        columns.attributes(self.attribute_names().names())
    }

    /// The names of all attributes, in the order in which they came.
    fn attribute_names(&self) -> IdMap {
        let mut names = IdMap::default();
        for (name, _) in self.products.iter().flat_map(|product| &product.attributes) {
            names.insert(name);
        }
        names
    }

    /// Writes the catalogue as CSV that [`Catalog::read`] understands with [`Catalog::columns`], and mostly without: id, title,
    /// text, price, picture, and a column an attribute with `|` between several values.
    ///
    /// CSV has no room for some things that a product can be given: reading makes two values of one that holds `|`, no price of
    /// one that is not above 0, a title of the id where there is none, nothing of an attribute called `id`, `title`, `text`,
    /// `price` or `picture`, and drops spaces around a text.
    ///
    /// # Errors
    /// [`Error::Io`] with the path.
    pub fn save_csv(&self, path: impl AsRef<Path>) -> Result<()> {
        let path = path.as_ref();
        guide_core::model_file::write_atomically(path, |file| self.write_csv(file, path))
    }

    fn write_csv(&self, file: &mut dyn Write, path: &Path) -> Result<()> {
        let names = self.attribute_names();
        let mut writer = csv::Writer::from_writer(file);
        let io = |reason: csv::Error| Error::io(path, std::io::Error::other(reason));
        let heading = ["id", "title", "text", "price", "picture"];
        writer
            .write_record(heading.into_iter().chain(names.names()))
            .map_err(io)?;
        for product in &self.products {
            let price = product
                .price
                .map_or(String::new(), |price| price.to_string());
            let picture = product.picture.as_deref().unwrap_or_default();
            let fixed = [
                &product.id,
                &product.title,
                &product.text,
                price.as_str(),
                picture,
            ];
            let values: Vec<String> = names
                .names()
                .map(|name| product.values(name).join("|"))
                .collect();
            let values = values.iter().map(String::as_str);
            writer
                .write_record(fixed.into_iter().chain(values))
                .map_err(io)?;
        }
        writer.flush().map_err(|source| Error::io(path, source))
    }
}

impl From<Catalog> for Vec<Product> {
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
