//! Counting words, in bounded memory.

use std::cmp::Reverse;

use guide_core::{Error, Params, Result, ensure};
use hashbrown::{HashMap, HashSet};
use serde::{Deserialize, Serialize};

use super::Vocabulary;
use crate::Sentences;

/// How words are counted and which are kept. The defaults are those of the C program word2vec (Mikolov et al., 2013).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct VocabularyParams {
    /// Words met less often are left out (default 5).
    pub min_count: u64,
    /// The most words that are kept, the most frequent ones (default: all).
    pub max_size: Option<usize>,
    /// The most words that are held while counting (default 21,000,000, the C program's). Whenever there are more, the
    /// rarest are dropped: first those met once, the next time those met at most twice, and so on. A dropped word that is
    /// met again begins at 0, so that counts near that bound are too low.
    pub prune_above: usize,
    /// Words that are left out however frequent (default: none).
    pub stop_words: Vec<String>,
}

impl Default for VocabularyParams {
    fn default() -> Self {
        Self {
            min_count: 5,
            max_size: None,
            prune_above: 21_000_000,
            stop_words: Vec::new(),
        }
    }
}

guide_core::setters!(VocabularyParams {
    min_count: u64,
    max_size: Option<usize>,
    prune_above: usize,
    stop_words: Vec<String>,
});

impl Params for VocabularyParams {
    fn validate(&self) -> Result<()> {
        if self.min_count == 0 {
            return Err(Error::param("min_count", self.min_count, "at least 1"));
        }
        if let Some(size) = self.max_size {
            ensure::at_least_one("max_size", size)?;
        }
        ensure::at_least_one("prune_above", self.prune_above)
    }
}

impl VocabularyParams {
    /// Counts the words of `sentences` and numbers those that are kept by falling count, ties in the order of their first
    /// appearance.
    ///
    /// # Errors
    /// [`Error::Param`] for a bad parameter, [`Error::Empty`] where no word is kept, and those of `sentences`.
    pub fn build<S: Sentences + ?Sized>(&self, sentences: &S) -> Result<Vocabulary> {
        self.extend(&Vocabulary::default(), sentences)
    }

    /// The words of `vocabulary` with their numbers, their counts raised by those in `sentences`, and after them the new
    /// words that are frequent enough in `sentences`: for a model that learns on
    /// ([`Word2VecParams::fit_more`](crate::Word2VecParams::fit_more)), or for counts of several texts.
    ///
    /// `max_size` is the most words of both together; no word of `vocabulary` is ever dropped.
    ///
    /// # Errors
    /// As [`VocabularyParams::build`].
    ///
    /// ```
    /// use nlp_embed::Vocabulary;
    /// let old = Vocabulary::from_counts([("coat", 3), ("hat", 1)])?;
    /// let news = vec![vec!["green", "hat"], vec!["green", "shoes"]];
    /// let both = Vocabulary::params().min_count(2).extend(&old, &news)?;
    /// assert_eq!(both.words(), ["coat", "hat", "green"]);
    /// assert_eq!(both.counts(), [3, 2, 2]);
    /// # Ok::<(), guide_core::Error>(())
    /// ```
    pub fn extend<S: Sentences + ?Sized>(
        &self,
        vocabulary: &Vocabulary,
        sentences: &S,
    ) -> Result<Vocabulary> {
        self.validate()?;
        let stop_words: HashSet<&str> = self.stop_words.iter().map(String::as_str).collect();
        let mut known = vocabulary.clone();
        let mut new = NewWords::new(self.prune_above);
        sentences.walk(&mut |tokens| {
            for &token in tokens {
                known.n_tokens += 1;
                match known.index.get(token) {
                    Some(&id) => known.counts[id as usize] += 1,
                    None if stop_words.contains(token) => {}
                    None => new.meet(token),
                }
            }
            Ok(())
        })?;
        let n_tokens = known.n_tokens;
        let room = self.max_size.unwrap_or(usize::MAX);
        for (word, count) in new.by_falling_count(self.min_count) {
            if known.len() >= room {
                break;
            }
            known.push(word, count)?;
        }
        known.n_tokens = n_tokens; // `push` counts them again
        if known.is_empty() {
            let least = self.min_count;
            return Err(Error::empty(format!(
                "the vocabulary (of {n_tokens} tokens no word was met {least} times)"
            )));
        }
        Ok(known)
    }
}

impl Vocabulary {
    /// The `words` in the order given, frozen: counted in `sentences`, none added, and none left out, though its count be 0.
    ///
    /// # Errors
    /// As [`Vocabulary::from_counts`], and those of `sentences`.
    pub fn frozen<W: Into<String>, S: Sentences + ?Sized>(
        words: impl IntoIterator<Item = W>,
        sentences: &S,
    ) -> Result<Self> {
        let mut vocabulary = Self::from_counts(words.into_iter().map(|word| (word, 0)))?;
        sentences.walk(&mut |tokens| {
            for &token in tokens {
                vocabulary.n_tokens += 1;
                if let Some(&id) = vocabulary.index.get(token) {
                    vocabulary.counts[id as usize] += 1;
                }
            }
            Ok(())
        })?;
        Ok(vocabulary)
    }
}

/// Words met so far: how often, and when first.
struct NewWords {
    words: HashMap<String, Met>,
    met: u64,
    prune_above: usize,
    /// Counts up to this are dropped by the next pruning.
    rare: u64,
}

struct Met {
    count: u64,
    first: u64,
}

impl NewWords {
    fn new(prune_above: usize) -> Self {
        Self {
            words: HashMap::new(),
            met: 0,
            prune_above,
            rare: 1,
        }
    }

    fn meet(&mut self, word: &str) {
        self.met += 1;
        if let Some(met) = self.words.get_mut(word) {
            met.count += 1;
            return;
        }
        let first = self.met;
        self.words.insert(word.to_owned(), Met { count: 1, first });
        while self.words.len() > self.prune_above {
            let rare = self.rare;
            self.words.retain(|_, met| met.count > rare);
            self.rare += 1;
        }
    }

    fn by_falling_count(self, min_count: u64) -> impl Iterator<Item = (String, u64)> {
        let mut words: Vec<(String, Met)> = self
            .words
            .into_iter()
            .filter(|(_, met)| met.count >= min_count)
            .collect();
        words.sort_unstable_by_key(|(_, met)| (Reverse(met.count), met.first));
        words.into_iter().map(|(word, met)| (word, met.count))
    }
}
