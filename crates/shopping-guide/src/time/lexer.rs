//! Splits a written time into numbers, words and signs.

use std::borrow::Cow;

use crate::value::plain_characters;

/// A piece of a written time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Token<'a> {
    /// ASCII digits.
    Number(&'a str),
    /// Letters.
    Word(&'a str),
    /// One sign that is no blank.
    Sign(char),
    /// One or several blanks.
    Blank,
}

/// The kinds of [`Token`].
enum Kind {
    Number,
    Word,
    Sign,
    Blank,
}

/// Lower-case ASCII text: other scripts' signs for year, month, day, hour and minute become `-`, `:` and blanks, and their
/// words for morning and afternoon `am` and `pm`. An annotation in brackets at the end is left out: `[Europe/Berlin]`,
/// `(Coordinated Universal Time)`.
pub(super) fn normalised(text: &str) -> Cow<'_, str> {
    let text = plain_characters(text.trim());
    let text = match text {
        Cow::Borrowed(text) => Cow::Borrowed(without_annotation(text)),
        Cow::Owned(text) => Cow::Owned(east_asian(without_annotation(text.trim())).to_lowercase()),
    };
    let lower = text.bytes().all(|byte| !byte.is_ascii_uppercase());
    let text: Cow<'_, str> = if lower {
        text
    } else {
        text.to_ascii_lowercase().into()
    };
    if text.contains("a.m") || text.contains("p.m") {
        return text
            .replace("a.m.", "am")
            .replace("p.m.", "pm")
            .replace("a.m", "am")
            .replace("p.m", "pm")
            .into();
    }
    text
}

fn without_annotation(text: &str) -> &str {
    let opening = match text.chars().next_back() {
        Some(']') => text.find('['),
        Some(')') => text.find('('),
        _ => None,
    };
    opening
        .and_then(|at| text.get(..at))
        .map_or(text, str::trim_end)
}

/// Words of Chinese, Japanese and Korean dates, longer ones first.
const EAST_ASIAN: &[(&str, &str)] = &[
    ("上午", " am "),
    ("凌晨", " am "),
    ("早上", " am "),
    ("午前", " am "),
    ("오전", " am "),
    ("下午", " pm "),
    ("晚上", " pm "),
    ("中午", " pm "),
    ("午後", " pm "),
    ("오후", " pm "),
    ("号", " "),
    ("號", " "),
    ("秒", " "),
    ("초", " "),
];

fn east_asian(text: &str) -> String {
    let mut text = text.to_owned();
    for &(word, ascii) in EAST_ASIAN {
        if text.contains(word) {
            text = text.replace(word, ascii);
        }
    }
    let mut ascii = String::with_capacity(text.len());
    let mut rest = text.chars();
    while let Some(character) = rest.next() {
        let after = rest.as_str().trim_start();
        let before_digit = after.starts_with(|next: char| next.is_ascii_digit());
        match character {
            '年' | '월' | '月' | '년' if before_digit => {
                ascii.push('-');
                rest = after.chars();
            }
            '时' | '時' | '点' | '點' | '시' if before_digit => {
                ascii.push(':');
                rest = after.chars();
            }
            '时' | '時' | '点' | '點' | '시' => ascii.push_str(":00 "),
            '分' | '분' if before_digit => {
                ascii.push(':');
                rest = after.chars();
            }
            '年' | '월' | '月' | '년' | '日' | '일' | '分' | '분' => ascii.push(' '),
            other => ascii.push(other),
        }
    }
    ascii.trim().to_owned()
}

/// The pieces of a normalised text, or `None` if it is longer than any time that people write.
pub(super) fn tokens(text: &str) -> Option<Vec<Token<'_>>> {
    const LONGEST: usize = 80;
    if text.len() > LONGEST {
        return None;
    }
    let mut tokens = Vec::with_capacity(16);
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = |same: fn(char) -> bool| rest.find(|c| !same(c)).unwrap_or(rest.len());
        let (length, kind) = if first.is_ascii_digit() {
            (length(|c| c.is_ascii_digit()), Kind::Number)
        } else if first.is_alphabetic() {
            (length(char::is_alphabetic), Kind::Word)
        } else if first.is_whitespace() {
            (length(char::is_whitespace), Kind::Blank)
        } else {
            (first.len_utf8(), Kind::Sign)
        };
        let (piece, after) = rest.split_at_checked(length)?;
        tokens.push(match kind {
            Kind::Number => Token::Number(piece),
            Kind::Word => Token::Word(piece),
            Kind::Blank => Token::Blank,
            Kind::Sign => Token::Sign(first),
        });
        rest = after;
    }
    Some(tokens)
}

/// The number of at most `max` digits.
pub(super) fn small(digits: &str, max: usize) -> Option<i64> {
    (digits.len() <= max).then(|| digits.parse().ok()).flatten()
}
