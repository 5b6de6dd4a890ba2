//! The guide: sources of candidates, joined, filtered and explained.

mod ask;
mod build;
mod params;
mod request;

use std::sync::Arc;

use guide_core::{Error, Params, Persist, Result};
use recsys_core::{Ids, Interactions};
use serde::{Deserialize, Serialize};

pub use build::{BuildReport, GuideBuilder};
pub use params::{EventWeights, GuideParams};

use crate::source::{Attributes, Popular};
use crate::{Catalog, Product};

/// Recommends products and says why.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Guide {
    params: GuideParams,
    catalog: Catalog,
    ids: Arc<Ids>,
    interactions: Option<Interactions>,
    attributes: Attributes,
    popular: Popular,
}

impl Guide {
    /// Takes a catalogue and events, and builds a guide from them.
    pub fn builder() -> GuideBuilder {
        GuideBuilder::default()
    }

    /// The parameters it was built with.
    pub fn params(&self) -> &GuideParams {
        &self.params
    }

    /// What the shop sells.
    pub fn catalog(&self) -> &Catalog {
        &self.catalog
    }

    /// The ids of all shoppers of the event log.
    pub fn shoppers(&self) -> impl Iterator<Item = &str> {
        self.ids.users.names()
    }

    /// How many shoppers took each product of the catalogue.
    pub fn popularity(&self) -> Vec<u32> {
        let interactions = self.interactions.as_ref();
        interactions.map_or_else(|| vec![0; self.catalog.len()], Interactions::item_counts)
    }

    /// The products that a shopper of the event log took, with their weights.
    ///
    /// # Errors
    /// [`Error::Unknown`] with the id.
    pub fn history(&self, shopper: &str) -> Result<Vec<(&Product, f32)>> {
        let shopper = self
            .shopper(shopper)
            .ok_or_else(|| Error::unknown("shopper", shopper))?;
        let history = self.history_of(shopper).into_iter();
        Ok(history
            .map(|(product, weight)| (&self.catalog.products()[product.index()], weight))
            .collect())
    }
}

impl Persist for Guide {
    const KIND: &'static str = "guide";
    const VERSION: u16 = 1;

    fn about(&self) -> serde_json::Value {
        serde_json::json!({
            "params": self.params,
            "n_products": self.catalog.len(),
            "n_shoppers": self.ids.users.len(),
            "n_interactions": self.interactions.as_ref().map_or(0, Interactions::len),
        })
    }

    fn check(&self) -> Result<()> {
        let refuse = |reason: &str| Err(Error::decode(Self::KIND, reason));
        self.params.validate()?;
        if self.catalog.is_empty() || self.ids.items != *self.catalog.ids() {
            return refuse("products and their numbers do not fit together");
        }
        if let Some(interactions) = &self.interactions {
            interactions.check()?;
            if interactions.ids() != &self.ids {
                return refuse("events have other names than the guide");
            }
        }
        self.attributes.check(self.catalog.len())?;
        self.popular.check(self.catalog.len())
    }
}
