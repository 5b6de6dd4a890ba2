//! Turns a query with names into a request with numbers.

use std::collections::BTreeSet;

use guide_core::{Error, Result};
use recsys_core::{ItemId, UserId};

use super::viewed::leave_out_had;
use super::{Guide, decay, limits};
use crate::catalog::same_but_for_case;
use crate::source::Request;
use crate::{Filters, Product, Query, Who};

impl Guide {
    /// The number of a shopper; `17850` and `17850.0` are the same, for tables that took ids for fractions.
    pub(crate) fn shopper(&self, id: &str) -> Option<UserId> {
        let ids = self.log()?.ids();
        let exact = ids.user(id);
        exact.or_else(|| match id.strip_suffix(".0") {
            Some(whole) => ids.user(whole),
            None => ids.user(&format!("{id}.0")),
        })
    }

    pub(crate) fn history_of(&self, shopper: UserId) -> Vec<(ItemId, f32)> {
        let Some(log) = self.log() else {
            return Vec::new();
        };
        let mut history = log.history_of(shopper);
        if let Some(times) = log.times() {
            // Beside the shopper's own latest: a shopper who comes back after years has as much of a taste as any other, and
            // a wrong date of somebody else's changes nothing.
            let times = &times[log.row(shopper)];
            let latest = times.iter().copied().max().unwrap_or(0).min(self.now);
            for ((_, weight), &time) in history.iter_mut().zip(times) {
                *weight *= decay(time, latest, self.params.events.half_life_days);
            }
        }
        history
    }

    /// What a shopper bought or rated, by rising product.
    pub(crate) fn owned_by(&self, shopper: UserId) -> Vec<ItemId> {
        let Some(log) = self.log() else {
            return Vec::new();
        };
        let owned = &self.owned[log.row(shopper)];
        let items = log.items_of(shopper).iter().zip(owned);
        items
            .filter_map(|(&item, &owned)| owned.then_some(item))
            .collect()
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
        owned.sort_unstable();
        let mut allowed = self.allowed(&query.filters, &mut unknown)?;
        unknown.sort_unstable();
        unknown.dedup();
        let context = query.context.as_deref();
        let context = context.map(|id| self.catalog.require(id)).transpose()?;
        if let Some(context) = context {
            allowed[context.index()] = false;
        }
        let passing = allowed.iter().filter(|&&allowed| allowed).count();
        let rule = self.leave_out_viewed;
        leave_out_had(&mut allowed, &history, &owned, &query.filters, rule);
        if let Some(context) = context {
            history.retain(|&(product, _)| product != context);
            let total: f32 = history.iter().map(|(_, weight)| weight).sum();
            history.push((context, if total > 0.0 { total } else { 1.0 }));
        }
        history.sort_unstable_by_key(|entry| entry.0);
        for (name, value) in &query.likes {
            self.ensure_attribute(name)?;
            let has = |product: &Product| product.has(name, value);
            if !self.catalog.products().iter().any(has) {
                return Err(Error::unknown(
                    format!("value of attribute `{name}`"),
                    value,
                ));
            }
        }
        Ok(Request {
            shopper,
            history,
            owned,
            context,
            likes: query.likes.clone(),
            allowed,
            passing,
            unknown,
        })
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

    /// Which products pass the filters; ids to leave out that the catalogue does not have go to `unknown`.
    pub(super) fn allowed(
        &self,
        filters: &Filters,
        unknown: &mut Vec<String>,
    ) -> Result<Vec<bool>> {
        for (name, bound) in [
            ("price_from", filters.price_from),
            ("price_to", filters.price_to),
        ] {
            if let Some(bound) = bound.filter(|bound| !bound.is_finite()) {
                return Err(Error::param(name, bound, "finite"));
            }
        }
        if let (Some(from), Some(to)) = (filters.price_from, filters.price_to)
            && from > to
        {
            return Err(Error::param(
                "price_from",
                from,
                format!("at most price_to = {to}"),
            ));
        }
        for (name, _) in &filters.attributes {
            self.ensure_attribute(name)?;
        }
        let products = self.catalog.products();
        let mut allowed: Vec<bool> = products
            .iter()
            .map(|product| passes(filters, product))
            .collect();
        if let Some(only) = &filters.only {
            let mut listed = vec![false; allowed.len()];
            only.iter()
                .filter_map(|id| self.catalog.ids().get(id))
                .for_each(|product| listed[product as usize] = true);
            allowed
                .iter_mut()
                .zip(listed)
                .for_each(|(allowed, listed)| *allowed &= listed);
        }
        for id in &filters.without {
            match self.catalog.number(id) {
                Some(product) => allowed[product.index()] = false,
                None => unknown.push(id.clone()),
            }
        }
        for product in self.left_out() {
            allowed[product.index()] = false;
        }
        Ok(allowed)
    }

    /// The products that the shop never recommends.
    pub(super) fn left_out(&self) -> impl Iterator<Item = ItemId> {
        let left_out = self.params.leave_out.iter();
        left_out.filter_map(|id| self.catalog.number(id))
    }

    fn ensure_attribute(&self, name: &str) -> Result<()> {
        let products = self.catalog.products().iter();
        let mut names = products.flat_map(|product| &product.attributes);
        if names.any(|(known, _)| same_but_for_case(known, name)) {
            return Ok(());
        }
        let products = self.catalog.products().iter();
        let known: BTreeSet<&str> = products
            .flat_map(|product| &product.attributes)
            .map(|(known, _)| known.as_str())
            .collect();
        let known = known.into_iter().collect::<Vec<_>>().join(", ");
        Err(Error::unknown(format!("attribute (known: {known})"), name))
    }
}

/// Whether price and attributes of a product fit.
fn passes(filters: &Filters, product: &Product) -> bool {
    let bounded = filters.price_from.is_some() || filters.price_to.is_some();
    let price_fits = match product.price {
        Some(price) => {
            filters.price_from.is_none_or(|from| price >= from)
                && filters.price_to.is_none_or(|to| price <= to)
        }
        None => !bounded,
    };
    price_fits
        && filters
            .attributes
            .iter()
            .all(|(name, values)| values.iter().any(|value| product.has(name, value)))
}
