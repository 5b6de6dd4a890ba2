//! Times as people write them, read as seconds since 1970-01-01 00:00 UTC. All calendar arithmetic is done by `jiff`.
//!
//! A column of times is read as a whole by [`TimeColumn`], because digits alone and dates such as `3/4/2024` can mean several
//! things. Dates and times of day in words are read by `written`, digits alone by `digits`.

mod clock;
mod column;
mod digits;
mod lexer;
mod moment;
mod settle;
mod written;

#[cfg(test)]
mod column_tests;
#[cfg(test)]
mod tests;

use std::ops::RangeInclusive;

use jiff::civil::{Date, DateTime};
use jiff::{SignedDuration, Timestamp};

use crate::value::Reading;

pub(crate) use column::TimeColumn;
pub use moment::Moment;
pub(crate) use settle::SettledTimes;

/// Said of a column if the day or the month of a date may be first and no other date decides.
pub(crate) const GUESSED_ORDER: &str =
    "has a date whose day or month may be first, the month taken as first";

/// Said of a date whose year has two digits.
pub(crate) const GUESSED_CENTURY: &str =
    "has a year of two digits, 00 to 68 taken as 2000 to 2068 and 69 to 99 as 1969 to 1999";

/// Said of a date without a day.
pub(crate) const GUESSED_DAY: &str = "has a month without a day, the first of the month taken";

/// The years 0 to 9999 in seconds since 1970: what four digits can write.
pub(crate) const YEARS: RangeInclusive<i64> = -62_167_219_200..=253_402_300_799;

/// 1970-01-01 00:00.
const EPOCH: DateTime = DateTime::constant(1970, 1, 1, 0, 0, 0, 0);

/// Seconds since 1970 of the first moment of a day, or `None` if the calendar has no such day.
fn day_start(year: i64, month: i64, day: i64) -> Option<i64> {
    let year = i16::try_from(year).ok()?;
    let (month, day) = (i8::try_from(month).ok()?, i8::try_from(day).ok()?);
    let date = Date::new(year, month, day).ok()?;
    Some(date.duration_since(EPOCH.date()).as_secs())
}

/// The date and time of day of `seconds`, or `None` outside the years -9999 to 9999.
fn civil(seconds: i64) -> Option<DateTime> {
    EPOCH.checked_add(SignedDuration::from_secs(seconds)).ok()
}

/// The day of `seconds` as `2010-12-01`; outside the years that `jiff` knows, the seconds themselves.
pub(crate) fn date(seconds: i64) -> String {
    match civil(seconds) {
        Some(at) => format!("{:04}-{:02}-{:02}", at.year(), at.month(), at.day()),
        None => format!("{seconds} s since 1970"),
    }
}

/// `seconds` as `2010-12-01 08:26:00`; outside the years that `jiff` knows, the seconds themselves.
pub(crate) fn stamp(seconds: i64) -> String {
    match civil(seconds) {
        Some(at) => {
            let (hour, minute, second) = (at.hour(), at.minute(), at.second());
            format!("{} {hour:02}:{minute:02}:{second:02}", date(seconds))
        }
        None => date(seconds),
    }
}

/// The whole seconds since 1970 of a timestamp, rounded down, also before 1970.
pub(crate) fn seconds(timestamp: Timestamp) -> i64 {
    timestamp.as_second() - i64::from(timestamp.subsec_nanosecond() < 0)
}

/// One time alone, without a column that decides what digits mean: dates, and unix time or date digits that can only mean one
/// thing. A column is read by [`TimeColumn`].
pub(crate) fn parse(text: &str) -> Option<Reading<i64>> {
    match written::read(text) {
        Ok(written) => Some(written.reading),
        Err(_) => digits::alone(text).map(Reading::Plain),
    }
}
