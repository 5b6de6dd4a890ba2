//! Learned taste: the factors of products, and of the shopper as they follow from the history.

use guide_core::kernels::dot;
use guide_core::{Allowed, DotScan, Result, Scored};
use recsys_core::ItemId;
use recsys_mf::Ials;
use serde::{Serialize, Serializer};

use super::{Request, Source, because, named, rank_above_0};
use crate::{Catalog, Reason, ScorePart};

/// Factors by alternating least squares, with what finds the products of the largest scores. Saved is what training gave, without the
/// histories, which are saved with the neighbours.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct FactorModel {
    model: Ials,
    scan: DotScan,
}

impl Serialize for FactorModel {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        self.model.without_histories().serialize(serializer)
    }
}

impl FactorModel {
    /// # Errors
    /// [`Error::NotFinite`](guide_core::Error::NotFinite) for factors that are no numbers, as a forged file may have.
    pub(crate) fn new(model: Ials) -> Result<Self> {
        let scan = DotScan::new(model.item_factors())?;
        Ok(Self { model, scan })
    }

    pub(crate) fn model(&self) -> &Ials {
        &self.model
    }
}

/// The model with the catalogue for the titles in the reasons.
pub(crate) struct Factors<'g> {
    pub(crate) factors: &'g FactorModel,
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
        let FactorModel { model, scan } = self.factors;
        let shopper = model.user_vector_for(&request.history)?;
        let allowed = Allowed::Bits(&request.allowed);
        let found = scan.search(model.item_factors(), &shopper, n, &allowed)?;
        let above_0 = found.hits.into_iter().take_while(|hit| hit.score > 0.0);
        let named = above_0.map(|hit| Scored {
            id: ItemId(hit.id),
            score: hit.score,
        });
        Ok(named.collect())
    }

    fn rank(&self, request: &Request, product: ItemId) -> Result<Option<(usize, f32)>> {
        if request.history.is_empty() {
            return Ok(None);
        }
        let model = self.factors.model();
        let shopper = model.user_vector_for(&request.history)?;
        let items = model.item_factors();
        let score = |product: u32| {
            let row = items.row(product as usize);
            row.as_slice().map_or(0.0, |row| dot(&shopper, row))
        };
        Ok(rank_above_0(request, product, score))
    }

    fn parts(&self, request: &Request, product: ItemId) -> Result<Vec<ScorePart>> {
        let parts = self.factors.model.explain_for(&request.history, product)?;
        Ok(named(self.catalog, &parts))
    }

    fn reasons(&self, request: &Request, product: ItemId) -> Result<Vec<Reason>> {
        let parts = self.factors.model.explain_for(&request.history, product)?;
        Ok(because(self.catalog, self.name(), &parts))
    }
}
