//! Numbers as people write them in a table, with a decimal point or comma.

use super::text::plain_characters;
use super::vote::Reading;

/// What is said of a column whose numbers may have thousands or decimals behind their one separator.
pub(crate) const GUESSED_DECIMAL: &str =
    "has a number whose separator may be of decimals or thousands, `.` taken as the decimal sign";

/// A number as people write it in a table: `12.5`, `1,299.00`, `£3.50`, `¥ 20`, `1.299,50`, `1 299`, `1'299`; the first way of
/// writing has a decimal point, the second a decimal comma.
///
/// The last separator is the decimal sign, unless it stands several times or before exactly three digits that can be
/// thousands; then, alone, it separates thousands or, with a column of that kind, decimals. Blanks and apostrophes separate
/// groups of three digits; `12 13` is no number.
pub(crate) fn number(text: &str) -> Option<Reading<f32>> {
    let text = plain_characters(text);
    let text = text.trim_matches(|c: char| c.is_whitespace() || "$€£¥元".contains(c));
    let mut groups = text.split([' ', '\'']);
    groups.next();
    let of_three = |group: &str| group.bytes().take_while(u8::is_ascii_digit).count() == 3;
    if !groups.all(of_three) {
        return None;
    }
    let text = text.replace([' ', '\''], "");
    let with = |decimal: char| {
        let grouping = if decimal == '.' { ',' } else { '.' };
        let digits = text.replace(grouping, "").replace(decimal, ".");
        let number: Option<f32> = digits.parse().ok();
        number.filter(|number| number.is_finite())
    };
    let point = || with('.').map(Reading::First);
    let comma = || with(',').map(Reading::Second);
    let Some(last) = text.rfind(['.', ',']) else {
        return with('.').map(Reading::Plain);
    };
    let (before, behind) = (&text[..last], &text[last + 1..]);
    let is_comma = text[last..].starts_with(',');
    let (own, other) = if is_comma { (',', '.') } else { ('.', ',') };
    let (repeated, mixed) = (before.contains(own), before.contains(other));
    let three = behind.len() == 3 && behind.bytes().all(|byte| byte.is_ascii_digit());
    match (repeated, mixed) {
        (true, true) => None,
        // Thousands, millions: the decimal sign is the other one.
        (true, false) if !three => None,
        (true, false) => {
            if is_comma {
                point()
            } else {
                comma()
            }
        }
        (false, false) if three && can_be_thousands(before) => {
            let (point, comma) = (with('.')?, with(',')?);
            Some(Reading::Either(point, comma))
        }
        (false, _) => {
            if is_comma {
                comma()
            } else {
                point()
            }
        }
    }
}

/// Whether three more digits may follow as thousands: one to three digits that do not begin with 0.
fn can_be_thousands(before: &str) -> bool {
    let digits = before.trim_start_matches(['-', '+']);
    (1..=3).contains(&digits.len())
        && !digits.starts_with('0')
        && digits.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::super::vote::Column;
    use super::*;
    use crate::read_report::ReadReport;

    #[test]
    fn numbers_in_every_writing() {
        for (text, expected) in [
            ("20", Reading::Plain(20.0)),
            ("￥20元", Reading::Plain(20.0)),
            ("-1", Reading::Plain(-1.0)),
            ("1 299", Reading::Plain(1299.0)),
            ("1'299", Reading::Plain(1299.0)),
            ("１２", Reading::Plain(12.0)),
            ("4,50", Reading::Second(4.5)),
            ("£4.50", Reading::First(4.5)),
            ("1.299,50", Reading::Second(1299.5)),
            ("1.299,500", Reading::Second(1299.5)),
            ("1,299.00", Reading::First(1299.0)),
            ("1,299,000", Reading::First(1_299_000.0)),
            ("1.299.000", Reading::Second(1_299_000.0)),
            ("1\u{a0}299,5 €", Reading::Second(1299.5)),
            ("0,125", Reading::Second(0.125)),
            ("1234.500", Reading::First(1234.5)),
            (".5", Reading::First(0.5)),
            ("1.5e3", Reading::First(1500.0)),
            ("1,299", Reading::Either(1299.0, 1.299)),
            ("-1.299", Reading::Either(-1.299, -1299.0)),
        ] {
            assert_eq!(number(text), Some(expected), "{text}");
        }
        for text in [
            "", "x", "12 13", "1'29", "1.2.3", "1,2.3,4", "NaN", "inf", "1e99", ".", "1,,2", "é,1",
        ] {
            assert_eq!(number(text), None, "{text}");
        }
    }

    fn settled(texts: &[&str]) -> (Vec<f32>, ReadReport) {
        let (mut column, mut report) = (Column::default(), ReadReport::default());
        let mut values = Vec::new();
        for (at, text) in texts.iter().enumerate() {
            values.push(column.take(number(text).unwrap(), at, at as u64 + 2, text));
        }
        let correct = |at: usize, value| values[at] = value;
        column.settle(&mut report, GUESSED_DECIMAL, correct);
        (values, report)
    }

    #[test]
    fn a_column_decides_what_its_unclear_values_mean() {
        let (values, report) = settled(&["1,299", "4,50", "7"]);
        assert_eq!((values, report.findings.len()), (vec![1.299, 4.5, 7.0], 0));
        let (values, report) = settled(&["1.299", "4,50"]);
        assert_eq!((values, report.findings.len()), (vec![1299.0, 4.5], 0));
        let (values, report) = settled(&["1,299", "4.50"]);
        assert_eq!((values, report.findings.len()), (vec![1299.0, 4.5], 0));
        let (values, report) = settled(&["7", "1,299", "2.500"]);
        assert_eq!(values, [7.0, 1299.0, 2.5]);
        assert_eq!(report.count(GUESSED_DECIMAL), 2);
        assert_eq!(report.findings[0].examples, [(3, "1,299".to_owned())]);
    }
}
