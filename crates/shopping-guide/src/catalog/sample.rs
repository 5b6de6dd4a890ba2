//! The first rows of a table, by which it is decided what a column is whose heading can mean several things.

use std::collections::{HashMap, HashSet};

use crate::table::Row;
use crate::time::TimeColumn;
use crate::value::missing;

/// The first rows of a table.
#[derive(Clone, Copy)]
pub(super) struct Sample<'r> {
    pub(super) rows: &'r [Row],
}

impl<'r> Sample<'r> {
    fn fields(self, column: usize) -> impl Iterator<Item = &'r str> {
        let fields = self.rows.iter().map(move |row| row.field(Some(column)));
        fields.filter(|field| !missing(field))
    }

    pub(super) fn filled(self, column: usize) -> usize {
        self.fields(column).count()
    }

    pub(super) fn distinct(self, column: usize) -> usize {
        self.fields(column).collect::<HashSet<&str>>().len()
    }

    /// Whether no two rows have the same field, and some have one.
    pub(super) fn is_second_id(self, column: usize) -> bool {
        self.filled(column) > 1 && self.distinct(column) == self.filled(column)
    }

    /// Whether at least nine of ten fields fit, and there is one.
    pub(super) fn mostly(self, column: usize, fits: fn(&str) -> bool) -> bool {
        let fit = self.fields(column).filter(|field| fits(field)).count();
        fit > 0 && fit * 10 >= self.filled(column) * 9
    }

    /// Whether at least half of the fields fit, and there is one. The others are told when the rows are read.
    pub(super) fn at_least_half(self, column: usize, fits: fn(&str) -> bool) -> bool {
        let fit = self.fields(column).filter(|field| fits(field)).count();
        fit > 0 && fit * 2 >= self.filled(column)
    }

    /// Whether at least nine of ten fields are times of known years, and there is one.
    pub(super) fn has_times(self, column: usize) -> bool {
        let mut times = TimeColumn::default();
        let mut known: Vec<Option<i64>> = Vec::new();
        for (row, field) in self.fields(column).enumerate() {
            known.push(times.take(field, row, 0).unwrap_or(None));
        }
        let settled = times.settle(|row, time| known[row] = time);
        let read = known.iter().flatten().count();
        settled.has_year && read > 0 && read * 10 >= known.len() * 9
    }

    /// Whether two rows with the same `key` have different fields of `column`, and none have the same.
    pub(super) fn differs_within(self, key: usize, column: usize) -> bool {
        let mut seen: HashMap<&str, HashSet<&str>> = HashMap::new();
        for row in self.rows {
            let fields = seen.entry(row.field(Some(key))).or_default();
            if !fields.insert(row.field(Some(column))) {
                return false;
            }
        }
        seen.values().any(|fields| fields.len() > 1)
    }
}
