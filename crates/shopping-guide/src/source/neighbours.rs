//! What shoppers took together: the products that go with those of the history.

use guide_core::{Result, Scored};
use recsys_cf::ItemTop;
use recsys_core::{FoldIn, ItemId};

use super::{Request, Source, because, best, with_scores};
use crate::{Catalog, Reason};

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
        with_scores(request.allowed.len(), |scores| {
            self.model.score_for(&request.history, scores)?;
            Ok(best(scores, request, n))
        })
    }

    fn reasons(&self, request: &Request, product: ItemId) -> Result<Vec<Reason>> {
        let parts = self.model.explain_for(&request.history, product)?;
        Ok(because(self.catalog, &parts))
    }
}
