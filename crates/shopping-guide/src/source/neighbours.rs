//! What shoppers took together: the products that go with those of the history.

use guide_core::{Allowed, Result, Scored};
use recsys_cf::ItemTop;
use recsys_core::ItemId;

use super::{Request, Source, because, named};
use crate::{Catalog, Reason, ScorePart};

/// Item-item neighbours, with the catalogue for the titles in the reasons.
pub(crate) struct Neighbours<'g> {
    pub(crate) model: &'g ItemTop,
    pub(crate) catalog: &'g Catalog,
}

impl Source for Neighbours<'_> {
    fn name(&self) -> &'static str {
        "neighbours"
    }

    fn candidates(&self, request: &Request, n: usize) -> Result<Vec<Scored<ItemId>>> {
        let allowed = Allowed::Bits(&request.allowed);
        self.model.related(&request.history, n, &allowed)
    }

    fn parts(&self, request: &Request, product: ItemId) -> Result<Vec<ScorePart>> {
        let parts = self.model.explain_for(&request.history, product)?;
        Ok(named(self.catalog, &parts))
    }

    fn reasons(&self, request: &Request, product: ItemId) -> Result<Vec<Reason>> {
        let parts = self.model.explain_for(&request.history, product)?;
        Ok(because(self.catalog, self.name(), &parts))
    }
}
