//! The guide as a file: what it says of itself, how it is checked, and the versions that can be read.

use guide_core::model_file::decode_payload;
use guide_core::{Error, Params, Persist, Result};
use recsys_cf::ItemTop;
use recsys_core::{Interactions, Model};
use recsys_mf::Ials;
use serde::Deserialize;
use serde_json::json;

use super::{Guide, GuideParams, own};
use crate::catalog::CatalogV2;
use crate::source::{Attributes, Popular};
use crate::{Catalog, Product};

/// What a file holds of a guide, not checked yet: `O` is a flag for each interaction, or nothing in version 1; `C` is the
/// catalogue, which before version 3 has fewer fields.
#[derive(Deserialize)]
pub(super) struct Stored<O, C> {
    params: GuideParams,
    catalog: C,
    neighbours: Option<ItemTop>,
    factors: Option<Ials>,
    attributes: Attributes,
    now: i64,
    trending: Option<Popular>,
    popular: Popular,
    owned: O,
}

impl<O, C> Stored<O, C>
where
    Catalog: TryFrom<C>,
    Error: From<<Catalog as TryFrom<C>>::Error>,
{
    /// The guide, not checked yet, with the flags that `owned` makes of what the file has.
    fn guide(self, owned: impl FnOnce(O, Option<&ItemTop>) -> Vec<bool>) -> Result<Guide> {
        let owned = owned(self.owned, self.neighbours.as_ref());
        Ok(Guide {
            params: self.params,
            catalog: Catalog::try_from(self.catalog)?,
            neighbours: self.neighbours,
            factors: self.factors,
            attributes: self.attributes,
            now: self.now,
            trending: self.trending,
            popular: self.popular,
            owned,
            own: own::Own::default(),
        })
    }
}

impl TryFrom<Stored<Vec<bool>, Vec<Product>>> for Guide {
    type Error = Error;

    fn try_from(stored: Stored<Vec<bool>, Vec<Product>>) -> Result<Self> {
        let guide = stored.guide(|owned, _| owned)?;
        guide.check()?;
        Ok(guide)
    }
}

impl Persist for Guide {
    const KIND: &'static str = "guide";
    const VERSION: u16 = 3;

    fn about(&self) -> serde_json::Value {
        let mut params = json!(self.params);
        // The list may be longer than a description.
        params["leave_out"] = json!(self.params.leave_out.len());
        json!({
            "params": params,
            "n_products": self.catalog.len(),
            "n_shoppers": self.log().map_or(0, Interactions::n_users),
            "n_interactions": self.log().map_or(0, Interactions::len),
        })
    }

    /// Version 1 did not tell what was bought from what was viewed: all counts as bought, as it did then. Products have a variant
    /// group, a time and an availability from version 3 on.
    fn decode(version: u16, payload: &[u8]) -> Result<Self> {
        match version {
            1 => {
                let stored: Stored<(), CatalogV2> = decode_payload(Self::KIND, payload)?;
                let all = |neighbours: &ItemTop| vec![true; neighbours.seen().len()];
                stored.guide(|(), neighbours| neighbours.map_or_else(Vec::new, all))
            }
            2 => {
                let stored: Stored<Vec<bool>, CatalogV2> = decode_payload(Self::KIND, payload)?;
                stored.guide(|owned, _| owned)
            }
            _ => {
                let stored: Stored<Vec<bool>, Vec<Product>> = decode_payload(Self::KIND, payload)?;
                stored.guide(|owned, _| owned)
            }
        }
    }

    fn check(&self) -> Result<()> {
        let refuse = |reason: &str| Err(Error::decode(Self::KIND, reason));
        if let Err(reason) = self.params.validate() {
            return refuse(&reason.to_string());
        }
        if self.catalog.is_empty() {
            return refuse("no product");
        }
        if let Some(neighbours) = &self.neighbours {
            neighbours.check()?;
            if neighbours.ids().items != *self.catalog.ids() {
                return refuse("products and their numbers do not fit together");
            }
        }
        if self.owned.len() != self.log().map_or(0, Interactions::len) {
            return refuse("interactions and what is owned do not fit together");
        }
        if let Some(factors) = &self.factors {
            factors.check()?;
            if factors.ids().items != *self.catalog.ids() {
                return refuse("products and their factors do not fit together");
            }
        }
        self.attributes.check(self.catalog.len())?;
        let popular = self.trending.iter().chain([&self.popular]);
        popular
            .into_iter()
            .try_for_each(|popular| popular.check(self.catalog.len()))
    }
}
