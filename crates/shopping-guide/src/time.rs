//! Times as people write them, in seconds since 1970-01-01 00:00 UTC.

use std::ops::RangeInclusive;

use crate::table::Reading;

/// What is said of a column whose dates have the day or the month first.
pub(crate) const GUESSED_ORDER: &str =
    "has a date whose day or month may be first, the month taken as first";

/// The years 0 to 9999, which four digits can write: beyond them seconds are not seconds.
pub(crate) const YEARS: RangeInclusive<i64> = -62_167_219_200..=253_402_300_799;

/// Reads `2010-12-01 08:26:00`, `2010-12-01T08:26:00.5Z`, `2010-12-01T08:26:00+08:00`, `2010/12/1`, `20101201`, unix time
/// in seconds, milliseconds or microseconds, and dates with the year last: `12/1/2010 8:26`, where the first way of writing
/// has the month first and the second one the day, and `1.12.2010`, where the day is first. A time without a zone is UTC.
pub(crate) fn parse(text: &str) -> Option<Reading<i64>> {
    moment(text).filter(|moment| YEARS.contains(&moment.value()))
}

fn moment(text: &str) -> Option<Reading<i64>> {
    let text = text.trim();
    let (date, rest) = match text.find([' ', 'T']) {
        Some(at) => (text.get(..at)?, text.get(at + 1..)?.trim()),
        None => (text, ""),
    };
    let mut parts = date
        .split(['-', '/', '.', '年', '月', '日'])
        .filter(|part| !part.is_empty());
    let parts = [parts.next(), parts.next(), parts.next(), parts.next()];
    match parts {
        [Some(year), Some(month), Some(day), None] if year.len() == 4 => {
            let days = days(number(year, 4)?, number(month, 2)?, number(day, 2)?)?;
            Some(Reading::Plain(days * 86_400 + clock(rest)?))
        }
        [Some(a), Some(b), Some(year), None] if year.len() == 4 => {
            let (a, b, year) = (number(a, 2)?, number(b, 2)?, number(year, 4)?);
            let clock = clock(rest)?;
            let on = |days: i64| days * 86_400 + clock;
            let day_first = days(year, b, a).map(on);
            let month_first = days(year, a, b).map(on);
            match (month_first, day_first) {
                _ if date.contains('.') => day_first.map(Reading::Plain),
                (Some(one), Some(other)) if one == other => Some(Reading::Plain(one)),
                (Some(month_first), Some(day_first)) => {
                    Some(Reading::Either(month_first, day_first))
                }
                (Some(month_first), None) => Some(Reading::First(month_first)),
                (None, Some(day_first)) => Some(Reading::Second(day_first)),
                (None, None) => None,
            }
        }
        _ if rest.is_empty() => unix(text).map(Reading::Plain),
        _ => None,
    }
}

/// Digits alone, at most `max` of them.
fn number(text: &str, max: usize) -> Option<i64> {
    let fits = text.len() <= max && text.bytes().all(|byte| byte.is_ascii_digit());
    fits.then(|| text.parse().ok()).flatten()
}

fn unix(text: &str) -> Option<i64> {
    if text.len() == 8 && (text.starts_with("19") || text.starts_with("20")) {
        let date = number(text, 8)?;
        return days(date / 10_000, date / 100 % 100, date % 100).map(|days| days * 86_400);
    }
    let seconds: f64 = text
        .parse()
        .ok()
        .filter(|seconds: &f64| seconds.is_finite())?;
    match seconds.abs() {
        size if size < 1e11 => Some(seconds as i64), // before the year 5138
        size if size < 1e14 => Some((seconds / 1e3) as i64),
        size if size < 1e17 => Some((seconds / 1e6) as i64),
        _ => None,
    }
}

/// `08:26`, `08:26:00`, `08:26:00.5`, each with `Z`, `+08:00` or `-0530` behind it.
fn clock(text: &str) -> Option<i64> {
    if text.is_empty() {
        return Some(0);
    }
    let text = text
        .trim_end_matches(['Z', 'z'])
        .trim_end_matches(" UTC")
        .trim_end();
    let (time, zone) = match text.find(['+', '-']) {
        Some(at) => (text.get(..at)?.trim_end(), zone(text.get(at..)?)?),
        None => (text, 0),
    };
    let mut parts = time.split(':');
    let hour = number(parts.next()?, 2)?;
    let minute = number(parts.next()?, 2)?;
    let second = match parts.next() {
        Some(second) => number(second.split('.').next()?, 2)?,
        None => 0,
    };
    let valid = hour < 24 && minute < 60 && second <= 60 && parts.next().is_none();
    valid.then_some(hour * 3600 + minute * 60 + second - zone)
}

fn zone(text: &str) -> Option<i64> {
    let (sign, digits) = text.split_at_checked(1)?;
    let digits: String = digits.chars().filter(|&c| c != ':').collect();
    let (hours, minutes) = digits.split_at_checked(2)?;
    let minutes = if minutes.is_empty() {
        0
    } else {
        number(minutes, 2)?
    };
    let seconds = number(hours, 2)? * 3600 + minutes * 60;
    Some(if sign == "-" { -seconds } else { seconds })
}

/// Days since 1970-01-01 in the Gregorian calendar (Hinnant, 2013, `days_from_civil`).
fn days(year: i64, month: i64, day: i64) -> Option<i64> {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let length = match month {
        2 => 28 + i64::from(leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    if !(1..=length).contains(&day) {
        return None;
    }
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    Some(era * 146_097 + day_of_era - 719_468)
}

/// The day of `seconds` as `2010-12-01`.
pub(crate) fn date(seconds: i64) -> String {
    let (year, month, day) = civil(seconds.div_euclid(86_400));
    format!("{year:04}-{month:02}-{day:02}")
}

/// `seconds` as `2010-12-01 08:26:00`.
pub(crate) fn stamp(seconds: i64) -> String {
    let of_day = seconds.rem_euclid(86_400);
    let (hour, minute, second) = (of_day / 3600, of_day / 60 % 60, of_day % 60);
    format!("{} {hour:02}:{minute:02}:{second:02}", date(seconds))
}

/// The inverse of [`days`] (Hinnant, 2013, `civil_from_days`).
fn civil(days: i64) -> (i64, i64, i64) {
    let days = days.saturating_add(719_468);
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153; // from March
    let month = if shifted < 10 {
        shifted + 3
    } else {
        shifted - 9
    };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day_of_year - (153 * shifted + 2) / 5 + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_moment_in_every_writing() {
        let moment = 1_291_191_960; // date -u -d '2010-12-01 08:26:00' +%s
        for text in [
            "2010-12-01 08:26:00",
            "2010-12-01 08:26",
            "2010/12/1 8:26",
            " 2010-12-01T08:26:00Z",
            "2010-12-01T08:26:00.123Z",
            "2010-12-01 08:26:00 UTC",
            "2010-12-01T16:26:00+08:00",
            "2010-12-01T02:56:00-0530",
            "2010年12月01日 08:26:00",
            "1291191960",
            "1291191960.5",
            "1291191960000",
            "1291191960000000",
            "1.12.2010 08:26",
        ] {
            assert_eq!(parse(text), Some(Reading::Plain(moment)), "{text}");
        }
        let plain = |text: &str| match parse(text) {
            Some(Reading::Plain(time)) => Some(time),
            _ => None,
        };
        assert_eq!(plain("2010-12-01"), Some(1_291_161_600));
        assert_eq!(plain("20101201"), Some(1_291_161_600));
        assert_eq!(plain("881250949"), Some(881_250_949));
        assert_eq!(plain("2012-02-29"), Some(1_330_473_600));
        assert_eq!(stamp(moment), "2010-12-01 08:26:00");
        for end in [*YEARS.start(), *YEARS.end()] {
            assert_eq!(plain(&stamp(end)), Some(end));
        }
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in [
            "",
            "soon",
            "2010-13-01",
            "2011-02-29",
            "2010-12-01 25:00",
            "2010-12-01 08:26:00 PM",
            "2010-12",
            "NaN",
            "1e300",
            "2010-12-01 08",
            "12/01/10",
            "13/13/2010",
            "31.4.2010",
            "12.13.2010",
            "9999-12-31 23:00-05:00",
            "2010-12-01 +",
            "-",
            "2010-12-01T08:26:00+é",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn years_may_stand_last() {
        let (december, january) = (1_291_191_960, 1_294_734_360); // 2010-12-01 08:26 and 2011-01-11 08:26
        for (text, expected) in [
            ("13/1/2011 8:26", Reading::Second(january + 2 * 86_400)),
            ("01-13-2011 8:26", Reading::First(january + 2 * 86_400)),
            ("1/1/2011 08:26", Reading::Plain(january - 10 * 86_400)),
            ("12/1/2010 8:26", Reading::Either(december, 1_263_284_760)), // 2010-01-12 08:26
            ("13.1.2011 8:26", Reading::Plain(january + 2 * 86_400)),
        ] {
            assert_eq!(parse(text), Some(expected), "{text}");
        }
    }

    #[test]
    fn dates_go_there_and_back() {
        for day in (-800_000..800_000).step_by(97) {
            let (year, month, date) = civil(day);
            assert_eq!(days(year, month, date), Some(day));
        }
        date(i64::MAX);
        date(i64::MIN);
    }
}
