//! Chinese words by a dictionary.

use std::sync::{Arc, LazyLock};

use jieba_rs::Jieba;

use super::quantities::{Piece, pieces};
use super::{Tokenize, Words};

/// The dictionary as it comes, read once a process.
static DICTIONARY: LazyLock<Arc<Jieba>> = LazyLock::new(|| Arc::new(Jieba::new()));

/// Chinese text, mixed with any other: runs of Chinese characters are cut into words by jieba's dictionary and, where that
/// knows none, by its hidden Markov model; what stands between them is cut by [`Words`], which also keeps numbers and
/// prices with their Chinese units whole.
///
/// ```
/// use nlp_embed::{Chinese, Tokenize};
/// let tokens = Chinese::new().tokens("我想买14寸的笔记本电脑，USB-C接口，300元以内");
/// assert_eq!(tokens, ["我", "想", "买", "14寸", "的", "笔记本电脑", "usb-c", "接口", "300元", "以内"]);
/// ```
#[derive(Clone, Debug)]
pub struct Chinese {
    dictionary: Arc<Jieba>,
    words: Words,
    guess: bool,
}

impl Default for Chinese {
    fn default() -> Self {
        Self::new()
    }
}

impl Chinese {
    /// With jieba's own dictionary.
    pub fn new() -> Self {
        Self {
            dictionary: Arc::clone(&DICTIONARY),
            words: Words::default(),
            guess: true,
        }
    }

    /// With `words` besides: names of brands and products that are to be kept whole.
    #[must_use]
    pub fn with_words<'a>(mut self, words: impl IntoIterator<Item = &'a str>) -> Self {
        let mut dictionary = Jieba::new();
        for word in words {
            dictionary.add_word(word, None, None);
        }
        self.dictionary = Arc::new(dictionary);
        self
    }

    /// Whether Latin letters become small ones (default true).
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

    fn cut(&self, run: &str, visit: &mut dyn FnMut(&str)) {
        for word in self.dictionary.cut(run, self.guess) {
            visit(word);
        }
    }
}

impl Tokenize for Chinese {
    fn tokenize(&self, text: &str, visit: &mut dyn FnMut(&str)) {
        let text = self.words.normalised(text);
        let mut run = String::new();
        pieces(&text, |piece| {
            if let Piece::Han(character) = piece {
                run.push_str(character);
                return;
            }
            self.cut(&run, visit);
            run.clear();
            if let Piece::Word(word) = piece {
                visit(word);
            }
        });
        self.cut(&run, visit);
    }
}
