//! Words of normalised text by the rules of Unicode.

use std::borrow::Cow;

use unicode_normalization::{UnicodeNormalization, is_nfkc};

use super::Tokenize;
use super::quantities::{Piece, pieces};

/// The words of text in any script that has blanks between words: normalised (NFKC), in lower case, cut by the rules of
/// Unicode annex 29, punctuation left out.
///
/// Kept whole are
/// - prices (`$19.99`, `300元`) and numbers with their unit (`3.5mm`, `14寸`, `50%`, `.5mm`);
/// - words with hyphens that hold a number or begin or end with one or two letters (`usb-c`, `t-shirt`, `wh-1000xm4`); of
///   other words with hyphens each part is a token;
/// - names with signs: one or two letters with plus signs behind them (`c++`, `a+`, `tv+`), a letter with `#` behind it
///   (`c#`, `f#`), and parts of one or two letters joined by `&` (`at&t`, `h&m`, `r&b`, `m&m's`);
/// - emoji, with their skin tone (👍🏽), joined to a sequence (👨‍👩‍👧) or as a flag (🇩🇪). Arrows, geometric shapes, © and ® are no
///   emoji here. The variation selector U+FE0F is dropped, so that ❤ with it and without it are the same token.
///
/// Each Chinese character is a token; `Chinese`, behind the feature `chinese`, knows words.
///
/// ```
/// use nlp_embed::{Tokenize, Words};
/// let words = Words::default();
/// assert_eq!(words.tokens("Ｗell-known T-Shirts: don’t pay 1,299.00€"), ["well", "known", "t-shirts", "don't", "pay", "1,299.00€"]);
/// assert_eq!(words.lower_case(false).tokens("14寸 MacBook"), ["14寸", "MacBook"]);
/// assert_eq!(words.tokens("C++ or C#? H&M 👍🏽"), ["c++", "or", "c#", "h&m", "👍🏽"]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Words {
    lower_case: bool,
}

impl Default for Words {
    fn default() -> Self {
        Self { lower_case: true }
    }
}

impl Words {
    /// Whether letters are converted to lower case (default true).
    #[must_use]
    pub fn lower_case(mut self, lower_case: bool) -> Self {
        self.lower_case = lower_case;
        self
    }

    /// `text` as it is before it is cut: normalised (NFKC), in lower case unless that is turned off, look-alikes of `-` and
    /// `'` replaced by these, invisible characters dropped.
    ///
    /// ```
    /// use nlp_embed::Words;
    /// assert_eq!(Words::default().normalised("USB‑Ｃ"), "usb-c");
    /// ```
    pub fn normalised<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let text = if text.is_ascii() {
            Cow::Borrowed(text)
        } else {
            let text = told_apart(text);
            Cow::Owned(match is_nfkc(&text) {
                true => text,
                false => text.nfkc().collect(),
            })
        };
        if !self.lower_case || !text.chars().any(|c| !c.is_lowercase() && c.is_alphabetic()) {
            return text;
        }
        let lower = text.to_lowercase();
        // A capital I with a dot becomes an i with a second dot.
        Cow::Owned(match lower.contains("i\u{307}") {
            true => lower.replace("i\u{307}", "i"),
            false => lower,
        })
    }
}

/// Replaces characters that NFKC would turn into something else, or would keep apart from what they look like.
fn told_apart(text: &str) -> String {
    let mut told = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\u{ad}'
            | '\u{200e}'
            | '\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'
            | '\u{2066}'..='\u{2069}'
            | '\u{feff}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{20e3}'
            | '\u{e0100}'..='\u{e01ef}' => {} // nothing to be seen
            '™' | '℠' => told.push(' '), // not TM, SM
            '，' => told.push(' '),      // never a part of a number
            '\u{2010}' | '\u{2011}' => told.push('-'),
            '’' => told.push('\''),
            // 1½ is not 11⁄2.
            '¼'..='¾' | '\u{2150}'..='\u{215f}' | '↉' if told.ends_with(char::is_numeric) => {
                told.extend([' ', c]);
            }
            _ => told.push(c),
        }
    }
    told
}

impl Tokenize for Words {
    fn tokenize(&self, text: &str, visit: &mut dyn FnMut(&str)) {
        let text = self.normalised(text);
        pieces(&text, |piece| match piece {
            Piece::Word(word) | Piece::Han(word) => visit(word),
            Piece::Gap => {}
        });
    }
}
