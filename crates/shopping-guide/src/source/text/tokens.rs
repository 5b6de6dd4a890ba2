//! The tokens of a text: words, the parts of compound words, and Chinese characters with their pairs.

use std::borrow::Cow;
use std::ops::Range;

use crate::fold::{is_accent, narrow, push_folded, simplified, singular};
use crate::source::words::is_han;

/// Characters of a word that count: what lies behind them is not compared, so that a text without spaces gives no term of its length.
pub(super) const MOST_LETTERS: usize = 64;
/// Parts of a compound that is a term as a whole. A longer chain is taken for its parts alone.
const MOST_PARTS: usize = 4;

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A word. A compound (`T-shirt`, depth 0) comes before its parts (`t` and `shirt`, depth 1); a word of letters and digits before its runs of either.
    Word { depth: u8 },
    /// A Chinese character.
    Character,
    /// Two neighbouring Chinese characters, after the second of them.
    Pair,
}

/// A term with its place in the text.
#[derive(Debug)]
pub(super) struct Token<'t> {
    /// In lower case, without accents, in the singular.
    pub(super) term: &'t str,
    /// The bytes of the text that it stands for.
    pub(super) span: Range<usize>,
    pub(super) kind: Kind,
    /// Whether it counts in the length of a text: each piece of it does once, as a word or as a Chinese character.
    pub(super) counts: bool,
}

/// Gives the tokens of a text in their order.
pub(super) fn tokens(text: &str, mut each: impl FnMut(Token<'_>)) {
    let mut group = Group::default();
    let mut before: Option<(char, usize)> = None;
    let mut chinese = String::new();
    let mut chars = text.char_indices().peekable();
    while let Some((at, raw)) = chars.next() {
        let (c, end) = (narrow(raw), at + raw.len_utf8());
        if is_han(c) {
            group.finish(&mut each);
            let c = simplified(c);
            chinese.clear();
            chinese.push(c);
            each(Token {
                term: &chinese,
                span: at..end,
                kind: Kind::Character,
                counts: true,
            });
            if let Some((first, start)) = before {
                chinese.insert(0, first);
                each(Token {
                    term: &chinese,
                    span: start..end,
                    kind: Kind::Pair,
                    counts: false,
                });
            }
            before = Some((c, at));
            continue;
        }
        before = None;
        let next = chars.peek().map(|&(_, next)| narrow(next));
        let goes_on = !group.parts.is_empty() && next.is_some_and(is_letter);
        match c {
            _ if is_letter(c) => group.push(c, at, end),
            _ if is_accent(c) => {}
            '\'' | '\u{2019}' if goes_on => {}
            '.' if goes_on
                && group.text.ends_with(is_digit)
                && !group.is_cut
                && next.is_some_and(is_digit) =>
            {
                group.text.push('.');
            }
            '-' | '_' | '\u{2010}' | '\u{2011}' if goes_on => group.is_cut = true,
            _ => group.finish(&mut each),
        }
    }
    group.finish(&mut each);
}

fn is_letter(c: char) -> bool {
    c.is_alphanumeric() && !is_han(c)
}

fn is_digit(c: char) -> bool {
    c.is_ascii_digit()
}

/// The first [`MOST_LETTERS`] characters.
pub(super) fn cut(word: &str) -> &str {
    let end = word.char_indices().nth(MOST_LETTERS);
    end.and_then(|(end, _)| word.get(..end)).unwrap_or(word)
}

fn term(word: &str) -> Cow<'_, str> {
    singular(cut(word))
}

/// Words that are joined by hyphens, as far as they are read.
#[derive(Default)]
struct Group {
    /// All of them in their folded form.
    text: String,
    /// For each where it begins in `text`, and its bytes in the text that is read.
    parts: Vec<(usize, Range<usize>)>,
    /// Whether the next letter begins a word.
    is_cut: bool,
}

impl Group {
    fn push(&mut self, c: char, at: usize, end: usize) {
        match self.parts.last_mut() {
            Some((_, span)) if !self.is_cut => span.end = end,
            _ => self.parts.push((self.text.len(), at..end)),
        }
        self.is_cut = false;
        push_folded(&mut self.text, c);
    }

    fn finish(&mut self, each: &mut impl FnMut(Token<'_>)) {
        let is_compound = (2..=MOST_PARTS).contains(&self.parts.len());
        if let (true, Some(first), Some(last)) =
            (is_compound, self.parts.first(), self.parts.last())
        {
            each(Token {
                term: &term(&self.text),
                span: first.1.start..last.1.end,
                kind: Kind::Word { depth: 0 },
                counts: false,
            });
        }
        let depth = u8::from(is_compound);
        let ends = self.parts.iter().skip(1).map(|part| part.0);
        let ends = ends.chain([self.text.len()]);
        for ((start, span), end) in self.parts.iter().zip(ends) {
            let word = self.text.get(*start..end).unwrap_or_default();
            each(Token {
                term: &term(word),
                span: span.clone(),
                kind: Kind::Word { depth },
                counts: true,
            });
            let is_number = |c: char| is_digit(c) || c == '.';
            let is_mixed = word.contains(is_digit) && !word.chars().all(is_number);
            if !is_mixed || word.len() > MOST_LETTERS {
                continue;
            }
            let mut rest = word;
            while let Some(first) = rest.chars().next() {
                let end = rest.find(|c| is_number(c) != is_number(first));
                let (run, behind) = rest.split_at(end.unwrap_or(rest.len()));
                rest = behind;
                if run.chars().nth(1).is_some() {
                    each(Token {
                        term: &term(run),
                        span: span.clone(),
                        kind: Kind::Word { depth: depth + 1 },
                        counts: false,
                    });
                }
            }
        }
        self.text.clear();
        self.parts.clear();
        self.is_cut = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn terms(text: &str) -> Vec<String> {
        let mut terms = Vec::new();
        tokens(text, |token| terms.push(token.term.to_owned()));
        terms
    }

    #[test]
    fn words_of_a_title() {
        assert_eq!(
            terms("Men's Red Running-Shoes, 2 boxes"),
            ["man", "red", "runningshoe", "running", "shoe", "2", "box"]
        );
        assert_eq!(terms("ＵＳＢ　Café 1.5 l"), ["usb", "cafe", "1.5", "l"]);
        assert_eq!(terms(" -- ' . "), [""; 0]);
        assert_eq!(terms("- a' b."), ["a", "b"]);
    }

    #[test]
    fn codes_are_found_whole_and_by_their_parts() {
        assert_eq!(
            terms("IFP5550-BUN"),
            ["ifp5550bun", "ifp5550", "ifp", "5550", "bun"]
        );
        assert_eq!(terms("500ml"), ["500ml", "500", "ml"]);
        assert_eq!(terms("a-b-c-d-e"), ["a", "b", "c", "d", "e"]);
    }

    #[test]
    fn chinese_gives_characters_and_pairs() {
        assert_eq!(
            terms("紅色鞋USB线"),
            ["红", "色", "红色", "鞋", "色鞋", "usb", "线"]
        );
        assert_eq!(terms("红 鞋"), ["红", "鞋"]);
    }

    #[test]
    fn tokens_know_their_place_and_texts_their_length() {
        let text = "Ünder T-Shirts 红鞋";
        let (mut places, mut length) = (Vec::new(), 0);
        tokens(text, |token| {
            places.push(text.get(token.span.clone()).unwrap());
            length += usize::from(token.counts);
        });
        assert_eq!(
            places,
            ["Ünder", "T-Shirts", "T", "Shirts", "红", "鞋", "红鞋"]
        );
        assert_eq!(length, 5);
    }

    #[test]
    fn long_words_are_cut() {
        let found = terms(&"7".repeat(1_000_000));
        assert_eq!(found, ["7".repeat(MOST_LETTERS)]);
        assert_eq!(terms(&"ab-".repeat(100_000)).len(), 100_000);
    }
}
