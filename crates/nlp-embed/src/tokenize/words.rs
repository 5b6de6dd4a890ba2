//! Words by the rules of Unicode, of normalised text.

use std::borrow::Cow;

use unicode_normalization::{UnicodeNormalization, is_nfkc};

use super::Tokenize;
use super::quantities::{Piece, pieces};

/// The words of text in any script that has blanks between words: normalised (NFKC), in lower case, cut by the rules of
/// Unicode annex 29, punctuation left out.
///
/// Kept whole, because a shopper means one thing by them: prices (`$19.99`, `300元`), numbers with their unit (`3.5mm`,
/// `14寸`, `50%`), and words with hyphens that hold a number or begin or end with one or two letters (`usb-c`, `t-shirt`,
/// `wh-1000xm4`); of other words with hyphens each part is a token.
///
/// Each Chinese character is a token; `Chinese`, behind the feature `chinese`, knows words.
///
/// ```
/// use nlp_embed::{Tokenize, Words};
/// let words = Words::default();
/// assert_eq!(words.tokens("Ｗell-known T-Shirts: don’t pay 1,299.00€"), ["well", "known", "t-shirts", "don’t", "pay", "1,299.00€"]);
/// assert_eq!(words.lower_case(false).tokens("14寸 MacBook"), ["14寸", "MacBook"]);
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
    /// Whether all letters become small ones (default true).
    #[must_use]
    pub fn lower_case(mut self, lower_case: bool) -> Self {
        self.lower_case = lower_case;
        self
    }

    /// `text` as it is cut: normalised, in lower case if wished.
    pub(super) fn normalised<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let text = if text.is_ascii() || is_nfkc(text) {
            Cow::Borrowed(text)
        } else {
            Cow::Owned(text.nfkc().collect())
        };
        if self.lower_case && text.chars().any(|c| !c.is_lowercase() && c.is_alphabetic()) {
            Cow::Owned(text.to_lowercase())
        } else {
            text
        }
    }
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
