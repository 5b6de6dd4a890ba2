//! What is popular after further events: the counts that changed, beside those that did not.

use std::cmp::Reverse;

use guide_core::Scored;
use recsys_core::ItemId;
use rpds::{HashTrieMapSync, RedBlackTreeSetSync};

use super::{Popular, Request};

/// The products whose counts changed. Copies share what they hold.
#[derive(Clone, Debug, Default)]
pub(crate) struct PopularChanges {
    counts: HashTrieMapSync<u32, Count>,
    /// The changed products, the most popular first, ties by product.
    order: RedBlackTreeSetSync<(Reverse<u32>, u32)>,
}

/// A product's count as it is now.
#[derive(Clone, Copy, Debug)]
struct Count {
    score: f64,
    shoppers: u32,
}

/// The place in an order of a score that is not negative: its bits rise with it.
fn key(score: f64, product: u32) -> (Reverse<u32>, u32) {
    (Reverse((score as f32).to_bits()), product)
}

impl PopularChanges {
    /// Adds to the score of a product, and to the number of its shoppers.
    pub(crate) fn add(&mut self, base: &Popular, product: ItemId, score: f64, shoppers: u32) {
        let known = self.counts.get(&product.0).copied();
        let before = known.unwrap_or_else(|| Count {
            score: f64::from(base.score(product)),
            shoppers: base.shoppers(product),
        });
        let after = Count {
            score: (before.score + score).max(0.0),
            shoppers: before.shoppers + shoppers,
        };
        if known.is_some() {
            self.order.remove_mut(&key(before.score, product.0));
        }
        self.order.insert_mut(key(after.score, product.0));
        self.counts.insert_mut(product.0, after);
    }
}

/// What is popular now.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PopularNow<'g> {
    pub(crate) base: &'g Popular,
    pub(crate) changes: &'g PopularChanges,
    /// Products of the catalogue; those behind the counted ones came later.
    pub(crate) n_products: usize,
}

impl PopularNow<'_> {
    /// How many shoppers looked at a product or took it.
    pub(crate) fn shoppers(&self, product: ItemId) -> u32 {
        let changed = self.changes.counts.get(&product.0);
        changed.map_or_else(|| self.base.shoppers(product), |count| count.shoppers)
    }

    pub(super) fn score(&self, product: ItemId) -> f32 {
        let changed = self.changes.counts.get(&product.0);
        changed.map_or_else(|| self.base.score(product), |count| count.score as f32)
    }

    /// The allowed products, the most popular first, ties by product.
    pub(super) fn allowed_by_score(
        &self,
        request: &Request,
    ) -> impl Iterator<Item = Scored<ItemId>> {
        let is_changed = |product: u32| self.changes.counts.contains_key(&product);
        let counted = self.base.order().iter().copied();
        let new = self.base.order().len() as u32..self.n_products as u32;
        let unchanged = counted
            .chain(new)
            .filter(move |&product| !is_changed(product));
        let unchanged =
            unchanged.map(|product| key(self.base.score(ItemId(product)).into(), product));
        let mut unchanged = unchanged.peekable();
        let mut changed = self.changes.order.iter().copied().peekable();
        let merged = std::iter::from_fn(move || match (changed.peek(), unchanged.peek()) {
            (Some(one), Some(other)) if one > other => unchanged.next(),
            (Some(_), _) => changed.next(),
            (None, _) => unchanged.next(),
        });
        let allowed = merged.filter(|&(_, product)| request.allows(product));
        allowed.map(|(Reverse(score), product)| Scored {
            id: ItemId(product),
            score: f32::from_bits(score),
        })
    }

    /// The place of a product among the allowed ones, from 1, and its score.
    pub(super) fn rank_of(&self, request: &Request, product: ItemId) -> Option<(usize, f32)> {
        let mut allowed = (1..).zip(self.allowed_by_score(request));
        let found = allowed.find(|(_, hit)| hit.id == product);
        found.map(|(rank, hit)| (rank, hit.score))
    }

    /// The place of a product among all, from 1, by its score now and the scores that the others had when the log was counted.
    pub(super) fn place(&self, product: ItemId) -> u32 {
        let own = key(self.score(product).into(), product.0);
        let is_better = |&other: &u32| key(self.base.score(ItemId(other)).into(), other) < own;
        self.base.order().partition_point(is_better) as u32 + 1
    }
}
