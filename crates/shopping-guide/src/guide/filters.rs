//! Which products pass the filters of a query.

use std::collections::BTreeSet;

use guide_core::{Bitmap, Error, Result};
use recsys_core::ItemId;

use super::Guide;
use crate::Filters;
use crate::catalog::{Place, nearest};

const DAY: f64 = 86_400.0;

impl Guide {
    /// The products that pass the filters; ids to leave out that the catalogue does not have go to `unknown`.
    pub(super) fn allowed(&self, filters: &Filters, unknown: &mut Vec<String>) -> Result<Bitmap> {
        self.check_prices(filters)?;
        let since = self.new_since(filters)?;
        let mut allowed = match filters.keep_unavailable {
            true => self.filters.sold().clone(),
            false => self.filters.available().clone(),
        };
        if filters.in_stock {
            let in_stock = self.filters.in_stock();
            allowed.intersect(in_stock.ok_or_else(|| {
                self.nothing_to_filter("a filter by stock", "a known availability")
            })?);
        }
        if filters.price_from.is_some() || filters.price_to.is_some() {
            let (from, to) = (filters.price_from, filters.price_to);
            self.filters.keep_prices(&mut allowed, from, to);
        }
        if let Some(since) = since {
            self.filters.keep_since(&mut allowed, since);
        }
        for (name, values) in &filters.attributes {
            allowed.intersect(&self.with_one_of(name, values)?);
        }
        for (name, values) in &filters.not_attributes {
            let with_value = self.with_one_of(name, values)?;
            with_value
                .iter()
                .for_each(|product| allowed.remove(product));
        }
        if let Some(only) = &filters.only {
            let known = only.iter().filter_map(|id| self.catalog.ids().get(id));
            allowed.intersect(&Bitmap::of(self.catalog.len(), known));
        }
        for id in &filters.without {
            match self.catalog.number(id) {
                Some(product) => allowed.remove(product.0),
                None => unknown.push(id.clone()),
            }
        }
        for product in self.left_out() {
            allowed.remove(product.0);
        }
        Ok(allowed)
    }

    /// The products that have one of `values` of an attribute.
    fn with_one_of(&self, name: &str, values: &[String]) -> Result<Bitmap> {
        self.ensure_attribute(name)?;
        let values = values.iter();
        let places = values.map(|value| Ok(self.known_value(name, value)?.0));
        let places: Vec<Place> = places.collect::<Result<_>>()?;
        Ok(self.filters.with_value(name, &places))
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
        if is_bounded && !self.filters.has_prices() {
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
        let times = self.filters.times();
        let left_aside = times.len() / 1_000;
        let Some(newest) = times.rev().nth(left_aside) else {
            return Err(self.nothing_to_filter("a filter by age", "a time"));
        };
        let present = match self.log.has_times() {
            true => newest.max(self.log.now()),
            false => newest,
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
        let values = || self.filters.values_of(name).into_iter().flatten();
        let from_root = Place::new(value);
        let anywhere = Place::new(value).at_any_level();
        for place in [from_root, anywhere] {
            if let Some(found) = values().find_map(|own| place.found_in(own)) {
                let found = found.to_owned();
                return Ok((place, found));
            }
        }
        let known: BTreeSet<&str> = values().collect();
        let near = nearest(value, known);
        let near = near.map_or(String::new(), |near| format!(" (nearest: `{near}`)"));
        Err(Error::unknown(
            format!("value of attribute `{name}`{near}"),
            value,
        ))
    }

    /// # Errors
    /// [`Error::Unknown`] for a name that no product has, with those that products have.
    pub(super) fn ensure_attribute(&self, name: &str) -> Result<()> {
        if self.filters.values_of(name).is_some() {
            return Ok(());
        }
        let known = self.filters.attribute_names();
        let known = known.into_iter().collect::<Vec<_>>().join(", ");
        let known = if known.is_empty() { "none" } else { &known };
        Err(Error::unknown(format!("attribute (known: {known})"), name))
    }
}
