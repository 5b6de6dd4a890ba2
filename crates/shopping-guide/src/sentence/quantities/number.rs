//! A number in a sentence: digits, Chinese numerals or English words, with sign, fraction and multiplier.

use super::{chinese, digits, english};
use crate::sentence::text::FoldedText;

/// A number as read, possibly a small range such as 两三百.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Number {
    /// The place behind its last character.
    pub(super) end: usize,
    /// The lowest and the highest value. Equal for an exact number.
    pub(super) values: Pair,
    /// Both ends are excluded: 一百多 is above 100 and below 200.
    pub(super) open: bool,
    /// `a couple of`, 十来: the number is approximate.
    pub(super) approximate: bool,
    /// The last multiplier if the whole number is one figure times it, else 1: 1000 of `20k`, 100 of 三百.
    pub(super) scale: f64,
    /// It is a quantity only with a unit or a bound: `one`, `half`, `tenth`.
    pub(super) weak: bool,
    pub(super) written: Written,
}

/// How a number is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Written {
    /// ASCII digits, the count of digits before the decimal point, and whether nothing else stands there.
    Digits { count: usize, plain: bool },
    /// Chinese numerals. `single`: one character, or multipliers without a figure, as in many other words.
    Chinese { single: bool },
    /// English words.
    Words,
    /// An English ordinal. Units do not belong to it.
    Ordinal,
}

/// The lowest and the highest value.
pub(super) type Pair = (f64, f64);

impl Number {
    pub(super) fn exact(end: usize, value: f64, written: Written) -> Self {
        Self {
            end,
            values: (value, value),
            open: false,
            approximate: false,
            scale: 1.0,
            weak: false,
            written,
        }
    }

    /// The number with both values changed.
    pub(super) fn map(self, change: impl Fn(f64) -> f64) -> Self {
        let (one, other) = (change(self.values.0), change(self.values.1));
        Self {
            values: (one.min(other), one.max(other)),
            ..self
        }
    }

    /// The number times a multiplier that ends at `end`.
    pub(super) fn times(self, scale: f64, end: usize) -> Self {
        let product = self.map(|value| value * scale);
        Self {
            end,
            scale: self.scale * scale,
            ..product
        }
    }

    /// The value if it is one.
    pub(super) fn value(&self) -> Option<f64> {
        (self.values.0 == self.values.1).then_some(self.values.0)
    }
}

/// The number at `start`, with its sign. `None` if there is none.
pub(super) fn number(text: &FoldedText, start: usize) -> Option<Number> {
    let unsigned = sign_end(text, start);
    let number = dozens(text, fraction(text, unsigned.unwrap_or(start))?);
    let finite = number.values.0.is_finite() && number.values.1.is_finite();
    let signed = if unsigned.is_some() {
        number.map(|value| -value)
    } else {
        number
    };
    finite.then_some(signed)
}

/// The place behind a minus sign or its word.
fn sign_end(text: &FoldedText, start: usize) -> Option<usize> {
    if text.at(start) == '负' {
        return Some(start + 1);
    }
    if text.at(start) == '-' {
        // Behind another number or a word it is a hyphen: `20 -30`, 50元-100元.
        let free = matches!(
            text.before(start),
            '\0' | ' ' | '(' | '<' | '>' | '=' | '≤' | '≥' | ':' | ',' | '，' | '^'
        );
        let behind_digit = text.before(text.skip_blanks_back(start)).is_ascii_digit();
        let next = text.at(start + 1);
        let number = next.is_ascii_digit() || next == '.';
        return (free && !behind_digit && number).then_some(start + 1);
    }
    let end = text
        .starts_with(start, "negative")
        .or_else(|| text.starts_with(start, "minus"))?;
    Some(text.skip_blanks(end))
}

/// 两打: twenty-four. 打 is also a verb: 一件打八折.
fn dozens(text: &FoldedText, number: Number) -> Number {
    let verb = matches!(
        text.at(number.end + 1),
        '折' | '开' | '包' | '电' | '扮' | '底' | '算' | '一' | '七' | '八' | '九'
    );
    if text.at(number.end) != '打' || verb {
        return number;
    }
    Number {
        written: Written::Chinese { single: false },
        ..number.times(12.0, number.end + 1)
    }
}

/// A number, and what makes it a fraction: 五分之一, 3又5分之1.
fn fraction(text: &FoldedText, start: usize) -> Option<Number> {
    let first = plain(text, start)?;
    let Some(denominator_of) = text.starts_with(text.skip_blanks(first.end), "又") else {
        return Some(divided(text, first).unwrap_or(first));
    };
    let denominator = plain(text, text.skip_blanks(denominator_of));
    match denominator.and_then(|second| divided(text, second)) {
        Some(part) => Some(Number {
            values: (
                first.values.0 + part.values.0,
                first.values.1 + part.values.1,
            ),
            weak: false,
            ..part
        }),
        None => Some(first),
    }
}

/// The fraction of which `denominator` was read: 分之 and the numerator follow.
fn divided(text: &FoldedText, denominator: Number) -> Option<Number> {
    let after = text.starts_with(text.skip_blanks(denominator.end), "分之")?;
    let after = text.skip_blanks(after);
    let negative = text.at(after) == '负';
    let numerator = plain(text, after + usize::from(negative))?;
    let (below, above) = (denominator.value()?, numerator.value()?);
    let sign = if negative { -1.0 } else { 1.0 };
    let written = Written::Chinese { single: false };
    (below != 0.0).then(|| Number::exact(numerator.end, sign * above / below, written))
}

/// A number without sign.
fn plain(text: &FoldedText, start: usize) -> Option<Number> {
    match text.at(start) {
        first if first.is_ascii_digit() || first == '.' => {
            chinese::read(text, start).or_else(|| digits::read(text, start))
        }
        first if first.is_ascii_lowercase() => english::read(text, start),
        _ => chinese::read(text, start),
    }
}
