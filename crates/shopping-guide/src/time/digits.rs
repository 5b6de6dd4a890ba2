//! Digits alone: what each number can mean as a time. Which meaning holds, the column decides.

use super::day_start;

/// A number that may be a time, with the place where it stands.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Digits {
    /// The whole number, rounded down.
    pub(super) number: i64,
    /// What is above the whole number, in billionths.
    pub(super) billionths: u32,
    pub(super) row: u32,
    pub(super) line: u32,
    /// Digits before the point as written, with leading zeros.
    pub(super) width: u8,
    /// Written with an exponent, which may have cut off the last digits.
    pub(super) exponent: bool,
}

impl Digits {
    /// The number as text, for examples.
    pub(super) fn text(&self) -> String {
        let width = usize::from(self.width);
        let number = self.number;
        match self.billionths {
            0 => format!("{number:0width$}"),
            billionths => {
                let all = i128::from(number) * 1_000_000_000 + i128::from(billionths);
                let (sign, size) = (if all < 0 { "-" } else { "" }, all.unsigned_abs());
                let (whole, part) = (size / 1_000_000_000, size % 1_000_000_000);
                let text = format!("{sign}{whole:0width$}.{part:09}");
                text.trim_end_matches('0').to_owned()
            }
        }
    }
}

/// Reads a number: digits with a sign, a decimal point or comma, or an exponent. Row and line are 0.
pub(super) fn number(text: &str) -> Option<Digits> {
    let text = text.trim();
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let negative = text.starts_with('-');
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if unsigned.len() > 40 || !unsigned.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let mut read = Digits {
        number: 0,
        billionths: 0,
        row: 0,
        line: 0,
        width: 0,
        exponent: false,
    };
    if unsigned.contains(['e', 'E']) {
        let value: f64 = text.parse().ok()?;
        // Beyond 2^53 a float holds no single seconds of nanoseconds; it still holds whole seconds.
        if !(value.abs() < 9.2e18) {
            return None;
        }
        read.number = value.floor() as i64;
        read.billionths = ((value - value.floor()) * 1e9) as u32;
        read.exponent = true;
        return Some(read);
    }
    let (whole, part) = unsigned.split_once(['.', ',']).unwrap_or((unsigned, "0"));
    if !digits(whole) || !(part.is_empty() || digits(part)) {
        return None;
    }
    read.width = u8::try_from(whole.len()).ok()?;
    let number: i64 = whole.parse().ok()?;
    let first_nine: String = part.chars().chain("000000000".chars()).take(9).collect();
    let billionths: u32 = first_nine.parse().ok()?;
    (read.number, read.billionths) = match (negative, billionths) {
        (false, _) => (number, billionths),
        (true, 0) => (-number, 0),
        (true, _) => (-number - 1, 1_000_000_000 - billionths),
    };
    Some(read)
}

/// A way in which digits mean a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    /// `20240131`, `2024013110`, `202401311005`, `20240131100559`, `20240131100559123`.
    DateDigits,
    /// Seconds since 1970.
    Seconds,
    Milliseconds,
    Microseconds,
    Nanoseconds,
    /// Days since 1899-12-30 with a fraction, as spreadsheets store them.
    ExcelDays,
    /// `202401`.
    MonthDigits,
    /// `2024`.
    Year,
    /// Small whole numbers.
    DayNumber,
}

impl Kind {
    /// Units of time in a second, if the kind counts such units since 1970.
    pub(super) fn per_second(self) -> Option<i64> {
        match self {
            Self::Seconds => Some(1),
            Self::Milliseconds => Some(1_000),
            Self::Microseconds => Some(1_000_000),
            Self::Nanoseconds => Some(1_000_000_000),
            _ => None,
        }
    }

    /// Whether a number of this kind can hardly be anything else.
    pub(super) fn is_strong(self) -> bool {
        self == Self::DateDigits || self.per_second().is_some()
    }

    /// The name for the report.
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::DateDigits => "date digits",
            Self::Seconds => "unix seconds",
            Self::Milliseconds => "unix milliseconds",
            Self::Microseconds => "unix microseconds",
            Self::Nanoseconds => "unix nanoseconds",
            Self::ExcelDays => "Excel serial days",
            Self::MonthDigits => "digits yyyymm, the first day of the month taken",
            Self::Year => "years, the first day of January taken",
            Self::DayNumber => "day numbers without a year: only their order and distance are used",
        }
    }
}

/// The years in which digits without separators are read as a date: numbers outside mean something else.
pub(super) const PLAUSIBLE_YEARS: std::ops::RangeInclusive<i64> = 1900..=2100;
/// The days that are read as Excel serials: 1970-01-01 to 2099-12-31. Numbers below are day numbers without a year.
const EXCEL_DAYS: std::ops::RangeInclusive<i64> = 25_569..=73_050;
/// 1970-01-01 in days since 1899-12-30.
const EXCEL_EPOCH: i64 = 25_569;
/// 2100-01-01 in seconds since 1970.
const YEAR_2100: i64 = 4_102_444_800;
/// 1900-01-01 in seconds since 1970.
const YEAR_1900: i64 = -2_208_988_800;
/// Numbers of seconds, milliseconds, microseconds or nanoseconds that are nearer to 1970 than so many seconds (3 years) could
/// as well be day numbers or dates. They are read only if the other values of the column are unix times of these years.
const NEAR_1970: i64 = 100_000_000;

/// 2000-01-01 in seconds since 1970. Numbers of nanoseconds before it are refused: they are other clocks that count
/// 100 nanoseconds, from the year 1 (.NET, which would be read as 1990) or from 1601 (Windows, 1974).
const YEAR_2000: i64 = 946_684_800;

/// The unit in which a number is a unix time of the years 1900 to 2100. The ranges of the four units do not overlap.
pub(super) fn unix(digits: &Digits) -> Option<Kind> {
    [
        Kind::Seconds,
        Kind::Milliseconds,
        Kind::Microseconds,
        Kind::Nanoseconds,
    ]
    .into_iter()
    .find(|kind| {
        seconds(*kind, digits).is_some_and(|seconds| {
            let first = match kind {
                Kind::Nanoseconds => YEAR_2000,
                _ => YEAR_1900,
            };
            (first..YEAR_2100).contains(&seconds) && !(-NEAR_1970..NEAR_1970).contains(&seconds)
        })
    })
}

/// The time of a number as a kind, in seconds since 1970, or `None` if it is no number of this kind. For unix units any
/// number has a time.
pub(super) fn seconds(kind: Kind, digits: &Digits) -> Option<i64> {
    let number = digits.number;
    match kind {
        Kind::DateDigits => date_digits(digits),
        Kind::Seconds | Kind::Milliseconds | Kind::Microseconds | Kind::Nanoseconds => {
            Some(number.div_euclid(kind.per_second()?))
        }
        Kind::ExcelDays => {
            // Serials come rounded to a few decimals: the nearest second, not the second before.
            let part = (u64::from(digits.billionths) * 86_400 + 500_000_000) / 1_000_000_000;
            let part = i64::try_from(part).ok()?;
            EXCEL_DAYS
                .contains(&number)
                .then(|| (number - EXCEL_EPOCH) * 86_400 + part)
        }
        Kind::MonthDigits => {
            let (year, month) = (number / 100, number % 100);
            let fits = digits.billionths == 0 && PLAUSIBLE_YEARS.contains(&year);
            fits.then(|| day_start(year, month, 1)).flatten()
        }
        Kind::Year => {
            let fits = digits.billionths == 0 && PLAUSIBLE_YEARS.contains(&number);
            fits.then(|| day_start(number, 1, 1)).flatten()
        }
        Kind::DayNumber => {
            let small = (1 - EXCEL_EPOCH..EXCEL_EPOCH).contains(&number);
            (small && digits.billionths == 0).then(|| number * 86_400)
        }
    }
}

/// `yyyymmdd` and longer ones of the years 1900 to 2100.
fn date_digits(digits: &Digits) -> Option<i64> {
    let number = digits.number;
    let length = number.checked_ilog10()? + 1;
    // These lengths can also be unix times, so that the dates must be of the time of computers: 1970 and later.
    let first_year = if matches!(length, 10 | 12) {
        1970
    } else {
        1900
    };
    let (day, clock) = match length {
        8 => (number, 0),
        10 => (number / 100, number % 100 * 10_000),
        12 => (number / 10_000, number % 10_000 * 100),
        14 => (number / 1_000_000, number % 1_000_000),
        17 => (number / 1_000_000_000, number / 1_000 % 1_000_000),
        _ => return None,
    };
    let (hour, minute, second) = (clock / 10_000, clock / 100 % 100, clock % 100);
    let (year, month, day) = (day / 10_000, day / 100 % 100, day % 100);
    let fits = hour < 24
        && minute < 60
        && second < 60
        && PLAUSIBLE_YEARS.contains(&year)
        && year >= first_year;
    let day = day_start(year, month, day).filter(|_| fits)?;
    Some(day + hour * 3600 + minute * 60 + second)
}

/// The time of a number without a column: date digits or a unix time if it is only one of them. A number near 1970 is taken as
/// seconds only if it has nine digits.
pub(super) fn alone(text: &str) -> Option<i64> {
    let digits = number(text)?;
    match (seconds(Kind::DateDigits, &digits), unix(&digits)) {
        (Some(date), _) => Some(date),
        (None, Some(kind)) => seconds(kind, &digits),
        (None, None) => None,
    }
}
