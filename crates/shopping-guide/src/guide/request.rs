//! Turns a query with names into a request with numbers.

use std::collections::BTreeSet;

use guide_core::{Error, Result};
use recsys_core::{ItemId, UserId};

use super::{Guide, decay};
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
            for ((_, weight), &time) in history.iter_mut().zip(&times[log.row(shopper)]) {
                *weight *= decay(time, self.now, self.params.events.half_life_days);
            }
        }
        history
    }

    /// What the sources see of `query`.
    pub(crate) fn request(&self, query: &Query) -> Result<Request> {
        let shopper = match &query.who {
            Who::Shopper(id) => self.shopper(id),
            _ => None,
        };
        let mut history = match &query.who {
            Who::Nobody => Vec::new(),
            Who::Shopper(_) => shopper.map_or(Vec::new(), |shopper| self.history_of(shopper)),
            Who::History(products) => self.numbered(products)?,
        };
        let mut allowed = self.allowed(&query.filters)?;
        if !query.filters.keep_seen {
            history
                .iter()
                .for_each(|(product, _)| allowed[product.index()] = false);
        }
        let context = query.context.as_deref();
        let context = context.map(|id| self.catalog.require(id)).transpose()?;
        if let Some(context) = context {
            allowed[context.index()] = false;
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
            context,
            likes: query.likes.clone(),
            allowed,
        })
    }

    /// A history given on the spot, by rising product, each once.
    fn numbered(&self, products: &[(String, f32)]) -> Result<Vec<(ItemId, f32)>> {
        let mut history: Vec<(ItemId, f32)> = Vec::with_capacity(products.len());
        for (index, (id, weight)) in products.iter().enumerate() {
            let product = self.catalog.require(id)?;
            if !weight.is_finite() {
                return Err(Error::NotFinite {
                    what: "weight of history entry".to_owned(),
                    index,
                    value: f64::from(*weight),
                });
            }
            if *weight < 0.0 {
                let expected = format!("not negative (product `{id}`)");
                return Err(Error::param("history weight", weight, expected));
            }
            match history.iter_mut().find(|(known, _)| *known == product) {
                Some((_, sum)) => *sum += weight,
                None => history.push((product, *weight)),
            }
        }
        Ok(history)
    }

    fn allowed(&self, filters: &Filters) -> Result<Vec<bool>> {
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
            allowed[self.catalog.require(id)?.index()] = false;
        }
        let left_out = self.params.leave_out.iter();
        for product in left_out.filter_map(|id| self.catalog.ids().get(id)) {
            allowed[product as usize] = false;
        }
        Ok(allowed)
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

    /// Whether the shop never recommends a product.
    pub(super) fn leaves_out(&self, id: &str) -> bool {
        self.params.leave_out.iter().any(|left_out| left_out == id)
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
