//! Codes in a sentence, which are protected from every later step: article numbers, models, dates, times, phone numbers.

use std::ops::Range;

use super::quantities::{ParsedWord, has_context, is_euro, parse_word, range_word_before};
use super::text::{FoldedText, is_han, is_letter, is_word};

/// Words before a number that is a code.
const CODE_WORDS: &[&str] = &[
    "sku",
    "model",
    "part",
    "part no",
    "part no.",
    "part number",
    "item no",
    "item no.",
    "item number",
    "order no",
    "order no.",
    "order number",
    "ref",
    "isbn",
    "ean",
    "upc",
    "gtin",
    "tel",
    "型号",
    "货号",
    "编号",
    "款号",
    "订单号",
    "单号",
    "条码",
    "电话",
    "手机号",
    "号码",
];

/// Digits from which a bare number is an article or phone number.
const LONG: usize = 8;

/// The codes of a text by their start, as ranges of characters.
///
/// A code is a word with digits that is no quantity: letters that are no unit (`IFP5550-BUN`), a hyphen that joins no range
/// (`12-34` without a unit, a currency or a word of a range), more parts than two (`2024-01-02`), at least eight digits.
pub(crate) fn codes(text: &FoldedText) -> Vec<Range<usize>> {
    let mut codes = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let c = text.at(at);
        if !is_word(c) || is_word(text.before(at)) {
            at += 1;
            continue;
        }
        let end = word_end(text, at);
        if text.folded(at..end).iter().any(char::is_ascii_digit)
            && let Some(code) = code(text, at, end)
        {
            codes.push(code);
        }
        at = end.max(at + 1);
    }
    codes
}

/// The end of the word at `start`: letters and digits, joined by signs.
fn word_end(text: &FoldedText, start: usize) -> usize {
    let mut end = start;
    loop {
        while is_word(text.at(end)) {
            end += 1;
        }
        let digits_around = text.before(end).is_ascii_digit() && text.at(end + 1).is_ascii_digit();
        let joins = match text.at(end) {
            '-' | '_' | '/' | '.' => is_word(text.at(end + 1)),
            ':' => digits_around,
            // `1.2e+3`
            '+' => text.before(end) == 'e' && text.at(end + 1).is_ascii_digit(),
            ',' => digits_around && (thousands(text, end) || is_euro(text, start, end)),
            _ => false,
        };
        if !joins {
            return end;
        }
        end += 1;
    }
}

/// Whether a group of digits of a number follows a comma.
fn thousands(text: &FoldedText, comma: usize) -> bool {
    let length = (1..=4)
        .take_while(|ahead| text.at(comma + ahead).is_ascii_digit())
        .count();
    length == 3 || (length == 2 && text.at(comma + 3) == ',' && text.at(comma + 4).is_ascii_digit())
}

/// The code of a word with digits, with the sign before it. `None` if it is a quantity.
fn code(text: &FoldedText, start: usize, end: usize) -> Option<Range<usize>> {
    let sign = text.before(start);
    let with_sign = start - usize::from(matches!(sign, '+' | '#' | '-'));
    let whole = Some(with_sign..end);
    if sign == '#' {
        return whole;
    }
    let parsed = match parse_word(text, start, end) {
        ParsedWord::Code => return whole,
        ParsedWord::Quantity => return None,
        parsed => parsed,
    };
    if sign == '.' {
        return None;
    }
    let told = text
        .longest_before(code_word_end(text, with_sign), CODE_WORDS.iter().copied())
        .is_some();
    match parsed {
        // `-95` is the end of an article number; `--9` is a dash and a number.
        ParsedWord::Number { count, plain } => {
            let before = text.before(with_sign);
            let suffix = sign == '-'
                && plain
                && !is_word(before)
                && !is_han(before)
                && !matches!(before, '-' | '^');
            let long = count >= LONG && plain;
            let code = long || suffix || (told && plain);
            (code && !has_context(text, start, end)).then_some(with_sign..end)
        }
        _ if has_context(text, start, end) || range_word_before(text, with_sign) => None,
        _ if !told && is_round_range(text, start, end) => None,
        _ => whole,
    }
}

/// 200-300的裙子: two round numbers from 100 on before 的 are prices.
fn is_round_range(text: &FoldedText, start: usize, end: usize) -> bool {
    let word = text.folded(start..end);
    let round = |number: &[char]| number.len() >= 3 && number.ends_with(&['0']);
    text.at(end) == '的' && word.split(|c| *c == '-').all(round)
}

/// Where a word such as `SKU` before a code ends.
fn code_word_end(text: &FoldedText, start: usize) -> usize {
    let end = text.skip_blanks_back(start);
    match text.before(end) {
        ':' => text.skip_blanks_back(end - 1),
        _ => end,
    }
}

/// Whether a word is of letters alone, joined or not.
pub(crate) fn letters_only(text: &FoldedText, range: Range<usize>) -> bool {
    text.folded(range)
        .iter()
        .all(|c| is_letter(*c) || matches!(c, '-' | '/' | '_' | '.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<String> {
        let folded = FoldedText::new(text);
        let bytes = codes(&folded).into_iter().map(|code| folded.bytes(code));
        bytes.map(|bytes| text[bytes].to_owned()).collect()
    }

    #[test]
    fn codes_are_words_with_digits_that_are_no_quantity() {
        for (text, code) in [
            ("IFP5550-BUN monitor", "IFP5550-BUN"),
            ("order AB-123 please", "AB-123"),
            ("SKU -95", "-95"),
            ("part 12-34", "12-34"),
            ("12-34", "12-34"),
            ("a 12-34B bolt", "12-34B"),
            ("型号12-34的螺丝", "12-34"),
            ("on 2024-01-02", "2024-01-02"),
            ("2024/1/2", "2024/1/2"),
            ("at 12:30", "12:30"),
            ("call +1-222-2222-2222", "+1-222-2222-2222"),
            ("call +1-222-2222/2222", "+1-222-2222/2222"),
            ("13812345678", "13812345678"),
            ("a 5G phone", "5G"),
            ("4K电视", "4K"),
            ("iphone13", "iphone13"),
            ("a 3XL shirt", "3XL"),
            ("i7-12700K", "i7-12700K"),
            ("version 1.2.3", "1.2.3"),
            ("sku 4711", "4711"),
            ("１２－３４", "１２－３４"),
            ("7-eleven", "7-eleven"),
            ("model #12", "#12"),
            ("1920x1080", "1920x1080"),
        ] {
            assert_eq!(found(text), [code], "{text}");
        }
    }

    #[test]
    fn quantities_are_no_codes() {
        for text in [
            "500ml",
            "14inch",
            "14-inch",
            "5k-20k",
            "20-30元",
            "$20-30",
            "12-34 cm",
            "price 12-34",
            "10x20cm",
            "12-cent-a-share",
            "USD115.5",
            "1/2",
            "94,000",
            "1,2",
            "-3.5",
            "-20℃",
            "iphone 13",
            "1995年",
            "under $50",
            "2-pack",
            "3,5",
            "size 38, 39, 40",
            "between 12-34",
            "12-34左右",
        ] {
            assert_eq!(found(text), Vec::<String>::new(), "{text}");
        }
    }
}
