//! Parameters of TF-IDF features.

use guide_core::{Error, Params, Result, ensure};
use serde::{Deserialize, Serialize};

use crate::{Characters, Tokenize, Whitespace, Words};

/// How text is cut into the words of word n-grams.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WordTokenizer {
    /// [`Words`]: the rules of Unicode; each Chinese character is a word.
    #[default]
    Words,
    /// `Chinese`: as `Words`, with Chinese words by jieba's dictionary. Needs the feature `chinese`.
    Chinese,
    /// [`Characters`]: each character is a word.
    Characters,
    /// [`Whitespace`]: cut at blanks alone.
    Whitespace,
    /// Runs of at least two letters, digits or underscores: the `token_pattern` of scikit-learn.
    TwoOrMore,
}

/// Parameters of [`TfIdf`](super::TfIdf).
///
/// The defaults are word 1-2 grams and character 2-5 grams with sublinear term counts, which held up on every data set that
/// we measure. [`TfIdfParams::sklearn`] has the defaults of scikit-learn.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TfIdfParams {
    /// Least and most words of a word n-gram (default 1 to 2); none for no word n-grams.
    pub word_ngrams: Option<(usize, usize)>,
    /// Least and most characters of a character n-gram (default 2 to 5); none for no character n-grams.
    pub char_ngrams: Option<(usize, usize)>,
    /// Whether a character n-gram stays within one word and the blank on either side of it, as the analyser `char_wb` of
    /// scikit-learn (default true). Otherwise it may reach over several words, as the analyser `char`.
    pub within_words: bool,
    /// How words are cut (default: [`WordTokenizer::Words`]).
    pub tokenizer: WordTokenizer,
    /// Whether letters are converted to lower case (default true).
    pub lower_case: bool,
    /// Whether text is normalised as [`Words::normalised`] does: NFKC, so that full-width letters equal plain ones, and
    /// look-alikes of hyphens and apostrophes (default true). The tokenisers `words` and `chinese` do so in any case.
    pub nfkc: bool,
    /// N-grams that occur in fewer texts are left out (default 2).
    pub min_df: usize,
    /// N-grams that occur in a larger share of the texts are left out (default 1: none).
    pub max_df: f64,
    /// Most word n-grams, and most character n-grams, that are kept: those that occur most often (default: all).
    pub max_features: Option<usize>,
    /// Whether a count `c` is replaced by `1 + ln c` (default true).
    pub sublinear_tf: bool,
    /// Whether counts are multiplied by the inverse document frequency (default true).
    pub use_idf: bool,
    /// Whether one text with every n-gram is added to the counts of the inverse document frequency (default true).
    pub smooth_idf: bool,
    /// Whether the word part and the character part of a row are each divided by their Euclidean length (default true).
    pub l2_norm: bool,
}

impl Default for TfIdfParams {
    fn default() -> Self {
        Self {
            word_ngrams: Some((1, 2)),
            char_ngrams: Some((2, 5)),
            within_words: true,
            tokenizer: WordTokenizer::Words,
            lower_case: true,
            nfkc: true,
            min_df: 2,
            max_df: 1.0,
            max_features: None,
            sublinear_tf: true,
            use_idf: true,
            smooth_idf: true,
            l2_norm: true,
        }
    }
}

guide_core::setters!(TfIdfParams {
    word_ngrams: Option<(usize, usize)>,
    char_ngrams: Option<(usize, usize)>,
    within_words: bool,
    tokenizer: WordTokenizer,
    lower_case: bool,
    nfkc: bool,
    min_df: usize,
    max_df: f64,
    max_features: Option<usize>,
    sublinear_tf: bool,
    use_idf: bool,
    smooth_idf: bool,
    l2_norm: bool,
});

/// Longest n-gram that is accepted. Longer ones occur too rarely to be features, and each costs memory in every text.
const LONGEST: usize = 16;

impl TfIdfParams {
    /// The defaults of scikit-learn's `TfidfVectorizer`: single words of two or more letters, plain counts.
    pub fn sklearn() -> Self {
        Self {
            word_ngrams: Some((1, 1)),
            char_ngrams: None,
            tokenizer: WordTokenizer::TwoOrMore,
            nfkc: false,
            min_df: 1,
            sublinear_tf: false,
            ..Self::default()
        }
    }
}

impl Params for TfIdfParams {
    fn validate(&self) -> Result<()> {
        for (name, range) in [
            ("word_ngrams", self.word_ngrams),
            ("char_ngrams", self.char_ngrams),
        ] {
            if let Some((least, most)) = range
                && !(1 <= least && least <= most && most <= LONGEST)
            {
                return Err(Error::param(
                    name,
                    format!("[{least},{most}]"),
                    format!("two whole numbers from 1 to {LONGEST}, the smaller one first"),
                ));
            }
        }
        if self.word_ngrams.is_none() && self.char_ngrams.is_none() {
            let expected = "a range where word_ngrams is null";
            return Err(Error::param("char_ngrams", "null", expected));
        }
        self.tokenizer.check()?;
        ensure::at_least_one("min_df", self.min_df)?;
        if !(self.max_df > 0.0 && self.max_df <= 1.0) {
            return Err(Error::param("max_df", self.max_df, "above 0 and at most 1"));
        }
        match self.max_features {
            Some(most) => ensure::at_least_one("max_features", most),
            None => Ok(()),
        }
    }
}

impl WordTokenizer {
    /// Checks that this program was built with what the tokeniser needs.
    ///
    /// # Errors
    /// [`Error::Param`] with the name `tokenizer` for `Chinese` without the feature `chinese`.
    pub fn check(self) -> Result<()> {
        if self == Self::Chinese && !cfg!(feature = "chinese") {
            let expected =
                "another tokenizer, because this program is built without the feature `chinese`";
            return Err(Error::param("tokenizer", "chinese", expected));
        }
        Ok(())
    }

    /// The tokeniser. `lower_case` acts on [`Words`] and `Chinese`; the others leave letters as they are. Without the feature
    /// `chinese`, that of `Chinese` is [`Words`]; parameters refuse it by [`WordTokenizer::check`] before.
    pub fn build(self, lower_case: bool) -> Box<dyn Tokenize> {
        match self {
            #[cfg(feature = "chinese")]
            Self::Chinese => Box::new(crate::Chinese::new().lower_case(lower_case)),
            #[cfg(not(feature = "chinese"))]
            Self::Chinese => Box::new(Words::default().lower_case(lower_case)),
            Self::Words => Box::new(Words::default().lower_case(lower_case)),
            Self::Characters => Box::new(Characters),
            Self::Whitespace => Box::new(Whitespace),
            Self::TwoOrMore => Box::new(TwoOrMore),
        }
    }
}

/// Runs of at least two letters, digits or underscores: the pattern `\b\w\w+\b`.
struct TwoOrMore;

impl Tokenize for TwoOrMore {
    fn tokenize(&self, text: &str, visit: &mut dyn FnMut(&str)) {
        text.split(|c: char| !(c.is_alphanumeric() || c == '_'))
            .filter(|word| word.chars().nth(1).is_some())
            .for_each(visit);
    }
}
