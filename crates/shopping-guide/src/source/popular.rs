//! The products that most shoppers take, ever or lately. `popular` always has an answer, so that it fills a list that no other source fills.

use guide_core::{Error, Result, Scored};
use recsys_core::{Interactions, ItemId};
use serde::{Deserialize, Serialize};

use super::{Request, Source};
use crate::guide::decay;
use crate::{Catalog, Reason};

/// The weight of all interactions of each product, and how many shoppers stand behind it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Popular {
    scores: Vec<f32>,   // [n_products]
    shoppers: Vec<u32>, // [n_products]
    places: Vec<u32>,   // [n_products], from 1
    half_life_days: Option<f32>,
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
        let mut order: Vec<usize> = (0..scores.len()).collect();
        order.sort_by(|&a, &b| scores[b].total_cmp(&scores[a])); // stable: ties by product
        let mut places = vec![0; order.len()];
        for (place, product) in (1..).zip(order) {
            places[product] = place;
        }
        Self {
            scores,
            shoppers,
            places,
            half_life_days,
        }
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
        let hits = guide_core::kernels::top_k(&self.scores, n, |product| request.allows(product));
        let hits = hits.into_iter().map(|hit| Scored {
            id: ItemId(hit.id),
            score: hit.score,
        });
        Ok(hits.collect())
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
        Ok(super::best(&self.0.scores, request, n))
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
        };
        assert!(of(7.0).check(0).is_ok());
        for days in [f32::INFINITY, f32::NAN, 0.0, -1.0] {
            let error = of(days).check(0).unwrap_err().to_string();
            assert!(error.contains("half-life of popularity"), "{error}");
        }
    }
}
