//! Reads dates written with separators, names of months or other signs: `2010-12-01T08:26:00.5Z`, `12/1/2010 8:26 PM`,
//! `Oct 5, 2023`, `2023年10月5日 下午3:15`.

use super::clock::{self, Clock};
use super::lexer::{Token, normalised, small, tokens};
use super::{YEARS, day_start};
use crate::value::Reading;

/// A date that was read, in seconds since 1970 UTC. If the day or the month may be first, the first way of writing has the
/// month first and the second way the day.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Written {
    pub(super) reading: Reading<i64>,
    /// The order of its parts, for the report.
    pub(super) style: Style,
    /// The year has two digits: 69 to 99 are taken as 1969 to 1999, 00 to 68 as 2000 to 2068 (POSIX).
    pub(super) short_year: bool,
    /// There is no day: the first of the month is taken.
    pub(super) no_day: bool,
    /// `None` if there is no time of day, else whether the time of day has a zone.
    pub(super) has_zone: Option<bool>,
}

/// The order in which a date is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Style {
    YearFirst,
    NamedMonth,
    DayFirstDots,
    YearLast,
    Month,
}

/// Why a text is no time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refused {
    Unreadable,
    NoSuchDay,
    NoSuchZone,
    NamedZone,
    ClockAlone,
    WeekOrOrdinal,
    NoYear,
    ShortYear,
    ZeroDate,
    OutOfYears,
}

impl Refused {
    /// The reason as a predicate of the row.
    pub(super) fn reason(self) -> &'static str {
        match self {
            Self::Unreadable => "has a time that cannot be read",
            Self::NoSuchDay => "has a time that cannot be read: no such day or time of day",
            Self::NoSuchZone => {
                "has a time that cannot be read: an offset of more than 14 hours from UTC"
            }
            Self::NamedZone => {
                "has a time that cannot be read: a word behind the time of day; write a zone as Z, UTC or +02:00"
            }
            Self::ClockAlone => "has a time that cannot be read: a time of day without a date",
            Self::WeekOrOrdinal => {
                "has a time that cannot be read: an ISO week or day of the year; write year-month-day"
            }
            Self::NoYear => "has a time that cannot be read: a date without a year",
            Self::ShortYear => {
                "has a time that cannot be read: a date of two-digit numbers joined by dashes; write the year with four digits"
            }
            Self::ZeroDate => "has a date of zeros, taken as no time",
            Self::OutOfYears => "has a time that cannot be read: outside the years 0 to 9999",
        }
    }
}

/// Reads a text. Digits alone are refused: they are read by `digits`.
pub(super) fn read(text: &str) -> Result<Written, Refused> {
    if let Some(seconds) = iso(text.as_bytes()) {
        return Ok(Written {
            reading: Reading::Plain(seconds),
            style: Style::YearFirst,
            short_year: false,
            no_day: false,
            has_zone: Some(false),
        });
    }
    let text = normalised(text);
    let mut tokens = tokens(&text).ok_or(Refused::Unreadable)?;
    let clock = clock::take(&mut tokens)?;
    let date = Parts::new(&tokens, clock.is_some())?.date()?;
    let offset = clock.map_or(0, |clock: Clock| clock.seconds);
    let in_years = |day: i64| Some(day + offset).filter(|seconds| YEARS.contains(seconds));
    let reading = date.reading.try_map(in_years).ok_or(Refused::OutOfYears)?;
    Ok(Written {
        reading,
        has_zone: clock.map(|clock| clock.has_zone),
        ..date
    })
}

/// `2010-12-01 08:26:00` or with `T`: the most frequent writing, read without splitting it.
fn iso(text: &[u8]) -> Option<i64> {
    let &[
        a,
        b,
        c,
        d,
        b'-',
        e,
        f,
        b'-',
        g,
        h,
        b' ' | b'T',
        i,
        j,
        b':',
        k,
        l,
        b':',
        m,
        n,
    ] = text
    else {
        return None;
    };
    let two = |tens: u8, units: u8| {
        let digits = tens.is_ascii_digit() && units.is_ascii_digit();
        digits.then(|| i64::from(tens - b'0') * 10 + i64::from(units - b'0'))
    };
    let year = two(a, b)? * 100 + two(c, d)?;
    let (hour, minute, second) = (two(i, j)?, two(k, l)?, two(m, n)?);
    let valid = hour < 24 && minute < 60 && second < 60;
    let day = day_start(year, two(e, f)?, two(g, h)?).filter(|_| valid)?;
    Some(day + hour * 3600 + minute * 60 + second)
}

/// The months in English, German, French, Spanish, Italian, Dutch and Portuguese.
const MONTHS: [&str; 12] = [
    "january januar janvier enero gennaio januari janeiro jänner",
    "february februar février fevrier febrero febbraio februari fevereiro",
    "march märz maerz mars marzo maart março marco mrz",
    "april avril abril aprile",
    "may mai mayo maggio mei maio",
    "june juni juin junio giugno junho",
    "july juli juillet julio luglio julho",
    "august août aout agosto augustus",
    "september septembre septiembre settembre setembro",
    "october oktober octobre octubre ottobre outubro",
    "november novembre noviembre novembro",
    "december dezember décembre decembre diciembre dicembre dezembro",
];
const WEEKDAYS: [&str; 7] = [
    "thursday",
    "friday",
    "saturday",
    "sunday",
    "monday",
    "tuesday",
    "wednesday",
];

/// The number from 1 of a month by its name or an abbreviation of three letters or more. `None` for `jui`, which begins two.
fn month(word: &str) -> Option<i64> {
    let fits = |names: &str| names.split(' ').any(|name| name.starts_with(word));
    let at = MONTHS.iter().position(|names| fits(names))?;
    let unique = MONTHS.iter().filter(|names| fits(names)).count() == 1;
    (unique && word.chars().count() >= 3)
        .then(|| i64::try_from(at + 1).ok())
        .flatten()
}

/// The days after a Thursday of an English day of the week, by its name or an abbreviation of three letters or more.
fn weekday(word: &str) -> Option<i64> {
    let fits = |name: &&str| word.len() >= 3 && name.starts_with(word);
    let at = WEEKDAYS.iter().position(fits)?;
    i64::try_from(at).ok()
}

/// Whether a word belongs to a date, so that it names no zone.
pub(super) fn is_date_word(word: &str) -> bool {
    month(word).is_some() || weekday(word).is_some() || matches!(word, "on" | "of" | "de")
}

/// The numbers, the month and the separators of a date.
#[derive(Default)]
struct Parts<'a> {
    numbers: Vec<&'a str>,
    /// The month by name, and how many numbers stand before it.
    month: Option<(i64, usize)>,
    /// Days after a Thursday, the first day of 1970.
    weekday: Option<i64>,
    /// The sign between each two numbers.
    signs: Vec<char>,
}

impl<'a> Parts<'a> {
    fn new(tokens: &[Token<'a>], has_clock: bool) -> Result<Self, Refused> {
        let mut parts = Self::default();
        let mut sign: Option<char> = None;
        for (at, token) in tokens.iter().enumerate() {
            match *token {
                Token::Blank => {}
                Token::Number(digits) => {
                    if !parts.numbers.is_empty() {
                        parts.signs.push(sign.unwrap_or(' '));
                    } else if sign.is_some() && parts.month.is_none() && parts.weekday.is_none() {
                        return Err(Refused::Unreadable);
                    }
                    sign = None;
                    parts.numbers.push(digits);
                }
                Token::Word(word) => {
                    let ordinal = matches!(word, "st" | "nd" | "rd" | "th")
                        && at > 0
                        && matches!(tokens.get(at - 1), Some(Token::Number(_)));
                    if let Some(month) = month(word) {
                        if parts.month.replace((month, parts.numbers.len())).is_some() {
                            return Err(Refused::Unreadable);
                        }
                        sign = None;
                    } else if let Some(weekday) = weekday(word) {
                        parts.weekday = Some(weekday);
                        sign = None;
                    } else if word == "w" && !parts.numbers.is_empty() {
                        return Err(Refused::WeekOrOrdinal);
                    } else if !ordinal && !matches!(word, "at" | "on" | "of" | "de" | "del") {
                        return Err(Refused::Unreadable);
                    }
                }
                Token::Sign(next @ ('-' | '/' | '.' | ',')) => {
                    if sign.replace(next).is_some() {
                        return Err(Refused::Unreadable);
                    }
                }
                Token::Sign(_) => return Err(Refused::Unreadable),
            }
        }
        let nothing = parts.numbers.is_empty() && parts.month.is_none() && parts.weekday.is_none();
        if nothing && has_clock {
            return Err(Refused::ClockAlone);
        }
        // A separator at the end is left over from a part that is missing; a point or a comma may end a date.
        if nothing || matches!(sign, Some('-' | '/')) {
            return Err(Refused::Unreadable);
        }
        // Digits alone are not read here, unless a time of day shows that they are a date.
        if let ([digits], None) = (parts.numbers.as_slice(), parts.month)
            && !(has_clock && digits.len() == 8)
        {
            return Err(Refused::Unreadable);
        }
        Ok(parts)
    }

    fn date(&self) -> Result<Written, Refused> {
        let (date, day) = match self.month {
            Some((month, before)) => self.named(month, before)?,
            None => self.numeric()?,
        };
        let fits = |day: &i64| match self.weekday {
            Some(weekday) => day.div_euclid(86_400).rem_euclid(7) == weekday,
            None => true,
        };
        // A date with two meanings has the one that fits its weekday.
        let reading = match (self.weekday, day) {
            (Some(_), Reading::Either(first, second)) => match (fits(&first), fits(&second)) {
                (true, true) => day,
                (true, false) => Reading::First(first),
                (false, true) => Reading::Second(second),
                (false, false) => return Err(Refused::NoSuchDay),
            },
            (Some(_), _) if !fits(&day.value()) => return Err(Refused::NoSuchDay),
            _ => day,
        };
        Ok(Written { reading, ..date })
    }

    /// A date with a month by name: `Oct 5, 2023`, `5-Oct-23`, `2023 October 5`, `October 2023`.
    fn named(&self, month: i64, before: usize) -> Result<(Written, Reading<i64>), Refused> {
        let (year, day, no_day) = match *self.numbers.as_slice() {
            [year] if year.len() == 4 => (year, "1", true),
            [year, day] if year.len() == 4 && day.len() <= 2 => (year, day, false),
            // `5 Oct 2023` and `Oct 5, 2023`: the year is last. The first of two short numbers behind the month is the day.
            [day, year] if day.len() <= 2 && matches!(year.len(), 2 | 4) && before <= 1 => {
                (year, day, false)
            }
            [_] => return Err(Refused::NoYear),
            _ => return Err(Refused::Unreadable),
        };
        let day = plain_day(year, month, day)?;
        let style = if no_day {
            Style::Month
        } else {
            Style::NamedMonth
        };
        Ok((of(style, year.len() == 2, no_day), Reading::Plain(day)))
    }

    fn numeric(&self) -> Result<(Written, Reading<i64>), Refused> {
        let signs = self.signs.as_slice();
        let month_of = |text: &str| small(text, 2).ok_or(Refused::Unreadable);
        match *self.numbers.as_slice() {
            [digits] => {
                let (year, rest) = digits.split_at_checked(4).ok_or(Refused::Unreadable)?;
                let (month, day) = rest.split_at_checked(2).ok_or(Refused::Unreadable)?;
                let day = plain_day(year, month_of(month)?, day)?;
                Ok((of(Style::YearFirst, false, false), Reading::Plain(day)))
            }
            [year, month, day] if year.len() == 4 => {
                let day = plain_day(year, month_of(month)?, day)?;
                Ok((of(Style::YearFirst, false, false), Reading::Plain(day)))
            }
            [year, month] if year.len() == 4 && month.len() <= 2 => {
                let day = plain_day(year, month_of(month)?, "1")?;
                Ok((of(Style::Month, false, true), Reading::Plain(day)))
            }
            [month, year] if year.len() == 4 && month.len() <= 2 => {
                let day = plain_day(year, month_of(month)?, "1")?;
                Ok((of(Style::Month, false, true), Reading::Plain(day)))
            }
            [year, day] if year.len() == 4 && day.len() == 3 => Err(Refused::WeekOrOrdinal),
            [_, _, year] if year.len() == 2 && signs.contains(&'-') => Err(Refused::ShortYear),
            [a, b, year] if matches!(year.len(), 2 | 4) => {
                let day_first = plain_day(year, month_of(b)?, a);
                let month_first = plain_day(year, month_of(a)?, b);
                let short = year.len() == 2;
                if signs == ['.', '.'] {
                    let style = of(Style::DayFirstDots, short, false);
                    return Ok((style, Reading::Plain(day_first?)));
                }
                let reading = match (month_first, day_first) {
                    (Ok(one), Ok(other)) if one == other => Reading::Plain(one),
                    (Ok(one), Ok(other)) => Reading::Either(one, other),
                    (Ok(month_first), Err(_)) => Reading::First(month_first),
                    (Err(_), Ok(day_first)) => Reading::Second(day_first),
                    (Err(reason), Err(_)) => return Err(reason),
                };
                Ok((of(Style::YearLast, short, false), reading))
            }
            [_, _] => Err(Refused::NoYear),
            _ => Err(Refused::Unreadable),
        }
    }
}

fn of(style: Style, short_year: bool, no_day: bool) -> Written {
    Written {
        reading: Reading::Plain(0),
        style,
        short_year,
        no_day,
        has_zone: None,
    }
}

/// Seconds since 1970 of a day whose year has two or four digits.
fn plain_day(year: &str, month: i64, day: &str) -> Result<i64, Refused> {
    let (digits, day) = (small(year, 4), small(day, 2));
    let (Some(value), Some(day)) = (digits, day) else {
        return Err(Refused::Unreadable);
    };
    if value == 0 && month == 0 && day == 0 {
        return Err(Refused::ZeroDate);
    }
    let year = match (year.len(), value) {
        (2, 69..) => 1900 + value,
        (2, _) => 2000 + value,
        _ => value,
    };
    day_start(year, month, day).ok_or(Refused::NoSuchDay)
}
