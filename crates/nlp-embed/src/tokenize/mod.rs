//! Cuts text into tokens.

#[cfg(feature = "chinese")]
mod chinese;
mod emoji;
mod quantities;
mod signed_names;
mod stop_words;
#[cfg(test)]
mod tests;
#[cfg(feature = "chinese")]
mod whole;
mod words;

#[cfg(feature = "chinese")]
pub use chinese::Chinese;
pub use stop_words::{CHINESE_STOP_WORDS, ENGLISH_STOP_WORDS, StopWords};
pub use words::Words;

use unicode_segmentation::UnicodeSegmentation;

/// Cuts text into tokens, always in the same way.
///
/// ```
/// use nlp_embed::{Tokenize, Words};
/// let tokens = Words::default().tokens("A Red coat, $19.99 (size 38, USB-C!)");
/// assert_eq!(tokens, ["a", "red", "coat", "$19.99", "size", "38", "usb-c"]);
/// ```
pub trait Tokenize: Send + Sync {
    /// Hands each token of `text` to `visit`, from left to right. No token is empty or holds a blank.
    fn tokenize(&self, text: &str, visit: &mut dyn FnMut(&str));

    /// The tokens of `text`.
    fn tokens(&self, text: &str) -> Vec<String> {
        let mut tokens = Vec::new();
        self.tokenize(text, &mut |token| tokens.push(token.to_owned()));
        tokens
    }
}

impl<T: Tokenize + ?Sized> Tokenize for Box<T> {
    fn tokenize(&self, text: &str, visit: &mut dyn FnMut(&str)) {
        (**self).tokenize(text, visit);
    }
}

/// Cuts at blanks and leaves the tokens as they are. For text that was cut into tokens before.
///
/// ```
/// use nlp_embed::{Tokenize, Whitespace};
/// assert_eq!(Whitespace.tokens("A red\tcoat,  please"), ["A", "red", "coat,", "please"]);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Whitespace;

impl Tokenize for Whitespace {
    fn tokenize(&self, text: &str, visit: &mut dyn FnMut(&str)) {
        text.split_whitespace().for_each(visit);
    }
}

/// Each grapheme cluster of Unicode annex 29, which is what a reader calls a character. Blanks are left out.
///
/// ```
/// use nlp_embed::{Characters, Tokenize};
/// assert_eq!(Characters.tokens("红 hat"), ["红", "h", "a", "t"]);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Characters;

impl Tokenize for Characters {
    fn tokenize(&self, text: &str, visit: &mut dyn FnMut(&str)) {
        for word in text.split_whitespace() {
            word.graphemes(true).for_each(&mut *visit);
        }
    }
}
