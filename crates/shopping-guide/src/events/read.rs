//! Reads an event log from a table with any columns.

use std::io::Read;
use std::path::Path;

use guide_core::Result;

use super::{Event, EventKind, Events};
use crate::read_report::{ColumnUse, ReadReport, Remedy};
use crate::table::{Column, GUESSED_DECIMAL, Roles, Row, Table, names, number};
use crate::time;

/// Which columns of a table are what. What is not said is guessed from the headings, English or Chinese.
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
    /// What every event is where there is no column that says it; guessed from the other columns: a rating where there
    /// is a column of ratings, else a purchase where there is a quantity or a basket, else a view.
    pub all_are: Option<EventKind>,
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

    /// Says that there is no column of the kind: every event is a `kind`.
    #[must_use]
    pub fn all_are(mut self, kind: EventKind) -> Self {
        self.all_are = Some(kind);
        self
    }
}

impl Events {
    /// Reads the file at `path`, plain or gzip, with a heading. Rows without a shopper, returns (purchases of a negative
    /// quantity) and rows that cannot be understood are left out and counted in the report.
    ///
    /// # Errors
    /// [`Error::Io`] with the path; [`Error::Parse`] when no column fits a role that is needed, or a column that was said
    /// is not there, or no row is an event; [`Error::Empty`] when there is no row.
    ///
    /// [`Error::Io`]: guide_core::Error::Io
    /// [`Error::Parse`]: guide_core::Error::Parse
    /// [`Error::Empty`]: guide_core::Error::Empty
    pub fn read(path: impl AsRef<Path>, columns: &EventColumns) -> Result<(Self, ReadReport)> {
        let path = path.as_ref();
        read(Table::open(path)?, path, columns)
    }

    /// [`Events::read`] from anything that can be read.
    ///
    /// # Errors
    /// As [`Events::read`].
    pub fn read_from(source: impl Read, columns: &EventColumns) -> Result<(Self, ReadReport)> {
        let path = Path::new("<events>");
        read(Table::new(source, path)?, path, columns)
    }
}

/// The columns by number.
struct Columns {
    shopper: usize,
    product: usize,
    kind: Option<usize>,
    value: Option<usize>,
    time: Option<usize>,
    basket: Option<usize>,
    all_are: EventKind,
}

fn read(mut table: Table<'_>, path: &Path, columns: &EventColumns) -> Result<(Events, ReadReport)> {
    let headings = table.headings().to_vec();
    let mut roles = Roles::new(path, &headings);
    let columns = find(&mut roles, columns)?;
    // Surplus separators belong to a text that is none of these columns, if there is one.
    let joins = (0..headings.len())
        .rev()
        .find(|&column| roles.role(column).is_none() && names::is_text(&headings[column]));
    let mut report = ReadReport::new(path.display().to_string());
    let used = |(heading, role)| ColumnUse {
        heading,
        role,
        why: String::new(),
    };
    report.columns = roles.given().into_iter().map(used).collect();
    let mut events = Events::default();
    let (mut values, mut times) = (Column::default(), Column::default());
    while let Some(mut row) = table.next_row(joins, &mut report)? {
        if row.remedy != Some(Remedy::LeftOut) {
            let event = take(&columns, &row, events.len(), &mut values, &mut times);
            match event {
                Ok(event) => events.push(&event)?,
                Err((reason, seen)) => row.leave_out(&mut report, reason, seen),
            }
        }
        report.settle(row.remedy);
    }
    if events.is_empty() {
        return Err(report.nothing_left(path, "event log", "event"));
    }
    values.settle(&mut report, GUESSED_DECIMAL, |event, value| {
        events.rows[event].value = Some(value);
    });
    times.settle(&mut report, time::GUESSED_ORDER, |event, time| {
        events.rows[event].time = Some(time);
    });
    Ok((events, report))
}

fn find(roles: &mut Roles<'_>, said: &EventColumns) -> Result<Columns> {
    let shopper = roles.require("shopper", said.shopper.as_deref(), names::SHOPPER)?;
    let products = [names::PRODUCT_ID, names::PRODUCT, names::ID].concat();
    let product = roles.require("product", said.product.as_deref(), &products)?;
    let guessed: &[&str] = if said.all_are.is_some() {
        &[]
    } else {
        names::KIND
    };
    let kind = roles.find("kind", said.kind.as_deref(), guessed)?;
    let rating = match &said.value {
        None => roles.find("rating", None, names::RATING)?,
        Some(_) => None,
    };
    let quantity = match rating {
        None => roles.find("value", said.value.as_deref(), names::QUANTITY)?,
        Some(_) => None,
    };
    let time = roles.find("time", said.time.as_deref(), names::TIME)?;
    let basket = roles.find("basket", said.basket.as_deref(), names::BASKET)?;
    let guessed = if rating.is_some() {
        EventKind::Rating
    } else if quantity.is_some() || basket.is_some() {
        EventKind::Purchase
    } else {
        EventKind::View
    };
    Ok(Columns {
        shopper,
        product,
        kind,
        value: rating.or(quantity),
        time,
        basket,
        all_are: said.all_are.unwrap_or(guessed),
    })
}

/// The event of a row, number `at`, or why there is none.
fn take<'r>(
    columns: &Columns,
    row: &'r Row,
    at: usize,
    values: &mut Column<f32>,
    times: &mut Column<i64>,
) -> std::result::Result<Event<'r>, (&'static str, String)> {
    let refuse = |reason, seen: &str| Err((reason, seen.to_owned()));
    let (shopper, product) = (
        row.field(Some(columns.shopper)),
        row.field(Some(columns.product)),
    );
    let (kind, value) = (row.field(columns.kind), row.field(columns.value));
    let (time, basket) = (row.field(columns.time), row.field(columns.basket));
    let kind = match columns.kind {
        None => columns.all_are,
        Some(_) => match EventKind::read(kind) {
            Some(kind) => kind,
            None => return refuse("has an unknown kind of event", kind),
        },
    };
    let amount = number(value);
    let moment = time::parse(time);
    if shopper.is_empty() {
        return refuse("has no shopper", product);
    } else if product.is_empty() {
        return refuse("has no product", basket);
    } else if !value.is_empty() && amount.is_none() {
        return refuse("has a value that is no number", value);
    } else if !time.is_empty() && moment.is_none() {
        return refuse("has a time that cannot be read", time);
    } else if kind == EventKind::Rating && amount.is_none() {
        return refuse("is a rating without a value", product);
    } else if kind != EventKind::Rating && amount.is_some_and(|amount| amount.value() < 0.0) {
        return refuse("is a return", value);
    }
    Ok(Event {
        shopper,
        product,
        kind,
        value: amount.map(|amount| values.take(amount, at, row.line, value)),
        time: moment.map(|moment| times.take(moment, at, row.line, time)),
        basket: (!basket.is_empty()).then_some(basket),
    })
}
