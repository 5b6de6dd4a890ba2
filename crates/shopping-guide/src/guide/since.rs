//! What happened since the log of a guide was made: events that its next answers know. Copies share what they hold, so that a guide with one
//! event more costs the same whatever the number of events.

use std::sync::Arc;

use recsys_core::{ItemId, UserId};
use rpds::{HashTrieMapSync, RedBlackTreeMapSync, VectorSync};

use super::log::{EventLog, LogEvent, VisitKey};
use crate::Event;
use crate::source::PopularChanges;

/// Events behind those of the log, and the shoppers and baskets that the log does not know.
#[derive(Clone, Debug, Default)]
pub(crate) struct Since {
    shoppers: Names,
    baskets: Names,
    /// In order of arrival.
    events: VectorSync<(UserId, LogEvent)>,
    /// The places of the events of each shopper, rising.
    of_shopper: HashTrieMapSync<UserId, VectorSync<u32>>,
    /// For each product the visits that have it and that an event touched since.
    visits: HashTrieMapSync<ItemId, VectorSync<(UserId, VisitKey)>>,
    /// Events of products that the catalogue lacks so far, by product, then in order of arrival.
    waiting: RedBlackTreeMapSync<Arc<str>, VectorSync<Arc<OwnedEvent>>>,
    n_waiting: usize,
    pub(super) popular: PopularChanges,
    pub(super) trending: PopularChanges,
}

/// An event with the ids of the shop.
pub(crate) type OwnedEvent = Event<'static>;

/// Names with numbers, in the order in which they came.
#[derive(Clone, Debug, Default)]
pub(super) struct Names {
    numbers: HashTrieMapSync<Arc<str>, u32>,
    names: VectorSync<Arc<str>>,
}

impl Names {
    pub(super) fn get(&self, name: &str) -> Option<u32> {
        self.numbers.get(name).copied()
    }

    pub(super) fn insert(&mut self, name: &str) -> u32 {
        self.get(name).unwrap_or_else(|| {
            let (number, name) = (self.names.len() as u32, Arc::<str>::from(name));
            self.numbers.insert_mut(name.clone(), number);
            self.names.push_back_mut(name);
            number
        })
    }

    pub(super) fn names(&self) -> impl ExactSizeIterator<Item = &str> {
        self.names.iter().map(|name| &**name)
    }
}

impl Since {
    /// Whether no event of a known product happened.
    pub(super) fn is_empty(&self) -> bool {
        self.events.is_empty()
    }

    /// How many events happened.
    pub(super) fn len(&self) -> usize {
        self.events.len()
    }

    /// Shoppers that the log does not know.
    pub(super) fn shoppers(&self) -> &Names {
        &self.shoppers
    }

    pub(super) fn shoppers_mut(&mut self) -> &mut Names {
        &mut self.shoppers
    }

    /// Baskets that the log does not know.
    pub(super) fn baskets(&self) -> &Names {
        &self.baskets
    }

    pub(super) fn baskets_mut(&mut self) -> &mut Names {
        &mut self.baskets
    }

    /// The events of a shopper, in order of arrival.
    pub(super) fn events_of(&self, shopper: UserId) -> impl Iterator<Item = LogEvent> {
        let places = self.of_shopper.get(&shopper).into_iter().flatten();
        let events = places.filter_map(|&place| self.events.get(place as usize));
        events.map(|&(_, event)| event)
    }

    /// Whether a shopper did something.
    pub(super) fn has(&self, shopper: UserId) -> bool {
        self.of_shopper.contains_key(&shopper)
    }

    /// All events, in order of arrival.
    pub(super) fn events(&self) -> impl Iterator<Item = &(UserId, LogEvent)> {
        self.events.iter()
    }

    /// The visits with a product that an event touched since.
    pub(crate) fn visits_of(&self, product: ItemId) -> impl Iterator<Item = &(UserId, VisitKey)> {
        self.visits.get(&product).into_iter().flatten()
    }

    /// The products of a visit, each once, in the order of time.
    pub(crate) fn visit(&self, log: &EventLog, shopper: UserId, key: VisitKey) -> Vec<u32> {
        let events = log.events_of(shopper).chain(self.events_of(shopper));
        let of_visit = events.filter(|event| VisitKey::of(event) == Some(key));
        let mut events: Vec<(i64, u32)> = of_visit
            .map(|event| (event.time.unwrap_or(log.oldest()), event.product.0))
            .collect();
        events.sort_unstable();
        let mut products = Vec::with_capacity(events.len());
        for (_, product) in events {
            if !products.contains(&product) {
                products.push(product);
            }
        }
        products
    }

    /// Takes in an event of a known shopper and product.
    pub(super) fn push(&mut self, log: &EventLog, shopper: UserId, event: LogEvent) {
        if let Some(key) = VisitKey::of(&event) {
            let is_touched = self
                .events_of(shopper)
                .any(|other| VisitKey::of(&other) == Some(key));
            // All products of a visit that was touched before are known.
            let before = self.visit(log, shopper, key);
            let is_new = !before.contains(&event.product.0);
            let untold = before.into_iter().filter(|_| !is_touched);
            let new = is_new.then_some(event.product.0);
            for product in untold.chain(new).map(ItemId) {
                let mut visits = self.visits.get(&product).cloned().unwrap_or_default();
                visits.push_back_mut((shopper, key));
                self.visits.insert_mut(product, visits);
            }
        }
        let place = self.events.len() as u32;
        self.events.push_back_mut((shopper, event));
        let mut places = self.of_shopper.get(&shopper).cloned().unwrap_or_default();
        places.push_back_mut(place);
        self.of_shopper.insert_mut(shopper, places);
    }

    /// Events of products that the catalogue lacks so far, by product, then in order of arrival.
    pub(super) fn waiting(&self) -> impl Iterator<Item = &Arc<OwnedEvent>> {
        self.waiting.values().flatten()
    }

    pub(super) fn n_waiting(&self) -> usize {
        self.n_waiting
    }

    pub(super) fn wait(&mut self, event: Arc<OwnedEvent>) {
        let known = self.waiting.get(&*event.product).cloned();
        let product = Arc::from(&*event.product);
        let mut events = known.unwrap_or_default();
        events.push_back_mut(event);
        self.waiting.insert_mut(product, events);
        self.n_waiting += 1;
    }

    /// The events that wait for a product, which no longer do.
    pub(super) fn take_waiting(&mut self, product: &str) -> VectorSync<Arc<OwnedEvent>> {
        let events = self.waiting.get(product).cloned().unwrap_or_default();
        self.waiting.remove_mut(product);
        self.n_waiting -= events.len();
        events
    }

    /// What waits, and nothing else.
    pub(super) fn waiting_alone(&self) -> Self {
        Self {
            waiting: self.waiting.clone(),
            n_waiting: self.n_waiting,
            ..Self::default()
        }
    }

    /// Keeps of the events that wait those for which `keep` holds.
    pub(super) fn retain_waiting(&mut self, keep: impl Fn(&OwnedEvent) -> bool) {
        let mut rest = Self::default();
        let kept = self.waiting().filter(|event| keep(event));
        kept.for_each(|event| rest.wait(event.clone()));
        (self.waiting, self.n_waiting) = (rest.waiting, rest.n_waiting);
    }
}
