//! Turns a query with names into a request with numbers.

use std::collections::HashSet;
use std::sync::Arc;

use guide_core::{Bitmap, Result};
use recsys_core::{ItemId, UserId};

use super::log::{LogEvent, Pair, pairs};
use super::new_events::add_strongest;
use super::viewed::leave_out_had;
use super::{Guide, decay, limits};
use crate::source::Request;
use crate::{Query, Who};

impl Guide {
    /// The number of a shopper; `17850` and `17850.0` are the same, for tables that took ids for fractions.
    pub(crate) fn shopper(&self, id: &str) -> Option<UserId> {
        let known = |id: &str| {
            let new = || self.since.shoppers().get(id);
            let behind = || new().map(|number| UserId(self.log.n_shoppers() as u32 + number));
            self.log.ids().user(id).or_else(behind)
        };
        known(id).or_else(|| match id.strip_suffix(".0") {
            Some(whole) => known(whole),
            None => known(&format!("{id}.0")),
        })
    }

    pub(crate) fn history_of(&self, shopper: UserId) -> Vec<(ItemId, f32)> {
        let pairs = self.pairs_of(shopper);
        // Beside the shopper's own latest: a shopper who comes back after years has as much of a taste as any other, and
        // a wrong date of somebody else's changes nothing.
        let latest = pairs.iter().map(|pair| pair.time).max();
        let latest = latest.unwrap_or(0).min(self.log.now());
        let half_life = self.params.events.half_life_days;
        let half_life = half_life.filter(|_| self.log.has_times());
        let faded = |pair: Pair| {
            (
                pair.product,
                pair.weight * decay(pair.time, latest, half_life),
            )
        };
        pairs.into_iter().map(faded).collect()
    }

    /// What a shopper has to do with each product, by rising product.
    fn pairs_of(&self, shopper: UserId) -> Vec<Pair> {
        let known = self.log.events_of(shopper);
        if !self.since.has(shopper) {
            return pairs(known, self.log.oldest()).collect();
        }
        let mut events: Vec<LogEvent> = known.chain(self.since.events_of(shopper)).collect();
        // Stable: of one product in order of arrival.
        events.sort_by_key(|event| event.product);
        pairs(events.into_iter(), self.log.oldest()).collect()
    }

    /// What a shopper bought or rated and its variants: what an answer leaves out, by rising product.
    pub(crate) fn owned_with_variants(&self, shopper: UserId) -> Vec<ItemId> {
        let mut owned = self.owned_by(shopper);
        let variants: Vec<ItemId> = self.variants_of(&owned).collect();
        owned.extend(variants);
        owned.sort_unstable();
        owned.dedup();
        owned
    }

    /// What a shopper bought or rated, by rising product.
    pub(crate) fn owned_by(&self, shopper: UserId) -> Vec<ItemId> {
        let owned = self.pairs_of(shopper).into_iter().filter(|pair| pair.owned);
        owned.map(|pair| pair.product).collect()
    }

    /// What the sources see of `query`.
    pub(crate) fn request(&self, query: &Query) -> Result<Request> {
        let shopper = match &query.who {
            Who::Shopper(id) => self.shopper(id),
            _ => None,
        };
        let mut unknown = Vec::new();
        let mut history = match &query.who {
            Who::Nobody => Vec::new(),
            Who::Shopper(_) => shopper.map_or(Vec::new(), |shopper| self.history_of(shopper)),
            Who::History(products) => self.numbered(products, &mut unknown)?,
        };
        let mut owned: Vec<ItemId> = match shopper {
            Some(shopper) => self.owned_by(shopper),
            None => history.iter().map(|entry| entry.0).collect(),
        };
        let events = self.new_events(query, &mut unknown);
        add_strongest(&mut history, events.weights);
        owned.extend(events.bought);
        owned.sort_unstable();
        owned.dedup();
        let mut allowed = self.allowed(&query.filters, &mut unknown)?;
        unknown.sort_unstable();
        unknown.dedup();
        let contexts = self.contexts(query)?;
        self.leave_out_all(&contexts, &mut allowed);
        let passing = allowed.count();
        let rule = self.leaves_out_viewed();
        leave_out_had(&mut allowed, &history, &owned, &query.filters, rule);
        if !query.filters.keep_seen {
            self.leave_out_variants(&owned, &mut allowed);
        }
        self.leave_out_all(&events.cart, &mut allowed);
        if !contexts.is_empty() {
            let is_context: HashSet<ItemId> = contexts.iter().copied().collect();
            history.retain(|(product, _)| !is_context.contains(product));
            history.extend(contexts.iter().map(|&context| (context, 0.0)));
        }
        history.sort_unstable_by_key(|entry| entry.0);
        let words = query.text.as_deref().map(|text| self.text().asked(text));
        let words = words.filter(|words| !words.is_empty()).map(Arc::new);
        let likes = query.likes.iter();
        let likes = likes.map(|(name, value)| Ok((name.clone(), self.known_value(name, value)?.1)));
        let likes = likes.collect::<Result<_>>()?;
        let mut request = Request {
            shopper,
            history,
            owned,
            contexts,
            cart: events.cart,
            session: events.session,
            likes,
            text: query.text.clone(),
            words,
            allowed,
            list: self.list_rules(query)?,
            passing,
            unknown,
        };
        request.weigh_contexts();
        Ok(request)
    }

    /// The products being looked at, each once.
    fn contexts(&self, query: &Query) -> Result<Vec<ItemId>> {
        let contexts = query.contexts.iter().map(|id| self.catalog.require(id));
        let mut contexts: Vec<ItemId> = contexts.collect::<Result<_>>()?;
        let mut known = HashSet::with_capacity(contexts.len());
        contexts.retain(|&context| known.insert(context));
        Ok(contexts)
    }

    /// Leaves out `products` and their variants.
    fn leave_out_all(&self, products: &[ItemId], allowed: &mut Bitmap) {
        products
            .iter()
            .for_each(|product| allowed.remove(product.0));
        self.leave_out_variants(products, allowed);
    }

    /// Leaves out all variants of `products`: a variant group is one product to a shopper.
    pub(super) fn leave_out_variants(&self, products: &[ItemId], allowed: &mut Bitmap) {
        for variant in self.variants_of(products) {
            allowed.remove(variant.0);
        }
    }

    /// All variants of `products` that are in a variant group, those themselves included.
    fn variants_of(&self, products: &[ItemId]) -> impl Iterator<Item = ItemId> {
        let groups = products
            .iter()
            .filter_map(|&product| self.catalog.group_of(product));
        let members = groups.flat_map(|group| self.filters.members_of(group));
        members.map(|&product| ItemId(product))
    }

    /// A history given on the spot, each product once; ids that the catalogue does not have go to `unknown`.
    fn numbered(
        &self,
        products: &[(String, f32)],
        unknown: &mut Vec<String>,
    ) -> Result<Vec<(ItemId, f32)>> {
        let mut history: Vec<(ItemId, f64)> = Vec::with_capacity(products.len());
        for (index, (id, weight)) in products.iter().enumerate() {
            limits::history_weight(id, index, *weight)?;
            let Some(product) = self.catalog.number(id) else {
                unknown.push(id.clone());
                continue;
            };
            match history.iter_mut().find(|(known, _)| *known == product) {
                Some((_, sum)) => *sum += f64::from(*weight),
                None => history.push((product, f64::from(*weight))),
            }
        }
        let history = history.into_iter();
        Ok(history.map(|(id, sum)| (id, sum as f32)).collect())
    }
}
