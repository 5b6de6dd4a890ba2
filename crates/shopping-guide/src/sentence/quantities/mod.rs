//! Quantities of a shopper's sentence in English and Chinese: numbers, money, units, ranges. A hand-written scanner finds amounts
//! from left to right; then words beside and between them bound and join them.

mod amount;
mod bound_words;
mod bounds;
mod chinese;
#[cfg(test)]
mod chinese_tests;
mod currencies;
mod digits;
mod english;
mod join;
mod number;
#[cfg(test)]
mod tests;
mod types;
mod units;
mod word;

use self::amount::{Amount, Context, Found, amount};
pub(crate) use self::digits::is_euro;
use self::join::{Item, items};
pub use self::types::{Bound, Interval, Quantity, Unit, UnitKind};
pub(crate) use self::word::{ParsedWord, has_context, parse_word, range_word_before};
use super::codes::codes;
use super::text::{FoldedText, is_han, is_letter, is_word};

/// Words that make pounds a weight.
const WEIGHT_WORDS: &[&str] = &[
    "weigh", "weighs", "weighing", "weight", "heavy", "heavier", "lighter", "light",
];

/// All quantities of a sentence in English or Chinese, by their start, none overlapping.
///
/// Reads digits, English number words and Chinese numerals; currencies, units of measure, sizes and counts; bounds and ranges.
/// Article numbers, models, dates, times and phone numbers are no quantities. A bare number is one without unit. Time and memory
/// grow with the length of the text.
///
/// ```
/// use shopping_guide::{Bound, UnitKind, quantities};
///
/// let found = quantities("a 14 inch laptop between 600 and 900 dollars");
/// let unit = found[0].unit.as_ref().unwrap();
/// assert_eq!((unit.kind, unit.symbol.as_str()), (UnitKind::Length, "in"));
/// assert_eq!(found[0].interval.exact(), Some(14.0));
/// assert_eq!((found[1].interval.from, found[1].interval.to), (Some(600.0), Some(900.0)));
///
/// let found = quantities("两三百块以内的大衣");
/// assert_eq!((found[0].bound, found[0].interval.to), (Bound::AtMost, Some(300.0)));
/// assert_eq!(found[0].unit.as_ref().unwrap().symbol, "CNY");
///
/// assert!(quantities("part 12-34 of 2024-01-02").is_empty());
/// ```
#[must_use]
pub fn quantities(text: &str) -> Vec<Quantity> {
    let folded = FoldedText::new(text);
    let items = items(&folded, &amounts(&folded));
    items
        .into_iter()
        .map(|item| quantity(text, &folded, item))
        .collect()
}

fn quantity(text: &str, folded: &FoldedText, item: Item) -> Quantity {
    let bytes = |(start, end): (usize, usize)| folded.bytes(start..end);
    let unit = item.unit.map(|unit| Unit {
        kind: unit.kind,
        written: text
            .get(bytes(item.written))
            .unwrap_or_default()
            .trim()
            .to_owned(),
        symbol: unit.symbol.to_owned(),
        factor: unit.factor,
    });
    Quantity {
        span: bytes(item.span),
        amount: bytes(item.amount),
        number: bytes(item.number),
        interval: item.interval,
        unit,
        bound: item.bound,
    }
}

/// The amounts of a text outside its codes.
fn amounts(text: &FoldedText) -> Vec<Amount> {
    let codes = codes(text);
    let mut codes = codes.iter().peekable();
    let mut context = Context {
        weight: speaks_of_weight(text),
        free_from: 0,
    };
    let mut found: Vec<Amount> = Vec::new();
    let mut at = 0;
    while at < text.len() {
        if let Some(code) = codes.next_if(|code| code.start <= at) {
            at = at.max(code.end);
            context.free_from = at;
            continue;
        }
        let next_code = codes.peek().map_or(usize::MAX, |code| code.start);
        let (c, before) = (text.at(at), text.before(at));
        let within_word = is_letter(c) && is_word(before);
        let dimension =
            within_word && c == 'x' && before.is_ascii_digit() && text.at(at + 1).is_ascii_digit();
        if within_word && !dimension {
            at = text.letters_end(at);
            continue;
        }
        if dimension || !may_begin(c) {
            at += 1;
            continue;
        }
        at = match amount(text, at, context) {
            Found::Amount(amount) if amount.end <= next_code && amount.end > at => {
                context.free_from = amount.end;
                let end = amount.end;
                found.push(amount);
                end
            }
            Found::Amount(_) => at + 1,
            Found::Nothing(next) => next.max(at + 1),
        };
    }
    found
}

/// Whether an amount may begin with `c`.
fn may_begin(c: char) -> bool {
    if is_han(c) {
        return chinese::begins(c) || matches!(c, '负' | '上' | '成') || currencies::begins(c);
    }
    is_word(c) || matches!(c, '.' | '-') || currencies::is_sign(c)
}

fn speaks_of_weight(text: &FoldedText) -> bool {
    let letters = |at: &usize| is_letter(text.at(*at)) && !is_word(text.before(*at));
    let mut starts = (0..text.len()).filter(letters);
    starts.any(|at| {
        let may = matches!(text.at(at), 'w' | 'h' | 'l');
        may && WEIGHT_WORDS
            .iter()
            .any(|word| text.starts_with(at, word).is_some())
    })
}
