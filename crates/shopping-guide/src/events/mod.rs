//! The event log: who did what with which product, and when.

mod choose;
mod columns;
mod event;
mod headings;
mod kinds;
mod layouts;
mod read;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::Path;

use guide_core::{Error, Result, ensure};
use recsys_core::{IdMap, Ids, ItemId, UserId};
use serde::{Deserialize, Serialize};

use crate::written_text::written;

pub use columns::EventColumns;
pub use event::Event;

/// What a shopper did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum EventKind {
    /// Looked at a product.
    View,
    /// Put it into the cart.
    Cart,
    /// Bought it.
    Purchase,
    /// Rated it.
    Rating,
}

/// All events, in the order in which they came.
///
/// An iterator of events collects to `Result<Events>`, because an event may be refused:
///
/// ```
/// use shopping_guide::{Event, Events, Result};
/// let orders = [(17, 4), (17, 9), (23, 4)];
/// let events: Result<Events> = orders.iter().map(|&(shopper, product)| Event::purchase(shopper, product)).collect();
/// assert_eq!(events?.n_shoppers(), 2);
/// # Ok::<(), shopping_guide::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Events {
    ids: Ids,
    baskets: IdMap,
    rows: Vec<Row>,
}

/// One event by numbers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Row {
    pub(crate) shopper: UserId,
    pub(crate) product: ItemId,
    pub(crate) kind: EventKind,
    pub(crate) value: Option<f32>,
    pub(crate) time: Option<i64>,
    pub(crate) basket: Option<u32>,
}

impl Events {
    /// A log of `events`, in this order. `events.collect::<Result<Events>>()` is the same.
    ///
    /// # Errors
    /// As [`Events::push`], for the first event that cannot be added.
    ///
    /// ```
    /// use shopping_guide::{Event, Events};
    /// let rows = [("ann", "mug", 1_714_557_600), ("bob", "mug", 1_714_557_700)];
    /// let events = rows.map(|(shopper, product, time)| Event::purchase(shopper, product).time(time));
    /// assert_eq!(Events::new(events)?.n_shoppers(), 2);
    /// # Ok::<(), guide_core::Error>(())
    /// ```
    pub fn new<'e>(events: impl IntoIterator<Item = Event<'e>>) -> Result<Self> {
        let mut log = Self::default();
        for event in events {
            log.push(&event)?;
        }
        Ok(log)
    }

    /// Adds an event.
    ///
    /// # Errors
    /// [`Error::Empty`] for an empty shopper or product; [`Error::NotFinite`] for a value that is not finite;
    /// [`Error::Unsuitable`] for a rating without a value; [`Error::Param`] for a time outside the years 0 to 9999, and for a
    /// negative value that is no rating. The log is then as before.
    pub fn push(&mut self, event: &Event<'_>) -> Result<()> {
        let index = self.len();
        for (what, id) in [("shopper", &event.shopper), ("product", &event.product)] {
            if id.is_empty() {
                return Err(Error::empty(format!("the {what} of event {index}")));
            }
        }
        if let Some(value) = event.value.filter(|value| !value.is_finite()) {
            return Err(Error::NotFinite {
                what: "value of event".to_owned(),
                index,
                value: f64::from(value),
            });
        }
        if event.kind == EventKind::Rating && event.value.is_none() {
            return Err(Error::Unsuitable {
                algorithm: "event log",
                needed: format!("a value in every rating; event {index} has none"),
            });
        }
        if let Some(value) = event
            .value
            .filter(|&value| value < 0.0 && event.kind != EventKind::Rating)
        {
            let expected = "not negative, except in a rating; a return is no event";
            return Err(Error::param(
                &format!("value of event {index}"),
                value,
                expected,
            ));
        }
        if let Some(time) = event.time.filter(|time| !crate::time::YEARS.contains(time)) {
            let expected = "in seconds since 1970, of the years 0 to 9999";
            return Err(Error::param(
                &format!("time of event {index}"),
                time,
                expected,
            ));
        }
        self.rows.push(Row {
            shopper: UserId(self.ids.users.insert(&event.shopper)),
            product: ItemId(self.ids.items.insert(&event.product)),
            kind: event.kind,
            value: event.value,
            time: event.time,
            basket: event
                .basket
                .as_deref()
                .map(|basket| self.baskets.insert(basket)),
        });
        Ok(())
    }

    /// How many events there are.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// How many shoppers there are.
    pub fn n_shoppers(&self) -> usize {
        self.ids.users.len()
    }

    /// How many products have an event.
    pub fn n_products(&self) -> usize {
        self.ids.items.len()
    }

    /// The events.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Event<'_>> {
        self.rows.iter().map(|row| Event {
            shopper: self.ids.user_name(row.shopper).into(),
            product: self.ids.item_name(row.product).into(),
            kind: row.kind,
            value: row.value,
            time: row.time,
            basket: row.basket.map(|basket| self.baskets.name(basket).into()),
        })
    }

    /// The events by number, and the names.
    pub(crate) fn rows(&self) -> (&[Row], &Ids) {
        (&self.rows, &self.ids)
    }

    /// How many baskets there are.
    pub(crate) fn n_baskets(&self) -> usize {
        self.baskets.len()
    }

    /// The name of a basket.
    pub(crate) fn basket_name(&self, basket: u32) -> &str {
        self.baskets.name(basket)
    }

    /// The latest time.
    pub fn latest(&self) -> Option<i64> {
        self.rows.iter().filter_map(|row| row.time).max()
    }

    /// Cuts by time: the last `fraction` of the baskets (of the events, where there are no baskets) and all before them.
    /// A basket counts by its first event; events of one time in the order of arrival; an event without a time is in neither part.
    ///
    /// Returns `(earlier, later)`.
    ///
    /// # Errors
    /// [`Error::Param`] unless `fraction` leaves both parts at least one basket; [`Error::Unsuitable`] when there are events and
    /// none has a time.
    pub fn split_last(&self, fraction: f32) -> Result<(Self, Self)> {
        ensure::within("test_fraction", fraction, 0.0, 1.0)?;
        let mut groups: BTreeMap<(bool, u32), (i64, usize, Vec<usize>)> = BTreeMap::new();
        if !self.is_empty() && self.rows.iter().all(|row| row.time.is_none()) {
            return Err(Error::Unsuitable {
                algorithm: "split by time",
                needed: "events with a time; none has one".to_owned(),
            });
        }
        for (index, row) in self.rows.iter().enumerate() {
            let Some(time) = row.time else { continue };
            let key = row
                .basket
                .map_or((true, index as u32), |basket| (false, basket));
            let group = groups.entry(key).or_insert((time, index, Vec::new()));
            group.0 = group.0.min(time);
            group.2.push(index);
        }
        let mut groups: Vec<(i64, usize, Vec<usize>)> = groups.into_values().collect();
        groups.sort_unstable_by_key(|group| (group.0, group.1));
        let later = (groups.len() as f64 * f64::from(fraction)).round() as usize;
        if later == 0 || later >= groups.len() {
            let expected = format!(
                "a fraction that splits {} baskets in two non-empty parts",
                groups.len()
            );
            return Err(Error::param("test_fraction", fraction, expected));
        }
        let late = groups.split_off(groups.len() - later);
        Ok((self.pick(&groups), self.pick(&late)))
    }

    /// The same log without the events at `places`, which rise. Shoppers and products of these events alone go with them.
    fn without(&self, places: &[usize]) -> Result<Self> {
        let mut rest = Self::default();
        let mut places = places.iter().peekable();
        for (at, event) in self.iter().enumerate() {
            if places.next_if_eq(&&at).is_none() {
                rest.push(&event)?;
            }
        }
        Ok(rest)
    }

    fn pick(&self, groups: &[(i64, usize, Vec<usize>)]) -> Self {
        let mut rows: Vec<usize> = groups
            .iter()
            .flat_map(|group| group.2.iter().copied())
            .collect();
        rows.sort_unstable();
        Self {
            ids: self.ids.clone(),
            baskets: self.baskets.clone(),
            rows: rows.into_iter().map(|row| self.rows[row]).collect(),
        }
    }

    /// Writes the log as CSV. [`Events::read`] makes an equal log of it. An id that a table cannot hold as it is, such as `NULL`
    /// or one with blanks around it, is written as a JSON string.
    ///
    /// # Errors
    /// [`Error::Io`] with the path.
    pub fn save_csv(&self, path: impl AsRef<Path>) -> Result<()> {
        let path = path.as_ref();
        let io = |reason: csv::Error| Error::io(path, std::io::Error::other(reason));
        guide_core::model_file::write_atomically(path, |file| {
            let mut writer = csv::Writer::from_writer(file);
            writer
                .write_record(["shopper", "product", "event", "value", "time", "basket"])
                .map_err(io)?;
            for event in self.iter() {
                let value = event.value.map_or(String::new(), |value| value.to_string());
                let time = event.time.map_or(String::new(), crate::time::stamp);
                let kind = event.kind.name();
                let basket = event.basket.as_deref().map_or(String::new(), written);
                let (shopper, product) = (written(&event.shopper), written(&event.product));
                writer
                    .write_record([&shopper, &product, kind, &value, &time, &basket])
                    .map_err(io)?;
            }
            writer.flush().map_err(|source| Error::io(path, source))
        })
    }
}

/// [`Events::new`].
impl<'e> FromIterator<Event<'e>> for Result<Events> {
    fn from_iter<I: IntoIterator<Item = Event<'e>>>(events: I) -> Self {
        Events::new(events)
    }
}

impl EventKind {
    /// The name in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::View => "view",
            Self::Cart => "cart",
            Self::Purchase => "purchase",
            Self::Rating => "rating",
        }
    }
}
