//! The guide: sources of candidates, joined, filtered and explained.

mod ask;
mod boosts;
mod build;
mod caps;
mod file;
mod file_v2;
mod filter_index;
mod filters;
mod fused;
pub(crate) mod limits;
mod list_rules;
mod lists;
mod log;
mod new_events;
mod new_products;
mod own;
mod page;
mod params;
mod request;
mod sources;
mod split;
#[cfg(test)]
mod tests;
mod train;
mod tune;
mod viewed;

use guide_core::{Error, Result};
use recsys_cf::ItemTop;
use recsys_core::Interactions;
use serde::{Deserialize, Serialize};

use filter_index::FilterIndex;

pub(crate) use list_rules::ListRules;
pub(crate) use lists::{AskedShopper, Proposed, Questions, held_out, sample};
pub(crate) use log::decay;
pub(crate) use split::TimeSplit;

pub use build::{BuildReport, GuideBuilder, MeasuredGuide};
pub use params::{EventWeights, GuideParams};
pub use tune::{FactorTrial, TuneReport};
pub use viewed::{Viewed, ViewedRule};

use crate::source::{Attributes, FactorModel, Popular};
use crate::{Catalog, Product};

/// Recommends products and says why.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "file::Stored")]
pub struct Guide {
    #[serde(with = "file::params_as_text")]
    params: GuideParams,
    catalog: Catalog,
    /// Also holds the shoppers and their histories; none without events.
    neighbours: Option<ItemTop>,
    /// None without events, or where the fusion leaves them out.
    factors: Option<FactorModel>,
    attributes: Attributes,
    /// The time of the latest event but for one in a thousand, which may be wrong.
    now: i64,
    /// None where the events have no times.
    trending: Option<Popular>,
    popular: Popular,
    /// For each interaction of the log, whether the shopper bought or rated the product.
    owned: Vec<bool>,
    /// Whether products are left out too that the shopper only viewed, unless the query says otherwise.
    leave_out_viewed: bool,
    /// Made of the catalogue.
    #[serde(skip)]
    filters: FilterIndex,
    #[serde(skip)]
    own: own::Own,
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
        let log = self.log().into_iter();
        log.flat_map(|log| log.ids().users.names())
    }

    /// What shoppers took, by number.
    pub(crate) fn log(&self) -> Option<&Interactions> {
        self.neighbours.as_ref().map(ItemTop::seen)
    }

    /// How many shoppers took each product of the catalogue.
    pub fn popularity(&self) -> Vec<u32> {
        self.log()
            .map_or_else(|| vec![0; self.catalog.len()], Interactions::item_counts)
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
