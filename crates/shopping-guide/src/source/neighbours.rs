//! What shoppers took together: the products that go with those of the history.

use std::sync::Arc;

use guide_core::model_file::{decode_payload, encode_payload};
use guide_core::{Allowed, Error, Fit, Persist, Progress, Result, Scored};
use recsys_cf::{ItemTop, ItemTopWeights};
use recsys_core::{Contribution, Interactions, ItemId, Model, UserId};

use super::kind::{Basis, Fitted, Material, SourceKind, SourceModel, UnderNoise, Weights};
use super::{Request, Source, because, known_to_model, named};
use crate::guide::GuideParams;
use crate::noise::pair_counts;
use crate::{Catalog, Guide, Reason, ScorePart};

/// The kind of [`Neighbours`].
pub(crate) struct NeighboursKind;

impl SourceKind for NeighboursKind {
    fn name(&self) -> &'static str {
        "neighbours"
    }

    fn basis(&self) -> Basis {
        Basis::OtherShoppers
    }

    fn weights(&self, params: &GuideParams) -> Weights {
        Weights::of(params.fusion.neighbours, params.context.neighbours)
    }

    fn needs_all_of_its_training(&self) -> bool {
        true
    }

    fn under_noise(&self) -> UnderNoise {
        UnderNoise::Counted
    }

    fn fit(&self, material: &Material<'_>, progress: &dyn Progress) -> Result<Fitted> {
        let Some(taken) = material.taken else {
            return Ok(Fitted::NotFitted("the log has no event"));
        };
        progress.step("neighbours of each product", 0, 0);
        if let Some(noise) = &material.params.noise {
            let shoppers = material.popular.all_shoppers();
            let rows = pair_counts(noise, material.log, shoppers, material.noise_fits)?;
            let model = ItemTop::from_rows(&material.params.neighbours, taken, rows)?;
            return Ok(Fitted::Model(Arc::new(NoisedNeighbours(model))));
        }
        let mut model = material.params.neighbours.fit_with(taken, progress)?;
        let floor = material.params.at_least_shoppers;
        if floor > 1 {
            let shoppers = shoppers_by_product(taken);
            model.retain(|one, other| {
                in_common(&shoppers[one.index()], &shoppers[other.index()], floor) >= floor
            });
        }
        Ok(Fitted::Model(Arc::new(model)))
    }

    fn read(&self, section: &[u8], material: &Material<'_>) -> Result<Arc<dyn SourceModel>> {
        let weights: ItemTopWeights<'static> = decode_payload(Guide::KIND, section)?;
        let none = || Error::decode(Guide::KIND, "neighbours without histories");
        let model = weights.with_histories(material.taken.ok_or_else(none)?)?;
        Ok(match material.params.noise {
            None => Arc::new(model),
            Some(_) => Arc::new(NoisedNeighbours(model)),
        })
    }
}

/// The shoppers of each product, rising.
fn shoppers_by_product(taken: &Interactions) -> Vec<Vec<u32>> {
    let mut shoppers = vec![Vec::new(); taken.n_items()];
    for shopper in 0..taken.n_users() as u32 {
        for product in taken.items_of(UserId(shopper)) {
            shoppers[product.index()].push(shopper);
        }
    }
    shoppers
}

/// How many numbers two rising lists have in common, up to `most`.
fn in_common(one: &[u32], other: &[u32], most: usize) -> usize {
    let (short, long) = match one.len() <= other.len() {
        true => (one, other),
        false => (other, one),
    };
    let common = short
        .iter()
        .filter(|number| long.binary_search(number).is_ok());
    common.take(most).count()
}

impl SourceModel for ItemTop {
    fn source<'g>(&'g self, guide: &'g Guide) -> Box<dyn Source + 'g> {
        let catalog = guide.catalog();
        Box::new(Neighbours {
            model: self,
            catalog,
        })
    }

    fn save(&self) -> Result<Option<Vec<u8>>> {
        encode_payload(Guide::KIND, &self.without_histories()).map(Some)
    }
}

/// Neighbours that were counted with noise, which cannot be counted again.
#[derive(Debug)]
struct NoisedNeighbours(ItemTop);

impl SourceModel for NoisedNeighbours {
    fn source<'g>(&'g self, guide: &'g Guide) -> Box<dyn Source + 'g> {
        self.0.source(guide)
    }

    fn save(&self) -> Result<Option<Vec<u8>>> {
        SourceModel::save(&self.0)
    }

    fn kept(&self, material: &Material<'_>) -> Result<Option<Arc<dyn SourceModel>>> {
        let Some(taken) = material.taken else {
            return Ok(None);
        };
        Ok(Some(Arc::new(Self(self.0.on_histories(taken)?))))
    }
}

/// Item-item neighbours, with the catalogue for the titles in the reasons.
pub(crate) struct Neighbours<'g> {
    pub(crate) model: &'g ItemTop,
    pub(crate) catalog: &'g Catalog,
}

impl Neighbours<'_> {
    /// What each product of the history adds to the score; nothing for a product that came after the lists were made.
    fn contributions(&self, request: &Request, product: ItemId) -> Result<Vec<Contribution>> {
        let n_items = self.model.n_items();
        if product.index() >= n_items {
            return Ok(Vec::new());
        }
        let history = known_to_model(&request.history, n_items);
        self.model.explain_for(history, product)
    }
}

impl Source for Neighbours<'_> {
    fn name(&self) -> &'static str {
        "neighbours"
    }

    fn candidates(&self, request: &Request, n: usize) -> Result<Vec<Scored<ItemId>>> {
        let allowed = Allowed::Bits(&request.allowed);
        let history = known_to_model(&request.history, self.model.n_items());
        self.model.related(history, n, &allowed)
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
