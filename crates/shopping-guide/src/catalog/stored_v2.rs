//! The catalogue as guides of file versions 1 and 2 hold it.

use serde::Deserialize;

use guide_core::{Error, Result};

use super::{Catalog, Product};

/// A product of file versions 1 and 2. The format is positional: the order of the fields must not change.
#[derive(Deserialize)]
pub(crate) struct ProductV2 {
    id: String,
    title: String,
    text: String,
    attributes: Vec<(String, String)>,
    price: Option<f32>,
    picture: Option<String>,
}

/// A catalogue of file versions 1 and 2.
#[derive(Deserialize)]
pub(crate) struct CatalogV2(Vec<ProductV2>);

impl From<ProductV2> for Product {
    fn from(stored: ProductV2) -> Self {
        Self {
            id: stored.id,
            title: stored.title,
            text: stored.text,
            attributes: stored.attributes,
            price: stored.price,
            picture: stored.picture,
            ..Self::default()
        }
    }
}

impl TryFrom<CatalogV2> for Catalog {
    type Error = Error;

    fn try_from(stored: CatalogV2) -> Result<Self> {
        Self::new(stored.0.into_iter().map(Product::from))
    }
}
