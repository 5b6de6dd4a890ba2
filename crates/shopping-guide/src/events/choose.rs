//! Chooses the columns of an event log, by their headings and by the first rows.

use guide_core::Result;

use super::EventKind;
use super::columns::EventColumns;
use super::headings::{
    self, CANCELLED_AT, KIND, ORDER, PRODUCT, QUANTITY, RATING, SALE_PRICE, SESSION, SHOPPER,
    STATUS, TIME,
};
use super::kinds::{Meaning, meaning};
use super::layouts;
use crate::read_report::ReadReport;
use crate::table::{Roles, plain};
use crate::time::TimeColumn;
use crate::value::missing;

/// Rows that a guess is checked with.
pub(super) const SAMPLE: usize = 1000;
/// The part of the values of a sample that must fit a guess.
const MOST: f64 = 0.5;
/// How the command line says a column.
const FLAG: &str = "--event-column";

/// The columns of a log by number.
pub(super) struct Chosen {
    pub(super) shopper: usize,
    pub(super) product: usize,
    pub(super) kind: Option<usize>,
    pub(super) value: Option<usize>,
    pub(super) time: Option<usize>,
    pub(super) basket: Option<usize>,
    pub(super) status: Option<usize>,
    /// The time at which an order was cancelled.
    pub(super) cancelled_at: Option<usize>,
    /// What an event is where no column says it, and why.
    pub(super) all_are: EventKind,
    pub(super) all_are_because: String,
}

/// Chooses the columns. `sample` holds the first rows, `report` gets a note of every column that looks like a role and is not
/// used.
pub(super) fn choose(
    roles: &mut Roles<'_>,
    said: &EventColumns,
    kinds: &[(String, EventKind)],
    headings: &[String],
    sample: &[Vec<String>],
    report: &mut ReadReport,
) -> Result<Chosen> {
    roles.ignore(&said.ignore)?;
    let columns = [
        &said.shopper,
        &said.product,
        &said.kind,
        &said.value,
        &said.time,
        &said.basket,
        &said.status,
    ];
    let nothing_said = columns.into_iter().all(Option::is_none) && said.ignore.is_empty();
    let is_numbered = headings.first().is_some_and(|first| first == "1");
    if let Some(layout) = layouts::layout(sample).filter(|_| nothing_said && is_numbered) {
        return Ok(of_layout(roles, layout, said));
    }
    let shopper = roles.require("shopper", said.shopper.as_deref(), SHOPPER, FLAG)?;
    let product = roles.require("product", said.product.as_deref(), PRODUCT, FLAG)?;
    let kind = match (&said.kind, said.all_are) {
        (None, Some(_)) => None,
        (None, None) => kind_by_values(roles, kinds, headings, sample, report)?,
        (Some(_), _) => roles.find("kind", said.kind.as_deref(), &[])?,
    };
    let rating = match &said.value {
        None => roles.find("rating", None, RATING)?,
        Some(_) => None,
    };
    let value = match (&said.value, rating) {
        (Some(_), _) => roles.find("value", said.value.as_deref(), &[])?,
        (None, Some(rating)) => Some(rating),
        (None, None) => roles.find("value", None, QUANTITY)?,
    };
    let order = roles.find("basket", said.basket.as_deref(), ORDER)?;
    let basket = match order {
        Some(order) => Some(order),
        None => roles.find("basket", None, SESSION)?,
    };
    let status = roles.find("status", said.status.as_deref(), STATUS)?;
    let cancelled_at = roles.find("time of cancelling", None, CANCELLED_AT)?;
    let time = match roles.find("time", said.time.as_deref(), TIME)? {
        Some(time) => Some(time),
        None => time_by_values(roles, headings, sample),
    };
    let price = headings
        .iter()
        .position(|heading| SALE_PRICE.contains(&plain(heading).as_str()));
    let named = |column: usize| format!("column `{}`", headings[column]);
    // A column without a value tells nothing.
    let filled =
        |column: Option<usize>| column.filter(|&column| values(sample, column).next().is_some());
    let evidence = (
        said.all_are,
        filled(rating),
        filled(value),
        filled(order),
        filled(price),
    );
    let (all_are, because) = match evidence {
        (Some(kind), ..) => (kind, "it was said".to_owned()),
        (None, Some(rating), ..) => (
            EventKind::Rating,
            format!("{} holds ratings", named(rating)),
        ),
        (None, None, Some(value), ..) => (
            EventKind::Purchase,
            format!("{} holds quantities", named(value)),
        ),
        (None, None, None, Some(order), _) => (
            EventKind::Purchase,
            format!("{} holds order numbers", named(order)),
        ),
        (None, None, None, None, Some(price)) => (
            EventKind::Purchase,
            format!("{} holds prices paid", named(price)),
        ),
        _ => (
            EventKind::View,
            "no quantity, order number or price says that something was bought".to_owned(),
        ),
    };
    note_look_alikes(
        roles,
        headings,
        sample,
        [time.is_some(), kind.is_some()],
        report,
    );
    Ok(Chosen {
        shopper,
        product,
        kind,
        value,
        time,
        basket,
        status,
        cancelled_at,
        all_are,
        all_are_because: because,
    })
}

/// The columns of a public log without a heading.
fn of_layout(roles: &mut Roles<'_>, layout: layouts::Layout, said: &EventColumns) -> Chosen {
    let why = format!("the file looks like {}", layout.name);
    let columns = [
        ("shopper", Some(layout.shopper)),
        ("product", Some(layout.product)),
        ("kind", layout.kind),
        ("rating", layout.rating),
        ("time", layout.time),
    ];
    for (role, column) in columns {
        if let Some(column) = column {
            roles.give_because(column, role, why.clone());
        }
    }
    let guessed = if layout.rating.is_some() {
        EventKind::Rating
    } else {
        EventKind::View
    };
    Chosen {
        shopper: layout.shopper,
        product: layout.product,
        kind: layout.kind.filter(|_| said.all_are.is_none()),
        value: layout.rating,
        time: layout.time,
        basket: None,
        status: None,
        cancelled_at: None,
        all_are: said.all_are.unwrap_or(guessed),
        all_are_because: why,
    }
}

/// The values of a column in the sample that are not missing.
fn values(sample: &[Vec<String>], column: usize) -> impl Iterator<Item = &str> {
    let fields = sample.iter().filter_map(move |row| row.get(column));
    fields.map(String::as_str).filter(|field| !missing(field))
}

/// The column of kinds by its heading, if its values are words for kinds.
fn kind_by_values(
    roles: &mut Roles<'_>,
    kinds: &[(String, EventKind)],
    headings: &[String],
    sample: &[Vec<String>],
    report: &mut ReadReport,
) -> Result<Option<usize>> {
    let is_kind = |word: &str| meaning(word, kinds).is_some();
    // Several columns may have such a heading: the first with known words, else the first without a word.
    let is_headed = |column: &usize| {
        KIND.contains(&plain(&headings[*column]).as_str()) && roles.is_free(*column)
    };
    let headed: Vec<usize> = (0..headings.len()).filter(is_headed).collect();
    let known = headed
        .iter()
        .find(|&&column| values(sample, column).any(is_kind));
    let empty = || {
        headed
            .iter()
            .find(|&&column| values(sample, column).next().is_none())
    };
    if let Some(&column) = known.or_else(empty) {
        roles.give_because(column, "kind", "its heading");
        return Ok(Some(column));
    }
    let Some(&column) = headed.first() else {
        return Ok(None);
    };
    let seen: Vec<&str> = values(sample, column).take(3).collect();
    report.notes.push(format!(
        "column `{}` has the heading of a kind, but none of its words is a known one ({}); it is not used, --map WORD=KIND tells what a word means",
        headings[column],
        seen.join(", ")
    ));
    Ok(None)
}

/// The first free column whose heading ends like that of a time and most of whose values are times.
fn time_by_values(
    roles: &mut Roles<'_>,
    headings: &[String],
    sample: &[Vec<String>],
) -> Option<usize> {
    let column = (0..headings.len()).find(|&column| {
        roles.is_free(column)
            && headings::ends_like_a_time(&headings[column])
            && holds_times(sample, column)
    })?;
    roles.give_because(
        column,
        "time",
        "its heading ends like that of a time, and its values are times",
    );
    Some(column)
}

/// Whether most values of a column are times.
fn holds_times(sample: &[Vec<String>], column: usize) -> bool {
    let mut times = TimeColumn::default();
    let (mut all, mut refused) = (0_usize, 0_usize);
    for (row, value) in values(sample, column).enumerate() {
        all += 1;
        refused += usize::from(times.take(value, row, row as u64).is_err());
    }
    times.settle(|_, time| refused += usize::from(time.is_none()));
    all > 0 && (all - refused.min(all)) as f64 > MOST * all as f64
}

/// Notes the unused columns that look like a role which no column has, by their heading or by their values: these are likely
/// mistakes.
fn note_look_alikes(
    roles: &Roles<'_>,
    headings: &[String],
    sample: &[Vec<String>],
    [has_time, has_kind]: [bool; 2],
    report: &mut ReadReport,
) {
    for (column, heading) in headings
        .iter()
        .enumerate()
        .filter(|(column, _)| roles.is_free(*column))
    {
        let looks_like = headings::looks_like(heading);
        let is_date = |value: &str| value.contains(['-', '/', ':', '.', '年']);
        let note = if !has_time && looks_like == Some("time") {
            format!(
                "column `{heading}` looks like the time, but its values do not; {FLAG} time={heading} takes it"
            )
        } else if !has_time && values(sample, column).any(is_date) && holds_times(sample, column) {
            format!(
                "column `{heading}` holds times, but its heading does not say so; {FLAG} time={heading} takes it"
            )
        } else if !has_kind && matches!(meaning(heading, &[]), Some(Meaning::Kind(_))) {
            format!(
                "column `{heading}` has the name of a kind of event, but a row is one event; it is not used, --all-are says what all rows are"
            )
        } else {
            continue;
        };
        report.notes.push(note);
    }
}

/// Why a column is not used.
pub(super) fn why_unused(roles: &Roles<'_>, heading: &str) -> String {
    if SALE_PRICE.contains(&plain(heading).as_str()) {
        return "prices are read from the catalogue; that it is there tells a log of sales"
            .to_owned();
    }
    match headings::looks_like(heading) {
        Some(role) => match roles
            .given()
            .iter()
            .find(|used| used.role == role || role == "value" && used.role == "rating")
        {
            Some(used) => format!(
                "`{}` is taken for the {role}; {FLAG} {role}={heading} changes that",
                used.heading
            ),
            None => format!(
                "it looks like the {role}, but does not have such values; {FLAG} {role}={heading} takes it"
            ),
        },
        None => "no role of an event has this heading".to_owned(),
    }
}

/// Whether the words of a meaning are those of an event.
pub(super) fn kind_of(meaning: Meaning) -> std::result::Result<EventKind, &'static str> {
    match meaning {
        Meaning::Kind(kind) => Ok(kind),
        Meaning::Return => Err("is a return"),
        Meaning::NoInterest => Err("has a kind of event that tells no interest"),
    }
}
