//! Decides whether a word with digits may be a quantity: `500ml`, `5k-20k`, `12-cent-a-share`, `USD115.5`.

use super::{bounds, currencies, digits, english, units};
use crate::sentence::codes::letters_only;
use crate::sentence::text::{FoldedText, is_letter};

/// What a word with digits is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ParsedWord {
    /// No quantity.
    Code,
    /// A quantity: it has a unit, a currency or a multiplier.
    Quantity,
    /// A bare number with `count` digits before its decimal point. `plain`: nothing but digits.
    Number { count: usize, plain: bool },
    /// Two bare numbers with a hyphen between, a range only with a unit or a word of a range beside them.
    Hyphenated,
}

/// Words that tell prices or a range some words before a hyphenated pair.
const RANGE_WORDS: &[&str] = &[
    "range", "between", "from", "price", "prices", "priced", "cost", "costs", "价格", "价位",
    "范围", "预算", "budget",
];

/// Parses the word from `start` to `end`, which holds a digit.
pub(crate) fn parse_word(text: &FoldedText, start: usize, end: usize) -> ParsedWord {
    let mut at = start;
    let mut measured = false;
    if is_letter(text.at(start)) {
        match currencies::before_number(text, start) {
            Some(money) if money.end < end => at = money.end,
            _ => return ParsedWord::Code,
        }
        measured = true;
    }
    let (mut n_numbers, mut hyphen, mut dimensions) = (0, false, false);
    loop {
        let Some(literal) = digits::literal(text, at).filter(|literal| literal.end <= end) else {
            return ParsedWord::Code;
        };
        n_numbers += 1;
        let padded = literal.count > 1 && literal.plain && text.at(at) == '0';
        if n_numbers > 3 || padded || is_bare_exponent(text, at, literal.end) {
            return ParsedWord::Code;
        }
        let letter = literal.end;
        let alone = n_numbers == 1 && !measured && letter + 1 == end;
        if alone
            && units::is_generation(text, letter, literal.value)
            && bounds::before(text, start, 0).is_none()
        {
            return ParsedWord::Code;
        }
        let Some(number) = digits::read(text, at) else {
            return ParsedWord::Code;
        };
        measured |= number.scale > 1.0;
        let mut after = number.end;
        if text.starts_with(after, "ish").is_some() {
            // `20ish`: the bound behind the number.
            after += 3;
        }
        if measured && text.starts_with(after, "m").is_some() {
            after += 1;
        }
        let by_hyphen = text.at(after) == '-';
        let money = currencies::behind_number(text, after).filter(|money| money.start < end);
        let unit = units::unit(text, after, literal.value).filter(|(_, start, _)| *start < end);
        if after < end
            && let Some(unit_end) = money.map(|money| money.end).max(unit.map(|(.., end)| end))
        {
            measured = true;
            after = unit_end;
        }
        if after >= end {
            let plain = literal.plain && number.end == literal.end;
            return match (measured, dimensions, hyphen) {
                (true, ..) => ParsedWord::Quantity,
                (_, true, _) => measure_behind(text, end),
                (_, _, true) => ParsedWord::Hyphenated,
                _ => ParsedWord::Number {
                    count: literal.count,
                    plain,
                },
            };
        }
        let digit = text.at(after + 1).is_ascii_digit();
        match text.at(after) {
            // `2-in-1` has a hyphen before its unit as well.
            '-' if digit && !hyphen && !dimensions && (!by_hyphen || after == number.end) => {
                hyphen = true
            }
            'x' if digit && !hyphen => dimensions = true,
            '-' | '/' if measured && letters_only(text, after..end) => return ParsedWord::Quantity,
            _ => return ParsedWord::Code,
        }
        at = after + 1;
    }
}

/// `10x20 cm`: a unit of length behind dimensions.
fn measure_behind(text: &FoldedText, end: usize) -> ParsedWord {
    match units::unit(text, end, 1.0) {
        Some(_) => ParsedWord::Quantity,
        None => ParsedWord::Code,
    }
}

/// `2e5`: digits with an exponent but neither a point nor a sign look like a model.
fn is_bare_exponent(text: &FoldedText, start: usize, end: usize) -> bool {
    let written = text.folded(start..end);
    let marked = text.before(start) == '-' || written.iter().any(|c| matches!(c, '.' | '-' | '+'));
    written.contains(&'e') && !marked
}

/// Whether something beside a word of digits says that it is a quantity: a unit, a currency, a bound, a word of a range.
pub(crate) fn has_context(text: &FoldedText, start: usize, end: usize) -> bool {
    let sign = matches!(text.before(start), '-' | '+');
    let start = start - usize::from(sign);
    let next = text.skip_blanks(end);
    let behind = currencies::behind_number(text, end).is_some()
        || units::unit(text, end, 2.0).is_some()
        || matches!(text.at(next), '万' | '亿' | '百' | '千' | '折' | '~')
        || english::multiplier_at(text, end)
        || ["到", "至", "与", "之间", "to"]
            .iter()
            .any(|word| text.starts_with(next, word).is_some())
        || bounds::behind(text, end, None).is_some();
    behind
        || currencies::is_before(text, start)
        || bounds::before(text, start, 0).is_some()
        || units::size_before(text, start).is_some()
}

/// Whether a word of a range or of prices stands some words before `start`.
pub(crate) fn range_word_before(text: &FoldedText, start: usize) -> bool {
    const FAR: usize = 16;
    (0..FAR.min(start)).any(|back| {
        let end = start - back;
        RANGE_WORDS
            .iter()
            .any(|word| text.ends_with(end, word).is_some())
    })
}
