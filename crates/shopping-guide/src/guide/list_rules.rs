//! What a query asks of the list of hits as a whole, by numbers and checked.

use guide_core::{Result, ensure};

use super::Guide;
use super::boosts::Promotion;
use super::caps::Cap;
use crate::Query;

/// What a query asks of the list of hits as a whole.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct ListRules {
    pub(super) caps: Vec<Cap>,
    pub(super) promotions: Vec<Promotion>,
    /// `None` for the diversity of the guide.
    pub(super) diversity: Option<f32>,
    /// The least products of a page that nobody took yet.
    pub(super) at_least_new: usize,
}

impl Guide {
    /// The rules for the list of hits of `query`.
    ///
    /// # Errors
    /// [`Error::Unknown`](guide_core::Error::Unknown) for an attribute or a value that the catalogue does not have,
    /// [`Error::Param`](guide_core::Error::Param) for a number outside its range.
    pub(super) fn list_rules(&self, query: &Query) -> Result<ListRules> {
        if let Some(diversity) = query.diversity {
            ensure::within("diversity", diversity, 0.0, 1.0)?;
        }
        let caps = query.at_most.iter();
        let caps = caps.map(|(attribute, n)| self.cap(attribute, *n));
        let promotions = query.boosts.iter().map(|boost| self.promotion(boost));
        Ok(ListRules {
            caps: caps.collect::<Result<_>>()?,
            promotions: promotions.collect::<Result<_>>()?,
            diversity: query.diversity,
            at_least_new: query.at_least_new,
        })
    }
}
