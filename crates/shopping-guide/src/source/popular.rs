//! The products that most shoppers take, ever or lately. `popular` always has an answer, so that it fills a list that no other source fills.

use std::sync::Arc;

use guide_core::model_file::{decode_payload, encode_payload};
use guide_core::{Error, Persist, Progress, Result, Scored};
use recsys_core::ItemId;
use serde::Deserialize;

use super::kind::{Basis, Fitted, Material, SourceKind, SourceModel, UnderNoise, Weights};
use super::{PopularNow, Request, Source};
use crate::guide::{EventLog, GuideParams, decay};
use crate::noise::trending_counts;
use crate::{Guide, Reason};

/// The kind of the source `popular`.
pub(crate) struct PopularKind;

impl SourceKind for PopularKind {
    fn name(&self) -> &'static str {
        "popular"
    }

    fn basis(&self) -> Basis {
        Basis::Popular
    }

    fn weights(&self, params: &GuideParams) -> Weights {
        Weights::both(params.fusion.popular)
    }

    fn under_noise(&self) -> UnderNoise {
        UnderNoise::Counted
    }

    fn fit(&self, _: &Material<'_>, _: &dyn Progress) -> Result<Fitted> {
        Ok(Fitted::Model(Arc::new(PopularModel)))
    }
}

/// The counts that the guide has.
#[derive(Debug)]
struct PopularModel;

impl SourceModel for PopularModel {
    fn source<'g>(&'g self, guide: &'g Guide) -> Box<dyn Source + 'g> {
        Box::new(guide.popular_now())
    }

    fn save(&self) -> Result<Option<Vec<u8>>> {
        Ok(None)
    }

    /// The counts are the guide's, which keeps or counts them.
    fn kept(&self, _: &Material<'_>) -> Result<Option<Arc<dyn SourceModel>>> {
        Ok(Some(Arc::new(Self)))
    }
}

/// The kind of the source `trending`.
pub(crate) struct TrendingKind;

impl SourceKind for TrendingKind {
    fn name(&self) -> &'static str {
        "trending"
    }

    fn basis(&self) -> Basis {
        Basis::Popular
    }

    fn weights(&self, params: &GuideParams) -> Weights {
        Weights::both(params.fusion.trending)
    }

    fn under_noise(&self) -> UnderNoise {
        UnderNoise::Counted
    }

    fn fit(&self, material: &Material<'_>, _: &dyn Progress) -> Result<Fitted> {
        if !material.log.has_times() {
            return Ok(Fitted::NotFitted("no event has a time"));
        }
        let days = material.params.trending_half_life_days;
        let noise = material.params.noise.as_ref();
        let lately = match noise {
            None => Popular::new(material.log, material.catalog.len(), Some(days)),
            Some(noise) => {
                let shoppers = material.popular.all_shoppers();
                trending_counts(noise, material.log, (shoppers, days), material.noise_fits)?
            }
        };
        Ok(Fitted::Model(Arc::new(TrendingModel {
            lately: Arc::new(lately),
            has_noise: noise.is_some(),
        })))
    }

    /// Counts with noise cannot be made again.
    fn read(&self, section: &[u8], material: &Material<'_>) -> Result<Arc<dyn SourceModel>> {
        let scores: Vec<f32> = decode_payload(Guide::KIND, section)?;
        let shoppers = material.popular.all_shoppers().to_vec();
        let is_sound = |score: &f32| score.is_finite() && *score >= 0.0;
        if material.params.noise.is_none()
            || scores.len() != shoppers.len()
            || !scores.iter().all(is_sound)
        {
            let reason = "counts of `trending` that do not fit the guide";
            return Err(Error::decode(Guide::KIND, reason));
        }
        let days = material.params.trending_half_life_days;
        Ok(Arc::new(TrendingModel {
            lately: Arc::new(Popular::of(scores, shoppers, Some(days))),
            has_noise: true,
        }))
    }
}

/// What was taken lately.
#[derive(Clone, Debug)]
pub(crate) struct TrendingModel {
    lately: Arc<Popular>,
    has_noise: bool,
}

impl SourceModel for TrendingModel {
    fn source<'g>(&'g self, guide: &'g Guide) -> Box<dyn Source + 'g> {
        let days = self.lately.half_life_days;
        Box::new(Trending(guide.taken_lately(&self.lately), days))
    }

    fn save(&self) -> Result<Option<Vec<u8>>> {
        let scores = self.has_noise.then_some(&self.lately.scores);
        scores
            .map(|scores| encode_payload(Guide::KIND, scores))
            .transpose()
    }

    fn kept(&self, _: &Material<'_>) -> Result<Option<Arc<dyn SourceModel>>> {
        let kept = self.has_noise.then(|| self.clone());
        Ok(kept.map(|kept| Arc::new(kept) as Arc<dyn SourceModel>))
    }

    fn counts(&self) -> Option<Arc<Popular>> {
        Some(self.lately.clone())
    }
}

/// The weight of what shoppers did with each product, and how many shoppers stand behind it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Popular {
    scores: Vec<f32>,   // [n_products]
    shoppers: Vec<u32>, // [n_products]
    half_life_days: Option<f32>,
    /// The products, the most popular first, ties by product.
    order: Vec<u32>,
}

/// [`Popular`] as files before version 5 hold it. It is made of the log now, and what they hold is passed over.
#[derive(Deserialize)]
pub(crate) struct PopularBefore5 {
    #[serde(rename = "scores")]
    _scores: Vec<f32>,
    #[serde(rename = "shoppers")]
    _shoppers: Vec<u32>,
    #[serde(rename = "places")]
    _places: Vec<u32>,
    #[serde(rename = "half_life_days")]
    _half_life_days: Option<f32>,
}

/// The numbers of the scores, the highest first, ties by number.
fn order_of(scores: &[f32]) -> Vec<u32> {
    let mut order: Vec<u32> = (0..scores.len() as u32).collect();
    // Stable: ties by product.
    order.sort_by(|&a, &b| scores[b as usize].total_cmp(&scores[a as usize]));
    order
}

impl Popular {
    /// Adds up `log`; what a shopper has to do with a product counts half when it is `half_life_days` old.
    pub(crate) fn new(log: &EventLog, n_products: usize, half_life_days: Option<f32>) -> Self {
        let mut totals = vec![0.0_f64; n_products];
        let mut shoppers = vec![0; n_products];
        let fades = log.has_times();
        log.each_pair(|_, pair| {
            let faded = match fades {
                true => decay(pair.time, log.now(), half_life_days),
                false => 1.0,
            };
            totals[pair.product.index()] += f64::from(pair.weight * faded);
            shoppers[pair.product.index()] += 1;
        });
        let scores = totals.into_iter().map(|total| total as f32).collect();
        Self::of(scores, shoppers, half_life_days)
    }

    /// The scores of the products, and how many shoppers stand behind each.
    pub(crate) fn of(scores: Vec<f32>, shoppers: Vec<u32>, half_life_days: Option<f32>) -> Self {
        Self {
            order: order_of(&scores),
            scores,
            shoppers,
            half_life_days,
        }
    }

    /// The more shoppers, the more popular.
    pub(crate) fn of_shoppers(shoppers: Vec<u32>) -> Self {
        let scores = shoppers.iter().map(|&count| count as f32).collect();
        Self::of(scores, shoppers, None)
    }

    /// The products, the most popular first, ties by product.
    pub(super) fn order(&self) -> &[u32] {
        &self.order
    }

    /// The score of a product; 0 for one that came later.
    pub(super) fn score(&self, product: ItemId) -> f32 {
        self.scores.get(product.index()).copied().unwrap_or(0.0)
    }

    /// How many shoppers looked at a product or took it.
    pub(crate) fn shoppers(&self, product: ItemId) -> u32 {
        self.shoppers.get(product.index()).copied().unwrap_or(0)
    }

    /// How many shoppers looked at each product or took it.
    pub(crate) fn all_shoppers(&self) -> &[u32] {
        &self.shoppers
    }
}

/// The source `popular`: every allowed product, the most popular first.
impl Source for PopularNow<'_> {
    fn name(&self) -> &'static str {
        "popular"
    }

    fn candidates(&self, request: &Request, n: usize) -> Result<Vec<Scored<ItemId>>> {
        Ok(self.allowed_by_score(request).take(n).collect())
    }

    fn rank(&self, request: &Request, product: ItemId) -> Result<Option<(usize, f32)>> {
        Ok(self.rank_of(request, product))
    }

    fn reasons(&self, _: &Request, product: ItemId) -> Result<Vec<Reason>> {
        Ok(vec![match self.shoppers(product) {
            0 => Reason::Untried,
            shoppers => Reason::Popular {
                shoppers,
                place: self.place(product),
            },
        }])
    }
}

/// The source `trending`: the products that were taken lately.
struct Trending<'g>(PopularNow<'g>, Option<f32>);

impl Source for Trending<'_> {
    fn name(&self) -> &'static str {
        "trending"
    }

    fn candidates(&self, request: &Request, n: usize) -> Result<Vec<Scored<ItemId>>> {
        let hits = self.0.allowed_by_score(request);
        Ok(hits.take_while(|hit| hit.score > 0.0).take(n).collect())
    }

    fn rank(&self, request: &Request, product: ItemId) -> Result<Option<(usize, f32)>> {
        let rank = self.0.rank_of(request, product);
        Ok(rank.filter(|&(_, score)| score > 0.0))
    }

    fn reasons(&self, _: &Request, product: ItemId) -> Result<Vec<Reason>> {
        Ok(vec![Reason::Trending {
            place: self.0.place(product),
            half_life_days: self.1.unwrap_or(0.0),
        }])
    }
}
