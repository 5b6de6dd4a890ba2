//! Numbers in digits: `1,299.50`, `.5`, `3 1/2`, `2.7e-1`, with an English multiplier: `20k`, `1.5 million`.

use super::english;
use super::number::{Number, Written};
use crate::sentence::text::{FoldedText, is_word};

/// Digits with separators of thousands and a decimal point.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Literal {
    pub(super) end: usize,
    pub(super) value: f64,
    /// Digits before the decimal point.
    pub(super) count: usize,
    /// Neither separator, decimal point nor exponent.
    pub(super) plain: bool,
}

/// The digits at `start`. `None` if there are none or their value is not finite.
pub(super) fn literal(text: &FoldedText, start: usize) -> Option<Literal> {
    let digits = |from: usize| {
        (from..)
            .take_while(|at| text.at(*at).is_ascii_digit())
            .count()
    };
    let mut written = String::new();
    let mut end = start + digits(start);
    written.extend(text.folded(start..end));
    let mut count = end - start;
    if (1..=3).contains(&count) {
        let groups_end = groups(text, end);
        let group = text.folded(end..groups_end).iter().filter(|c| **c != ',');
        written.extend(group);
        end = groups_end;
        count = written.len();
    }
    let mut plain = end == start + count;
    let decimals = match text.at(end) {
        '.' => digits(end + 1),
        ',' if is_euro(text, start, end) => 2,
        _ => 0,
    };
    let before = text.before(start);
    if decimals > 0 && (count > 0 || !is_word(before) && before != '.') {
        written.push('.');
        written.extend(text.folded(end + 1..end + 1 + decimals));
        end += 1 + decimals;
        plain = false;
    } else if count == 0 {
        return None;
    }
    if text.at(end) == 'e' {
        let signed = matches!(text.at(end + 1), '+' | '-');
        let exponent = end + 1 + usize::from(signed);
        let length = digits(exponent);
        // `2e5` without a point or sign is as well a model: it is protected as a code.
        if (1..=3).contains(&length) && !is_word(text.at(exponent + length)) {
            written.extend(text.folded(end..exponent + length));
            end = exponent + length;
            plain = false;
        }
    }
    let value: f64 = written.parse().ok()?;
    value.is_finite().then_some(Literal {
        end,
        value,
        count,
        plain,
    })
}

/// Whether a comma before two digits is the decimal sign of a price in euros: `12,50 €`.
pub(crate) fn is_euro(text: &FoldedText, start: usize, comma: usize) -> bool {
    let end = comma + 3;
    let two = text.at(comma + 1).is_ascii_digit() && text.at(comma + 2).is_ascii_digit();
    let sign_behind = text.at(text.skip_blanks(end)) == '€';
    let sign_before = text.before(text.skip_blanks_back(start)) == '€';
    two && !is_word(text.at(end)) && (sign_behind || sign_before)
}

/// The end of groups of three digits behind commas; groups of two may stand before the last, as in India.
fn groups(text: &FoldedText, start: usize) -> usize {
    let mut end = start;
    let mut at = start;
    while text.at(at) == ',' {
        let length = (1..=4)
            .take_while(|ahead| text.at(at + ahead).is_ascii_digit())
            .count();
        match length {
            2 => at += 3,
            3 => {
                at += 4;
                end = at;
            }
            _ => break,
        }
    }
    end
}

/// The number at `start`: digits, a fraction, a multiplier.
pub(super) fn read(text: &FoldedText, start: usize) -> Option<Number> {
    let literal = literal(text, start)?;
    let written = Written::Digits {
        count: literal.count,
        plain: literal.plain,
    };
    let number = Number::exact(literal.end, literal.value, written);
    if let Some((end, value)) = power(text, literal) {
        return value
            .is_finite()
            .then(|| Number::exact(end, value, written));
    }
    if literal.plain {
        if let Some((end, value)) = quotient(text, literal) {
            return Some(Number::exact(end, value, written));
        }
        let numerator_at = text.skip_blanks(literal.end);
        if numerator_at > literal.end
            && let Some(numerator) = self::literal(text, numerator_at)
            && let Some((end, value)) = quotient(text, numerator)
        {
            return Some(Number::exact(end, literal.value + value, written));
        }
    }
    Some(english::scaled(text, number))
}

/// A power with a whole exponent, `2^-1`.
fn power(text: &FoldedText, base: Literal) -> Option<(usize, f64)> {
    if text.at(base.end) != '^' {
        return None;
    }
    let signs = (1..=2)
        .take_while(|ahead| matches!(text.at(base.end + ahead), '+' | '-'))
        .count();
    let negative = signs == 1 && text.at(base.end + 1) == '-';
    let exponent = literal(text, base.end + 1 + signs).filter(|exponent| exponent.plain)?;
    let value = base.value.powf(if negative {
        -exponent.value
    } else {
        exponent.value
    });
    Some((exponent.end, value))
}

/// A fraction of two whole numbers, of which the numerator was read. Longer ones are dates.
fn quotient(text: &FoldedText, numerator: Literal) -> Option<(usize, f64)> {
    if !numerator.plain || text.at(numerator.end) != '/' {
        return None;
    }
    let denominator = literal(text, numerator.end + 1).filter(|below| below.plain)?;
    let (above, below) = (numerator.value, denominator.value);
    let around_the_clock = above == 24.0 && below == 7.0;
    let fits = below != 0.0 && !around_the_clock && !matches!(text.at(denominator.end), '/' | '-');
    fits.then_some((denominator.end, above / below))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str) -> Option<(f64, usize)> {
        let number = read(&FoldedText::new(text), 0)?;
        Some((number.value()?, number.end))
    }

    #[test]
    fn digits_with_separators_fractions_and_multipliers() {
        for (text, expected, end) in [
            ("12", 12.0, 2),
            ("1,299.50", 1299.5, 8),
            ("1,2", 1.0, 1),
            ("1,2345", 1.0, 1),
            ("12,34,567.89", 1_234_567.89, 12),
            ("1, 234", 1.0, 1),
            (".5", 0.5, 2),
            ("２．５", 2.5, 3),
            ("2.50.", 2.5, 4),
            ("1/2", 0.5, 3),
            ("3 1/2", 3.5, 5),
            ("24/7", 24.0, 2),
            ("2.7e-1", 0.27, 6),
            ("2^-1", 0.5, 4),
            ("20k", 20_000.0, 3),
            ("1.5 million", 1_500_000.0, 11),
            ("35 lakh", 3_500_000.0, 7),
        ] {
            assert_eq!(value(text), Some((expected, end)), "{text}");
        }
        assert_eq!(value("."), None);
        assert_eq!(value(&"9".repeat(400)), None);
    }
}
