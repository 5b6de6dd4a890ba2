//! An event that owns its ids, for a journal and for what waits.

use guide_core::Result;
use serde::{Deserialize, Serialize};

use crate::{Event, EventKind, Events};

/// An [`Event`] that owns its ids.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EventRecord {
    /// Who.
    pub shopper: String,
    /// Which product.
    pub product: String,
    /// Did what.
    pub kind: EventKind,
    /// The stars of a rating, the pieces of a purchase.
    pub value: Option<f32>,
    /// When, in seconds since 1970.
    pub time: Option<i64>,
    /// What belongs together: an invoice, an order, a session.
    pub basket: Option<String>,
}

impl EventRecord {
    /// The event as it borrows these ids.
    pub fn as_event(&self) -> Event<'_> {
        let mut event = Event::new(&self.shopper, &self.product, self.kind);
        (event.value, event.time) = (self.value, self.time);
        event.basket = self.basket.as_deref();
        event
    }

    /// A copy of an event, if a log can hold it.
    ///
    /// # Errors
    /// As [`Events::push`].
    pub fn of(event: &Event<'_>) -> Result<Self> {
        Events::default().push(event)?;
        Ok(Self {
            shopper: event.shopper.to_owned(),
            product: event.product.to_owned(),
            kind: event.kind,
            value: event.value,
            time: event.time,
            basket: event.basket.map(str::to_owned),
        })
    }
}
