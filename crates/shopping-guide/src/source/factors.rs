//! Learned taste: the factors of products, and of the shopper as they follow from the history.

use guide_core::{Result, Scored};
use recsys_core::{FoldIn, ItemId};
use recsys_mf::Ials;

use super::{Request, Source, because, best};
use crate::{Catalog, Reason};

/// Factors by alternating least squares, with the catalogue for the titles in the reasons.
pub(crate) struct Factors<'g> {
    pub(crate) model: &'g Ials,
    pub(crate) catalog: &'g Catalog,
}

impl Source for Factors<'_> {
    fn name(&self) -> &'static str {
        "factors"
    }

    fn candidates(&self, request: &Request, n: usize) -> Result<Vec<Scored<ItemId>>> {
        if request.history.is_empty() {
            return Ok(Vec::new());
        }
        let mut scores = vec![0.0; request.allowed.len()];
        self.model.score_for(&request.history, &mut scores)?;
        Ok(best(&scores, request, n))
    }

    fn reasons(&self, request: &Request, product: ItemId) -> Result<Vec<Reason>> {
        let parts = self.model.explain_for(&request.history, product)?;
        Ok(because(self.catalog, &parts))
    }
}
