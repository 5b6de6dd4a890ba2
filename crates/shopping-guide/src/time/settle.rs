//! Decides what the digits and the unclear dates of a whole column mean.

use std::collections::HashSet;

use super::column::TimeColumn;
use super::digits::{self, Digits, Kind};
use super::written::{Refused, Style};
use super::{GUESSED_DAY, GUESSED_ORDER};
use crate::read_report::{ReadReport, Remedy};
use crate::value::{Findings, ValueFinding, Votes};

/// What a column of times was read as.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct SettledTimes {
    /// The ways of writing in words, with the number of rows, the most frequent first: "unix seconds".
    pub(crate) writings: Vec<(&'static str, usize)>,
    /// Whether the times have a year. If not, they are days counted from an unknown one, and only their order and distance
    /// mean something: a report must not print them as dates.
    pub(crate) has_year: bool,
    /// Rows whose field is empty or says that it has no value.
    pub(crate) missing: usize,
    /// What was guessed, and what was taken as no time.
    pub(crate) findings: Vec<ValueFinding>,
    /// Digits that are no time, with the remedy "left out".
    pub(crate) refused: Vec<ValueFinding>,
}

impl SettledTimes {
    /// The ways of writing as one text: "unix seconds (98), digits yyyymmdd (2)".
    pub(crate) fn words(&self) -> String {
        match self.writings.as_slice() {
            [] => "no times".to_owned(),
            [(words, _)] => (*words).to_owned(),
            several => {
                let each = several
                    .iter()
                    .map(|(words, rows)| format!("{words} ({rows})"));
                each.collect::<Vec<_>>().join(", ")
            }
        }
    }

    /// Adds everything that was guessed or refused to the report of the file.
    pub(crate) fn add_to(&self, report: &mut ReadReport) {
        for finding in self.findings.iter().chain(&self.refused) {
            finding.add_to(report);
        }
    }
}

/// How far from the other times of the column a number may be that is written in another way than most: ten years. With a
/// larger distance a number of another meaning is read as a time of a wrong century.
const NEAR: i64 = 10 * 366 * 86_400;

/// Said of a number that could be read, but not as a time near the others.
const ALIEN: &str =
    "has a time that cannot be read: a number that is no time near the others of the column";
/// Said of the numbers of a column that are written in no known way.
const UNKNOWN: &str = "has a time that cannot be read: the numbers of the column are no known writing of times; write year-month-day";
const NUMBER_AMONG_DATES: &str =
    "has a time that cannot be read: a number without a year among dates";
const ZERO: &str = "has 0 or -1 as its time, taken as no time";
const EXPONENT: &str = "has a time with an exponent, whose last digits may be lost";
const GUESSED_DATE_DIGITS: &str = "has digits that may be a date or a unix time, taken as the date";
const GUESSED_EXCEL: &str =
    "has a whole number taken as an Excel serial day, days since 1899-12-30";
const GUESSED_YEAR: &str = "has four digits taken as a year, the first day of January taken";
const GUESSED_DAY_NUMBER: &str = "has a small number taken as the number of a day, without a year";

/// What the numbers of a column are.
struct Decision {
    /// The kind of most numbers, or why they have none.
    main: Result<Kind, &'static str>,
    /// Whether numbers of 10 and of 12 digits that can be both are dates rather than unix times.
    dates: [bool; 2],
    /// The times near which a number of another kind must be.
    span: Option<(i64, i64)>,
}

/// Settles `column`: calls `correct` with each row that was not known before and its time, or `None` if it is refused.
pub(super) fn settle(
    column: TimeColumn,
    mut correct: impl FnMut(usize, Option<i64>),
) -> SettledTimes {
    let TimeColumn {
        digits,
        votes,
        unclear,
        examples,
        styles,
        span,
        with_zone,
        without_zone,
        example_without_zone,
        mut findings,
        missing,
    } = column;
    let mut writings: Vec<(&'static str, usize)> = Vec::new();
    let mut count = |words: &'static str, rows: usize| match writings
        .iter_mut()
        .find(|(known, _)| *known == words)
    {
        Some((_, counted)) => *counted += rows,
        None => writings.push((words, rows)),
    };
    for (style, rows) in styles {
        count(style_words(style, votes), rows);
    }
    let decision = decide(&digits, span);
    let mut refused = Findings::default();
    let guessed_dates = guessed_dates(&digits, &decision);
    for one in &digits {
        let (row, line) = (one.row as usize, u64::from(one.line));
        let mut find = |reason: &str, remedy| findings.add(remedy, reason, line, || one.text());
        match decision.read(one) {
            Ok(None) => find(ZERO, Remedy::Mended),
            Ok(Some((kind, time))) => {
                count(kind_words(kind, one), 1);
                if one.exponent {
                    find(EXPONENT, Remedy::Guessed);
                }
                match kind {
                    Kind::MonthDigits => find(GUESSED_DAY, Remedy::Guessed),
                    Kind::Year => find(GUESSED_YEAR, Remedy::Guessed),
                    Kind::DayNumber => find(GUESSED_DAY_NUMBER, Remedy::Guessed),
                    Kind::ExcelDays if one.billionths == 0 && span.is_none() => {
                        find(GUESSED_EXCEL, Remedy::Guessed);
                    }
                    Kind::DateDigits if guessed_dates => {
                        find(GUESSED_DATE_DIGITS, Remedy::Guessed);
                    }
                    _ => {}
                }
                correct(row, Some(time));
            }
            Err(reason) => {
                refused.add(Remedy::LeftOut, reason, line, || one.text());
                correct(row, None);
            }
        }
    }
    let rows = unclear.len();
    if votes.second_wins() {
        for (row, day_first) in unclear {
            correct(row, Some(day_first));
        }
    }
    let mut findings = findings.into_list();
    if rows > 0 && votes.is_guess() {
        let reason = if votes.second_wins() {
            GUESSED_DAY_FIRST
        } else {
            GUESSED_ORDER
        };
        findings.push(guess(reason, rows, examples));
    }
    if with_zone > 0
        && let Some(example) = example_without_zone
    {
        findings.push(guess(GUESSED_UTC, without_zone, vec![example]));
    }
    writings.sort_by_key(|&(_, rows)| std::cmp::Reverse(rows));
    SettledTimes {
        has_year: span.is_some() || decision.main != Ok(Kind::DayNumber),
        writings,
        missing,
        findings,
        refused: refused.into_list(),
    }
}

const GUESSED_DAY_FIRST: &str = "has a date whose day or month may be first, the day taken as first as in most dates of the column, though not in all";
const GUESSED_UTC: &str = "has a time of day without a zone in a column with zones, taken as UTC";

fn guess(reason: &str, rows: usize, examples: Vec<(u64, String)>) -> ValueFinding {
    ValueFinding {
        remedy: Remedy::Guessed,
        reason: reason.to_owned(),
        rows,
        examples,
    }
}

fn style_words(style: Style, votes: Votes) -> &'static str {
    match style {
        Style::YearFirst => "dates with the year first",
        Style::NamedMonth => "dates with the month by name",
        Style::DayFirstDots => "dates with the day first",
        Style::YearLast if votes.second_wins() => "dates with the day first",
        Style::YearLast => "dates with the month first",
        Style::Month => "months without a day",
    }
}

fn kind_words(kind: Kind, digits: &Digits) -> &'static str {
    match (
        kind,
        digits.number.checked_ilog10().map_or(0, |log| log + 1),
    ) {
        (Kind::DateDigits, 8) => "digits yyyymmdd",
        (Kind::DateDigits, 10) => "digits yyyymmddhh",
        (Kind::DateDigits, 12) => "digits yyyymmddhhmm",
        (Kind::DateDigits, 14) => "digits yyyymmddhhmmss",
        (Kind::DateDigits, _) => "digits yyyymmddhhmmss and milliseconds",
        (kind, _) => kind.words(),
    }
}

impl Decision {
    /// The kind and the time of a number, `None` if it stands for no time, or why it is refused.
    fn read(&self, one: &Digits) -> Result<Option<(Kind, i64)>, &'static str> {
        let main = self.main;
        if is_nothing(one) && main != Ok(Kind::DayNumber) {
            return Ok(None);
        }
        let main = main?;
        let kind = self.strong(one).unwrap_or(main);
        let time = digits::seconds(kind, one).ok_or(ALIEN)?;
        // Strong numbers of the main kind are in the span themselves. All others must be near it.
        let near = self.span.is_none_or(|(first, last)| {
            (first.saturating_sub(NEAR)..=last.saturating_add(NEAR)).contains(&time)
        });
        near.then_some(Some((kind, time))).ok_or(ALIEN)
    }

    /// The kind of a number that can hardly be anything else.
    fn strong(&self, one: &Digits) -> Option<Kind> {
        strong(one, self.dates)
    }
}

fn strong(one: &Digits, dates: [bool; 2]) -> Option<Kind> {
    let date = digits::seconds(Kind::DateDigits, one).map(|_| Kind::DateDigits);
    match (date, digits::unix(one)) {
        (Some(date), Some(unix)) => Some(match class(one) {
            Some(class) if !dates.get(class).copied().unwrap_or(true) => unix,
            _ => date,
        }),
        (date, unix) => date.or(unix),
    }
}

/// Whether a number is 0 or -1, which programs write for no time.
fn is_nothing(one: &Digits) -> bool {
    matches!(one.number, 0 | -1) && one.billionths == 0
}

/// 0 for a number of 10 digits, 1 for one of 12: those can be date digits and a unix time.
fn class(one: &Digits) -> Option<usize> {
    match one.number.checked_ilog10()? + 1 {
        10 => Some(0),
        12 => Some(1),
        _ => None,
    }
}

/// Whether the digits that can be a date and a unix time are one number only, so that no other decides.
fn guessed_dates(all: &[Digits], decision: &Decision) -> bool {
    let both = |one: &&Digits| {
        decision.strong(one) == Some(Kind::DateDigits) && digits::unix(one).is_some()
    };
    let mut numbers = all.iter().filter(both).map(|one| one.number);
    let first = numbers.next();
    first.is_some() && numbers.all(|number| Some(number) == first)
}

fn decide(all: &[Digits], written: Option<(i64, i64)>) -> Decision {
    // Numbers of 10 or 12 digits are dates if all of them can be.
    let mut dates = [true; 2];
    for one in all {
        if let Some(class) = class(one)
            && digits::unix(one).is_some()
            && digits::seconds(Kind::DateDigits, one).is_none()
            && let Some(dates) = dates.get_mut(class)
        {
            *dates = false;
        }
    }
    let mut counts = [0_usize; 5];
    const STRONG: [Kind; 5] = [
        Kind::DateDigits,
        Kind::Seconds,
        Kind::Milliseconds,
        Kind::Microseconds,
        Kind::Nanoseconds,
    ];
    for one in all {
        let kind = strong(one, dates);
        for (count, strong) in counts.iter_mut().zip(STRONG) {
            *count += usize::from(kind == Some(strong));
        }
    }
    let n_strong: usize = counts.iter().sum();
    let most = counts.iter().max().copied().unwrap_or(0);
    // 0 and -1 are no times, however many there are.
    let n_numbers = all.iter().filter(|one| !is_nothing(one)).count();
    let main = if n_strong * 2 >= n_numbers && n_strong > 0 {
        let at = counts.iter().position(|&count| count == most).unwrap_or(0);
        Ok(STRONG.get(at).copied().unwrap_or(Kind::Seconds))
    } else {
        weak(all, written.is_some())
    };
    let mut span = written;
    if let Ok(main) = main
        && main.is_strong()
    {
        let of_main = |one: &&Digits| strong(one, dates) == Some(main);
        for time in all
            .iter()
            .filter(of_main)
            .filter_map(|one| digits::seconds(main, one))
        {
            let (first, last) = span.unwrap_or((time, time));
            span = Some((first.min(time), last.max(time)));
        }
    } else if let Ok(main) = main
        && span.is_none()
    {
        for time in all.iter().filter_map(|one| digits::seconds(main, one)) {
            let (first, last) = span.unwrap_or((time, time));
            span = Some((first.min(time), last.max(time)));
        }
    }
    Decision { main, dates, span }
}

/// The kind of numbers that are too small for date digits and unix times. It must explain 19 of 20 of them.
fn weak(all: &[Digits], among_dates: bool) -> Result<Kind, &'static str> {
    let is = |kind| move |one: &&Digits| digits::seconds(kind, one).is_some();
    let count = |kind| all.iter().filter(is(kind)).count();
    let days = count(Kind::DayNumber);
    // Among other kinds 0 and -1 stand for no time; a column of nothing else has no times.
    let others = all.iter().filter(|one| !is_nothing(one)).count();
    if others == 0 {
        return Err(UNKNOWN);
    }
    let most = |rows: usize, of: usize| rows > 0 && rows * 20 >= of * 19;
    for kind in [Kind::Year, Kind::MonthDigits, Kind::ExcelDays] {
        if most(count(kind), others) {
            return Ok(kind);
        }
    }
    match most(days, all.len()) {
        true if among_dates => Err(NUMBER_AMONG_DATES),
        true if are_times_of_day(all) => Err(Refused::ClockAlone.reason()),
        true => Ok(Kind::DayNumber),
        false => Err(UNKNOWN),
    }
}

/// Whether the numbers are times of day such as `1631` and `0915`: all of them can be, and either one is written with a zero in
/// front or 20 different ones of 60 and more can be, which day numbers hardly are.
fn are_times_of_day(all: &[Digits]) -> bool {
    const ENOUGH: usize = 20;
    let fits = |one: &Digits| (0..2400).contains(&one.number) && one.number % 100 < 60;
    let padded = |one: &Digits| one.width == 4 && one.number < 1000;
    let distinct = || {
        let large = all
            .iter()
            .map(|one| one.number)
            .filter(|&number| number >= 60);
        large.collect::<HashSet<i64>>().len()
    };
    all.iter().all(fits) && (all.iter().any(padded) || distinct() >= ENOUGH)
}
