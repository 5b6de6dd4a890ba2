//! What finding phrases can be told.

use guide_core::{Error, Params, Result, ensure};
use serde::{Deserialize, Serialize};

/// Short English words that may stand inside a phrase: articles, prepositions and conjunctions, as in gensim.
pub const ENGLISH_CONNECTOR_WORDS: &[&str] = &[
    "a", "an", "the", "for", "of", "with", "without", "at", "from", "to", "in", "on", "by", "and",
    "or",
];

/// How strongly two words that follow each other belong together, from the counts `c` of the words and of the pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PhraseScoring {
    /// `(c(ab) − min_count) · V / (c(a) c(b))`, with the number `V` of words and pairs counted (Mikolov, Sutskever, Chen,
    /// Corrado and Dean, 2013, equation 6, which leaves out `V`; as gensim).
    Original,
    /// `ln(p(ab) / (p(a) p(b))) / −ln p(ab)` with `p = c / N` of all `N` words, from −1 to 1: normalised pointwise mutual
    /// information (Bouma, 2009). Pairs met less than `min_count` times are none.
    Npmi,
}

/// Parameters of [`Phrases`](super::Phrases). The defaults are those of gensim 4.4.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PhrasesParams {
    /// What a pair's count is reduced by, or must reach; see [`PhraseScoring`] (default 5).
    pub min_count: u64,
    /// The score above which two words are a phrase (default 10; for npmi 0.5, say).
    pub threshold: f64,
    /// How pairs are scored (default: original).
    pub scoring: PhraseScoring,
    /// Words that neither begin nor end a phrase, but may stand within one, as in `bank_of_america`; they do not change its
    /// score (default: none). [`ENGLISH_CONNECTOR_WORDS`] are some.
    pub connector_words: Vec<String>,
    /// What stands between the words of a phrase (default `_`).
    pub delimiter: String,
    /// The words and pairs that are held while counting (default 40,000,000). After each sentence with which there are more,
    /// the rarest are dropped: none the first time, then those met once, then those met at most twice, and so on, as in gensim.
    /// Counts near that bound are too low.
    pub max_vocab: usize,
}

impl Default for PhrasesParams {
    fn default() -> Self {
        Self {
            min_count: 5,
            threshold: 10.0,
            scoring: PhraseScoring::Original,
            connector_words: Vec::new(),
            delimiter: "_".to_owned(),
            max_vocab: 40_000_000,
        }
    }
}

guide_core::setters!(PhrasesParams {
    min_count: u64,
    threshold: f64,
    scoring: PhraseScoring,
    connector_words: Vec<String>,
    delimiter: String,
    max_vocab: usize,
});

impl Params for PhrasesParams {
    fn validate(&self) -> Result<()> {
        if self.min_count == 0 {
            return Err(Error::param("min_count", self.min_count, "at least 1"));
        }
        match self.scoring {
            PhraseScoring::Original if !(self.threshold > 0.0 && self.threshold.is_finite()) => {
                return Err(Error::param(
                    "threshold",
                    self.threshold,
                    "finite and above 0",
                ));
            }
            PhraseScoring::Original => {}
            PhraseScoring::Npmi => ensure::within("threshold", self.threshold, -1.0, 1.0)?,
        }
        if self.delimiter.contains(char::is_whitespace) {
            return Err(Error::param("delimiter", &self.delimiter, "without blanks"));
        }
        ensure::at_least_one("max_vocab", self.max_vocab)
    }
}
