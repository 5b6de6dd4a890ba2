//! The tokens of a sentence: words, numbers and single Chinese characters, in one form for all spellings, with their places.

use std::ops::Range;

use crate::source::is_han;

/// A part of a sentence.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Token {
    /// In lower case and half width, without accents and the ending of a plural.
    pub(super) text: String,
    /// The same with its ending.
    pub(super) whole: String,
    pub(super) kind: Kind,
    /// Where it stands in the sentence, in bytes.
    pub(super) span: Range<usize>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Letters, or letters with digits.
    Word,
    /// Digits alone.
    Number,
    /// One Chinese character.
    Han,
    /// Anything else but spaces.
    Mark,
}

/// The tokens of the first `most` bytes or so.
pub(super) fn tokens(text: &str, most: usize) -> Vec<Token> {
    let mut tokens: Vec<Token> = Vec::new();
    let mut chars = text.char_indices().peekable();
    while let Some((start, first)) = chars.next() {
        if start >= most {
            break;
        }
        let first = half_width(first);
        if first.is_whitespace() || first.is_control() {
            continue;
        }
        let mut whole = String::new();
        push_plain(&mut whole, first);
        let mut end = start + text[start..].chars().next().map_or(0, char::len_utf8);
        let kind = match first {
            c if is_han(c) => Kind::Han,
            c if c.is_alphanumeric() => {
                // An apostrophe within a word belongs to it: women's, don't.
                while let Some(&(place, next)) = chars.peek() {
                    let next = half_width(next);
                    let behind = text[place..].chars().nth(1).map(half_width);
                    let joins = matches!(next, '\'' | '’')
                        && behind.is_some_and(|c| c.is_alphabetic() && !is_han(c));
                    if !joins && (!next.is_alphanumeric() || is_han(next)) || place >= most {
                        break;
                    }
                    push_plain(&mut whole, if next == '’' { '\'' } else { next });
                    end = place + next.len_utf8();
                    if let Some((place, taken)) = chars.next() {
                        end = place + taken.len_utf8();
                    }
                }
                match whole.chars().all(|c| c.is_ascii_digit()) {
                    true => Kind::Number,
                    false => Kind::Word,
                }
            }
            _ => Kind::Mark,
        };
        let text = match kind {
            Kind::Word => singular(&whole),
            _ => whole.clone(),
        };
        let span = start..end;
        tokens.push(Token {
            text,
            whole,
            kind,
            span,
        });
    }
    tokens
}

/// Full-width letters, digits and signs in half width.
fn half_width(c: char) -> char {
    match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(c as u32 - 0xff01 + 0x21).unwrap_or(c),
        '\u{3000}' => ' ',
        c => c,
    }
}

/// Adds `c` in lower case and, of Latin letters, without its accent.
fn push_plain(text: &mut String, c: char) {
    const PLAIN: [(&str, char); 7] = [
        ("àáâãäå", 'a'),
        ("èéêë", 'e'),
        ("ìíîï", 'i'),
        ("òóôõö", 'o'),
        ("ùúûü", 'u'),
        ("ñ", 'n'),
        ("ç", 'c'),
    ];
    for lower in c.to_lowercase() {
        let plain = PLAIN.iter().find(|(accented, _)| accented.contains(lower));
        text.push(plain.map_or(lower, |&(_, plain)| plain));
    }
}

/// An English word without the ending of a plural or a genitive.
pub(super) fn singular(word: &str) -> String {
    let word = word.strip_suffix("'s").unwrap_or(word);
    let is_plain = word.len() > 3 && word.bytes().all(|byte| byte.is_ascii_lowercase());
    if !is_plain || word.ends_with("ss") || word.ends_with("us") || word.ends_with("is") {
        return word.to_owned();
    }
    if let Some(stem) = word.strip_suffix("ies").filter(|stem| stem.len() > 2) {
        return format!("{stem}y");
    }
    let hisses = ["xes", "ches", "shes", "sses", "zes"];
    if hisses.iter().any(|ending| word.ends_with(ending)) {
        return word[..word.len() - 2].to_owned();
    }
    word.strip_suffix('s').unwrap_or(word).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_numbers_and_characters_with_their_places() {
        let text = "Women’s Ｒｅｄ dresses,不要M码 T-shirt";
        let tokens = tokens(text, 1000);
        let found: Vec<(&str, Kind)> = tokens
            .iter()
            .map(|one| (one.text.as_str(), one.kind))
            .collect();
        let expected = [
            ("women", Kind::Word),
            ("red", Kind::Word),
            ("dress", Kind::Word),
            (",", Kind::Mark),
            ("不", Kind::Han),
            ("要", Kind::Han),
            ("m", Kind::Word),
            ("码", Kind::Han),
            ("t", Kind::Word),
            ("-", Kind::Mark),
            ("shirt", Kind::Word),
        ];
        assert_eq!(found, expected);
        assert_eq!(&text[tokens[1].span.clone()], "Ｒｅｄ");
        assert_eq!(tokens[0].whole, "women's");
        assert_eq!(&text[tokens[0].span.clone()], "Women’s");
    }

    #[test]
    fn plurals_lose_their_ending() {
        for (word, expected) in [
            ("shoes", "shoe"),
            ("dresses", "dress"),
            ("watches", "watch"),
            ("accessories", "accessory"),
            ("dress", "dress"),
            ("bus", "bus"),
            ("women's", "women"),
            ("jeans", "jean"),
            ("gas", "gas"),
        ] {
            assert_eq!(singular(word), expected);
        }
    }

    #[test]
    fn a_long_text_is_cut() {
        assert_eq!(tokens(&"a ".repeat(1000), 100).len(), 50);
        assert!(tokens("\u{0}\u{7f} \u{3000}", 100).is_empty());
    }
}
