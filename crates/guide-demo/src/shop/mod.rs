//! The demo shop: a seeded catalogue and the log of shoppers whose tastes drive what they view, buy and rate.
//!
//! Each product has a category, type, brand, colour, material and price that the catalogue tells, and a style and a quality
//! that it does not. Each shopper has favourite shelves, brands, colours and a style, and a purse. A visit draws products of
//! a favourite shelf, the popular ones more often (Zipf), and looks at those that fit the taste best; the better the fit,
//! the likelier they go into the cart, are bought, and are rated well. So the log holds what the attributes tell, and more.

mod shoppers;
mod taste;
mod words;

use std::path::Path;

use guide_core::{Error, Params, Result, ensure};
use serde::{Deserialize, Serialize};

use shopping_guide::{Catalog, Events};

/// How big the demo shop is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct DemoParams {
    /// Products, new ones among them, a million at most.
    pub n_products: usize,
    /// Shoppers with events, a million at most.
    pub n_shoppers: usize,
    /// The part of the products that nobody has seen yet.
    pub new_products: f32,
    /// Shoppers without events, a million at most.
    pub new_shoppers: usize,
    /// Visits of a shopper, on average.
    pub visits: f32,
    /// Where random numbers come from.
    pub seed: u64,
}

impl Default for DemoParams {
    fn default() -> Self {
        Self {
            n_products: 2000,
            n_shoppers: 3000,
            new_products: 0.03,
            new_shoppers: 50,
            visits: 8.0,
            seed: 0,
        }
    }
}

guide_core::setters!(DemoParams {
    n_products: usize,
    n_shoppers: usize,
    new_products: f32,
    new_shoppers: usize,
    visits: f32,
    seed: u64,
});

impl Params for DemoParams {
    fn validate(&self) -> Result<()> {
        ensure::within("n_products", self.n_products, 1, MOST)?;
        ensure::within("n_shoppers", self.n_shoppers, 1, MOST)?;
        ensure::within("new_shoppers", self.new_shoppers, 0, MOST)?;
        ensure::within("new_products", self.new_products, 0.0, 0.9)?;
        ensure::within("visits", self.visits, 1.0, 1000.0)
    }
}

/// Products and shoppers of a shop that still fits in memory.
const MOST: usize = 1_000_000;

/// A generated shop.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct DemoShop {
    /// What it sells.
    pub catalog: Catalog,
    /// What its shoppers did.
    pub events: Events,
    /// Products without an event.
    pub new_products: Vec<String>,
    /// Shoppers without an event, each with the attributes that they say they like.
    pub new_shoppers: Vec<(String, Vec<(String, String)>)>,
}

impl DemoShop {
    /// The default parameters.
    pub fn params() -> DemoParams {
        DemoParams::default()
    }

    /// Writes `catalog.csv` and `events.csv` into `folder`, which is made if need be.
    ///
    /// # Errors
    /// [`Error::Io`] with the path.
    pub fn save(&self, folder: impl AsRef<Path>) -> Result<()> {
        let folder = folder.as_ref();
        std::fs::create_dir_all(folder).map_err(|source| Error::io(folder, source))?;
        self.catalog.save_csv(folder.join("catalog.csv"))?;
        self.events.save_csv(folder.join("events.csv"))
    }
}

impl DemoParams {
    /// Makes the shop: the same for the same parameters, whatever the number of threads.
    ///
    /// # Errors
    /// [`Error::Param`] with the first bad parameter.
    ///
    /// ```
    /// use guide_demo::DemoShop;
    /// let shop = DemoShop::params().n_products(60).n_shoppers(20).generate()?;
    /// assert_eq!((shop.catalog.len(), shop.events.n_shoppers()), (60, 20));
    /// assert_eq!(shop, DemoShop::params().n_products(60).n_shoppers(20).generate()?);
    /// # Ok::<(), shopping_guide::Error>(())
    /// ```
    pub fn generate(&self) -> Result<DemoShop> {
        self.validate()?;
        let shelves = taste::Shelves::generate(self);
        let catalog = Catalog::new(
            shelves
                .articles
                .iter()
                .map(|article| article.product.clone()),
        )?;
        let new_products = shelves.articles.iter().filter(|article| article.is_new());
        Ok(DemoShop {
            new_products: new_products
                .map(|article| article.product.id.clone())
                .collect(),
            events: shoppers::visits(self, &shelves)?,
            new_shoppers: shoppers::newcomers(self, &shelves),
            catalog,
        })
    }
}

#[cfg(test)]
mod tests {
    use guide_core::testing;

    use super::*;

    #[test]
    fn shops_that_no_memory_holds_are_refused() {
        testing::refuses(
            &DemoShop::params(),
            &[
                ("n_products", "0"),
                ("n_products", "18446744073709551615"),
                ("n_shoppers", "0"),
                ("n_shoppers", "1000001"),
                ("new_shoppers", "18446744073709551615"),
                ("new_products", "1"),
                ("visits", "0"),
            ],
        );
    }
    #[test]
    fn newcomers_like_what_the_shop_has() {
        let params = DemoShop::params().n_products(3).n_shoppers(1);
        let shop = params.generate().unwrap();
        for (_, likes) in &shop.new_shoppers {
            assert_eq!(likes.len(), 3);
            for like in likes {
                let has = |product: &std::sync::Arc<shopping_guide::Product>| {
                    product.attributes.contains(like)
                };
                assert!(shop.catalog.products().iter().any(has), "{like:?}");
            }
        }
    }
}
