//! The words that a model knows, how often each was met, and how often each is trained on.

mod count;
#[cfg(test)]
mod tests;

pub use count::VocabularyParams;

use guide_core::{Error, Result, ensure};
use hashbrown::HashMap;
use serde::{Deserialize, Serialize};

/// Words with their numbers and counts.
///
/// [`VocabularyParams::build`] numbers them by falling count, ties in the order of their first appearance;
/// [`Vocabulary::from_counts`] and [`Vocabulary::frozen`] keep the order they are given.
///
/// ```
/// use nlp_embed::Vocabulary;
/// let sentences = vec![vec!["a", "red", "coat"], vec!["a", "blue", "coat"], vec!["a", "hat"]];
/// let vocabulary = Vocabulary::params().min_count(2).build(&sentences)?;
/// assert_eq!((vocabulary.word(0), vocabulary.word(1)), ("a", "coat"));
/// assert_eq!(vocabulary.counts(), [3, 2]);
/// assert_eq!(vocabulary.id("hat"), None); // met once
/// assert_eq!((vocabulary.total(), vocabulary.n_tokens()), (5, 8));
/// # Ok::<(), guide_core::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Stored")]
pub struct Vocabulary {
    words: Vec<String>,
    counts: Vec<u64>,
    n_tokens: u64,
    #[serde(skip)]
    index: HashMap<String, u32>,
}

/// What a file holds of a [`Vocabulary`], not checked yet.
#[derive(Deserialize)]
struct Stored {
    words: Vec<String>,
    counts: Vec<u64>,
    n_tokens: u64,
}

impl TryFrom<Stored> for Vocabulary {
    type Error = String;

    fn try_from(stored: Stored) -> std::result::Result<Self, String> {
        let Stored {
            words,
            counts,
            n_tokens,
        } = stored;
        if words.len() != counts.len() {
            let (words, counts) = (words.len(), counts.len());
            return Err(format!("{words} words with {counts} counts"));
        }
        let vocabulary =
            Self::from_counts(words.into_iter().zip(counts)).map_err(|error| error.to_string())?;
        if n_tokens < vocabulary.n_tokens {
            let total = vocabulary.n_tokens;
            return Err(format!("words met {total} times among {n_tokens}"));
        }
        Ok(Self {
            n_tokens,
            ..vocabulary
        })
    }
}

impl Vocabulary {
    /// How words are counted.
    pub fn params() -> VocabularyParams {
        VocabularyParams::default()
    }

    /// Words with known counts, numbered in the order given.
    ///
    /// # Errors
    /// [`Error::Duplicate`] for a word given twice, [`Error::OutOfRange`] above `u32::MAX` words, [`Error::Unsuitable`] for
    /// counts whose sum is no `u64`.
    ///
    /// ```
    /// use nlp_embed::Vocabulary;
    /// let vocabulary = Vocabulary::from_counts([("coat", 2), ("hat", 5)])?;
    /// assert_eq!((vocabulary.id("coat"), vocabulary.id("hat")), (Some(0), Some(1)));
    /// assert_eq!(vocabulary.total(), 7);
    /// # Ok::<(), guide_core::Error>(())
    /// ```
    pub fn from_counts<W: Into<String>>(
        counts: impl IntoIterator<Item = (W, u64)>,
    ) -> Result<Self> {
        let mut vocabulary = Self::default();
        for (word, count) in counts {
            vocabulary.push(word.into(), count)?;
        }
        Ok(vocabulary)
    }

    pub(crate) fn push(&mut self, word: String, count: u64) -> Result<()> {
        let id = self.words.len();
        let number = u32::try_from(id)
            .ok()
            .filter(|&number| number < u32::MAX)
            .ok_or_else(|| Error::out_of_range("word", id, u32::MAX as usize))?;
        let n_tokens = self
            .n_tokens
            .checked_add(count)
            .ok_or_else(|| too_many(&word))?;
        if self.index.insert(word.clone(), number).is_some() {
            return Err(Error::Duplicate {
                what: "word".to_owned(),
                id: word,
            });
        }
        self.words.push(word);
        self.counts.push(count);
        self.n_tokens = n_tokens;
        Ok(())
    }

    /// Words it has.
    pub fn len(&self) -> usize {
        self.words.len()
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// The number of `word`.
    pub fn id(&self, word: &str) -> Option<u32> {
        self.index.get(word).copied()
    }

    /// The word of this number; empty past the end.
    pub fn word(&self, id: u32) -> &str {
        self.words.get(id as usize).map_or("", String::as_str)
    }

    /// All words, by number.
    pub fn words(&self) -> &[String] {
        &self.words
    }

    /// How often each word was met, by number.
    pub fn counts(&self) -> &[u64] {
        &self.counts
    }

    /// How often its words were met together, `Σ c(w)`: the words of one pass of training, before subsampling.
    pub fn total(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// All tokens that were met, of words it has and of words that were too rare.
    pub fn n_tokens(&self) -> u64 {
        self.n_tokens
    }

    /// The probability of training on an occurrence of each word, by number: frequent words are passed over often.
    ///
    /// `p(w) = min(1, (√(c/θ) + 1) θ/c)` with the count `c`; `θ = sample · total` for `sample < 1`, as in the C program
    /// word2vec (Mikolov et al., 2013); from 1 on, `sample` is the count from which words are passed over,
    /// `θ = ⌊sample (3 + √5) / 2⌋`, as in gensim. With `sample = 0` no word is passed over. (The formula in the paper,
    /// `1 − √(t/f)`, is in neither program.)
    ///
    /// # Errors
    /// [`Error::Param`] for a `sample` that is negative or not finite.
    ///
    /// ```
    /// use nlp_embed::Vocabulary;
    /// let vocabulary = Vocabulary::from_counts([("the", 64), ("hat", 4), ("coat", 32)])?;
    /// // theta = 0.04 * 100 = 4: (sqrt(16) + 1) / 16, (sqrt(1) + 1) / 1, (sqrt(8) + 1) / 8
    /// let keep = vocabulary.keep_probabilities(0.04)?;
    /// assert!((keep[0] - 0.3125).abs() < 1e-9 && keep[1] == 1.0 && (keep[2] - 0.478553).abs() < 1e-6);
    /// # Ok::<(), guide_core::Error>(())
    /// ```
    pub fn keep_probabilities(&self, sample: f64) -> Result<Vec<f64>> {
        ensure::not_negative("sample", sample)?;
        let threshold = if sample < 1.0 {
            sample * self.total() as f64
        } else {
            (sample * (3.0 + 5.0_f64.sqrt()) / 2.0).floor()
        };
        let keep = |&count: &u64| {
            let count = count as f64;
            if threshold == 0.0 || count == 0.0 {
                1.0
            } else {
                (((count / threshold).sqrt() + 1.0) * threshold / count).min(1.0)
            }
        };
        Ok(self.counts.iter().map(keep).collect())
    }
}

fn too_many(word: &str) -> Error {
    Error::Unsuitable {
        algorithm: "vocabulary",
        needed: format!("counts whose sum is below 2^64; `{word}` goes above"),
    }
}
