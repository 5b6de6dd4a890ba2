//! Taste by a network: deep matrix factorisation. One tower makes the shopper's vector of the history; those of the products stay as trained.

use std::sync::Arc;

use guide_core::kernels::dot;
use guide_core::model_file::{decode_payload, encode_payload};
use guide_core::ndarray::Array2;
use guide_core::{Allowed, Bitmap, DotScan, Error, Fit, Persist, Progress, Result, Scored};
use recsys_core::{Contribution, Interactions, ItemId, Part, UserId};
use recsys_deep::{DmfParams, DmfUserTower};
use serde::{Deserialize, Serialize};

use super::kind::{Basis, Fitted, Material, SourceKind, SourceModel, Weights};
use super::{Request, Source, because, known_to_model};
use crate::guide::GuideParams;
use crate::{Catalog, Guide, Reason};

/// Shoppers and pairs of shopper and product below which the network is not trained: it has some hundred numbers for each shopper and
/// product, and on less data it finds fewer products than counts do.
const FEWEST_SHOPPERS: usize = 1_000;
const FEWEST_PAIRS: usize = 20_000;
/// Multiplications above which the network is not trained, about an hour on two cores. Each pair adds up all shoppers of its product, so the
/// work grows with the square of a product's shoppers.
const MOST_WORK: f64 = 2e13;
/// Products of the history that are tried as a reason, those of the largest weights: each is one more pass through the tower.
const MOST_TRIED: usize = 20;

/// The kind of [`Neural`].
pub(crate) struct NeuralKind;

impl SourceKind for NeuralKind {
    fn name(&self) -> &'static str {
        "neural"
    }

    fn basis(&self) -> Basis {
        Basis::OtherShoppers
    }

    fn weights(&self, params: &GuideParams) -> Weights {
        Weights::of(params.fusion.neural, params.context.neural)
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
        let shoppers = (0..taken.n_users() as u32).map(UserId);
        let n_shoppers = shoppers.filter(|&shopper| !taken.items_of(shopper).is_empty());
        if n_shoppers.count() < FEWEST_SHOPPERS || taken.len() < FEWEST_PAIRS {
            return Ok(Fitted::NotFitted(
                "it needs 1,000 shoppers and 20,000 different pairs of shopper and product",
            ));
        }
        let params = &material.params.neural;
        if work(params, taken) > MOST_WORK {
            return Ok(Fitted::NotFitted(
                "its training would take more than 2e13 multiplications: take fewer epochs or narrower layers",
            ));
        }
        progress.step("network of shoppers and products", 0, 0);
        let params = params.clone().seed(material.params.seed);
        let model = NeuralModel::fit(&params, taken, progress)?;
        Ok(Fitted::Model(Arc::new(model)))
    }

    fn read(&self, section: &[u8], material: &Material<'_>) -> Result<Arc<dyn SourceModel>> {
        let saved: Saved = decode_payload(Guide::KIND, section)?;
        let (n_products, shape) = (material.catalog.len(), saved.items.dim());
        if shape.0 > n_products || shape != (saved.tower.n_items(), saved.tower.dim()) {
            let reason = format!("vectors of the network {shape:?} beside {n_products} products");
            return Err(Error::decode(Guide::KIND, reason));
        }
        Ok(Arc::new(NeuralModel::new(saved.tower, saved.items)?))
    }
}

/// The multiplications of a training: of both passes through the first layers, which add up the rows of what was taken, and through the others.
fn work(params: &DmfParams, taken: &Interactions) -> f64 {
    let squares = |sizes: &mut dyn Iterator<Item = usize>| -> f64 {
        sizes.map(|size| (size as f64) * (size as f64)).sum()
    };
    let mut of_products = vec![0_usize; taken.n_items()];
    for item in taken.items() {
        of_products[item.index()] += 1;
    }
    let shoppers = (0..taken.n_users() as u32).map(UserId);
    let n_pairs = taken.len() as f64;
    let drawn = n_pairs * params.n_negatives as f64;
    let rows = squares(&mut shoppers.map(|shopper| taken.items_of(shopper).len()))
        + squares(&mut of_products.into_iter())
        + drawn * n_pairs / taken.n_items().max(1) as f64;
    let of_layers = |hidden: &[usize]| -> f64 {
        let pairs = hidden.iter().zip(hidden.iter().skip(1));
        pairs.map(|(&a, &b)| (a as f64) * (b as f64)).sum()
    };
    let width = params.hidden.iter().chain(&params.item_hidden).max();
    let first = 2.0 * rows * width.map_or(0.0, |&width| width as f64);
    let item_hidden = match params.item_hidden.is_empty() {
        true => &params.hidden,
        false => &params.item_hidden,
    };
    let others = 3.0 * (n_pairs + drawn) * (of_layers(&params.hidden) + of_layers(item_hidden));
    params.n_epochs as f64 * (first + others)
}

/// What a file holds.
#[derive(Serialize, Deserialize)]
struct Saved {
    tower: DmfUserTower,
    items: Array2<f32>, // [products, numbers]
}

/// The tower of shoppers and the vectors of the products, with what finds those of the largest scores. It holds nothing of any shopper.
#[derive(Clone, Debug)]
pub(crate) struct NeuralModel {
    tower: Arc<DmfUserTower>,
    items: Arc<Array2<f32>>, // [products, numbers], of 0 for products that nobody took
    /// The products whose vector is not 0.
    known: Arc<Bitmap>,
    scan: Arc<DotScan>,
}

impl NeuralModel {
    /// Trains the network.
    fn fit(params: &DmfParams, taken: &Interactions, progress: &dyn Progress) -> Result<Self> {
        let model = params.fit_with(taken, progress)?;
        let mut items = model.item_vectors().rows().to_owned();
        let mut is_taken = vec![false; taken.n_items()];
        for item in taken.items() {
            is_taken[item.index()] = true;
        }
        // The network sees the same of all products that nobody took: nothing.
        let rows = items.rows_mut().into_iter().zip(is_taken);
        for (mut row, _) in rows.filter(|(_, is_taken)| !is_taken) {
            row.fill(0.0);
        }
        Self::new(model.user_tower(), items)
    }

    /// # Errors
    /// [`Error::NotFinite`] for vectors that are no numbers, as a forged file may have.
    fn new(tower: DmfUserTower, items: Array2<f32>) -> Result<Self> {
        let rows = (0..).zip(items.outer_iter());
        let known = rows.filter(|(_, row)| row.iter().any(|&x| x != 0.0));
        let known = Bitmap::of(items.nrows(), known.map(|(product, _)| product));
        Ok(Self {
            known: Arc::new(known),
            scan: Arc::new(DotScan::new(items.view())?),
            tower: Arc::new(tower),
            items: Arc::new(items),
        })
    }

    /// The products with a vector that the request allows. All of them have a score: a logit below 0 only says that the shopper takes the product
    /// less likely than not.
    fn allowed(&self, request: &Request) -> Bitmap {
        let (mut allowed, mut known) = (request.allowed.clone(), (*self.known).clone());
        let size = allowed.size().max(known.size());
        allowed.grow(size);
        known.grow(size);
        allowed.intersect(&known);
        allowed
    }

    /// The products of a history that the network knows; those of weight 0 are none. A larger weight counts no more: the network was trained on
    /// what was taken, whatever its weight.
    fn known(&self, history: &[(ItemId, f32)]) -> Vec<(ItemId, f32)> {
        let known = known_to_model(history, self.tower.n_items()).iter();
        known.filter(|entry| entry.1 > 0.0).copied().collect()
    }

    /// The score of a product for the vector of a shopper; 0 for one that came after the training.
    fn score(&self, shopper: &[f32], product: u32) -> f32 {
        let product = product as usize;
        match product < self.items.nrows() {
            true => {
                let row = self.items.row(product);
                row.as_slice().map_or(0.0, |row| dot(shopper, row))
            }
            false => 0.0,
        }
    }
}

impl SourceModel for NeuralModel {
    fn source<'g>(&'g self, guide: &'g Guide) -> Box<dyn Source + 'g> {
        let catalog = guide.catalog();
        Box::new(Neural {
            model: self,
            catalog,
        })
    }

    fn save(&self) -> Result<Option<Vec<u8>>> {
        #[derive(Serialize)]
        struct Borrowed<'m> {
            tower: &'m DmfUserTower,
            items: &'m Array2<f32>,
        }
        let saved = Borrowed {
            tower: &self.tower,
            items: &self.items,
        };
        encode_payload(Guide::KIND, &saved).map(Some)
    }

    /// Products keep their numbers; later ones have no vector. Shoppers' vectors are made when they ask.
    fn kept(&self, material: &Material<'_>) -> Result<Option<Arc<dyn SourceModel>>> {
        let kept = || Arc::new(self.clone()) as Arc<dyn SourceModel>;
        Ok(material.taken.map(|_| kept()))
    }
}

/// The model with the catalogue for the titles in the reasons.
struct Neural<'g> {
    model: &'g NeuralModel,
    catalog: &'g Catalog,
}

impl Neural<'_> {
    /// How much less the product would score without each of the products of the history, the most first. These are differences and no parts:
    /// they do not add up to the score.
    fn changes(&self, request: &Request, product: ItemId) -> Result<Vec<Contribution>> {
        let history = self.model.known(&request.history);
        if history.is_empty() || product.index() >= self.model.items.nrows() {
            return Ok(Vec::new());
        }
        let score = |history: &[(ItemId, f32)]| -> Result<f32> {
            let shopper = self.model.tower.vector(history)?;
            Ok(self.model.score(&shopper, product.0))
        };
        let whole = score(&history)?;
        let mut tried: Vec<usize> = (0..history.len()).collect();
        tried.sort_by(|&a, &b| history[b].1.total_cmp(&history[a].1));
        tried.truncate(MOST_TRIED);
        let mut changes = Vec::with_capacity(tried.len());
        for place in tried {
            let mut others = history.clone();
            let (item, _) = others.remove(place);
            changes.push(Contribution {
                from: Part::Item(item),
                amount: whole - score(&others)?,
            });
        }
        changes.sort_by(|a, b| b.amount.total_cmp(&a.amount));
        Ok(changes)
    }
}

impl Source for Neural<'_> {
    fn name(&self) -> &'static str {
        "neural"
    }

    fn candidates(&self, request: &Request, n: usize) -> Result<Vec<Scored<ItemId>>> {
        let model = self.model;
        let history = model.known(&request.history);
        if history.is_empty() {
            return Ok(Vec::new());
        }
        let shopper = model.tower.vector(&history)?;
        let allowed = model.allowed(request);
        let (items, allowed) = (model.items.view(), Allowed::Bits(&allowed));
        let found = model.scan.search(items, &shopper, n, &allowed)?;
        let named = found.hits.into_iter().map(|hit| Scored {
            id: ItemId(hit.id),
            score: hit.score,
        });
        Ok(named.collect())
    }

    fn rank(&self, request: &Request, product: ItemId) -> Result<Option<(usize, f32)>> {
        let history = self.model.known(&request.history);
        let allowed = self.model.allowed(request);
        if history.is_empty() || !allowed.contains(product.0) {
            return Ok(None);
        }
        let shopper = self.model.tower.vector(&history)?;
        let own = self.model.score(&shopper, product.0);
        let is_better = |&other: &u32| {
            let score = self.model.score(&shopper, other);
            score > own || score == own && other < product.0
        };
        Ok(Some((1 + allowed.iter().filter(is_better).count(), own)))
    }

    fn reasons(&self, request: &Request, product: ItemId) -> Result<Vec<Reason>> {
        let changes = self.changes(request, product)?;
        Ok(because(self.catalog, self.name(), &changes))
    }
}

#[cfg(test)]
mod tests {
    use recsys_core::testing::events;

    use super::*;

    #[test]
    fn work_by_hand() {
        // Rows of 2, 1 and 1 and columns of 3 and 1: squares 6 and 10. One drawn product a pair has 4 / 2 shoppers.
        let taken = events(&[("a", "x"), ("a", "y"), ("b", "x"), ("c", "x")]);
        let params = DmfParams::default().n_negatives(1).n_epochs(5);
        let one = work(&params.clone().hidden(vec![10]), &taken);
        assert_eq!(one, 5.0 * 2.0 * (6.0 + 10.0 + 4.0 * 2.0) * 10.0);
        // Both towers have a layer of 10 · 3 more, for 8 pairs in three passes.
        let two = work(&params.hidden(vec![10, 3]), &taken);
        assert_eq!(two, one + 5.0 * 3.0 * 8.0 * (30.0 + 30.0));
    }
}
