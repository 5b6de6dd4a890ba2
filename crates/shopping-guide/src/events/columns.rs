//! What a caller says about the columns of an event log.

use guide_core::table::TableFormat;

use super::EventKind;

/// Which columns of a table are what. What is not said is guessed from the headings, English or Chinese.
///
/// A column is said by its heading or by its number: `#3` is the third one.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct EventColumns {
    /// Who.
    pub shopper: Option<String>,
    /// Which product.
    pub product: Option<String>,
    /// Did what: words like `view`, `cart`, `purchase`, `rating`.
    pub kind: Option<String>,
    /// The stars of a rating, the pieces of a purchase.
    pub value: Option<String>,
    /// When; a row may leave it empty.
    pub time: Option<String>,
    /// What belongs together: an invoice, an order, a session.
    pub basket: Option<String>,
    /// The state of an order, such as `completed` or `cancelled`. Rows of orders that did not take place are left out.
    pub status: Option<String>,
    /// Columns that must not be guessed to be anything.
    pub ignore: Vec<String>,
    /// What every event is where there is no column that says it. Guessed from the other columns if not said: a rating where
    /// there is a column of ratings, a purchase where there is a quantity, an order number or a price, else a view.
    pub all_are: Option<EventKind>,
    /// Words of the column of kinds with the kind that they mean, for example `read` for a view. Case does not matter.
    pub kinds: Vec<(String, EventKind)>,
    /// How the table is written.
    pub format: TableFormat,
}

impl EventColumns {
    /// Says the column of the shopper.
    #[must_use]
    pub fn shopper(mut self, heading: impl Into<String>) -> Self {
        self.shopper = Some(heading.into());
        self
    }

    /// Says the column of the product.
    #[must_use]
    pub fn product(mut self, heading: impl Into<String>) -> Self {
        self.product = Some(heading.into());
        self
    }

    /// Says the column of the kind.
    #[must_use]
    pub fn kind(mut self, heading: impl Into<String>) -> Self {
        self.kind = Some(heading.into());
        self
    }

    /// Says the column of the value.
    #[must_use]
    pub fn value(mut self, heading: impl Into<String>) -> Self {
        self.value = Some(heading.into());
        self
    }

    /// Says the column of the time.
    #[must_use]
    pub fn time(mut self, heading: impl Into<String>) -> Self {
        self.time = Some(heading.into());
        self
    }

    /// Says the column of the basket.
    #[must_use]
    pub fn basket(mut self, heading: impl Into<String>) -> Self {
        self.basket = Some(heading.into());
        self
    }

    /// Says the column of the state of an order.
    #[must_use]
    pub fn status(mut self, heading: impl Into<String>) -> Self {
        self.status = Some(heading.into());
        self
    }

    /// Says a column that must not be guessed to be anything.
    #[must_use]
    pub fn ignore(mut self, heading: impl Into<String>) -> Self {
        self.ignore.push(heading.into());
        self
    }

    /// Says that there is no column of the kind: every event is a `kind`.
    #[must_use]
    pub fn all_are(mut self, kind: EventKind) -> Self {
        self.all_are = Some(kind);
        self
    }

    /// Says that `word` in the column of kinds means `kind`.
    #[must_use]
    pub fn map(mut self, word: impl Into<String>, kind: EventKind) -> Self {
        self.kinds.push((word.into(), kind));
        self
    }

    /// Says how the table is written.
    #[must_use]
    pub fn format(mut self, format: TableFormat) -> Self {
        self.format = format;
        self
    }
}
