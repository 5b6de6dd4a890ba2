//! What an evaluation asks of a guide beside its answers.

use guide_core::{Bitmap, Result};
use recsys_core::{ItemId, UserId};

use super::Guide;
use crate::{Filters, Query};

impl Guide {
    /// What no answer to a shopper holds because the shopper had it, by rising product: what was bought or rated with its
    /// variants, and what was viewed where that is left out too.
    pub(crate) fn had_by(&self, shopper: UserId) -> Vec<ItemId> {
        let mut had = self.owned_with_variants(shopper);
        if self.leaves_out_viewed() {
            had.extend(self.history_of(shopper).iter().map(|viewed| viewed.0));
            had.sort_unstable();
            had.dedup();
        }
        had
    }

    /// The products that a query without filters can give to someone.
    pub(crate) fn recommendable(&self) -> Result<Bitmap> {
        self.allowed(&Filters::default(), &mut Vec::new())
    }

    /// How many events of a shopper are known.
    pub(crate) fn n_events_by(&self, shopper: UserId) -> usize {
        self.log.events_of(shopper).len() + self.since.events_of(shopper).count()
    }

    /// The products of the first `n` hits of `query`, without the reasons that take most of the time of an answer.
    pub(crate) fn first_products(&self, query: &Query, n: usize) -> Result<Vec<u32>> {
        let request = self.request(query)?;
        let places = self.fuse(&request)?.places(n)?;
        Ok(places.iter().map(|place| place.hit.id.0).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::guide::tests;

    #[test]
    fn the_first_products_are_those_of_the_answer() {
        let guide = tests::guide();
        for query in [Query::shopper("ann"), Query::shopper("nobody knows")] {
            let answer = guide.recommend(&query.clone().n(4)).unwrap();
            let products = guide.first_products(&query, 4).unwrap();
            let number = |id: &&str| guide.catalog().number(id).unwrap().0;
            let expected: Vec<u32> = tests::products(&answer).iter().map(number).collect();
            assert_eq!(products, expected);
        }
    }

    #[test]
    fn events_of_a_shopper_are_counted() {
        let guide = tests::guide();
        let count = |id| guide.n_events_by(guide.shopper(id).unwrap());
        assert_eq!((count("ann"), count("dan")), (2, 3));
    }
}
