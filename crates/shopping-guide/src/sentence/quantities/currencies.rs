//! Currencies in a sentence, before or behind a number: `US$ 20`, `20 bucks`, 20块钱, 人民币20元.

use crate::sentence::text::{FoldedText, is_han, is_letter, is_word};
use crate::value::{Currency, currency, currency_at};

/// A currency as read beside a number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Money {
    pub(super) currency: Currency,
    /// Units of the currency in one of what was written: 0.01 for cents.
    pub(super) factor: f64,
    pub(super) start: usize,
    pub(super) end: usize,
}

/// Names of currencies in English, with what one of them is worth in units of the currency.
#[rustfmt::skip]
const NOUNS: &[(&str, Currency, f64)] = &[
    ("dollar", "$", 1.0), ("dollars", "$", 1.0), ("buck", "$", 1.0), ("bucks", "$", 1.0),
    ("cent", "$", 0.01), ("cents", "$", 0.01),
    ("pound", "GBP", 1.0), ("pounds", "GBP", 1.0), ("quid", "GBP", 1.0), ("penny", "GBP", 0.01), ("pence", "GBP", 0.01),
    ("euro", "EUR", 1.0), ("euros", "EUR", 1.0), ("yen", "JPY", 1.0), ("sen", "MYR", 0.01),
    ("yuan", "CNY", 1.0), ("rmb", "CNY", 1.0), ("renminbi", "CNY", 1.0), ("kuai", "CNY", 1.0), ("mao", "CNY", 0.1),
    ("jiao", "CNY", 0.1), ("fen", "CNY", 0.01),
    ("rupee", "Rs", 1.0), ("rupees", "Rs", 1.0), ("franc", "CHF", 1.0), ("francs", "CHF", 1.0),
    ("markka", "FIM", 1.0), ("peseta", "ESP", 1.0), ("pesetas", "ESP", 1.0), ("guilder", "NLG", 1.0), ("guilders", "NLG", 1.0),
    ("lira", "TRY", 1.0), ("liras", "TRY", 1.0), ("krona", "SEK", 1.0), ("kronor", "SEK", 1.0), ("krone", "kr", 1.0),
    ("kroner", "kr", 1.0), ("peso", "MXN", 1.0), ("pesos", "MXN", 1.0), ("won", "KRW", 1.0), ("ruble", "RUB", 1.0),
    ("rubles", "RUB", 1.0), ("roubles", "RUB", 1.0), ("baht", "THB", 1.0), ("ringgit", "MYR", 1.0), ("rand", "ZAR", 1.0),
    ("reais", "BRL", 1.0), ("zloty", "PLN", 1.0), ("forint", "HUF", 1.0), ("dirham", "AED", 1.0), ("dirhams", "AED", 1.0),
    ("riyal", "SAR", 1.0), ("riyals", "SAR", 1.0), ("rupiah", "IDR", 1.0), ("shekel", "ILS", 1.0), ("shekels", "ILS", 1.0),
    ("bitcoin", "BTC", 1.0), ("bitcoins", "BTC", 1.0), ("btc", "BTC", 1.0), ("satoshi", "BTC", 1e-8), ("satoshis", "BTC", 1e-8),
];

/// Words that say whose currency the next word is.
const COUNTRIES: &[(&str, Currency)] = &[
    ("us", "USD"),
    ("u.s.", "USD"),
    ("american", "USD"),
    ("australian", "AUD"),
    ("canadian", "CAD"),
    ("hong kong", "HKD"),
    ("new zealand", "NZD"),
    ("singapore", "SGD"),
    ("taiwan", "TWD"),
    ("chinese", "CNY"),
    ("japanese", "JPY"),
    ("british", "GBP"),
    ("swiss", "CHF"),
    ("turkish", "TRY"),
    ("indian", "INR"),
    ("mexican", "MXN"),
    ("swedish", "SEK"),
    ("norwegian", "NOK"),
    ("danish", "DKK"),
    ("finnish", "FIM"),
    ("dutch", "NLG"),
    ("korean", "KRW"),
    ("russian", "RUB"),
    ("egyptian", "EGP"),
];

/// Chinese names of small coins.
const COINS: &[(&str, Currency, f64)] = &[
    ("毛", "CNY", 0.1),
    ("毛钱", "CNY", 0.1),
    ("角", "CNY", 0.1),
    ("角钱", "CNY", 0.1),
    ("分", "CNY", 0.01),
    ("分钱", "CNY", 0.01),
    ("美分", "USD", 0.01),
    ("欧分", "EUR", 0.01),
    ("便士", "GBP", 0.01),
    ("日本钱", "JPY", 0.01),
    ("刀", "$", 1.0),
    ("欧", "EUR", 1.0),
];

/// Letters of a currency table that are other words in a sentence.
const OTHER_WORDS: &[&str] = &[
    "us", "u.s", "r", "le", "ft", "st", "fr", "kn", "tl", "din", "dh", "rm", "rp", "lei", "leu",
    "zl", "s/",
];

/// Codes in capitals that are English words as well.
const OTHER_CAPITALS: &[&str] = &[
    "ALL", "TOP", "PEN", "MAD", "TRY", "CUP", "SOS", "GEL", "BAM", "MOP", "LAK", "ANG", "COP",
    "BOB", "CUC", "HUF", "SHP", "SCR", "RON", "WST", "SLE", "ITL", "MUR", "MOP", "BIF",
];

/// Letters that may stand apart from the sign behind them: `us $ 20`. Others end a word: `Tom ' s $ 20`.
const APART: &[&str] = &["c", "us", "u.s", "u.s.", "hk", "nz", "au", "nt", "ca"];

/// The currency of a word of letters, by the tables of catalogue files.
fn word(text: &FoldedText, start: usize, end: usize) -> Option<(Currency, f64)> {
    if !(1..=8).contains(&(end - start)) {
        return None;
    }
    let letters = text.folded(start..end);
    let is = |name: &str| name.chars().eq(letters.iter().copied());
    if OTHER_WORDS.iter().any(|name| is(name)) {
        return None;
    }
    let cased = text.cased(start..end);
    if OTHER_CAPITALS.contains(&cased.as_str()) {
        return None;
    }
    if let Some(known) = currency(&cased) {
        return Some((known, 1.0));
    }
    // MUSD, MEUR: millions.
    let millions = cased.strip_prefix('M').filter(|code| code.len() == 3)?;
    let code = currency(millions).filter(|code| *code == millions)?;
    Some((code, 1e6))
}

fn noun(text: &FoldedText, start: usize) -> Option<(Currency, f64, usize)> {
    let end = text.letters_end(start);
    let letters = text.folded(start..end);
    let is = |name: &str| name.chars().eq(letters.iter().copied());
    if !(3..=8).contains(&letters.len()) {
        return None;
    }
    let found = NOUNS.iter().find(|(name, ..)| is(name));
    found
        .filter(|_| !text.at(end).is_ascii_digit())
        .map(|(_, currency, factor)| (*currency, *factor, end))
}

/// The signs of currencies.
pub(super) fn is_sign(c: char) -> bool {
    matches!(
        c,
        '$' | '€'
            | '£'
            | '¥'
            | '₩'
            | '₹'
            | '₨'
            | '₽'
            | '₴'
            | '₺'
            | '₪'
            | '₫'
            | '฿'
            | '₱'
            | '₦'
            | '₵'
            | '₸'
            | '₾'
            | '₡'
            | '₿'
            | '₭'
    )
}

/// Whether a Chinese name of a currency that may stand before a number begins with `c`.
pub(super) fn begins(c: char) -> bool {
    matches!(
        c,
        '人' | '港' | '美' | '台' | '新' | '日' | '欧' | '英' | '澳' | '加' | '比'
    )
}

/// Whether a currency ends before a number that begins at `start`: `USD 20`, 人民币20.
pub(super) fn is_before(text: &FoldedText, start: usize) -> bool {
    const LONGEST: usize = 4;
    let end = text.skip_blanks_back(start);
    is_sign(text.before(end))
        || (end.saturating_sub(LONGEST)..end)
            .any(|begin| before_number(text, begin).is_some_and(|money| money.end == end))
}

/// The currency that begins at `start`, with a number behind it.
pub(super) fn before_number(text: &FoldedText, start: usize) -> Option<Money> {
    let first = text.at(start);
    let starts_number = |at: usize| {
        let at = text.skip_blanks(at);
        let next = text.at(at);
        next.is_ascii_digit()
            || next == '.' && text.at(at + 1).is_ascii_digit()
            || super::chinese::begins(next)
    };
    let found = |currency: Currency, factor: f64, end: usize| {
        starts_number(end).then_some(Money {
            currency,
            factor,
            start,
            end,
        })
    };
    if is_sign(first) {
        return found(currency(&text.cased(start..start + 1))?, 1.0, start + 1);
    }
    if is_han(first) {
        let (currency, factor, end) = begins(first).then(|| chinese_name(text, start))??;
        let whole = end > start + 1 && factor == 1.0;
        return whole.then(|| found(currency, factor, end)).flatten();
    }
    if !is_letter(first) || is_word(text.before(start)) || text.before(start) == '.' {
        return None;
    }
    let end = letters_and_points_end(text, start);
    let sign_at = text.skip_blanks(end);
    if is_sign(text.at(sign_at)) && end - start <= 4 {
        let letters = text.cased(start..end);
        let apart = sign_at > end && !APART.contains(&letters.to_lowercase().as_str());
        let sign = text.at(sign_at);
        let code = currency(&letters.to_uppercase()).filter(|_| letters.len() == 3);
        let joined = code.or_else(|| currency(&format!("{letters}{sign}")));
        return joined
            .filter(|_| !apart)
            .and_then(|currency| found(currency, 1.0, sign_at + 1));
    }
    let end = text.letters_end(start);
    if !starts_number(end) {
        return None;
    }
    match noun(text, start) {
        // `dollar 20` is read, `pound 20` as well; plurals belong to a number before them.
        Some((currency, factor, end)) => found(currency, factor, end),
        None => {
            let (currency, factor) = word(text, start, end)?;
            found(currency, factor, end)
        }
    }
}

/// The end of letters with points between or behind them: `u.s.`.
fn letters_and_points_end(text: &FoldedText, start: usize) -> usize {
    let mut end = text.letters_end(start);
    while text.at(end) == '.' && text.letters_end(end + 1) == end + 2 {
        end += 2;
    }
    if end > start + 1 && text.at(end) == '.' && text.at(end + 1) == '$' {
        end += 1;
    }
    end
}

/// The longest Chinese name of a currency at `start`.
fn chinese_name(text: &FoldedText, start: usize) -> Option<(Currency, f64, usize)> {
    let coin = text.longest_at(start, COINS.iter().map(|(name, ..)| *name));
    let coin = coin.and_then(|(end, at)| {
        COINS
            .get(at)
            .map(|(_, currency, factor)| (*currency, *factor, end))
    });
    let whole = currency_at(text.folded(start..text.len()));
    let whole = whole.map(|(currency, length)| (currency, 1.0, start + length));
    [coin, whole]
        .into_iter()
        .flatten()
        .max_by_key(|(.., end)| *end)
}

/// The currency behind a number that ends at `end`.
pub(super) fn behind_number(text: &FoldedText, end: usize) -> Option<Money> {
    let mut start = text.skip_blanks(end);
    if start == end && text.at(end) == '-' {
        start += 1;
    }
    let first = text.at(start);
    let money = |(currency, factor, end): (Currency, f64, usize)| Money {
        currency,
        factor,
        start,
        end,
    };
    if is_sign(first) {
        let currency = currency(&text.cased(start..start + 1))?;
        let of_next = text.at(start + 1).is_ascii_digit();
        return (!of_next).then(|| money((currency, 1.0, start + 1)));
    }
    if is_han(first) {
        // 20个比特币
        let counted = usize::from(first == '个');
        return chinese_name(text, start + counted)
            .filter(|(currency, ..)| counted == 0 || *currency == "BTC")
            .map(money);
    }
    if !is_letter(first) {
        return None;
    }
    let country = text.longest_at(start, COUNTRIES.iter().map(|(name, _)| *name));
    if let Some((country_end, at)) = country
        && let Some((_, factor, noun_end)) = noun(text, text.skip_blanks(country_end))
        && let Some((_, currency)) = COUNTRIES.get(at)
    {
        return Some(money((currency, factor, noun_end)));
    }
    if let Some(found) = noun(text, start) {
        return Some(money(found));
    }
    let word_end = text.letters_end(start);
    let sign = is_sign(text.at(word_end)) && !text.at(word_end + 1).is_ascii_digit();
    let joined = sign
        .then(|| currency(&text.cased(start..word_end + 1)))
        .flatten();
    if let Some(currency) = joined {
        return Some(money((currency, 1.0, word_end + 1)));
    }
    if text.at(word_end).is_ascii_digit() {
        return None;
    }
    match word(text, start, word_end) {
        Some((currency, factor)) => Some(money((currency, factor, word_end))),
        // A name of letters and marks that are no letters: ரூ.
        None if !first.is_ascii() => {
            let end = start + 2;
            let currency = currency(&text.cased(start..end))?;
            Some(money((currency, 1.0, end)))
        }
        None => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn currencies_before_a_number() {
        for (text, code, factor) in [
            ("$20", "$", 1.0),
            ("us $ 20", "USD", 1.0),
            ("HK$20", "HKD", 1.0),
            ("u.s $ 20", "USD", 1.0),
            ("c $ 20", "CAD", 1.0),
            ("usd$ 20", "USD", 1.0),
            ("USD20", "USD", 1.0),
            ("eur 20", "EUR", 1.0),
            ("MAUD 60", "AUD", 1e6),
            ("人民币 20", "CNY", 1.0),
            ("￥20", "¥", 1.0),
        ] {
            let found = before_number(&FoldedText::new(text), 0).unwrap();
            assert_eq!((found.currency, found.factor), (code, factor), "{text}");
        }
        for text in ["a $ 20", "ALL 5", "us 20", "$", "try 5", "tops 5"] {
            assert_eq!(before_number(&FoldedText::new(text), 0), None, "{text}");
        }
    }

    #[test]
    fn currencies_behind_a_number() {
        for (text, code, factor, end) in [
            ("5 dollars", "$", 1.0, 9),
            ("5 us dollars", "USD", 1.0, 12),
            ("5 cents", "$", 0.01, 7),
            ("5-cent", "$", 0.01, 6),
            ("5元人民币", "CNY", 1.0, 5),
            ("5块钱", "CNY", 1.0, 3),
            ("5毛", "CNY", 0.1, 2),
            ("5美分", "USD", 0.01, 3),
            ("5個比特幣", "BTC", 1.0, 5),
            ("5 €,", "EUR", 1.0, 3),
            ("5RMB", "CNY", 1.0, 4),
        ] {
            let found = behind_number(&FoldedText::new(text), 1).unwrap();
            assert_eq!(
                (found.currency, found.factor, found.end),
                (code, factor, end),
                "{text}"
            );
        }
        for text in ["5 of us", "5 $10", "5 tries", "5 centre", "5个"] {
            assert_eq!(behind_number(&FoldedText::new(text), 1), None, "{text}");
        }
    }
}
