//! The products that most shoppers take, ever or lately. `popular` always has an answer, so that it fills a list that no other source fills.

use guide_core::{Error, Result, Scored};
use recsys_core::{Interactions, ItemId};
use serde::{Deserialize, Serialize};

use super::{Request, Source};
use crate::guide::decay;
use crate::{Catalog, Reason};

/// The weight of all interactions of each product, and how many shoppers stand behind it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "Stored")]
pub(crate) struct Popular {
    scores: Vec<f32>,   // [n_products]
    shoppers: Vec<u32>, // [n_products]
    places: Vec<u32>,   // [n_products], from 1
    half_life_days: Option<f32>,
    /// The products, the most popular first, ties by product.
    #[serde(skip)]
    order: Vec<u32>,
}

/// [`Popular`] as a file holds it.
#[derive(Deserialize)]
struct Stored {
    scores: Vec<f32>,
    shoppers: Vec<u32>,
    places: Vec<u32>,
    half_life_days: Option<f32>,
}

impl From<Stored> for Popular {
    fn from(stored: Stored) -> Self {
        Self {
            order: order_of(&stored.scores),
            scores: stored.scores,
            shoppers: stored.shoppers,
            places: stored.places,
            half_life_days: stored.half_life_days,
        }
    }
}

/// The numbers of the scores, the highest first, ties by number.
fn order_of(scores: &[f32]) -> Vec<u32> {
    let mut order: Vec<u32> = (0..scores.len() as u32).collect();
    // Stable: ties by product.
    order.sort_by(|&a, &b| scores[b as usize].total_cmp(&scores[a as usize]));
    order
}

impl Popular {
    /// Adds up `log`, where there is one; an interaction counts half when it is `half_life_days` old at the moment `now`.
    pub(crate) fn new(
        catalog: &Catalog,
        log: Option<&Interactions>,
        half_life_days: Option<f32>,
        now: i64,
    ) -> Self {
        let mut totals = vec![0.0_f64; catalog.len()];
        let mut shoppers = vec![0; catalog.len()];
        if let Some(log) = log {
            for (position, item) in log.items().iter().enumerate() {
                let faded = log
                    .times()
                    .map_or(1.0, |times| decay(times[position], now, half_life_days));
                totals[item.index()] += f64::from(log.weight(position) * faded);
                shoppers[item.index()] += 1;
            }
        }
        let scores: Vec<f32> = totals.into_iter().map(|total| total as f32).collect();
        let order = order_of(&scores);
        let mut places = vec![0; order.len()];
        for (place, &product) in (1..).zip(&order) {
            places[product as usize] = place;
        }
        Self {
            order,
            scores,
            shoppers,
            places,
            half_life_days,
        }
    }

    /// The allowed products, the most popular first.
    fn allowed_by_score(&self, request: &Request) -> impl Iterator<Item = Scored<ItemId>> {
        let products = self.order.iter();
        let allowed = products.filter(|&&product| request.allows(product));
        allowed.map(|&product| Scored {
            id: ItemId(product),
            score: self.scores[product as usize],
        })
    }

    /// The place of a product among the allowed ones, from 1, and its score.
    fn rank_of(&self, request: &Request, product: ItemId) -> Option<(usize, f32)> {
        let mut allowed = (1..).zip(self.allowed_by_score(request));
        let found = allowed.find(|(_, hit)| hit.id == product);
        found.map(|(rank, hit)| (rank, hit.score))
    }

    /// How many shoppers looked at a product or took it.
    pub(crate) fn shoppers(&self, product: ItemId) -> u32 {
        self.shoppers.get(product.index()).copied().unwrap_or(0)
    }

    /// Checks what a decoded file claims.
    pub(crate) fn check(&self, n_products: usize) -> Result<()> {
        let lengths = [self.scores.len(), self.shoppers.len(), self.places.len()];
        let fits = lengths.iter().all(|&len| len == n_products);
        let half_life = self.half_life_days;
        if let Some(days) = half_life.filter(|days| !(days.is_finite() && *days > 0.0)) {
            let reason = format!("half-life of popularity: {days} days");
            return Err(Error::decode("guide", reason));
        }
        if fits && self.scores.iter().all(|score| score.is_finite()) {
            Ok(())
        } else {
            Err(Error::decode(
                "guide",
                "popularity and products do not fit together",
            ))
        }
    }
}

/// The source `popular`: every allowed product, the most popular first.
impl Source for Popular {
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
        let place = self.places.get(product.index()).copied().unwrap_or(0);
        Ok(vec![match self.shoppers(product) {
            0 => Reason::Untried,
            shoppers => Reason::Popular { shoppers, place },
        }])
    }
}

/// The source `trending`: the products that were taken lately.
pub(crate) struct Trending<'g>(pub(crate) &'g Popular);

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
        let place = self.0.places.get(product.index()).copied().unwrap_or(0);
        let half_life_days = self.0.half_life_days.unwrap_or(0.0);
        Ok(vec![Reason::Trending {
            place,
            half_life_days,
        }])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_with_an_absurd_half_life_is_refused() {
        let of = |days: f32| Popular {
            scores: Vec::new(),
            shoppers: Vec::new(),
            places: Vec::new(),
            half_life_days: Some(days),
            order: Vec::new(),
        };
        assert!(of(7.0).check(0).is_ok());
        for days in [f32::INFINITY, f32::NAN, 0.0, -1.0] {
            let error = of(days).check(0).unwrap_err().to_string();
            assert!(error.contains("half-life of popularity"), "{error}");
        }
    }
}
