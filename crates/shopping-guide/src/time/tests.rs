//! Tests of single times, by examples and by properties.

use super::*;
use jiff::civil::date as civil_date;
use proptest::prelude::*;

/// date -u -d '2010-12-01 08:26:00' +%s
const MOMENT: i64 = 1_291_191_960;

fn plain(text: &str) -> Option<i64> {
    match parse(text) {
        Some(Reading::Plain(time)) => Some(time),
        _ => None,
    }
}

#[test]
fn one_moment_in_every_writing() {
    for text in [
        "2010-12-01 08:26:00",
        "2010-12-01 08:26",
        "2010/12/1 8:26",
        " 2010-12-01T08:26:00Z",
        "2010-12-01t08:26:00z",
        "2010-12-01T08:26Z",
        "2010-12-01T08:26:00.123Z",
        "2010-12-01T08:26:00,123456+00:00",
        "2010-12-01 08:26:00 UTC",
        "2010-12-01 08:26:00.000 UTC",
        "2010-12-01 08:26:00 GMT",
        "2010-12-01T16:26:00+08:00",
        "2010-12-01 16:26:00 +0800",
        "2010-12-01T09:26:00+01",
        "2010-12-01T02:56:00-0530",
        "2010-12-01T02:56:00-05:30",
        "2010-12-01T02:56:00−05:30",
        "2010-12-01T09:26:00+01:00[Europe/Berlin]",
        "20101201T082600Z",
        "20101201T0826Z",
        "20101201 08:26:00",
        "2010年12月01日 08:26:00",
        "2010年12月1日 上午8:26",
        "2010年12月1日8时26分",
        "2010年12月1日8时26分0秒",
        "２０１０年１２月１日　８：２６",
        "2010년 12월 1일 오전 8:26",
        "2010年12月1日 午前8:26",
        "Wed, 01 Dec 2010 08:26:00 +0000",
        "Wed, 01 Dec 2010 08:26:00 GMT",
        "Wed Dec 01 08:26:00 2010",
        "Wed Dec 01 08:26:00 +0000 2010",
        "Wed Dec 01 08:26:00 UTC 2010",
        "Wed Dec 01 2010 09:26:00 GMT+0100 (Central European Time)",
        "Wednesday, December 1, 2010 8:26 AM",
        "December 1, 2010 at 8:26 AM",
        "December 1st 2010 8:26 am",
        "Dec 1, 2010, 8:26:00\u{202f}AM",
        "Dec 1, 2010 08:26:00 a.m.",
        "1. Dezember 2010 08:26",
        "1 DÉCEMBRE 2010 08:26",
        "1 de diciembre de 2010 8:26",
        "1 dic. 2010 8:26",
        "1 Dec 2010 08:26",
        "01-Dec-2010 08:26:00",
        "01-Dec-10 08:26:00",
        "2010-Dec-01 08:26",
        "8:26 am, 1 December 2010",
        "1291191960",
        "1291191960.5",
        "1291191960000",
        "1291191960000000",
        "1291191960000000000",
        "1.29119196e9",
        "201012010826",
        "20101201082600",
        "20101201082600123",
        "1.12.2010 08:26",
        "01.12.10 08:26",
    ] {
        assert_eq!(plain(text), Some(MOMENT), "{text}");
    }
    assert_eq!(plain("2010-12-01"), Some(1_291_161_600));
    assert_eq!(plain("20101201"), Some(1_291_161_600));
    assert_eq!(plain("2010-12"), Some(1_291_161_600));
    assert_eq!(plain("12/2010"), Some(1_291_161_600));
    assert_eq!(plain("December 2010"), Some(1_291_161_600));
    assert_eq!(plain("881250949"), Some(881_250_949));
    assert_eq!(plain("2012-02-29"), Some(1_330_473_600));
    assert_eq!(stamp(MOMENT), "2010-12-01 08:26:00");
    for end in [*YEARS.start(), *YEARS.end()] {
        assert_eq!(plain(&stamp(end)), Some(end));
    }
}

#[test]
fn hours_of_twelve_and_ends_of_the_day() {
    let day = 1_696_464_000; // 2023-10-05
    for (text, seconds) in [
        ("2023-10-05 12:00 AM", 0),
        ("2023-10-05 12:15 am", 900),
        ("2023-10-05 12:15 PM", 12 * 3600 + 900),
        ("2023-10-05 3:15PM", 15 * 3600 + 900),
        ("Oct 5, 2023 3:15:00 p.m.", 15 * 3600 + 900),
        ("October 5 2023 3 PM", 15 * 3600),
        ("2023年10月5日 下午3:15", 15 * 3600 + 900),
        ("2023年10月5日 下午3点", 15 * 3600),
        ("2023-10-05 24:00", 86_400),
        ("2023-10-05T23:59:60Z", 86_400),
        ("2023-10-05T23:30:00-01:00", 86_400 + 1800),
        ("Oct 5, 2023", 0),
        ("5 Oct 2023", 0),
        ("1969-12-31 23:59:59", -1 - day),
    ] {
        assert_eq!(plain(text), Some(day + seconds), "{text}");
    }
    assert_eq!(plain("1969-12-31 23:59:59.9"), Some(-1));
    assert_eq!(seconds(Timestamp::from_millisecond(-100).unwrap()), -1);
    assert_eq!(seconds(Timestamp::from_millisecond(1900).unwrap()), 1);
}

#[test]
fn what_is_no_time_is_refused_with_its_reason() {
    use written::Refused::*;
    for (text, reason) in [
        ("", Unreadable),
        ("soon", Unreadable),
        ("NaN", Unreadable),
        ("-", Unreadable),
        ("2010-", Unreadable),
        ("2010-12-01 +", Unreadable),
        ("2010-12-01 08", Unreadable),
        ("2010-12-01T08:26:00+é", Unreadable),
        ("2010-12-01 08:26:00:00", Unreadable),
        ("2010--12-01", Unreadable),
        ("3 apples 2010", Unreadable),
        ("2010-13-01", NoSuchDay),
        ("2011-02-29", NoSuchDay),
        ("2010-12-01 25:00", NoSuchDay),
        ("2010-12-01 24:01", NoSuchDay),
        ("2010-12-01 08:60", NoSuchDay),
        ("2010-12-01 13:26 AM", NoSuchDay),
        ("13/13/2010", NoSuchDay),
        ("31.4.2010", NoSuchDay),
        ("12.13.2010", NoSuchDay),
        ("Thu, 01 Dec 2010", NoSuchDay), // a Wednesday
        ("2010-12-01 08:26:00 CEST", NamedZone),
        ("2010-12-01 08:26:00 EST", NamedZone),
        ("2010-12-01 08:26:00+25:00", NoSuchZone),
        ("3:15 PM", ClockAlone),
        ("08:26:00", ClockAlone),
        ("2010-W48-3", WeekOrOrdinal),
        ("2010-335", WeekOrOrdinal),
        ("Dec 1", NoYear),
        ("12/01", NoYear),
        ("10-12-01", ShortYear),
        ("0000-00-00", ZeroDate),
        ("0000-00-00 00:00:00", ZeroDate),
        ("9999-12-31 23:00-05:00", OutOfYears),
    ] {
        assert_eq!(written::read(text).map(|_| ()), Err(reason), "{text}");
        assert_eq!(parse(text), None, "{text}");
    }
    for text in [
        "1e300",
        "99999999999",
        "20231305",
        "9223372036854775807",
        "638321572800000000",
        "133410000000000000",
        "-9223372036854775808",
    ] {
        assert_eq!(parse(text), None, "{text}");
    }
}

#[test]
fn years_may_stand_last() {
    let (december, january) = (MOMENT, 1_294_734_360); // 2010-12-01 08:26 and 2011-01-11 08:26
    for (text, expected) in [
        ("13/1/2011 8:26", Reading::Second(january + 2 * 86_400)),
        ("01-13-2011 8:26", Reading::First(january + 2 * 86_400)),
        ("1/1/2011 08:26", Reading::Plain(january - 10 * 86_400)),
        ("12/1/2010 8:26", Reading::Either(december, 1_263_284_760)), // 2010-01-12 08:26
        ("12/1/10 8:26 AM", Reading::Either(december, 1_263_284_760)),
        ("Wed 12/1/2010 8:26", Reading::First(december)), // 2010-01-12 is a Tuesday
        ("13.1.2011 8:26", Reading::Plain(january + 2 * 86_400)),
    ] {
        assert_eq!(parse(text), Some(expected), "{text}");
    }
}

#[test]
fn seconds_outside_the_calendar_are_written_as_seconds() {
    assert_eq!(date(i64::MAX), "9223372036854775807 s since 1970");
    assert_eq!(stamp(i64::MIN), "-9223372036854775808 s since 1970");
}

const MONTH_NAMES: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

proptest! {
    #[test]
    fn any_moment_reads_back_from_every_writing(
        days in -25_567_i64..47_847, of_day in 0_i64..86_400, offset in -14_i64 * 60..=14 * 60,
    ) {
        // 1900-01-01 to 2100-12-31; the calendar of `jiff` is the reference.
        let time = days * 86_400 + of_day;
        let day = civil_date(1970, 1, 1).saturating_add(jiff::Span::new().days(days));
        let at = day.at(0, 0, 0, 0).saturating_add(jiff::Span::new().seconds(of_day));
        let (year, month, day, hour, minute, second) =
            (at.year(), at.month(), at.day(), at.hour(), at.minute(), at.second());
        let name = MONTH_NAMES[usize::from(month.unsigned_abs()) - 1];
        let (half, twelve) = (if hour < 12 { "AM" } else { "PM" }, (hour + 11) % 12 + 1);
        let local = at.saturating_add(jiff::Span::new().minutes(offset));
        let (sign, minutes) = (if offset < 0 { '-' } else { '+' }, offset.unsigned_abs());
        let zone = format!("{sign}{:02}:{:02}", minutes / 60, minutes % 60);
        let weekday = format!("{:?}", at.weekday());
        for text in [
            format!("{at}"),
            format!("{at}Z"),
            format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}"),
            format!("{year}/{month}/{day} {hour}:{minute:02}:{second:02}"),
            format!("{day}.{month}.{year} {hour}:{minute:02}:{second:02}"),
            format!("{local}{zone}"),
            format!("{local} {}", zone.replace(':', "")),
            format!("{name} {day}, {year} {twelve}:{minute:02}:{second:02} {half}"),
            format!("{} {day} {year} {twelve}:{minute:02}:{second:02}{half}", &name[..3]),
            format!("{weekday}, {day:02} {} {year} {hour:02}:{minute:02}:{second:02} +0000", &name[..3]),
            format!("{day}-{}-{year} {hour:02}:{minute:02}:{second:02}", name.to_uppercase()),
            format!("{year}年{month}月{day}日 {hour:02}:{minute:02}:{second:02}"),
            format!("{year}年{month}月{day}日 {}{twelve}:{minute:02}:{second:02}", if hour < 12 { "上午" } else { "下午" }),
            format!("{year:04}{month:02}{day:02}{hour:02}{minute:02}{second:02}"),
            format!("{year:04}{month:02}{day:02}T{hour:02}{minute:02}{second:02}Z"),
        ] {
            prop_assert_eq!(plain(&text), Some(time), "{}", text);
        }
        let month_first = format!("{month}/{day}/{year} {hour}:{minute:02}:{second:02}");
        prop_assert_eq!(parse(&month_first).map(Reading::value), Some(time), "{}", month_first);
        prop_assert_eq!(stamp(time), format!("{at}").replace('T', " "));
        prop_assert_eq!(date(time), at.date().to_string());
    }

    #[test]
    fn no_text_panics(text in "\\PC{0,40}", odd in "[0-9 :./,TZ+amp年月日时分下午-]{0,24}") {
        for text in [&text, &odd] {
            if let Some(reading) = parse(text) {
                prop_assert!(YEARS.contains(&reading.value()), "{}", text);
            }
        }
    }
}
