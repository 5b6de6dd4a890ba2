//! The tokens of a sentence: words, numbers and single Chinese characters, in one form for all spellings, with their places.

use std::ops::Range;

use crate::fold::{is_accent, narrow, push_folded, simplified, singular};
use crate::source::is_han;

/// A part of a sentence.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Token {
    /// In lower case and half width, without accents, in simplified characters, and in the form that an English word shares with its plural.
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
        let first = simplified(narrow(first));
        if first.is_whitespace() || first.is_control() || is_accent(first) {
            continue;
        }
        let mut whole = String::new();
        push_folded(&mut whole, first);
        let mut end = start + text[start..].chars().next().map_or(0, char::len_utf8);
        let kind = match first {
            c if is_han(c) => Kind::Han,
            c if c.is_alphanumeric() => {
                // An apostrophe within a word belongs to it: women's, don't.
                while let Some(&(place, next)) = chars.peek() {
                    let next = narrow(next);
                    let behind = text[place..].chars().nth(1).map(narrow);
                    let joins = matches!(next, '\'' | '’')
                        && behind.is_some_and(|c| c.is_alphabetic() && !is_han(c));
                    let is_part = joins || is_accent(next);
                    if !is_part && (!next.is_alphanumeric() || is_han(next)) || place >= most {
                        break;
                    }
                    push_folded(&mut whole, if next == '’' { '\'' } else { next });
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
            Kind::Word => singular(whole.strip_suffix("'s").unwrap_or(&whole)).into_owned(),
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
            ("woman", Kind::Word),
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
    fn a_long_text_is_cut() {
        assert_eq!(tokens(&"a ".repeat(1000), 100).len(), 50);
        assert!(tokens("\u{0}\u{7f} \u{3000}", 100).is_empty());
    }
}
