//! Which products pass the filters of a query.

use std::collections::BTreeSet;

use guide_core::{Error, Result};
use recsys_core::ItemId;

use super::Guide;
use crate::catalog::{Place, nearest, same_but_for_case};
use crate::{Filters, Product};

const DAY: f64 = 86_400.0;

/// The attributes that are asked for, with the values of which a product needs one.
type Wanted<'f> = Vec<(&'f str, Vec<Place>)>;

impl Guide {
    /// Which products pass the filters; ids to leave out that the catalogue does not have go to `unknown`.
    pub(super) fn allowed(
        &self,
        filters: &Filters,
        unknown: &mut Vec<String>,
    ) -> Result<Vec<bool>> {
        self.check_prices(filters)?;
        let since = self.new_since(filters)?;
        let wanted = filters.attributes.iter().map(|(name, values)| {
            let values = values
                .iter()
                .map(|value| Ok(self.known_value(name, value)?.0));
            Ok((name.as_str(), values.collect::<Result<_>>()?))
        });
        let wanted = wanted.collect::<Result<Wanted>>()?;
        for (name, _) in &wanted {
            self.ensure_attribute(name)?;
        }
        let products = self.catalog.products();
        let mut allowed: Vec<bool> = products
            .iter()
            .map(|product| passes(filters, since, &wanted, product))
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

    fn check_prices(&self, filters: &Filters) -> Result<()> {
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
        let is_bounded = filters.price_from.is_some() || filters.price_to.is_some();
        let has_price = |product: &Product| product.price.is_some();
        if is_bounded && !self.catalog.products().iter().any(has_price) {
            return Err(self.nothing_to_filter("a filter by price", "a price"));
        }
        Ok(())
    }

    /// The error for a filter by what no product has.
    fn nothing_to_filter(&self, filter: &'static str, what: &str) -> Error {
        let products = self.catalog.len();
        Error::Unsuitable {
            algorithm: filter,
            needed: format!(
                "products with {what}; none of the {products} products of the catalogue has one"
            ),
        }
    }

    /// The time from which products are new enough. `None` if the query does not ask for new ones.
    ///
    /// The present is the later of the last event's time and the newest product's, one in a thousand of each left aside,
    /// which may be wrong.
    fn new_since(&self, filters: &Filters) -> Result<Option<f64>> {
        let Some(days) = filters.new_within_days else {
            return Ok(None);
        };
        if !days.is_finite() || days < 0.0 {
            return Err(Error::param(
                "new_within_days",
                days,
                "finite and not negative",
            ));
        }
        let times = self
            .catalog
            .products()
            .iter()
            .filter_map(|product| product.time);
        let mut times: Vec<i64> = times.collect();
        let last = times.len().saturating_sub(1 + times.len() / 1_000);
        if times.is_empty() {
            return Err(self.nothing_to_filter("a filter by age", "a time"));
        }
        let newest = *times.select_nth_unstable(last).1;
        let has_times = self.log().is_some_and(|log| log.times().is_some());
        let present = if has_times {
            newest.max(self.now)
        } else {
            newest
        };
        Ok(Some(present as f64 - f64::from(days) * DAY))
    }

    /// A value of an attribute as a filter, and as the catalogue writes it. Case is ignored.
    ///
    /// A category path finds what lies below it. A name that begins no path finds the paths that have it at any level.
    ///
    /// # Errors
    /// [`Error::Unknown`] for a name or a value that no product has, with the nearest one that a product has.
    pub(super) fn known_value(&self, name: &str, value: &str) -> Result<(Place, String)> {
        self.ensure_attribute(name)?;
        let from_root = Place::new(value);
        let anywhere = Place::new(value).at_any_level();
        for place in [from_root, anywhere] {
            if let Some(found) = self.values_of(name).find_map(|own| place.found_in(own)) {
                let found = found.to_owned();
                return Ok((place, found));
            }
        }
        let known: BTreeSet<&str> = self.values_of(name).collect();
        let near = nearest(value, known);
        let near = near.map_or(String::new(), |near| format!(" (nearest: `{near}`)"));
        Err(Error::unknown(
            format!("value of attribute `{name}`{near}"),
            value,
        ))
    }

    /// All values of an attribute, one after the other.
    fn values_of<'g>(&'g self, name: &'g str) -> impl Iterator<Item = &'g str> {
        let all = self
            .catalog
            .products()
            .iter()
            .flat_map(|product| &product.attributes);
        let own = all.filter(move |(known, _)| same_but_for_case(known, name));
        own.map(|(_, value)| value.as_str())
    }

    fn ensure_attribute(&self, name: &str) -> Result<()> {
        if self.values_of(name).next().is_some() {
            return Ok(());
        }
        let products = self.catalog.products().iter();
        let known: BTreeSet<&str> = products
            .flat_map(|product| &product.attributes)
            .map(|(known, _)| known.as_str())
            .collect();
        let known = known.into_iter().collect::<Vec<_>>().join(", ");
        let known = if known.is_empty() { "none" } else { &known };
        Err(Error::unknown(format!("attribute (known: {known})"), name))
    }
}

/// Whether availability, age, price and attributes of a product fit.
fn passes(filters: &Filters, since: Option<f64>, wanted: &Wanted, product: &Product) -> bool {
    let bounded = filters.price_from.is_some() || filters.price_to.is_some();
    let price_fits = match product.price {
        Some(price) => {
            filters.price_from.is_none_or(|from| price >= from)
                && filters.price_to.is_none_or(|to| price <= to)
        }
        None => !bounded,
    };
    let is_new = |since: f64| product.time.is_some_and(|time| time as f64 >= since);
    price_fits
        && (filters.keep_unavailable || product.available != Some(false))
        && since.is_none_or(is_new)
        && wanted
            .iter()
            .all(|(name, values)| values.iter().any(|value| product.has(name, value)))
}
