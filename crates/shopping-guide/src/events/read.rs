//! Reads an event log from a table with any columns.

use std::io::Read;
use std::path::Path;

use guide_core::Result;
use guide_core::table::TableSource;

use super::choose::{self, Chosen, SAMPLE};
use super::columns::EventColumns;
use super::headings::{self, TEXT};
use super::kinds::{is_void, meaning};
use super::{Event, EventKind, Events};
use crate::read_report::{ReadReport, Remedy};
use crate::table::{Roles, Row, Table, plain};
use crate::time::{self, TimeColumn};
use crate::value::{Column, GUESSED_DECIMAL, missing, number};
use crate::written_text::unwritten;

/// Times before 1990-01-01 are told: the events of most shops are younger.
const YEAR_1990: i64 = 631_152_000;

impl Events {
    /// Reads the file at `path`: delimited text or JSON lines, plain or gzip. Rows without a shopper, returns (purchases of a
    /// negative quantity), orders that did not take place and rows that cannot be understood are left out and counted in the
    /// report.
    ///
    /// # Errors
    /// [`Error::Io`] with the path; [`Error::Parse`] when no column fits a role that is needed, or a column that was said
    /// is not there, or a quote is never closed, or no row is an event; [`Error::Empty`] when there is no row.
    ///
    /// [`Error::Io`]: guide_core::Error::Io
    /// [`Error::Parse`]: guide_core::Error::Parse
    /// [`Error::Empty`]: guide_core::Error::Empty
    pub fn read(path: impl AsRef<Path>, columns: &EventColumns) -> Result<(Self, ReadReport)> {
        read(&TableSource::file(path)?, columns)
    }

    /// [`Events::read`] from anything that can be read.
    ///
    /// # Errors
    /// As [`Events::read`].
    pub fn read_from(source: impl Read, columns: &EventColumns) -> Result<(Self, ReadReport)> {
        read(&TableSource::read(source, "<events>")?, columns)
    }
}

fn read(source: &TableSource, said: &EventColumns) -> Result<(Events, ReadReport)> {
    let path = source.path();
    let open = || Table::open(source, &said.format, headings::is_known);
    let mut report = ReadReport::new(path.display().to_string());
    let first = open()?;
    let headings = first.headings().to_vec();
    let sample = sample(first)?;
    let kinds: Vec<(String, EventKind)> = said
        .kinds
        .iter()
        .map(|(word, kind)| (plain(word), *kind))
        .collect();
    let mut roles = Roles::new(path, &headings);
    let mut table = open()?;
    report.tell_writing(table.writing());
    let columns = choose::choose(&mut roles, said, &kinds, &headings, &sample, &mut report)?;
    // Surplus separators belong to a text that is none of these columns, if there is one.
    let is_text = |column: &usize| {
        roles.role(*column).is_none() && TEXT.contains(&plain(&headings[*column]).as_str())
    };
    let joins = (0..headings.len()).rev().find(is_text);
    report.columns = roles.given();
    report.unused = roles.unused(|_, heading| choose::why_unused(&roles, heading));
    let mut log = LogRows {
        columns,
        kinds,
        events: Events::default(),
        values: Column::default(),
        times: TimeColumn::default(),
    };
    while let Some(mut row) = table.next_row(joins, &mut report)? {
        if row.remedy != Some(Remedy::LeftOut)
            && let Err((reason, seen)) = log.take(&row)
        {
            row.leave_out(&mut report, reason, seen);
        }
        report.settle(row.remedy);
    }
    let events = log.settle(&mut report)?;
    if events.is_empty() {
        return Err(report.nothing_left(path, "event log", "event"));
    }
    Ok((events, report))
}

/// The fields of the first rows.
fn sample(mut table: Table<'_>) -> Result<Vec<Vec<String>>> {
    let mut unused = ReadReport::default();
    let n_columns = table.headings().len();
    let mut rows = Vec::new();
    while rows.len() < SAMPLE {
        match table.next_row(None, &mut unused) {
            Ok(Some(row)) => rows.push(
                (0..n_columns)
                    .map(|column| row.field(Some(column)).to_owned())
                    .collect(),
            ),
            // An error of a row comes again when the whole file is read.
            Ok(None) | Err(_) => break,
        }
    }
    Ok(rows)
}

/// Events while they are read.
struct LogRows {
    columns: Chosen,
    kinds: Vec<(String, EventKind)>,
    events: Events,
    values: Column<f32>,
    times: TimeColumn,
}

impl LogRows {
    /// The id in a column, empty if it is missing. A JSON string is an id that [`Events::save_csv`] wrote.
    fn id(&self, row: &Row, column: usize) -> String {
        let field = row.field(Some(column));
        match missing(field) {
            true => String::new(),
            false => unwritten(field).unwrap_or_else(|field| field),
        }
    }

    /// Takes the event of a row.
    ///
    /// # Errors
    /// Why the row has none, and what stands there.
    fn take(&mut self, row: &Row) -> std::result::Result<(), (&'static str, String)> {
        let columns = &self.columns;
        let refuse = |reason, seen: &str| Err((reason, seen.to_owned()));
        let (shopper, product) = (
            &self.id(row, columns.shopper),
            &self.id(row, columns.product),
        );
        let (word, value) = (row.field(columns.kind), row.field(columns.value));
        let time = row.field(columns.time);
        let basket = &columns
            .basket
            .map_or_else(String::new, |basket| self.id(row, basket));
        let kind = match columns.kind {
            None => columns.all_are,
            Some(_) => match meaning(word, &self.kinds) {
                Some(meaning) => {
                    choose::kind_of(meaning).map_err(|reason| (reason, word.to_owned()))?
                }
                None => return refuse("has an unknown kind of event", word),
            },
        };
        if is_void(row.field(columns.status)) {
            return refuse(
                "is of an order that did not take place",
                row.field(columns.status),
            );
        }
        let cancelled_at = row.field(columns.cancelled_at);
        if !missing(cancelled_at) {
            return refuse("is of an order that did not take place", cancelled_at);
        }
        let amount = if missing(value) {
            None
        } else {
            Some(number(value))
        };
        if shopper.is_empty() {
            return refuse("has no shopper", product);
        } else if product.is_empty() {
            return refuse("has no product", basket);
        } else if amount == Some(None) {
            return refuse("has a value that is no number", value);
        }
        let amount = amount.flatten();
        if kind == EventKind::Rating && amount.is_none() {
            return refuse("is a rating without a value", product);
        } else if kind != EventKind::Rating && amount.is_some_and(|amount| amount.value() < 0.0) {
            return refuse("is a return", value);
        }
        let at = self.events.len();
        let time = self
            .times
            .take(time, at, row.line)
            .map_err(|reason| (reason, time.to_owned()))?;
        let event = Event {
            shopper: shopper.into(),
            product: product.into(),
            kind,
            value: amount.map(|amount| self.values.take(amount, at, row.line, value)),
            time,
            basket: (!basket.is_empty()).then(|| basket.into()),
        };
        self.events.push(&event).map_err(|_| {
            (
                "cannot be an event",
                row.field(Some(columns.product)).to_owned(),
            )
        })
    }

    /// The events, with the numbers and times that only the whole column tells.
    fn settle(self, report: &mut ReadReport) -> Result<Events> {
        let mut events = self.events;
        self.values.settle(report, GUESSED_DECIMAL, |event, value| {
            events.rows[event].value = Some(value)
        });
        let mut refused = Vec::new();
        let times = self.times.settle(|event, time| {
            events.rows[event].time = time;
            if time.is_none() {
                refused.push(event);
            }
        });
        times.add_to(report);
        if !refused.is_empty() {
            refused.sort_unstable();
            report.kept -= refused.len();
            report.left_out += refused.len();
            events = events.without(&refused)?;
        }
        tell_kinds(&self.columns, &events, report);
        if self.columns.time.is_some() {
            tell_times(&events, &times, report);
        }
        Ok(events)
    }
}

/// Tells what the events are.
fn tell_kinds(columns: &Chosen, events: &Events, report: &mut ReadReport) {
    let n = events.len();
    if columns.kind.is_none() {
        let (kind, because) = (columns.all_are.name(), &columns.all_are_because);
        let other = if columns.all_are == EventKind::Purchase {
            "view"
        } else {
            "purchase"
        };
        report.notes.push(format!(
            "no column says what an event is: all {n} are taken for {kind}s, because {because}; --all-are {other} changes that"
        ));
        return;
    }
    let kinds = [
        EventKind::View,
        EventKind::Cart,
        EventKind::Purchase,
        EventKind::Rating,
    ];
    let counts = kinds.map(|kind| {
        (
            kind,
            events.rows.iter().filter(|row| row.kind == kind).count(),
        )
    });
    let counts = counts.iter().filter(|(_, count)| *count > 0);
    let counts: Vec<String> = counts
        .map(|(kind, count)| format!("{count} {}s", kind.name()))
        .collect();
    report
        .notes
        .push(format!("{n} events: {}", counts.join(", ")));
}

/// Tells the span of the times.
fn tell_times(events: &Events, times: &time::SettledTimes, report: &mut ReadReport) {
    let known = || events.rows.iter().filter_map(|row| row.time);
    let untimed = events.len() - known().count();
    let without = match untimed {
        0 => String::new(),
        n => format!("; {n} events have none"),
    };
    let note = match (known().min(), known().max()) {
        (Some(first), Some(last)) if times.has_year => {
            let old = known().filter(|&time| time < YEAR_1990).count();
            let old = if old > 0 {
                format!("; {old} before 1990")
            } else {
                String::new()
            };
            format!(
                "times ({}) from {} to {}{old}{without}",
                times.words(),
                time::date(first),
                time::date(last)
            )
        }
        (Some(first), Some(last)) => {
            let days = (last - first) / 86_400;
            format!(
                "times ({}) over {days} days, without a year{without}",
                times.words()
            )
        }
        _ => "no event has a time".to_owned(),
    };
    report.notes.push(note);
}
