//! What shoppers took in one visit: the events of one shopper with the same basket, or of the same day where they name none.
//!
//! Counts are counted when one asks: of the visits that have a product, the shoppers who took another one in it too. So they follow an event at
//! once, and a shopper who is forgotten leaves nothing behind.

use std::cell::Cell;

use recsys_core::{ItemId, UserId};

use crate::guide::{EventLog, Since, VisitKey};

/// Products of visits read for one product of a request, at most. Of a product in more of them every second visit is read, or every third, and so
/// on, and what they tell is multiplied.
const MOST_READ: usize = 200_000;

/// Which products of a visit go with a product.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Within {
    /// All others.
    Visit,
    /// Those that came later.
    Later,
}

/// The visits of a log, and for each product those that have it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Visits {
    /// Where the products of each visit begin. [n_visits + 1]
    starts: Vec<u32>,
    /// The products of each visit, each once, in the order in which they came.
    products: Vec<u32>,
    /// The shopper of each visit, rising.
    shoppers: Vec<UserId>,
    /// Where the visits of each product begin. [n_products + 1]
    product_starts: Vec<u32>,
    /// The visits of each product, rising.
    visits: Vec<u32>,
}

impl Visits {
    /// The visits of a log with more than one product.
    pub(crate) fn new(log: &EventLog, n_products: usize) -> Self {
        let mut index = Self {
            starts: vec![0],
            ..Self::default()
        };
        let mut events: Vec<(VisitKey, i64, u32)> = Vec::new();
        for shopper in (0..log.n_shoppers() as u32).map(UserId) {
            events.clear();
            let known = log.events_of(shopper);
            let in_visit = known.filter_map(|event| {
                let key = VisitKey::of(&event)?;
                Some((key, event.time.unwrap_or(log.oldest()), event.product.0))
            });
            events.extend(in_visit);
            events.sort_unstable();
            for visit in events.chunk_by(|a, b| a.0 == b.0) {
                index.push(shopper, visit.iter().map(|event| event.2));
            }
        }
        index.products.shrink_to_fit();
        index.sort_by_product(n_products);
        index
    }

    fn push(&mut self, shopper: UserId, products: impl Iterator<Item = u32>) {
        let start = self.products.len();
        for product in products {
            // Visits are short.
            if !self.products[start..].contains(&product) {
                self.products.push(product);
            }
        }
        match self.products.len() - start {
            0 | 1 => self.products.truncate(start),
            _ => {
                self.starts.push(self.products.len() as u32);
                self.shoppers.push(shopper);
            }
        }
    }

    fn sort_by_product(&mut self, n_products: usize) {
        let mut starts = vec![0_u32; n_products + 1];
        for &product in &self.products {
            starts[product as usize + 1] += 1;
        }
        for product in 0..n_products {
            starts[product + 1] += starts[product];
        }
        let mut next = starts.clone();
        let mut visits = vec![0; self.products.len()];
        for visit in 0..self.shoppers.len() {
            for &product in self.products_of(visit as u32) {
                let place = &mut next[product as usize];
                visits[*place as usize] = visit as u32;
                *place += 1;
            }
        }
        (self.product_starts, self.visits) = (starts, visits);
    }

    fn products_of(&self, visit: u32) -> &[u32] {
        let visit = visit as usize;
        &self.products[self.starts[visit] as usize..self.starts[visit + 1] as usize]
    }

    fn visits_of(&self, product: ItemId) -> &[u32] {
        match self
            .product_starts
            .get(product.index()..product.index() + 2)
        {
            Some(&[start, end]) => &self.visits[start as usize..end as usize],
            _ => &[],
        }
    }

    /// The shoppers who took each other product in a visit with `product`, by rising product.
    pub(crate) fn with(
        &self,
        product: ItemId,
        within: Within,
        (log, since): (&EventLog, &Since),
        n_products: usize,
    ) -> Vec<(ItemId, u32)> {
        let mut counts = COUNTS.take();
        counts.begin(n_products);
        let visits = self.visits_of(product);
        let n_read: usize = visits
            .iter()
            .map(|&visit| self.products_of(visit).len())
            .sum();
        let step = n_read.div_ceil(MOST_READ).max(1);
        for &visit in visits.iter().step_by(step) {
            let shopper = self.shoppers[visit as usize];
            counts.add(shopper, after(self.products_of(visit), product, within));
        }
        for other in &counts.touched {
            counts.counts[*other as usize] *= step as u32;
        }
        // Visits that an event touched since. A shopper whom the log counts for a pair already counts no second time.
        for (shopper, key) in since.visits_of(product) {
            let visit = since.visit(log, *shopper, *key);
            let known = |other: u32| {
                let of_shopper =
                    visits.partition_point(|&visit| self.shoppers[visit as usize] < *shopper);
                let of_shopper = visits[of_shopper..].iter();
                let mut of_shopper =
                    of_shopper.take_while(|&&visit| self.shoppers[visit as usize] == *shopper);
                of_shopper
                    .any(|&visit| after(self.products_of(visit), product, within).contains(&other))
            };
            let new = after(&visit, product, within).iter().copied();
            let new: Vec<u32> = new.filter(|&other| !known(other)).collect();
            counts.add(*shopper, &new);
        }
        counts.counts[product.index()] = 0;
        let mut found: Vec<(ItemId, u32)> = Vec::with_capacity(counts.touched.len());
        for &other in &counts.touched {
            let count = std::mem::take(&mut counts.counts[other as usize]);
            if count > 0 {
                found.push((ItemId(other), count));
            }
        }
        COUNTS.set(counts);
        found.sort_unstable_by_key(|entry| entry.0);
        found
    }
}

/// The products of a visit that go with one of them.
fn after(visit: &[u32], product: ItemId, within: Within) -> &[u32] {
    match within {
        Within::Visit => visit,
        Within::Later => {
            let place = visit.iter().position(|&other| other == product.0);
            place.map_or(&[], |place| &visit[place + 1..])
        }
    }
}

thread_local! {
    static COUNTS: Cell<Counts> = Cell::default();
}

/// Counts of shoppers by product, kept by each thread from one request to the next.
#[derive(Default)]
struct Counts {
    /// 0 between requests.
    counts: Vec<u32>,
    /// The last shopper counted for each product, and in which request: a shopper counts once.
    last: Vec<(u32, u32)>,
    touched: Vec<u32>,
    request: u32,
}

impl Counts {
    fn begin(&mut self, n_products: usize) {
        if self.counts.len() < n_products {
            self.counts.resize(n_products, 0);
            self.last.resize(n_products, (0, 0));
        }
        self.touched.clear();
        self.request = self.request.wrapping_add(1);
        if self.request == 0 {
            self.last.fill((0, 0));
            self.request = 1;
        }
    }

    fn add(&mut self, shopper: UserId, products: &[u32]) {
        for &product in products {
            let last = &mut self.last[product as usize];
            if last.0 != self.request {
                self.touched.push(product);
            } else if last.1 == shopper.0 {
                continue;
            }
            *last = (self.request, shopper.0);
            self.counts[product as usize] += 1;
        }
    }
}
