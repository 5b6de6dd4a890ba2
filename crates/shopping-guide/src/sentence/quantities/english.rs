//! Numbers in English words: `twenty-five hundred`, `one and a half million`, `a dozen`, `a few hundred`.

use super::number::{Number, Written};
use crate::sentence::text::{FoldedText, is_word};

#[derive(Clone, Copy, Debug, PartialEq)]
enum Word {
    /// 0 to 19.
    Small(f64),
    Tens(f64),
    Hundred,
    /// A thousand or more.
    Scale(f64),
    Dozen,
    /// `half`, `quarter`, `third`.
    Part(f64),
    Couple,
    Few,
    /// `first` to `twentieth`. A quantity only with a bound.
    Ordinal(f64),
}

const WORDS: &[(&str, Word)] = &[
    ("zero", Word::Small(0.0)),
    ("one", Word::Small(1.0)),
    ("two", Word::Small(2.0)),
    ("three", Word::Small(3.0)),
    ("four", Word::Small(4.0)),
    ("five", Word::Small(5.0)),
    ("six", Word::Small(6.0)),
    ("seven", Word::Small(7.0)),
    ("eight", Word::Small(8.0)),
    ("nine", Word::Small(9.0)),
    ("ten", Word::Small(10.0)),
    ("eleven", Word::Small(11.0)),
    ("twelve", Word::Small(12.0)),
    ("thirteen", Word::Small(13.0)),
    ("fourteen", Word::Small(14.0)),
    ("fifteen", Word::Small(15.0)),
    ("sixteen", Word::Small(16.0)),
    ("seventeen", Word::Small(17.0)),
    ("eighteen", Word::Small(18.0)),
    ("nineteen", Word::Small(19.0)),
    ("twenty", Word::Tens(20.0)),
    ("thirty", Word::Tens(30.0)),
    ("forty", Word::Tens(40.0)),
    ("fourty", Word::Tens(40.0)),
    ("fifty", Word::Tens(50.0)),
    ("sixty", Word::Tens(60.0)),
    ("seventy", Word::Tens(70.0)),
    ("eighty", Word::Tens(80.0)),
    ("ninety", Word::Tens(90.0)),
    ("hundred", Word::Hundred),
    ("hundreds", Word::Hundred),
    ("thousand", Word::Scale(1e3)),
    ("grand", Word::Scale(1e3)),
    ("million", Word::Scale(1e6)),
    ("billion", Word::Scale(1e9)),
    ("trillion", Word::Scale(1e12)),
    ("lakh", Word::Scale(1e5)),
    ("crore", Word::Scale(1e7)),
    ("dozen", Word::Dozen),
    ("half", Word::Part(0.5)),
    ("quarter", Word::Part(0.25)),
    ("quarters", Word::Part(0.25)),
    ("couple", Word::Couple),
    ("few", Word::Few),
    ("several", Word::Few),
    ("first", Word::Ordinal(1.0)),
    ("second", Word::Ordinal(2.0)),
    ("third", Word::Ordinal(3.0)),
    ("fourth", Word::Ordinal(4.0)),
    ("fifth", Word::Ordinal(5.0)),
    ("sixth", Word::Ordinal(6.0)),
    ("seventh", Word::Ordinal(7.0)),
    ("eighth", Word::Ordinal(8.0)),
    ("ninth", Word::Ordinal(9.0)),
    ("tenth", Word::Ordinal(10.0)),
    ("fifteenth", Word::Ordinal(15.0)),
    ("twentieth", Word::Ordinal(20.0)),
];

/// Short multipliers directly behind digits.
const SHORT: &[(&str, f64)] = &[("k", 1e3), ("bn", 1e9), ("mn", 1e6), ("mio", 1e6)];

/// What was read last.
#[derive(Clone, Copy, PartialEq)]
enum Last {
    Nothing,
    Small,
    Tens,
    /// A multiplier with its value.
    Multiplier(f64),
}

/// The word at `place` and its end.
fn word(text: &FoldedText, place: usize) -> Option<(Word, usize)> {
    let end = text.letters_end(place);
    let letters = text.folded(place..end);
    if !(3..=9).contains(&letters.len()) || text.at(end).is_ascii_digit() {
        return None;
    }
    let found = WORDS
        .iter()
        .find(|(name, _)| name.chars().eq(letters.iter().copied()));
    found.map(|(_, word)| (*word, end))
}

/// The word behind blanks or one hyphen.
fn next_word(text: &FoldedText, end: usize) -> Option<(Word, usize)> {
    let start = match text.at(end) {
        '-' => end + 1,
        _ => text.skip_blanks(end),
    };
    if start == end {
        return None;
    }
    word(text, start)
}

/// The number of English words at `start`, which must begin a word.
pub(super) fn read(text: &FoldedText, start: usize) -> Option<Number> {
    if is_word(text.before(start)) {
        return None;
    }
    let article = text
        .starts_with(start, "a")
        .or_else(|| text.starts_with(start, "an"));
    let (first, end) = match article {
        Some(end) => next_word(text, end)?,
        None => word(text, start)?,
    };
    match first {
        Word::Part(part) => {
            let article = ["of a", "a", "of an", "an"]
                .iter()
                .find_map(|words| text.starts_with(text.skip_blanks(end), words));
            let number = weak(end, part);
            Some(multiplied(text, number, article.unwrap_or(end)).unwrap_or(number))
        }
        Word::Ordinal(value) if article.is_none() => Some(Number {
            written: Written::Ordinal,
            ..weak(end, value)
        }),
        Word::Couple | Word::Few => {
            let of = text.starts_with(text.skip_blanks(end), "of");
            let values = if first == Word::Few {
                (3.0, 9.0)
            } else {
                (2.0, 2.0)
            };
            let number = Number {
                values,
                approximate: true,
                ..weak(end, 1.0)
            };
            Some(multiplied(text, number, of.unwrap_or(end)).unwrap_or(number))
        }
        Word::Small(_) | Word::Tens(_) if article.is_some() => None,
        Word::Small(_) | Word::Tens(_) => sum(text, first, end, false),
        Word::Hundred | Word::Scale(_) | Word::Dozen if article.is_some() => {
            sum(text, first, end, true)
        }
        _ => None,
    }
}

fn weak(end: usize, value: f64) -> Number {
    Number {
        weak: true,
        ..Number::exact(end, value, Written::Words)
    }
}

/// The multiplier of a word.
fn multiplier(word: Word) -> Option<f64> {
    match word {
        Word::Hundred => Some(100.0),
        Word::Dozen => Some(12.0),
        Word::Scale(scale) => Some(scale),
        _ => None,
    }
}

/// `number` times the multiplier words behind `end`. `None` if there is none.
fn multiplied(text: &FoldedText, number: Number, end: usize) -> Option<Number> {
    let (word, end) = next_word(text, end)?;
    let product = number.times(multiplier(word)?, end);
    let product = Number {
        weak: false,
        ..product
    };
    Some(multiplied(text, product, end).unwrap_or(product))
}

/// `number` times the multiplier word behind a unit that ends at `end`: `75 USD million`.
pub(super) fn times_behind(text: &FoldedText, number: Number, end: usize) -> Option<Number> {
    multiplied(text, number, end)
}

/// Whether a multiplier word stands behind `end`.
pub(super) fn multiplier_at(text: &FoldedText, end: usize) -> bool {
    next_word(text, end).is_some_and(|(word, _)| multiplier(word).is_some())
}

/// A number of digits with its multiplier: `20k`, `1.5 million`, `2 and a half`.
pub(super) fn scaled(text: &FoldedText, number: Number) -> Number {
    let short = SHORT
        .iter()
        .find_map(|(name, scale)| Some((text.starts_with(number.end, name)?, *scale)));
    if let Some((end, scale)) = short {
        return number.times(scale, end);
    }
    let number = with_part(text, number);
    multiplied(text, number, number.end).unwrap_or(number)
}

/// Adds `and a half`.
fn with_part(text: &FoldedText, number: Number) -> Number {
    let and = text.starts_with(text.skip_blanks(number.end), "and");
    let part = and.and_then(|end| {
        let article = text.starts_with(text.skip_blanks(end), "a");
        let end = article.or_else(|| text.starts_with(text.skip_blanks(end), "one"));
        match next_word(text, end?)? {
            (Word::Part(part), end) => Some((part, end)),
            _ => None,
        }
    });
    match part {
        Some((part, end)) => Number {
            end,
            weak: false,
            ..number.map(|value| value + part)
        },
        None => number,
    }
}

/// A sum of products, from its first word on: `two thousand five hundred and ten`.
fn sum(text: &FoldedText, first: Word, first_end: usize, article: bool) -> Option<Number> {
    let (mut total, mut group, mut end) = (0.0, f64::from(u8::from(article)), first_end);
    let mut last = if article { Last::Small } else { Last::Nothing };
    let mut smallest = f64::INFINITY;
    let mut scale = 1.0;
    let mut n_words = 0;
    let mut next = Some((first, first_end));
    while let Some((word, word_end)) = next {
        match (word, last) {
            (Word::Small(value), Last::Nothing | Last::Multiplier(_)) => {
                group += value;
                last = Last::Small;
                scale = 1.0;
            }
            (Word::Small(value), Last::Tens) if (1.0..10.0).contains(&value) => {
                group += value;
                last = Last::Small;
            }
            (Word::Tens(value), Last::Nothing | Last::Multiplier(_)) => {
                group += value;
                last = Last::Tens;
                scale = 1.0;
            }
            (Word::Hundred, Last::Small | Last::Tens) if group < 100.0 => {
                group *= 100.0;
                last = Last::Multiplier(100.0);
                scale = 100.0;
            }
            (Word::Scale(value), _) if group > 0.0 && value < smallest => {
                total += group * value;
                group = 0.0;
                smallest = value;
                last = Last::Multiplier(value);
                scale *= value;
            }
            (Word::Dozen, _) if group > 0.0 => {
                let product = Number::exact(word_end, (total + group) * 12.0, Written::Words);
                return Some(product);
            }
            (Word::Part(part), Last::Small) if n_words == 1 => {
                let number = weak(word_end, group * part);
                return Some(multiplied(text, number, word_end).unwrap_or(number));
            }
            _ => break,
        }
        n_words += 1;
        end = word_end;
        next = next_word(text, end).or_else(|| after_and(text, end, last));
    }
    if n_words == 0 {
        return None;
    }
    let value = total + group;
    let mut number = Number::exact(end, value, Written::Words);
    // `one` alone is mostly a pronoun.
    number.weak = n_words == 1 && !article && value < 2.0;
    let one_figure = total == 0.0 || group == 0.0;
    number.scale = if one_figure { scale } else { 1.0 };
    let with_part = with_part(text, number);
    if with_part.end == number.end {
        return Some(number);
    }
    Some(multiplied(text, with_part, with_part.end).unwrap_or(with_part))
}

/// The word behind `and` within a number: `one hundred and five`, but not `one hundred and two hundred`.
fn after_and(text: &FoldedText, end: usize, last: Last) -> Option<(Word, usize)> {
    let Last::Multiplier(reached) = last else {
        return None;
    };
    let and = text.starts_with(text.skip_blanks(end), "and")?;
    let found = next_word(text, and)?;
    let mut ahead = Some(found);
    for _ in 0..3 {
        match ahead {
            Some((Word::Small(_) | Word::Tens(_), end)) => ahead = next_word(text, end),
            Some((word, _)) => {
                return multiplier(word)
                    .is_none_or(|next| next < reached)
                    .then_some(found);
            }
            None => break,
        }
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::super::number::Pair;
    use super::*;

    fn values(text: &str) -> Option<(Pair, usize)> {
        let number = read(&FoldedText::new(text), 0)?;
        Some((number.values, number.end))
    }

    #[test]
    fn words_are_sums_of_products() {
        for (text, expected, length) in [
            ("seventeen", 17.0, 9),
            ("thirty five.", 35.0, 11),
            ("forty-five", 45.0, 10),
            ("twenty-five hundred", 2500.0, 19),
            ("one thousand and five hundred", 1500.0, 29),
            ("one hundred and five", 105.0, 20),
            ("one hundred and two hundred", 100.0, 11),
            ("three thousand nine hundred and sixty five", 3965.0, 42),
            ("five hundred thousand", 500_000.0, 21),
            ("a thousand", 1000.0, 10),
            ("two dozen", 24.0, 9),
            ("half a dozen", 6.0, 12),
            ("half a million", 500_000.0, 14),
            ("a quarter million", 250_000.0, 17),
            ("three quarters billion", 750_000_000.0, 22),
            ("one and a half", 1.5, 14),
            ("two and a half million", 2_500_000.0, 22),
            ("twenty and thirty", 20.0, 6),
            ("a couple of hundred", 200.0, 19),
        ] {
            assert_eq!(values(text), Some(((expected, expected), length)), "{text}");
        }
        assert_eq!(values("a few hundred"), Some(((300.0, 900.0), 13)));
        for text in ["hundred", "a shirt", "onerous", "a", ""] {
            assert_eq!(values(text), None, "{text}");
        }
    }

    #[test]
    fn one_and_half_alone_are_weak() {
        for (text, weak) in [
            ("one", true),
            ("half", true),
            ("tenth", true),
            ("two", false),
        ] {
            assert_eq!(
                read(&FoldedText::new(text), 0).unwrap().weak,
                weak,
                "{text}"
            );
        }
    }
}
