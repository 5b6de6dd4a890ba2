//! Tests of whole columns of times.

use super::*;
use crate::read_report::{ReadReport, Remedy};
use proptest::prelude::*;

/// What a column is read as: the times of its rows, `None` for no time or a refused text.
struct Settled {
    times: Vec<Option<i64>>,
    refused: usize,
    settled: SettledTimes,
}

fn settle<S: AsRef<str>>(texts: &[S]) -> Settled {
    let mut column = TimeColumn::default();
    let (mut times, mut refused) = (Vec::new(), 0);
    for (row, text) in texts.iter().enumerate() {
        let taken = column.take(text.as_ref(), row, row as u64 + 2);
        refused += usize::from(taken.is_err());
        times.push(taken.unwrap_or(None));
    }
    let settled = column.settle(|row, time| {
        refused += usize::from(time.is_none());
        times[row] = time;
    });
    assert!(settled.refused.iter().map(|one| one.rows).sum::<usize>() <= refused);
    Settled {
        times,
        refused,
        settled,
    }
}

fn guessed(settled: &SettledTimes) -> usize {
    let guesses = settled
        .findings
        .iter()
        .filter(|one| one.remedy == Remedy::Guessed);
    guesses.map(|one| one.rows).sum()
}

/// 2024-01-01 10:00 and every third day after it.
fn log() -> Vec<i64> {
    (0..60).map(|at| 1_704_103_200 + at * 3 * 86_400).collect()
}

#[test]
fn the_same_log_in_digits_of_every_kind() {
    type Writing = fn(i64) -> String;
    let digits: fn(i64) -> String =
        |time| stamp(time).chars().filter(char::is_ascii_digit).collect();
    let writings: [(&str, Writing); 11] = [
        ("unix seconds", |time| time.to_string()),
        ("unix seconds", |time| format!("{time}.25")),
        ("unix milliseconds", |time| (time * 1000).to_string()),
        ("unix microseconds", |time| (time * 1_000_000).to_string()),
        ("unix nanoseconds", |time| {
            (time * 1_000_000_000).to_string()
        }),
        ("Excel serial days", |time| {
            format!("{:.6}", time as f64 / 86_400.0 + 25_569.0)
        }),
        ("Excel serial days", |time| {
            format!("{:.5}", time as f64 / 86_400.0 + 25_569.0).replace('.', ",")
        }),
        ("digits yyyymmddhhmmss", |time| {
            stamp(time).chars().filter(char::is_ascii_digit).collect()
        }),
        ("digits yyyymmddhhmm", |time| {
            stamp(time)
                .chars()
                .filter(char::is_ascii_digit)
                .take(12)
                .collect()
        }),
        ("digits yyyymmddhh", |time| {
            stamp(time)
                .chars()
                .filter(char::is_ascii_digit)
                .take(10)
                .collect()
        }),
        ("dates with the year first", stamp),
    ];
    for (words, write) in writings {
        let texts: Vec<String> = log().into_iter().map(write).collect();
        let read = settle(&texts);
        let expected: Vec<Option<i64>> = log().into_iter().map(Some).collect();
        assert_eq!((read.settled.words().as_str(), read.refused), (words, 0));
        assert_eq!(read.times, expected, "{words}");
        assert!(
            read.settled.has_year && read.settled.findings.is_empty(),
            "{words}"
        );
    }
    // Without a time of day.
    let days: Vec<String> = log()
        .into_iter()
        .map(|time| digits(time)[..8].to_owned())
        .collect();
    let read = settle(&days);
    assert_eq!(read.settled.words(), "digits yyyymmdd");
    assert_eq!(read.times[1], Some(1_704_326_400)); // 2024-01-04
    // A month alone is the first of the month, and this is said.
    let months: Vec<String> = log()
        .into_iter()
        .map(|time| digits(time)[..6].to_owned())
        .collect();
    let read = settle(&months);
    assert_eq!(read.times[20], Some(1_709_251_200)); // 2024-03-01
    assert_eq!(guessed(&read.settled), 60);
}

#[test]
fn day_numbers_keep_their_order_and_distance_and_have_no_year() {
    let read = settle(&["1", "2", "100", "400", "711", "712"]);
    assert_eq!(read.times[3], Some(400 * 86_400));
    assert!(!read.settled.has_year);
    assert_eq!((guessed(&read.settled), read.refused), (6, 0));
    assert!(
        read.settled
            .words()
            .starts_with("day numbers without a year")
    );
    // Serials of the same size as a spreadsheet's days have a year.
    let read = settle(&["45292", "45293", "45351"]);
    assert_eq!(read.times[2], Some(1_709_164_800)); // 2024-02-29
    assert!(read.settled.has_year);
    assert_eq!(guessed(&read.settled), 3);
}

#[test]
fn years_alone_are_the_first_of_january() {
    let read = settle(&["1999", "2004", "2024"]);
    assert_eq!(read.times[2], Some(1_704_067_200));
    assert_eq!(guessed(&read.settled), 3);
}

#[test]
fn times_of_day_without_a_date_are_refused() {
    let read = settle(&["1631", "0915", "1200", "1205", "2359", "0001"]);
    assert_eq!((read.refused, read.times[0]), (6, None));
    assert!(
        read.settled.refused[0]
            .reason
            .contains("a time of day without a date")
    );
    // Without zeros in front: every minute of an evening is no row of days.
    let evening: Vec<String> = (0..60).map(|minute| (1700 + minute).to_string()).collect();
    assert_eq!(settle(&evening).refused, 60);
}

#[test]
fn numbers_of_no_known_writing_are_refused() {
    // A counter of rows; numbers with a fraction; more than a lifetime of days.
    let counter: Vec<String> = (1..3000).map(|at| (at * 40).to_string()).collect();
    assert_eq!(settle(&counter).refused, 2999);
    let read = settle(&["0.5", "1.25", "2.75"]);
    assert_eq!(read.refused, 3);
    assert!(read.settled.refused[0].reason.contains("no known writing"));
    assert_eq!(read.settled.refused[0].examples[0], (2, "0.5".to_owned()));
}

#[test]
fn units_are_mixed_only_where_the_times_agree() {
    let read = settle(&[
        "1714557600",
        "1714557600000",
        "2024-05-03T10:00:00Z",
        "1714730400000000",
        "2024-05-05",
        "1714903200",
        "20240506",
    ]);
    let days: Vec<String> = read.times.iter().map(|time| date(time.unwrap())).collect();
    assert_eq!(
        days.join(" "),
        "2024-05-01 2024-05-01 2024-05-03 2024-05-03 2024-05-05 2024-05-05 2024-05-06"
    );
    assert_eq!(read.refused, 0);
    // 9999-12-31 in seconds would be 1978 in milliseconds; 99991231 is no plausible day; 1e10 seconds are the year 2286.
    let read = settle(&[
        "1714557600",
        "1714557601",
        "253402300799",
        "99991231",
        "10000000000",
    ]);
    assert_eq!(
        (read.refused, read.times[2], read.times[3], read.times[4]),
        (3, None, None, None)
    );
    // A date in digits among serials is refused where it is of another century, and read where it is near.
    let read = settle(&["2024-05-03", "1900-01-01", "45414"]);
    assert_eq!(read.times[2].map(date), Some("2024-05-02".to_owned()));
    let read = settle(&["1995-05-03", "1996-01-01", "45414"]);
    assert_eq!((read.refused, read.times[2]), (1, None));
    // A small number among dates has no year.
    let read = settle(&["2024-05-03", "17"]);
    assert_eq!((read.refused, read.times[1]), (1, None));
}

#[test]
fn a_zero_among_unix_times_is_no_time() {
    let read = settle(&[
        "1714557600",
        "0",
        "-1",
        "1714557601",
        "",
        "NULL",
        "0000-00-00",
    ]);
    assert_eq!(read.times.iter().flatten().count(), 2);
    assert_eq!((read.refused, read.settled.missing), (0, 2));
    let rows: usize = read.settled.findings.iter().map(|one| one.rows).sum();
    assert_eq!(rows, 3);
    // Near 1970 and before it, a column of unix seconds is read as it stands.
    let read = settle(&["-631152000", "86400", "-86400", "150000000", "200000000"]);
    assert_eq!(
        read.times[..3],
        [Some(-631_152_000), Some(86_400), Some(-86_400)]
    );
    let read = settle(&["1714557600", "86400", "1714557601"]);
    assert_eq!((read.refused, read.times[1]), (1, None));
}

#[test]
fn ten_digits_are_dates_only_if_all_of_them_can_be() {
    let read = settle(&["2024010110", "2024010111"]);
    assert_eq!(read.times[0], Some(1_704_103_200));
    assert_eq!(guessed(&read.settled), 0);
    // One of them cannot be a date: all are seconds.
    let read = settle(&["2024010110", "2024019911"]);
    assert_eq!(read.times[0], Some(2_024_010_110));
    // Ten digits of the year 1912 would be seconds of the year 2030.
    let read = settle(&["1912123123", "1912123122"]);
    assert_eq!(read.times[0], Some(1_912_123_123));
    // One alone is a guess.
    let read = settle(&["2024010110"]);
    assert_eq!(
        (read.times[0], guessed(&read.settled)),
        (Some(1_704_103_200), 1)
    );
}

#[test]
fn a_column_of_dates_decides_which_comes_first() {
    let days = |texts: &[&str]| {
        let read = settle(texts);
        let days: Vec<String> = read.times.iter().map(|time| date(time.unwrap())).collect();
        (days.join(" "), guessed(&read.settled), read.settled.words())
    };
    let (us, guesses, words) = days(&["12/13/2010", "12/31/2010", "12/1/2010"]);
    assert_eq!(
        (us.as_str(), guesses),
        ("2010-12-13 2010-12-31 2010-12-01", 0)
    );
    assert_eq!(words, "dates with the month first");
    let (europe, guesses, words) = days(&["13/12/2010", "31/12/2010", "12/1/2010"]);
    assert_eq!(
        (europe.as_str(), guesses),
        ("2010-12-13 2010-12-31 2010-01-12", 0)
    );
    assert_eq!(words, "dates with the day first");
    let (unclear, guesses, _) = days(&["12/1/2010", "5/5/2010", "2/3/2010"]);
    assert_eq!(
        (unclear.as_str(), guesses),
        ("2010-12-01 2010-05-05 2010-02-03", 2)
    );
    // Where both ways stand in one column, an unclear date remains a guess.
    let (both, guesses, _) = days(&["13/12/2010", "31/12/2010", "12/31/2010", "12/1/2010"]);
    assert_eq!(both, "2010-12-13 2010-12-31 2010-12-31 2010-01-12");
    assert_eq!(guesses, 1);
    let (points, guesses, _) = days(&["13.12.2010", "12/1/2010"]);
    assert_eq!((points.as_str(), guesses), ("2010-12-13 2010-01-12", 0));
    // Two-digit years are said: 1 row each for the century.
    let (short, guesses, _) = days(&["01.02.24", "31.12.99"]);
    assert_eq!((short.as_str(), guesses), ("2024-02-01 1999-12-31", 2));
}

#[test]
fn times_without_a_zone_among_times_with_one_are_said() {
    let read = settle(&[
        "2024-05-01T10:00:00+02:00",
        "2024-05-01T10:00:00",
        "2024-05-01",
    ]);
    assert_eq!(guessed(&read.settled), 1);
    assert_eq!(
        guessed(&settle(&["2024-05-01T10:00:00", "2024-05-01"]).settled),
        0
    );
}

#[test]
fn an_exponent_is_said() {
    let read = settle(&["1.714557600e9", "1.71E+09"]);
    assert_eq!(read.times, [Some(1_714_557_600), Some(1_710_000_000)]);
    assert_eq!(guessed(&read.settled), 2);
}

#[test]
fn the_report_takes_each_finding_with_its_rows_and_examples() {
    let mut report = ReadReport::default();
    settle(&["01.02.24", "02.02.24", "03.02.24", "04.02.24", "17"])
        .settled
        .add_to(&mut report);
    assert_eq!(report.count(GUESSED_CENTURY), 4);
    let century = &report.findings[0];
    assert_eq!(century.examples.len(), 3);
    assert_eq!(century.examples[2], (4, "03.02.24".to_owned()));
    assert_eq!(report.findings[1].remedy, Remedy::LeftOut);
}

proptest! {
    #[test]
    fn no_column_panics_or_leaves_the_years(
        texts in proptest::collection::vec(
            prop_oneof!["[0-9]{1,20}", "-?[0-9]{1,12}[.,][0-9]{0,12}", "[0-9]{1,3}e[0-9]{1,3}", "\\PC{0,20}",
                "[0-9]{1,2}/[0-9]{1,2}/[0-9]{2,4}"],
            0..40,
        ),
    ) {
        let read = settle(&texts);
        for (text, time) in texts.iter().zip(read.times) {
            if let Some(time) = time {
                prop_assert!(YEARS.contains(&time), "{}", text);
            }
        }
    }

    #[test]
    fn any_column_of_unix_times_reads_back(
        times in proptest::collection::vec(950_000_000_i64..1_960_000_000, 1..50),
        unit in 0_u32..4,
    ) {
        let unit = 1000_i64.pow(unit);
        let texts: Vec<String> = times.iter().map(|time| (time * unit).to_string()).collect();
        let read = settle(&texts);
        let expected: Vec<Option<i64>> = times.iter().copied().map(Some).collect();
        // 12 digits of milliseconds can all be dates by chance; with ten numbers they hardly are.
        if times.len() >= 10 || unit != 1000 {
            prop_assert_eq!(read.times, expected);
        }
    }
}
