//! Makes logs: of the events of a shop, of a log and further events, and of a part of a log.

use std::iter::Peekable;
use std::sync::Arc;

use recsys_core::{IdMap, Ids, Interactions, ItemId, UserId};

use super::columns::Columns;
use super::{EventLog, LogEvent, Weighing};
use crate::guide::{EventWeights, Viewed, ViewedRule};
use crate::{Catalog, EventKind, Events};

impl EventLog {
    /// A log of the `events` by index for which `is_in` holds, as far as the catalogue has their product.
    pub(crate) fn new(
        weights: &EventWeights,
        rule: &ViewedRule,
        catalog: &Catalog,
        events: &Events,
        is_in: impl Fn(usize) -> bool,
    ) -> Self {
        let none = Self {
            is_whole: true,
            ..Self::default()
        };
        none.joined(weights, rule, catalog, events, is_in)
    }

    /// This log and further events behind it. Kinds and values are weighed anew, by all of them.
    pub(crate) fn and(
        &self,
        weights: &EventWeights,
        viewed: Viewed,
        catalog: &Catalog,
        events: &Events,
    ) -> Self {
        let known = known_kinds(catalog, events);
        let kinds = self.columns.kinds.iter().copied().chain(known);
        let rule = ViewedRule::new(viewed, kinds);
        self.joined(weights, &rule, catalog, events, |_| true)
    }

    fn joined(
        &self,
        weights: &EventWeights,
        rule: &ViewedRule,
        catalog: &Catalog,
        events: &Events,
        is_in: impl Fn(usize) -> bool,
    ) -> Self {
        let (rows, ids) = events.rows();
        let numbers = product_numbers(catalog, events);
        let mut order: Vec<(u32, u32, u32)> = Vec::with_capacity(rows.len()); // shopper, product, event
        for (index, row) in rows.iter().enumerate().filter(|&(index, _)| is_in(index)) {
            if let Some(product) = numbers[row.product.index()] {
                order.push((row.shopper.0, product, index as u32));
            }
        }
        order.sort_unstable();
        // Shoppers who were there before keep their number; the others follow in the order in which they came.
        let mut users = self.ids.users.clone();
        let mut moved = false;
        for of_one in order.chunk_by_mut(|a, b| a.0 == b.0) {
            let number = users.insert(ids.users.name(of_one[0].0));
            moved |= number != of_one[0].0;
            of_one.iter_mut().for_each(|entry| entry.0 = number);
        }
        if moved {
            order.sort_unstable();
        }
        let mut baskets = (*self.baskets).clone();
        let mut basket_of = vec![None; events.n_baskets()];
        let new = order.into_iter().map(|(shopper, product, index)| {
            let row = &rows[index as usize];
            let basket = row.basket.map(|basket| {
                let known: &mut Option<u32> = &mut basket_of[basket as usize];
                *known.get_or_insert_with(|| baskets.insert(events.basket_name(basket)))
            });
            let event = LogEvent {
                product: ItemId(product),
                kind: row.kind,
                weight: 0.0,
                value: row.value,
                time: row.time,
                basket,
            };
            (UserId(shopper), event)
        });
        let merged = merge(self, users.len(), new.peekable());
        let ids = Ids {
            users,
            items: catalog.ids().clone(),
        };
        self.with_columns((ids, baskets), merged)
            .weighed(weights, rule)
    }

    /// This log and further events, which rise by shopper and product and are numbered as `ids` and `baskets` are.
    pub(crate) fn with_rows(
        &self,
        weights: &EventWeights,
        viewed: Viewed,
        ids: Ids,
        baskets: IdMap,
        rows: Vec<(UserId, LogEvent)>,
    ) -> Self {
        let kinds = rows.iter().map(|(_, event)| event.kind);
        let rule = match self.is_whole {
            true => ViewedRule::new(viewed, self.columns.kinds.iter().copied().chain(kinds)),
            false => self.weighing.rule.clone(),
        };
        let merged = merge(self, ids.users.len(), rows.into_iter().peekable());
        self.with_columns((ids, baskets), merged)
            .weighed(weights, &rule)
    }

    /// Other events, which are weighed and whole as those of this log are.
    fn with_columns(
        &self,
        (ids, baskets): (Ids, IdMap),
        (starts, columns): (Vec<usize>, Columns),
    ) -> Self {
        Self {
            ids: Arc::new(ids),
            starts,
            columns,
            baskets: Arc::new(baskets),
            is_whole: self.is_whole,
            weighing: self.weighing.clone(),
            ..Self::default()
        }
    }

    /// The events for which `keep` holds. Shoppers and baskets of which nothing is left are gone, with their names.
    pub(crate) fn retain(
        &self,
        weights: &EventWeights,
        viewed: Viewed,
        mut keep: impl FnMut(UserId, &LogEvent) -> bool,
    ) -> Self {
        let mut users = IdMap::default();
        let mut baskets = IdMap::default();
        let (mut starts, mut columns) = (vec![0], Columns::default());
        for shopper in (0..self.n_shoppers() as u32).map(UserId) {
            for mut event in self.events_of(shopper).filter(|event| keep(shopper, event)) {
                event.basket = event
                    .basket
                    .map(|basket| baskets.insert(self.basket(basket)));
                columns.push(&event);
            }
            if starts.last() != Some(&columns.len()) {
                users.insert(self.ids.user_name(shopper));
                starts.push(columns.len());
            }
        }
        let ids = Ids {
            users,
            items: self.ids.items.clone(),
        };
        let kept = self.with_columns((ids, baskets), (starts, columns));
        let rule = match self.is_whole {
            true => ViewedRule::new(viewed, kept.columns.kinds.iter().copied()),
            false => self.weighing.rule.clone(),
        };
        kept.weighed(weights, &rule)
    }

    /// What a file of an earlier version tells: one event for each pair, with the weight that all of its events had.
    pub(crate) fn of_interactions(
        interactions: &Interactions,
        owned: &[bool],
        now: i64,
        rule: ViewedRule,
    ) -> Self {
        let mut columns = Columns::default();
        let times = interactions.times();
        for (place, (&product, &owned)) in interactions.items().iter().zip(owned).enumerate() {
            columns.push(&LogEvent {
                product,
                kind: match owned {
                    true => EventKind::Purchase,
                    false => EventKind::View,
                },
                weight: interactions.weight(place),
                value: None,
                time: times.map(|times| times[place]),
                basket: None,
            });
        }
        let users = (0..interactions.n_users() as u32).map(UserId);
        let starts = std::iter::once(0).chain(users.map(|user| interactions.row(user).end));
        Self {
            ids: Arc::clone(interactions.ids()),
            starts: starts.collect(),
            oldest: columns.known_times().min().unwrap_or(0),
            columns,
            now,
            weighing: Weighing::new(rule, std::iter::empty()),
            ..Self::default()
        }
    }

    /// The log of a file of an earlier version without an event.
    pub(crate) fn without_events(rule: ViewedRule) -> Self {
        Self {
            weighing: Weighing::new(rule, std::iter::empty()),
            ..Self::default()
        }
    }

    /// The log with its weights, and the moments that follow from its times.
    fn weighed(mut self, weights: &EventWeights, rule: &ViewedRule) -> Self {
        if self.is_whole {
            let events = (0..self.len()).map(|place| self.columns.event(place));
            let kinds = events.map(|event| (event.kind, event.value));
            self.weighing = Weighing::new(rule.clone(), kinds);
            let weight = |place| {
                let event = self.columns.event(place);
                self.weighing.weight(weights, event.kind, event.value)
            };
            self.columns.weights = (0..self.len()).map(weight).collect();
        }
        let times: Vec<i64> = self.columns.known_times().collect();
        self.oldest = times.iter().min().copied().unwrap_or(0);
        self.now = almost_latest(times);
        self.columns.shrink();
        self
    }
}

/// The events of `log` and those of `new`, which rise by shopper and product; of one product the old ones come first.
fn merge(
    log: &EventLog,
    n_shoppers: usize,
    mut new: Peekable<impl Iterator<Item = (UserId, LogEvent)>>,
) -> (Vec<usize>, Columns) {
    let (mut starts, mut columns) = (vec![0], Columns::default());
    for shopper in (0..n_shoppers as u32).map(UserId) {
        for old in log.events_of(shopper) {
            let is_before =
                |(of, event): &(UserId, LogEvent)| *of == shopper && event.product < old.product;
            while let Some((_, event)) = new.next_if(is_before) {
                columns.push(&event);
            }
            columns.push(&old);
        }
        while let Some((_, event)) = new.next_if(|(of, _)| *of == shopper) {
            columns.push(&event);
        }
        starts.push(columns.len());
    }
    (starts, columns)
}

/// The number that the catalogue gives to each product of the events.
pub(super) fn product_numbers(catalog: &Catalog, events: &Events) -> Vec<Option<u32>> {
    let (_, ids) = events.rows();
    let numbers = ids.items.names().map(|id| catalog.ids().get(id));
    numbers.collect()
}

/// The kinds of the events whose product the catalogue has.
pub(crate) fn known_kinds(catalog: &Catalog, events: &Events) -> impl Iterator<Item = EventKind> {
    let numbers = product_numbers(catalog, events);
    let (rows, _) = events.rows();
    let known = rows
        .iter()
        .filter(move |row| numbers[row.product.index()].is_some());
    known.map(|row| row.kind)
}

/// The latest of `times` but for one in a thousand, and for one at least.
fn almost_latest(mut times: Vec<i64>) -> i64 {
    let Some(last) = times.len().checked_sub(1) else {
        return 0;
    };
    let later = times.len().div_ceil(1000).min(last);
    *times.select_nth_unstable(last - later).1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_in_a_thousand_times_may_be_wrong() {
        assert_eq!(almost_latest(Vec::new()), 0);
        assert_eq!(almost_latest(vec![7]), 7);
        assert_eq!(almost_latest(vec![7, 9, 8]), 8);
        let mut times: Vec<i64> = (0..2001).collect();
        times[..3].fill(i64::MAX);
        assert_eq!(almost_latest(times), 2000);
    }
}
