//! Learned taste: the factors of products, and of the shopper as they follow from the history.

use std::sync::Arc;

use guide_core::kernels::dot;
use guide_core::model_file::{decode_payload, encode_payload};
use guide_core::{Allowed, DotScan, Error, Fit, Persist, Progress, Result, Scored};
use recsys_core::{Contribution, ItemId, Model};
use recsys_mf::{Ials, IalsFactors};

use super::kind::{Basis, Fitted, Material, SourceKind, SourceModel, Weights};
use super::{Request, Source, because, known_to_model, named, rank_above_0};
use crate::guide::GuideParams;
use crate::{Catalog, Guide, Reason, ScorePart, trace};

/// The kind of [`Factors`].
pub(crate) struct FactorsKind;

impl SourceKind for FactorsKind {
    fn name(&self) -> &'static str {
        "factors"
    }

    fn basis(&self) -> Basis {
        Basis::OtherShoppers
    }

    fn weights(&self, params: &GuideParams) -> Weights {
        Weights::of(params.fusion.factors, params.context.factors)
    }

    fn is_trained(&self) -> bool {
        true
    }

    fn fit(&self, material: &Material<'_>, progress: &dyn Progress) -> Result<Fitted> {
        let Some(taken) = material.taken else {
            return Ok(Fitted::NotFitted("the log has no event"));
        };
        if self.weights(material.params) == Weights::default() {
            return Ok(Fitted::NotFitted("its weights are 0"));
        }
        progress.step("factors of shoppers and products", 0, 0);
        let params = material.params.factors.clone().seed(material.params.seed);
        let model = FactorModel::new(params.fit_with(taken, progress)?)?;
        Ok(Fitted::Model(Arc::new(model)))
    }

    fn read(&self, section: &[u8], material: &Material<'_>) -> Result<Arc<dyn SourceModel>> {
        let factors: IalsFactors<'static> = decode_payload(Guide::KIND, section)?;
        let none = || Error::decode(Guide::KIND, "factors without histories");
        let model = factors.with_histories(material.taken.ok_or_else(none)?)?;
        Ok(Arc::new(FactorModel::new(model)?))
    }
}

impl SourceModel for FactorModel {
    fn source<'g>(&'g self, guide: &'g Guide) -> Box<dyn Source + 'g> {
        let catalog = guide.catalog();
        Box::new(Factors {
            factors: self,
            catalog,
        })
    }

    fn save(&self) -> Result<Option<Vec<u8>>> {
        // The guide solves each shopper from the history, which may have grown.
        let factors = self.model.without_histories().without_users()?;
        encode_payload(Guide::KIND, &factors).map(Some)
    }

    fn kept(&self, material: &Material<'_>) -> Result<Option<Arc<dyn SourceModel>>> {
        let Some(taken) = material.taken else {
            return Ok(None);
        };
        let model = self.model.on_histories(taken)?;
        Ok(Some(Arc::new(Self::new(model)?)))
    }
}

/// Factors by alternating least squares, with what finds the products of the largest scores. Saved is what training gave, without the
/// histories, which are those of the log.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct FactorModel {
    model: Ials,
    scan: DotScan,
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

impl Factors<'_> {
    /// What each product of the history adds to the score; nothing for a product that came after the training.
    fn contributions(&self, request: &Request, product: ItemId) -> Result<Vec<Contribution>> {
        let model = self.factors.model();
        if product.index() >= model.n_items() {
            return Ok(Vec::new());
        }
        let history = known_to_model(&request.history, model.n_items());
        model.explain_for(history, product)
    }
}

impl Source for Factors<'_> {
    fn name(&self) -> &'static str {
        "factors"
    }

    fn candidates(&self, request: &Request, n: usize) -> Result<Vec<Scored<ItemId>>> {
        let FactorModel { model, scan } = self.factors;
        let history = known_to_model(&request.history, model.n_items());
        if history.is_empty() {
            return Ok(Vec::new());
        }
        let shopper = model.user_vector_for(history)?;
        let allowed = Allowed::Bits(&request.allowed);
        let found = scan.search(model.item_factors(), &shopper, n, &allowed)?;
        trace::scored("factors", found.n_evaluated, scan.len());
        let above_0 = found.hits.into_iter().take_while(|hit| hit.score > 0.0);
        let named = above_0.map(|hit| Scored {
            id: ItemId(hit.id),
            score: hit.score,
        });
        Ok(named.collect())
    }

    fn rank(&self, request: &Request, product: ItemId) -> Result<Option<(usize, f32)>> {
        let model = self.factors.model();
        let history = known_to_model(&request.history, model.n_items());
        if history.is_empty() {
            return Ok(None);
        }
        let shopper = model.user_vector_for(history)?;
        let items = model.item_factors();
        let score = |product: u32| match (product as usize) < items.nrows() {
            true => {
                let row = items.row(product as usize);
                row.as_slice().map_or(0.0, |row| dot(&shopper, row))
            }
            false => 0.0, // it came after the training
        };
        Ok(rank_above_0(request, product, score))
    }

    fn parts(&self, request: &Request, product: ItemId) -> Result<Vec<ScorePart>> {
        let parts = self.contributions(request, product)?;
        Ok(named(self.catalog, &parts))
    }

    fn reasons(&self, request: &Request, product: ItemId) -> Result<Vec<Reason>> {
        let parts = self.contributions(request, product)?;
        Ok(because(self.catalog, self.name(), &parts))
    }
}
