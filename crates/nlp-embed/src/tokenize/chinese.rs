//! Chinese words by a dictionary.

use std::sync::{Arc, LazyLock};

use jieba_rs::Jieba;

use super::quantities::{Piece, is_han_character, pieces};
use super::whole::WholeWords;
use super::{Tokenize, Words};

/// The dictionary of the crate, read once per process.
static DICTIONARY: LazyLock<Arc<Jieba>> = LazyLock::new(|| Arc::new(Jieba::new()));

/// Chinese text, mixed with any other: runs of Chinese characters are cut into words by jieba's dictionary and, where that
/// knows none, by its hidden Markov model. The text between them is cut by [`Words`], which keeps numbers and prices with
/// their Chinese units, names with signs (`c++`, `at&t`) and emoji whole. Words of letters and Chinese characters (`T恤`,
/// `SIM卡`) are found first.
///
/// ```
/// use nlp_embed::{Chinese, Tokenize};
/// let tokens = Chinese::new().tokens("我想买14寸的笔记本电脑，USB-C接口，300元以内");
/// assert_eq!(tokens, ["我", "想", "买", "14寸", "的", "笔记本电脑", "usb-c", "接口", "300元", "以内"]);
/// ```
#[derive(Clone, Debug)]
pub struct Chinese {
    dictionary: Arc<Jieba>,
    whole: Arc<WholeWords>,
    words: Words,
    guess: bool,
}

impl Default for Chinese {
    fn default() -> Self {
        Self::new()
    }
}

impl Chinese {
    /// A tokeniser with jieba's own dictionary.
    pub fn new() -> Self {
        Self {
            dictionary: Arc::clone(&DICTIONARY),
            whole: WholeWords::common(),
            words: Words::default(),
            guess: true,
        }
    }

    /// Adds `words`, such as names of brands and products, that are kept whole in upper or lower case. Words without a letter
    /// or digit, or with a blank, are ignored, because no token is like them.
    ///
    /// ```
    /// use nlp_embed::{Chinese, Tokenize};
    /// let chinese = Chinese::new().with_words(["小棕瓶", "SK-II神仙水"]);
    /// assert_eq!(chinese.tokens("sk-ii神仙水和小棕瓶"), ["sk-ii神仙水", "和", "小棕瓶"]);
    /// ```
    #[must_use]
    pub fn with_words<'a>(mut self, words: impl IntoIterator<Item = &'a str>) -> Self {
        for word in words {
            let word = Words::default().normalised(word);
            let word = word.trim();
            if !word.contains(char::is_alphanumeric) || word.contains(char::is_whitespace) {
                continue;
            }
            if word.chars().all(is_han_character) {
                Arc::make_mut(&mut self.dictionary).add_word(word, None, None);
            } else {
                Arc::make_mut(&mut self.whole).add(word.to_owned());
            }
        }
        self
    }

    /// Whether Latin letters are converted to lower case (default true).
    #[must_use]
    pub fn lower_case(mut self, lower_case: bool) -> Self {
        self.words = self.words.lower_case(lower_case);
        self
    }

    /// Whether words that the dictionary lacks are guessed by the hidden Markov model (default true).
    #[must_use]
    pub fn guess(mut self, guess: bool) -> Self {
        self.guess = guess;
        self
    }

    /// Cuts text that holds none of the words in `whole`.
    fn cut(&self, text: &str, visit: &mut dyn FnMut(&str)) {
        let mut run = String::new();
        pieces(text, |piece| {
            if let Piece::Han(character) = piece {
                run.push_str(character);
                return;
            }
            self.cut_run(&run, visit);
            run.clear();
            if let Piece::Word(word) = piece {
                visit(word);
            }
        });
        self.cut_run(&run, visit);
    }

    fn cut_run(&self, run: &str, visit: &mut dyn FnMut(&str)) {
        for word in self.dictionary.cut(run, self.guess) {
            visit(word);
        }
    }
}

impl Tokenize for Chinese {
    fn tokenize(&self, text: &str, visit: &mut dyn FnMut(&str)) {
        let text = self.words.normalised(text);
        let mut start = 0;
        for (at, _) in text.char_indices() {
            if at < start {
                continue;
            }
            if let Some(len) = self.whole.len_at(&text, at) {
                self.cut(&text[start..at], visit);
                visit(&text[at..at + len]);
                start = at + len;
            }
        }
        self.cut(&text[start..], visit);
    }
}
