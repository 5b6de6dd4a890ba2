//! Phrases: words that follow each other more often than chance has it (Mikolov, Sutskever, Chen, Corrado and Dean, 2013,
//! "Distributed Representations of Words and Phrases and their Compositionality", section 4).

mod count;
mod params;
#[cfg(test)]
mod tests;

pub use params::{ENGLISH_CONNECTOR_WORDS, PhraseScoring, PhrasesParams};

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

use guide_core::{Error, Fit, Params, Persist, Progress, Result};
use serde::{Deserialize, Serialize, Serializer};

use crate::Sentences;
use count::BETWEEN;

/// Pairs of words that are written as one, `new_york`, so that they get a vector of their own.
///
/// A pair is a phrase where its [`PhraseScoring`] is above the threshold. Sentences are read from left to right: a word that
/// forms a phrase with the word before it ends there, so that of `a b c` with the phrases `a b` and `b c` only `a_b` is
/// joined, as in gensim. Phrases of more words come from learning again on what was joined.
///
/// ```
/// use guide_core::Fit;
/// use nlp_embed::Phrases;
/// let sentences = vec![vec!["new", "york"], vec!["new", "york"], vec!["new", "coat"]];
/// let phrases = Phrases::params().min_count(1).threshold(0.5).fit(&sentences)?;
/// // new 3, york 2, coat 1, new york 2, new coat 1: 5 counted, (2 - 1) * 5 / (3 * 2) and (1 - 1) * 5 / (3 * 1)
/// assert_eq!(phrases.scores(), [("new_york".to_owned(), 1.0 / 6.0 * 5.0)]);
/// assert_eq!(phrases.join(&["a", "coat", "in", "new", "york"]), ["a", "coat", "in", "new_york"]);
/// # Ok::<(), guide_core::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Phrases {
    params: PhrasesParams,
    /// By their words, joined by [`BETWEEN`].
    #[serde(serialize_with = "sorted")]
    scores: HashMap<String, f64>,
}

/// The same phrases give the same bytes.
fn sorted<S: Serializer>(
    scores: &HashMap<String, f64>,
    to: S,
) -> std::result::Result<S::Ok, S::Error> {
    scores.iter().collect::<BTreeMap<_, _>>().serialize(to)
}

impl<S: Sentences + ?Sized> Fit<S> for PhrasesParams {
    type Model = Phrases;

    /// # Errors
    /// [`Error::Param`] for a parameter outside its range, and those of `sentences`. A text without phrases is none. Where
    /// `progress` ends the counting, the phrases are those of the sentences until then.
    fn fit_with(&self, sentences: &S, progress: &dyn Progress) -> Result<Phrases> {
        self.validate()?;
        Ok(Phrases {
            scores: count::scores(self, sentences, progress)?,
            params: self.clone(),
        })
    }
}

impl Phrases {
    /// The default parameters.
    pub fn params() -> PhrasesParams {
        PhrasesParams::default()
    }

    /// How many phrases there are.
    pub fn len(&self) -> usize {
        self.scores.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.scores.is_empty()
    }

    /// The phrases as they are written, and their scores, by falling score.
    pub fn scores(&self) -> Vec<(String, f64)> {
        let written = |(words, score): (&String, &f64)| {
            (words.replace(BETWEEN, &self.params.delimiter), *score)
        };
        let mut scores: Vec<(String, f64)> = self.scores.iter().map(written).collect();
        scores.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        scores
    }

    /// The tokens of a sentence with its phrases joined.
    pub fn join<'t>(&self, tokens: &[&'t str]) -> Vec<Cow<'t, str>> {
        let alone = |tokens: &[&'t str]| {
            tokens
                .iter()
                .map(|&token| Cow::Borrowed(token))
                .collect::<Vec<_>>()
        };
        let mut joined = Vec::with_capacity(tokens.len());
        // The word that may begin a phrase, and the connectors since.
        let mut open: &[&'t str] = &[];
        for (place, &token) in tokens.iter().enumerate() {
            let is_connector = self.params.connector_words.iter().any(|word| word == token);
            let with_token = tokens.get(place - open.len()..=place).unwrap_or_default();
            if is_connector && open.is_empty() {
                joined.push(Cow::Borrowed(token));
            } else if is_connector || open.is_empty() {
                open = with_token;
            } else if self.scores.contains_key(&with_token.join(BETWEEN)) {
                joined.push(Cow::Owned(with_token.join(&self.params.delimiter)));
                open = &[];
            } else {
                joined.extend(alone(open));
                open = with_token.get(open.len()..).unwrap_or_default();
            }
        }
        joined.extend(alone(open));
        joined
    }

    /// `sentences` with their phrases joined, on each walk anew: to count and train on, or to learn longer phrases from.
    ///
    /// ```
    /// use guide_core::Fit;
    /// use nlp_embed::{Phrases, Vocabulary};
    /// let sentences = vec![vec!["new", "york", "times"], vec!["new", "york", "times"], vec!["new", "times"]];
    /// let params = Phrases::params().min_count(1).threshold(0.5);
    /// let pairs = params.fit(&sentences)?;
    /// let joined = pairs.joined(&sentences);
    /// let triples = params.fit(&joined)?;
    /// let vocabulary = Vocabulary::params().min_count(1).build(&triples.joined(&joined))?;
    /// assert_eq!(vocabulary.words(), ["new_york_times", "new", "times"]);
    /// # Ok::<(), guide_core::Error>(())
    /// ```
    pub fn joined<'a, S: Sentences + ?Sized>(&'a self, sentences: &'a S) -> Joined<'a, S> {
        Joined {
            phrases: self,
            sentences,
        }
    }
}

/// Sentences with their phrases joined; see [`Phrases::joined`].
#[derive(Clone, Copy, Debug)]
pub struct Joined<'a, S: ?Sized> {
    phrases: &'a Phrases,
    sentences: &'a S,
}

impl<S: Sentences + ?Sized> Sentences for Joined<'_, S> {
    fn walk(&self, visit: &mut dyn FnMut(&[&str]) -> Result<()>) -> Result<()> {
        self.sentences.walk(&mut |tokens| {
            let joined = self.phrases.join(tokens);
            let tokens: Vec<&str> = joined.iter().map(AsRef::as_ref).collect();
            visit(&tokens)
        })
    }
}

impl Persist for Phrases {
    const KIND: &'static str = "phrases";
    /// 1 had blanks between the words of a phrase.
    const VERSION: u16 = 2;

    fn about(&self) -> serde_json::Value {
        serde_json::json!({ "params": self.params, "phrases": self.len() })
    }

    fn check(&self) -> Result<()> {
        self.params.validate()?;
        match self.scores.iter().find(|(_, score)| !score.is_finite()) {
            None => Ok(()),
            Some((pair, score)) => Err(Error::decode(
                Self::KIND,
                format!("`{pair}` scores {score}"),
            )),
        }
    }
}
