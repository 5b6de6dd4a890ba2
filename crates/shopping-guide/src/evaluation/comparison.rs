//! What a comparison of two guides tells.

use serde::{Deserialize, Serialize};

use super::{Difference, MeanScores};

/// Two guides on the same later events: [`Evaluation::compare`](crate::Evaluation::compare).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Comparison {
    /// How many hits were looked at.
    pub k: usize,
    /// Shoppers who were asked for.
    pub shoppers: usize,
    /// Shoppers who can be asked for, of whom these are a sample.
    pub all_shoppers: usize,
    /// Events of those who can be asked for, with products that count as wanted.
    pub events: usize,
    /// All other events of the log, by the reason.
    pub skipped: SkippedEvents,
    /// Pairs of a shopper asked for and a wanted product.
    pub pairs: usize,
    /// Shoppers asked for whom `a` does not know, and `b` does.
    pub unknown_to_a: usize,
    /// Shoppers asked for whom `b` does not know, and `a` does.
    pub unknown_to_b: usize,
    /// What the first guide finds.
    pub a: MeanScores,
    /// What the second guide finds.
    pub b: MeanScores,
    /// The recall of `b` less that of `a`.
    pub recall: Difference,
    /// The NDCG of `b` less that of `a`.
    pub ndcg: Difference,
    /// The hit rate of `b` less that of `a`.
    pub hit_rate: Difference,
}

/// Events that a comparison does not ask for. Each counts once, by the first reason that applies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SkippedEvents {
    /// Of another kind than [`EvaluationParams::only`](crate::EvaluationParams::only).
    pub other_kind: usize,
    /// Of a shopper whom neither guide knows.
    pub unknown_shopper: usize,
    /// Of a product that neither catalogue has.
    pub unknown_product: usize,
    /// Of a product that neither guide recommends to the shopper: the shopper had it before, it is not available, or it is left out.
    pub not_recommended: usize,
}

impl SkippedEvents {
    /// How many events were skipped.
    pub fn count(&self) -> usize {
        self.other_kind + self.unknown_shopper + self.unknown_product + self.not_recommended
    }
}

impl Comparison {
    /// The name of the guide with the larger NDCG, `a` or `b`; `None` where the difference may be chance.
    pub fn better(&self) -> Option<&str> {
        let better = match self.ndcg.mean > 0.0 {
            true => &self.b,
            false => &self.a,
        };
        self.is_certain().then_some(better.name.as_str())
    }

    /// Whether the interval of the difference in NDCG lies on one side of 0.
    pub fn is_certain(&self) -> bool {
        self.ndcg.is_certain
    }
}
