//! What shoppers at large take: the last rung of the ladder, which always has an answer.

use guide_core::{Error, Result, Scored};
use recsys_core::ItemId;
use serde::{Deserialize, Serialize};

use super::{Request, Source};
use crate::Reason;

/// The weight of all events of each product, and how many shoppers stand behind it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Popular {
    scores: Vec<f32>,   // [n_products]
    shoppers: Vec<u32>, // [n_products]
    places: Vec<u32>,   // [n_products], from 1
}

impl Popular {
    /// Ranks by `scores`, ties by product.
    pub(crate) fn new(scores: Vec<f32>, shoppers: Vec<u32>) -> Self {
        let mut order: Vec<usize> = (0..scores.len()).collect();
        order.sort_by(|&a, &b| scores[b].total_cmp(&scores[a]));
        let mut places = vec![0; order.len()];
        for (place, product) in (1..).zip(order) {
            places[product] = place;
        }
        Self {
            scores,
            shoppers,
            places,
        }
    }

    /// Checks what a decoded file claims.
    pub(crate) fn check(&self, n_products: usize) -> Result<()> {
        let lengths = [self.scores.len(), self.shoppers.len(), self.places.len()];
        let fits = lengths.iter().all(|&len| len == n_products);
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

impl Source for Popular {
    fn name(&self) -> &'static str {
        "popular"
    }

    fn candidates(&self, request: &Request, n: usize) -> Result<Vec<Scored<ItemId>>> {
        let hits = guide_core::kernels::top_k(&self.scores, n, |product| request.allows(product))
            .into_iter();
        let hits = hits.map(|hit| Scored {
            id: ItemId(hit.id),
            score: hit.score,
        });
        Ok(hits.collect())
    }

    fn reasons(&self, _: &Request, product: ItemId) -> Result<Vec<Reason>> {
        let of = |column: &[u32]| column.get(product.index()).copied().unwrap_or(0);
        Ok(vec![Reason::Popular {
            shoppers: of(&self.shoppers),
            place: of(&self.places),
        }])
    }
}
