//! What may happen to a guide while it answers.

use serde::{Deserialize, Serialize};

use crate::{Event, Product};

/// One change of a [`LiveGuide`](crate::LiveGuide), as its journal holds it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Change {
    /// A shopper did something.
    Event(Event<'static>),
    /// A product came or changed.
    Product(Product),
    /// A product has another price, or none.
    Price {
        /// Its id.
        product: String,
        /// The price from now on.
        price: Option<f32>,
    },
    /// A product is in stock or not.
    Stock {
        /// Its id.
        product: String,
        /// As [`Product::available`].
        available: Option<bool>,
    },
    /// A product is no longer sold.
    Removal {
        /// Its id.
        product: String,
    },
    /// All that a shopper did before is forgotten.
    Forgotten {
        /// Who.
        shopper: String,
    },
}

impl Change {
    /// Whether it is something that this shopper did.
    pub(crate) fn is_event_of(&self, shopper: &str) -> bool {
        matches!(self, Self::Event(event) if *event.shopper == *shopper)
    }
}

/// Changes that happen together: after a crash all of them are there, or none.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct JournalEntry {
    /// Its number: 1 for the first change of a guide, and one more for each that follows.
    pub sequence: u64,
    /// What happened.
    pub changes: Vec<Change>,
}

impl JournalEntry {
    /// Changes with their number.
    pub fn new(sequence: u64, changes: Vec<Change>) -> Self {
        Self { sequence, changes }
    }
}
