//! Reads one price: a number with its currency, and words such as `from` and `per piece` around it.

use super::currency::{Currency, currency, joined};
use super::number::number;
use super::text::plain_characters;
use super::vote::Reading;

/// A price above 0.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Price {
    /// The first way of writing has a decimal point, the second a decimal comma.
    pub(super) reading: Reading<f32>,
    pub(super) currency: Option<Currency>,
    /// It is the lowest of several prices: `from 12`, `12-15`.
    pub(super) lowest: bool,
}

/// Why a text is no price.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum NoPrice {
    /// No number, or words that are neither a currency nor known around prices.
    NoNumber,
    /// Several numbers, and which is the price is not known.
    Several,
    /// Two currencies that contradict each other.
    Currencies,
    /// 0, below 0, or a word such as `free`. The reading of a number below 0 still tells the decimal sign.
    NotAboveZero(Option<Reading<f32>>),
}

impl NoPrice {
    /// The reason as a predicate of the row.
    pub(super) fn reason(self) -> &'static str {
        match self {
            Self::NoNumber => "has a price that is no number, taken as unknown",
            Self::Several => "has several prices in one field, taken as unknown",
            Self::Currencies => "has a price with two currencies, taken as unknown",
            Self::NotAboveZero(_) => "has a price that is not above 0, taken as unknown",
        }
    }
}

/// Words for a price of 0.
const FREE: &[&str] = &[
    "free",
    "gratis",
    "kostenlos",
    "umsonst",
    "gratuit",
    "gratuito",
    "免费",
    "無料",
    "бесплатно",
    "무료",
];

/// Words before or behind a price that change nothing.
const FILLERS: &[&str] = &[
    "only",
    "nur",
    "now",
    "jetzt",
    "price",
    "preis",
    "prix",
    "precio",
    "prezzo",
    "prijs",
    "rrp",
    "msrp",
    "uvp",
    "vk",
    "each",
    "ea",
    "pc",
    "pcs",
    "piece",
    "pieces",
    "stk",
    "stück",
    "stck",
    "st",
    "unit",
    "units",
    "incl",
    "inkl",
    "including",
    "excl",
    "exkl",
    "vat",
    "tax",
    "mwst",
    "ttc",
    "ht",
    "tva",
    "iva",
    "netto",
    "brutto",
    "net",
    "gross",
    "plus",
    "zzgl",
    "sale",
    "vb",
    "税込",
    "税抜",
    "售价",
    "价格",
];

/// Words for the lowest or an approximate price.
const LOWEST: &[&str] = &[
    "from",
    "ab",
    "ca",
    "circa",
    "approx",
    "approximately",
    "about",
    "around",
    "starting",
    "starts",
    "at",
    "as",
    "low",
    "desde",
    "dès",
    "des",
    "da",
    "vanaf",
    "fra",
    "från",
    "od",
    "от",
    "alkaen",
    "~",
    "≈",
    "约",
    "起",
    "kezdve",
];

/// Words and signs between the two ends of a range.
const RANGE: &[&str] = &[
    "-", "–", "—", "~", "to", "bis", "à", "a", "until", "tot", "do", "до", "至", "...", "…",
];

/// Words before the unit for which the price holds.
const PER: &[&str] = &["per", "pro", "je", "par", "por", "för", "za", "/"];

/// Reads the price in `text`.
pub(super) fn read(text: &str) -> Result<Price, NoPrice> {
    const LONGEST: usize = 100;
    let text = plain_characters(text);
    let text = text.trim();
    if text.len() > LONGEST {
        return Err(NoPrice::NoNumber);
    }
    // `1.5e3`, as programs write large or small numbers.
    if text.contains(['e', 'E'])
        && let Ok(value) = text.parse::<f32>()
        && value.is_finite()
    {
        return above_zero(Reading::First(value), None, false);
    }
    let (text, in_brackets) = match text
        .strip_prefix('(')
        .and_then(|text| text.strip_suffix(')'))
    {
        Some(inside) => (inside, true),
        None => (without_note(text), false),
    };
    let pieces = pieces(text);
    let (Some(first), rest) = (pieces.first(), pieces.get(1..).unwrap_or_default()) else {
        return Err(no_number(text));
    };
    let mut words = Words::default();
    words.read(first.before, false)?;
    let mut readings = vec![first.reading().ok_or(NoPrice::NoNumber)?];
    let mut behind = first.behind;
    for piece in rest {
        let mut between = Words::default();
        between.read(behind, true)?;
        if words.unit || between.unit {
            // Numbers of the unit: `12 €/100 g`.
            words.join(between)?;
            words.unit = true;
        } else if between.range && readings.len() == 1 {
            words.join(between)?;
            readings.push(piece.reading().ok_or(NoPrice::NoNumber)?);
            words.lowest = true;
        } else {
            return Err(NoPrice::Several);
        }
        behind = piece.behind;
    }
    if !words.unit {
        let mut last = Words::default();
        last.read(behind, true)?;
        // `12,00-` has its sign behind it, as some accounting programs write.
        words.negative |= last.range && readings.len() == 1;
        let open = last.range && readings.len() > 1;
        words.join(last)?;
        if open {
            return Err(NoPrice::NoNumber);
        }
    }
    let reading = readings.first().copied().ok_or(NoPrice::NoNumber)?;
    if words.negative || in_brackets {
        let below = reading.try_map(|value| Some(-value));
        return Err(NoPrice::NotAboveZero(below));
    }
    above_zero(reading, words.currency, words.lowest)
}

fn above_zero(
    reading: Reading<f32>,
    currency: Option<Currency>,
    lowest: bool,
) -> Result<Price, NoPrice> {
    let positive = |value: f32| (value > 0.0).then_some(value);
    match reading.try_map(positive) {
        Some(reading) => Ok(Price {
            reading,
            currency,
            lowest,
        }),
        None => Err(NoPrice::NotAboveZero(Some(reading))),
    }
}

fn no_number(text: &str) -> NoPrice {
    let free = text
        .to_lowercase()
        .split(|c: char| !c.is_alphanumeric())
        .any(|word| FREE.contains(&word));
    if free {
        NoPrice::NotAboveZero(None)
    } else {
        NoPrice::NoNumber
    }
}

/// `text` without a note in brackets behind a number: `12 € (inkl. 19 % MwSt.)`.
fn without_note(text: &str) -> &str {
    let note = text.ends_with(')').then(|| text.rfind('(')).flatten();
    match note.and_then(|at| text.get(..at)) {
        Some(before) if before.contains(|c: char| c.is_ascii_digit()) => before.trim_end(),
        _ => text,
    }
}

/// A number with the text around it.
struct Piece<'a> {
    before: &'a str,
    number: &'a str,
    /// The text up to the next number or the end.
    behind: &'a str,
}

impl Piece<'_> {
    fn reading(&self) -> Option<Reading<f32>> {
        number(self.number)
    }
}

/// Splits a text at its numbers.
fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut spans = Vec::new();
    let bytes = text.as_bytes();
    let digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    let mut at = 0;
    while at < bytes.len() {
        let separator = |at: usize| matches!(bytes.get(at), Some(b'.' | b','));
        if !(digit(at) || separator(at) && digit(at + 1)) {
            at += 1;
            continue;
        }
        let start = at;
        loop {
            if digit(at) {
                at += 1;
                continue;
            }
            let joins = match bytes.get(at) {
                Some(b'.' | b',' | b'\'') => digit(at + 1),
                // A blank separates thousands: three digits follow it, and at most three stand before it.
                Some(b' ') => {
                    let group = start.max(at.saturating_sub(4));
                    let before = text.get(group..at).unwrap_or_default();
                    let before = before.rsplit(' ').next().unwrap_or_default();
                    (1..=3).contains(&before.len())
                        && before.bytes().all(|byte| byte.is_ascii_digit())
                        && (1..=3).all(|next| digit(at + next))
                        && !digit(at + 4)
                }
                _ => false,
            };
            if !joins {
                break;
            }
            at += 1;
        }
        let end = at;
        // `12,-` and `12.--` stand for whole amounts.
        if separator(at) {
            let dashes = text.get(at + 1..).unwrap_or_default();
            let rest = dashes.trim_start_matches(['-', '–', '—']);
            let length = dashes.len() - rest.len();
            if length > 0 && !rest.starts_with(|c: char| c.is_ascii_digit()) {
                at += 1 + length;
            }
        }
        spans.push((start, end, at));
    }
    let next = |index: usize| spans.get(index + 1).map_or(text.len(), |span| span.0);
    let slice = |from: usize, to: usize| text.get(from..to).unwrap_or_default();
    let piece = |(index, &(start, end, behind)): (usize, &(usize, usize, usize))| Piece {
        before: if index == 0 { slice(0, start) } else { "" },
        number: slice(start, end),
        behind: slice(behind, next(index)),
    };
    spans.iter().enumerate().map(piece).collect()
}

/// What the words around a number say.
#[derive(Debug, Default)]
struct Words {
    currency: Option<Currency>,
    lowest: bool,
    negative: bool,
    /// A unit follows: `/Stk`, `per piece`.
    unit: bool,
    /// A sign or word of a range stands there.
    range: bool,
}

impl Words {
    /// Reads the words of a text before (or `behind`) a number.
    fn read(&mut self, text: &str, behind: bool) -> Result<(), NoPrice> {
        let text = text.replace('起', " 起 ").replace('约', " 约 ");
        for word in text.split_whitespace() {
            if behind && (PER.contains(&word.to_lowercase().as_str()) || word.starts_with('/')) {
                self.unit = true;
                return Ok(());
            }
            // `€/Stk`: the currency stands before the unit.
            let (word, unit) = match word.split_once('/') {
                Some((word, _)) if behind => (word, true),
                _ => (word, false),
            };
            self.word(word, behind)?;
            if unit {
                self.unit = true;
                return Ok(());
            }
        }
        Ok(())
    }

    fn word(&mut self, word: &str, behind: bool) -> Result<(), NoPrice> {
        let plain = word.trim_matches([':', ';', ',', '*', '=', '!', '"']);
        let lower = plain.trim_end_matches('.').to_lowercase();
        if behind && RANGE.contains(&plain.to_lowercase().as_str()) {
            self.range = true;
        } else if plain == "-" || plain == "–" {
            self.negative = true;
        } else if plain.is_empty() || plain == "+" || FILLERS.contains(&lower.as_str()) {
        } else if let Some(currency) = currency(plain) {
            self.add(currency)?;
        } else if LOWEST.contains(&lower.as_str()) {
            self.lowest = true;
        } else {
            return self.parts(plain, behind);
        }
        Ok(())
    }

    /// A word that holds several: `-€`, `USD$`, `€–€`.
    fn parts(&mut self, word: &str, behind: bool) -> Result<(), NoPrice> {
        let letter = |c: char| c.is_alphabetic() || c == '.';
        let cut = |start: &str| {
            let first = start.chars().next()?;
            let length = match letter(first) {
                true => start.find(|c| !letter(c)).unwrap_or(start.len()),
                false => first.len_utf8(),
            };
            (length < word.len()).then_some(length)
        };
        let mut rest = word;
        while !rest.is_empty() {
            // A sign such as `US$` before its parts.
            let whole = currency(rest).map(|_| rest.len());
            let length = whole.or_else(|| cut(rest)).ok_or(NoPrice::NoNumber)?;
            let (part, after) = rest.split_at_checked(length).ok_or(NoPrice::NoNumber)?;
            self.word(part, behind)?;
            rest = after;
        }
        Ok(())
    }

    fn add(&mut self, currency: Currency) -> Result<(), NoPrice> {
        self.currency = Some(match self.currency {
            Some(known) => joined(known, currency).ok_or(NoPrice::Currencies)?,
            None => currency,
        });
        Ok(())
    }

    /// Takes what `other` says of the same price.
    fn join(&mut self, other: Self) -> Result<(), NoPrice> {
        if let Some(currency) = other.currency {
            self.add(currency)?;
        }
        self.lowest |= other.lowest;
        self.negative |= other.negative;
        self.unit |= other.unit;
        Ok(())
    }
}
