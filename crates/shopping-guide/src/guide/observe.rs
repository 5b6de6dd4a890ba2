//! A guide that knows one event more: history, what the shopper has, and counts at once; what was trained stays until it is fitted again.

use std::sync::Arc;

use recsys_core::{ItemId, UserId};

use super::Guide;
use super::log::{LogEvent, Pair, decay, pairs};
use super::since::OwnedEvent;

impl Guide {
    /// Takes in one event. An event of a product that the catalogue lacks waits until the product comes; a shopper who is not known is new.
    pub(crate) fn observe(&mut self, event: &OwnedEvent) {
        let Some(product) = self.catalog.number(&event.product) else {
            self.since.wait(Arc::new(event.clone()));
            return;
        };
        let shopper = self.number_of_shopper(&event.shopper);
        let basket = event.basket.as_deref();
        let basket = basket.map(|basket| self.number_of_basket(basket));
        let weighing = self.log.weighing();
        let event = LogEvent {
            product,
            kind: event.kind,
            weight: weighing.weight(&self.params.events, event.kind, event.value),
            value: event.value,
            time: event.time,
            basket,
        };
        let before = self.pair(shopper, product);
        let log = self.log.clone();
        self.since.push(&log, shopper, event);
        self.count(before, self.pair(shopper, product));
    }

    /// What was popular and what is taken lately, with `after` in place of `before`.
    fn count(&mut self, before: Option<Pair>, after: Option<Pair>) {
        // Counts with noise stay as they are until the guide is fitted again.
        if self.params.noise.is_some() {
            return;
        }
        let product = after.or(before).map(|pair| pair.product);
        let Some(product) = product else { return };
        let new_shoppers = u32::from(before.is_none());
        let has_times = self.log.has_times();
        let now = self.log.now();
        let counts = |half_life: Option<f32>| {
            let half_life = half_life.filter(|_| has_times);
            let worth = |pair: Option<Pair>| {
                pair.map_or(0.0, |pair| {
                    f64::from(pair.weight * decay(pair.time, now, half_life))
                })
            };
            worth(after) - worth(before)
        };
        let popular = counts(self.params.popular_half_life_days);
        let trending = counts(Some(self.params.trending_half_life_days));
        self.since
            .popular
            .add(&self.popular, product, popular, new_shoppers);
        if let Some(lately) = self.trending_counts() {
            self.since
                .trending
                .add(&lately, product, trending, new_shoppers);
        }
    }

    /// What a shopper has to do with one product.
    fn pair(&self, shopper: UserId, product: ItemId) -> Option<Pair> {
        let events = self
            .log
            .events_of(shopper)
            .chain(self.since.events_of(shopper));
        let of_product = events.filter(|event| event.product == product);
        pairs(of_product, self.log.oldest()).next()
    }

    /// The number of a shopper, a new one if there is none of this id.
    fn number_of_shopper(&mut self, id: &str) -> UserId {
        self.log.ids().user(id).unwrap_or_else(|| {
            let number = self.since.shoppers_mut().insert(id);
            UserId(self.log.n_shoppers() as u32 + number)
        })
    }

    fn number_of_basket(&mut self, name: &str) -> u32 {
        self.log.basket_number(name).unwrap_or_else(|| {
            let number = self.since.baskets_mut().insert(name);
            self.log.n_baskets() as u32 + number
        })
    }
}
