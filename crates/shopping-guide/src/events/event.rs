//! One event: who did what with which product, and when.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

use super::EventKind;
use crate::{Id, Moment};

/// One event. Ids are texts or whole numbers; a borrowed text is not copied.
///
/// As JSON it needs a shopper, a product and a kind, and its ids may be numbers. The time is in seconds since 1970 or a text such
/// as `2024-05-01T10:00:00Z`.
///
/// ```
/// use shopping_guide::{Event, EventKind, Events};
/// use std::time::{Duration, SystemTime};
/// let bought = Event::purchase("ann", 17).value(2.0).time(1_714_557_600);
/// assert_eq!((bought.kind, bought.product.as_str()), (EventKind::Purchase, "17"));
/// let time = SystemTime::UNIX_EPOCH + Duration::from_secs(1_714_557_600);
/// assert_eq!(Event::purchase("ann", 17).value(2.0).at(time), bought);
///
/// let text = r#"{"shopper": "ann", "product": 17, "kind": "purchase", "value": 2, "time": "2024-05-01T10:00:00Z"}"#;
/// assert_eq!(serde_json::from_str::<Event>(text)?, bought);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Event<'a> {
    /// Who.
    pub shopper: Id<'a>,
    /// Which product.
    pub product: Id<'a>,
    /// Did what.
    pub kind: EventKind,
    /// The stars of a rating, the pieces of a purchase.
    #[serde(default, deserialize_with = "crate::finite::option")]
    pub value: Option<f32>,
    /// When, in seconds since 1970.
    #[serde(default, deserialize_with = "seconds")]
    pub time: Option<i64>,
    /// What belongs together: an invoice, an order, a session.
    #[serde(default)]
    pub basket: Option<Id<'a>>,
}

impl<'a> Event<'a> {
    /// An event without value, time and basket.
    pub fn new(shopper: impl Into<Id<'a>>, product: impl Into<Id<'a>>, kind: EventKind) -> Self {
        Self {
            shopper: shopper.into(),
            product: product.into(),
            kind,
            value: None,
            time: None,
            basket: None,
        }
    }

    /// `shopper` looked at `product`.
    pub fn view(shopper: impl Into<Id<'a>>, product: impl Into<Id<'a>>) -> Self {
        Self::new(shopper, product, EventKind::View)
    }

    /// `shopper` put `product` into the cart.
    pub fn cart(shopper: impl Into<Id<'a>>, product: impl Into<Id<'a>>) -> Self {
        Self::new(shopper, product, EventKind::Cart)
    }

    /// `shopper` bought `product`.
    pub fn purchase(shopper: impl Into<Id<'a>>, product: impl Into<Id<'a>>) -> Self {
        Self::new(shopper, product, EventKind::Purchase)
    }

    /// `shopper` rated `product` with `stars`.
    ///
    /// ```
    /// use shopping_guide::{Event, EventKind};
    /// let rated = Event::rating("ann", "mug", 4.5);
    /// assert_eq!(rated, Event::new("ann", "mug", EventKind::Rating).value(4.5));
    /// ```
    pub fn rating(shopper: impl Into<Id<'a>>, product: impl Into<Id<'a>>, stars: f32) -> Self {
        Self::new(shopper, product, EventKind::Rating).value(stars)
    }

    /// Sets the stars of a rating, or the pieces of a purchase.
    #[must_use]
    pub fn value(mut self, value: f32) -> Self {
        self.value = Some(value);
        self
    }

    /// Sets the time, in seconds since 1970.
    #[must_use]
    pub fn time(mut self, time: i64) -> Self {
        self.time = Some(time);
        self
    }

    /// Sets the time, as a [`SystemTime`](std::time::SystemTime) or a [`Timestamp`](crate::Timestamp); fractions of a second are cut off.
    #[must_use]
    pub fn at(self, time: impl Into<Moment>) -> Self {
        let time: Moment = time.into();
        self.time(time.seconds())
    }

    /// Sets what belongs together.
    #[must_use]
    pub fn basket(mut self, basket: impl Into<Id<'a>>) -> Self {
        self.basket = Some(basket.into());
        self
    }

    /// An event that borrows nothing, for a queue or another thread.
    pub fn into_owned(self) -> Event<'static> {
        Event {
            shopper: self.shopper.into_owned(),
            product: self.product.into_owned(),
            kind: self.kind,
            value: self.value,
            time: self.time,
            basket: self.basket.map(Id::into_owned),
        }
    }
}

/// Seconds since 1970, or the text of a timestamp where the format tells texts from numbers.
fn seconds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
    #[derive(Deserialize)]
    #[serde(
        untagged,
        expecting = "a time is whole seconds since 1970, or a text such as 2024-05-01T10:00:00Z"
    )]
    enum Time {
        Seconds(i64),
        Text(String),
    }
    if !deserializer.is_human_readable() {
        return Option::deserialize(deserializer);
    }
    let time: Option<Time> = Option::deserialize(deserializer)?;
    time.map(|time| match time {
        Time::Seconds(seconds) => Ok(seconds),
        Time::Text(text) => {
            let time: Result<jiff::Timestamp, _> = text.parse();
            let time = time.map_err(|_| {
                let expected = "a time such as 2024-05-01T10:00:00Z, with its offset from UTC";
                D::Error::custom(format_args!("`{text}` is not {expected}"))
            })?;
            Ok(Moment::from(time).seconds())
        }
    })
    .transpose()
}
