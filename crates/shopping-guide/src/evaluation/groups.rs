//! Parts of the question: what is found for new and returning shoppers, and of new and known products.

use std::fmt;

use guide_core::Result;
use recsys_core::metrics::RankingScores;
use serde::{Deserialize, Serialize};

use super::EvaluationParams;
use super::answered::{Answered, scores};
use super::interval::{Difference, MeanScores, gains};
use crate::Guide;
use crate::guide::AskedShopper;

/// A part of the question that an evaluation asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum EvaluationGroup {
    /// Shoppers with one event in the training part.
    OneEvent,
    /// Shoppers with 2 to 4 events in the training part.
    FewEvents,
    /// Shoppers with 5 events or more in the training part.
    ManyEvents,
    /// Held-out products that the training part has no event of.
    NewProducts,
    /// Held-out products that the training part has an event of.
    SeenProducts,
}

impl EvaluationGroup {
    const ALL: [Self; 5] = [
        Self::OneEvent,
        Self::FewEvents,
        Self::ManyEvents,
        Self::NewProducts,
        Self::SeenProducts,
    ];

    /// The group of a shopper with `n_events` in the training part.
    fn of_shopper(n_events: usize) -> Self {
        match n_events {
            ..=1 => Self::OneEvent,
            2..=4 => Self::FewEvents,
            _ => Self::ManyEvents,
        }
    }

    /// The group of a product that `takers` of the training part took.
    fn of_product(takers: u32) -> Self {
        match takers {
            0 => Self::NewProducts,
            _ => Self::SeenProducts,
        }
    }

    fn is_of_products(self) -> bool {
        matches!(self, Self::NewProducts | Self::SeenProducts)
    }
}

impl fmt::Display for EvaluationGroup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::OneEvent => "shoppers with 1 event",
            Self::FewEvents => "with 2 to 4 events",
            Self::ManyEvents => "with 5 and more",
            Self::NewProducts => "products without events",
            Self::SeenProducts => "products with events",
        })
    }
}

/// What is found for one part of the question.
///
/// The answers are the same as for the whole. For a group of shoppers the means are over these shoppers. For a group of products
/// only the held-out products of the group count as wanted, and the means are over the shoppers who took one of them: that the
/// answers hold other products too is not forgiven.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct GroupMeasured {
    /// Which part.
    pub group: EvaluationGroup,
    /// Shoppers asked who count in it.
    pub shoppers: usize,
    /// Pairs of shopper and held-out product that count in it.
    pub pairs: usize,
    /// The guide first, then its sources.
    pub rows: Vec<MeanScores>,
    /// NDCG of the guide less that of `popular`.
    pub ndcg_over_popular: Option<Difference>,
    /// NDCG of the guide over that of `popular`; `None` if that is 0.
    pub ndcg_times_popular: Option<f64>,
}

impl GroupMeasured {
    /// The row called `name`.
    pub fn row(&self, name: &str) -> Option<&MeanScores> {
        self.rows.iter().find(|row| row.name == name)
    }

    /// All groups that some of the shoppers asked count in. The lists of the guide and of its sources, called `names`, are the first
    /// in each answer.
    pub(super) fn all(
        guide: &Guide,
        names: &[&str],
        asked: &[AskedShopper],
        answered: &[Answered],
        how: &EvaluationParams,
    ) -> Result<Vec<Self>> {
        let takers = guide.popularity();
        let n_events: Vec<usize> = asked
            .iter()
            .map(|one| guide.n_events_by(one.shopper))
            .collect();
        let mut groups = Vec::new();
        for group in EvaluationGroup::ALL {
            let wanted = |(place, one): (usize, &AskedShopper)| match group.is_of_products() {
                true => {
                    let products = one.wanted.iter().copied();
                    let is_in = |product: &u32| {
                        let takers = takers.get(*product as usize).copied().unwrap_or(0);
                        EvaluationGroup::of_product(takers) == group
                    };
                    products.filter(is_in).collect()
                }
                false if EvaluationGroup::of_shopper(n_events[place]) == group => {
                    one.wanted.clone()
                }
                false => Vec::new(),
            };
            let wanted: Vec<Vec<u32>> = asked.iter().enumerate().map(wanted).collect();
            groups.extend(Self::of(group, names, &wanted, answered, how)?);
        }
        Ok(groups)
    }

    /// What is found of `wanted`, one list for each answer; `None` if all of these are empty.
    fn of(
        group: EvaluationGroup,
        names: &[&str],
        wanted: &[Vec<u32>],
        answered: &[Answered],
        how: &EvaluationParams,
    ) -> Result<Option<Self>> {
        let counting = || wanted.iter().zip(answered).filter(|one| !one.0.is_empty());
        let shoppers = counting().count();
        if shoppers == 0 {
            return Ok(None);
        }
        let found = |place: usize| -> Vec<RankingScores> {
            let of_one = |(wanted, one): (&Vec<u32>, &Answered)| {
                scores(&one.lists[place].products, wanted, wanted.len(), how.k)
            };
            counting().map(of_one).collect()
        };
        let rows = names.iter().enumerate();
        let rows = rows.map(|(place, name)| MeanScores::of(name, &found(place), how.seed));
        let rows: Vec<MeanScores> = rows.collect::<Result<_>>()?;
        let popular = names.iter().position(|&name| name == "popular");
        let over =
            popular.map(|place| Difference::of(&gains(&found(0)), &gains(&found(place)), how.seed));
        let of_popular = popular.map(|place| rows[place].ndcg);
        let of_popular = of_popular.filter(|&ndcg| ndcg > 0.0);
        Ok(Some(Self {
            group,
            shoppers,
            pairs: wanted.iter().map(Vec::len).sum(),
            ndcg_over_popular: over.transpose()?,
            ndcg_times_popular: of_popular.map(|ndcg| rows[0].ndcg / ndcg),
            rows,
        }))
    }
}
