//! Collects a column of times.

use super::digits::{self, Digits};
use super::settle::{self, SettledTimes};
use super::written::{self, Refused, Style, Written};
use crate::read_report::Remedy;
use crate::value::{Findings, Reading, Votes, missing, plain_characters};

/// The times of a column, which is read as a whole: digits alone and dates such as `3/4/2024` can mean several things, and the
/// other values decide.
///
/// Call [`TimeColumn::take`] for each row, then [`TimeColumn::settle`] once.
#[derive(Debug, Default)]
pub(crate) struct TimeColumn {
    pub(super) digits: Vec<Digits>,
    pub(super) votes: Votes,
    /// Dates whose day or month may be first: row, and the time with the day first.
    pub(super) unclear: Vec<(usize, i64)>,
    /// Line and text of the first of them.
    pub(super) examples: Vec<(u64, String)>,
    /// How many dates are written in each order.
    pub(super) styles: Vec<(Style, usize)>,
    /// The first and the last of the dates that are not digits alone.
    pub(super) span: Option<(i64, i64)>,
    pub(super) with_zone: usize,
    /// Dates with a time of day and no zone, and the first of them.
    pub(super) without_zone: usize,
    pub(super) example_without_zone: Option<(u64, String)>,
    pub(super) findings: Findings,
    pub(super) missing: usize,
}

impl TimeColumn {
    /// Takes the text of a row. `row` is the caller's number of the row, which [`SettledTimes`] uses; `line` is its line in
    /// the file.
    ///
    /// Returns the time in seconds since 1970 UTC where it is known before the column ends, which [`TimeColumn::settle`] may
    /// correct. Returns `None` if the row has no time (it is missing, or a date of zeros) or if its digits are read when the
    /// column ends.
    ///
    /// # Errors
    /// The reason why the text is no time, as a predicate of the row: "has a time that cannot be read: ...".
    pub(crate) fn take(
        &mut self,
        text: &str,
        row: usize,
        line: u64,
    ) -> Result<Option<i64>, &'static str> {
        if missing(text) {
            self.missing += 1;
            return Ok(None);
        }
        let text = text.trim();
        let plain = text.bytes().all(|byte| byte.is_ascii_digit());
        let refused = match if plain {
            Err(Refused::Unreadable)
        } else {
            written::read(text)
        } {
            Ok(written) => return Ok(Some(self.take_written(written, text, row, line))),
            Err(Refused::ZeroDate) => {
                let reason = Refused::ZeroDate.reason();
                self.findings
                    .add(Remedy::Mended, reason, line, || text.to_owned());
                return Ok(None);
            }
            Err(refused) => refused,
        };
        let text = plain_characters(text);
        let Some(digits) = digits::number(&text) else {
            return Err(refused.reason());
        };
        let row =
            u32::try_from(row).map_err(|_| "has a time in a row beyond number 4,294,967,295")?;
        let line = u32::try_from(line).unwrap_or(u32::MAX);
        self.digits.push(Digits {
            row,
            line,
            ..digits
        });
        Ok(None)
    }

    fn take_written(&mut self, written: Written, text: &str, row: usize, line: u64) -> i64 {
        let time = written.reading.value();
        self.votes.count(&written.reading);
        if written.style == Style::DayFirstDots {
            // A date with points has the day first, and so has the same column's date with slashes.
            self.votes.count(&Reading::Second(()));
        }
        if let Reading::Either(_, day_first) = written.reading {
            self.unclear.push((row, day_first));
            if self.examples.len() < 3 {
                self.examples.push((line, text.to_owned()));
            }
        }
        let (first, last) = self.span.unwrap_or((time, time));
        self.span = Some((first.min(time), last.max(time)));
        match self
            .styles
            .iter_mut()
            .find(|(style, _)| *style == written.style)
        {
            Some((_, count)) => *count += 1,
            None => self.styles.push((written.style, 1)),
        }
        let mut guess = |reason: &str| {
            self.findings
                .add(Remedy::Guessed, reason, line, || text.to_owned());
        };
        if written.short_year {
            guess(super::GUESSED_CENTURY);
        }
        if written.no_day {
            guess(super::GUESSED_DAY);
        }
        match written.has_zone {
            Some(true) => self.with_zone += 1,
            Some(false) => {
                self.without_zone += 1;
                self.example_without_zone
                    .get_or_insert_with(|| (line, text.to_owned()));
            }
            None => {}
        }
        time
    }

    /// Reads the digits and the unclear dates, now that the whole column is known. Calls `correct` with a row and its time
    /// for each row whose time was not known before or was taken in the wrong order, and with `None` for a row whose digits
    /// are no time: these are the rows of [`SettledTimes::refused`].
    pub(crate) fn settle(self, correct: impl FnMut(usize, Option<i64>)) -> SettledTimes {
        settle::settle(self, correct)
    }
}
