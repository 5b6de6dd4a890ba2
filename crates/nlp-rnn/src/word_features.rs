//! Features of words for a tagger: number in a vocabulary, shape, characters, prefixes and suffixes.

use std::collections::BTreeSet;

use guide_core::{Error, Params, Result, ensure};
use nlp_embed::Vocabulary;
use serde::{Deserialize, Serialize};

/// Number of a word, character or affix that the training sentences did not have often enough.
pub const UNKNOWN: u32 = 0;

/// Most characters of a word that can be asked for: what follows is passed over, so that a text of one long word stays cheap.
const MAX_CHARS: usize = 256;

/// The look of a word, whatever its letters.
///
/// ```
/// use nlp_rnn::WordShape;
/// let shapes = ["coat", "Nike", "USB", "iPhone", "42", "5.5", "a4", "t-shirt", "&", "手机"].map(WordShape::of);
/// use WordShape::*;
/// assert_eq!(shapes, [Lower, Title, Upper, Mixed, Digits, Number, WithDigit, WithMark, Marks, Other]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum WordShape {
    /// Lower-case letters.
    Lower = 0,
    /// One upper-case letter, then lower-case letters or nothing.
    Title = 1,
    /// Two or more upper-case letters.
    Upper = 2,
    /// Other letters of both cases.
    Mixed = 3,
    /// Digits.
    Digits = 4,
    /// Digits and marks, as `5.5` or `10-12`.
    Number = 5,
    /// Letters and digits, with or without marks.
    WithDigit = 6,
    /// Letters and marks.
    WithMark = 7,
    /// Only marks.
    Marks = 8,
    /// Letters without case.
    Other = 9,
}

impl WordShape {
    /// Number of shapes.
    pub const COUNT: usize = 10;

    /// The shape of a word.
    pub fn of(word: &str) -> Self {
        let (mut lower, mut upper, mut digits, mut marks, mut others) = (0, 0, 0, 0, 0);
        let mut first_is_upper = false;
        for (index, character) in word.chars().enumerate() {
            first_is_upper |= index == 0 && character.is_uppercase();
            *if character.is_lowercase() {
                &mut lower
            } else if character.is_uppercase() {
                &mut upper
            } else if character.is_numeric() {
                &mut digits
            } else if character.is_alphabetic() {
                &mut others
            } else {
                &mut marks
            } += 1;
        }
        match (lower + upper + others > 0, digits > 0, marks > 0) {
            (false, false, _) => Self::Marks,
            (false, true, false) => Self::Digits,
            (false, true, true) => Self::Number,
            (true, true, _) => Self::WithDigit,
            (true, false, true) => Self::WithMark,
            _ if others > 0 => Self::Other,
            _ if upper == 0 => Self::Lower,
            _ if upper == 1 && first_is_upper => Self::Title,
            _ if lower == 0 => Self::Upper,
            _ => Self::Mixed,
        }
    }
}

/// Which features words get.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct WordFeaturesParams {
    /// Occurrences in the training sentences below which a word is [`UNKNOWN`] (default 1). Larger gives a smaller table, and more examples
    /// of unknown words to learn from.
    pub min_count: u64,
    /// Whether words are compared in lower case (default true); the [shape](WordShape) tells the case then.
    pub lower_case: bool,
    /// Characters of a word that are looked at, 1 to 256 (default 24): the first half of them and the last half of a longer word.
    pub max_chars: usize,
    /// Lengths of the prefixes and suffixes, in characters (default `[2, 3]`). A word that is shorter is its own affix.
    pub affixes: Vec<usize>,
    /// Occurrences below which a prefix or suffix is [`UNKNOWN`] (default 3).
    pub affix_min_count: u64,
}

impl Default for WordFeaturesParams {
    fn default() -> Self {
        Self {
            min_count: 1,
            lower_case: true,
            max_chars: 24,
            affixes: vec![2, 3],
            affix_min_count: 3,
        }
    }
}

guide_core::setters!(WordFeaturesParams {
    min_count: u64,
    lower_case: bool,
    max_chars: usize,
    affixes: Vec<usize>,
    affix_min_count: u64,
});

impl Params for WordFeaturesParams {
    fn validate(&self) -> Result<()> {
        ensure::within("min_count", self.min_count, 1, u64::MAX)?;
        ensure::within("affix_min_count", self.affix_min_count, 1, u64::MAX)?;
        ensure::within("max_chars", self.max_chars, 1, MAX_CHARS)?;
        if self
            .affixes
            .iter()
            .any(|length| !(1..=MAX_CHARS).contains(length))
        {
            let value = format!("{:?}", self.affixes);
            return Err(Error::param("affixes", value, "lengths from 1 to 256"));
        }
        Ok(())
    }
}

/// The tables that turn words into numbers. Numbers begin with 1; 0 is [`UNKNOWN`].
///
/// ```
/// use nlp_rnn::{WordFeatures, WordShape};
/// let sentences = [vec!["red", "Red", "shoes"], vec!["red", "shoe"]];
/// let features = WordFeatures::params().min_count(2).affix_min_count(1).build(&sentences)?;
/// let mut row = features.of("REDS");
/// assert_eq!((row.word, row.shape), (0, WordShape::Upper)); // never met
/// assert_eq!(features.of("ReD").word, 1); // the most frequent
/// assert_eq!(row.chars.len(), 4);
/// # Ok::<(), guide_core::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WordFeatures {
    params: WordFeaturesParams,
    words: Vocabulary,
    chars: Vocabulary,
    /// A table for each length: of prefixes, then of suffixes.
    affixes: Vec<Vocabulary>,
}

/// The features of a word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WordRow {
    /// Number of the word.
    pub word: u32,
    /// Its shape.
    pub shape: WordShape,
    /// Numbers of its characters, case kept.
    pub chars: Vec<u32>,
    /// Numbers of its prefix and its suffix of each length: `[prefixes.., suffixes..]`.
    pub affixes: Vec<u32>,
}

impl WordFeaturesParams {
    /// Counts the words of the training sentences.
    ///
    /// # Errors
    /// As [`Params::validate`].
    pub fn build<W: AsRef<str>>(&self, sentences: &[Vec<W>]) -> Result<WordFeatures> {
        self.validate()?;
        let each = || sentences.iter().flatten().map(AsRef::as_ref);
        let count = |min_count: u64, tokens: Vec<Vec<String>>| {
            Vocabulary::params().min_count(min_count).build(&tokens)
        };
        let words = each().map(|word| vec![self.normal(word)]).collect();
        let chars = each().map(|word| self.looked_at(word).map(String::from).collect());
        let mut affixes = Vec::new();
        for suffix in [false, true] {
            for &length in &self.affixes {
                let all =
                    each().map(|word| vec![affix(&self.normal(word), length, suffix).to_owned()]);
                affixes.push(match count(self.affix_min_count, all.collect()) {
                    // In few sentences no affix may be frequent enough.
                    Err(Error::Empty { .. }) => Vocabulary::default(),
                    counted => counted?,
                });
            }
        }
        Ok(WordFeatures {
            params: self.clone(),
            words: count(self.min_count, words)?,
            chars: count(1, chars.collect())?,
            affixes,
        })
    }

    fn normal(&self, word: &str) -> String {
        if self.lower_case {
            word.to_lowercase()
        } else {
            word.to_owned()
        }
    }

    /// The first and last characters of a word, at most `max_chars`.
    fn looked_at<'w>(&self, word: &'w str) -> impl Iterator<Item = char> + use<'w> {
        let tail = self.max_chars / 2;
        let head = self.max_chars - tail;
        let after_head = word
            .char_indices()
            .nth(head)
            .map_or(word.len(), |(at, _)| at);
        let last = tail
            .checked_sub(1)
            .map(|last| word.char_indices().rev().nth(last));
        let tail = last.map_or(word.len(), |last| last.map_or(0, |(at, _)| at));
        word[..after_head]
            .chars()
            .chain(word[tail.max(after_head)..].chars())
    }
}

impl WordFeatures {
    /// The default parameters.
    pub fn params() -> WordFeaturesParams {
        WordFeaturesParams::default()
    }

    /// Numbers of words: those of the vocabulary and [`UNKNOWN`].
    pub fn n_words(&self) -> usize {
        self.words.len() + 1
    }

    /// Numbers of characters: those met and [`UNKNOWN`].
    pub fn n_chars(&self) -> usize {
        self.chars.len() + 1
    }

    /// Numbers of each affix, as many as [`WordRow::affixes`] has.
    pub fn n_affixes(&self) -> Vec<usize> {
        self.affixes.iter().map(|table| table.len() + 1).collect()
    }

    /// Whether a training word had an upper-case letter.
    pub(crate) fn has_upper_case(&self) -> bool {
        let mut characters = self.chars.words().iter().flat_map(|word| word.chars());
        characters.any(char::is_uppercase)
    }

    /// The vocabulary of words; a word of number `n` in it has the number `n + 1` here.
    pub fn vocabulary(&self) -> &Vocabulary {
        &self.words
    }

    /// The word as the vocabulary spells it.
    pub(crate) fn normal(&self, word: &str) -> String {
        self.params.normal(word)
    }

    /// Takes words into the vocabulary that the training sentences did not have, with the count 0.
    ///
    /// # Errors
    /// [`Error::OutOfRange`] for more words than a `u32` can number.
    pub(crate) fn add_words(&mut self, words: &[String]) -> Result<()> {
        let mut new = BTreeSet::new();
        let mut all: Vec<(String, u64)> = Vec::new();
        for word in words.iter().map(|word| self.normal(word)) {
            if self.words.id(&word).is_none() && new.insert(word.clone()) {
                all.push((word, 0));
            }
        }
        let known = self.words.words().iter().cloned();
        let known = known.zip(self.words.counts().iter().copied());
        self.words = Vocabulary::from_counts(known.chain(all))?;
        Ok(())
    }

    /// The features of a word, known or not. An empty word has no characters.
    pub fn of(&self, word: &str) -> WordRow {
        let number = |table: &Vocabulary, token: &str| table.id(token).map_or(UNKNOWN, |id| id + 1);
        let normal = self.params.normal(word);
        let mut buffer = [0; 4];
        let chars = self.params.looked_at(word);
        let chars = chars
            .map(|character| number(&self.chars, character.encode_utf8(&mut buffer)))
            .collect();
        let lengths = &self.params.affixes;
        let kinds = lengths
            .iter()
            .map(|&length| (length, false))
            .chain(lengths.iter().map(|&length| (length, true)));
        let affixes = kinds
            .zip(&self.affixes)
            .map(|((length, suffix), table)| number(table, affix(&normal, length, suffix)));
        WordRow {
            word: number(&self.words, &normal),
            shape: WordShape::of(word),
            chars,
            affixes: affixes.collect(),
        }
    }

    /// Checks that there is a table for each affix, after loading.
    ///
    /// # Errors
    /// [`Error::Decode`].
    pub fn check(&self) -> Result<()> {
        self.params.validate()?;
        if self.affixes.len() == 2 * self.params.affixes.len() {
            return Ok(());
        }
        let reason = format!(
            "{} tables for affixes of the lengths {:?}",
            self.affixes.len(),
            self.params.affixes
        );
        Err(Error::decode("word features", reason))
    }
}

/// The first or last `length` characters of a word.
fn affix(word: &str, length: usize, suffix: bool) -> &str {
    if suffix {
        let at = word.char_indices().rev().nth(length - 1);
        &word[at.map_or(0, |(at, _)| at)..]
    } else {
        let at = word.char_indices().nth(length);
        &word[..at.map_or(word.len(), |(at, _)| at)]
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use guide_core::testing::refuses;

    fn looked_at(word: &str, max_chars: usize) -> String {
        WordFeatures::params()
            .max_chars(max_chars)
            .looked_at(word)
            .collect()
    }

    #[test]
    fn both_ends_of_a_long_word_are_looked_at() {
        assert_eq!(looked_at("abcdefgh", 5), "abcgh");
        assert_eq!(looked_at("abcdefgh", 4), "abgh");
        assert_eq!(looked_at("abcde", 5), "abcde");
        assert_eq!(looked_at("abcd", 5), "abcd");
        assert_eq!(looked_at("ab", 5), "ab");
        assert_eq!(looked_at("abc", 1), "a");
        assert_eq!(looked_at("手机壳防摔", 3), "手机摔");
        assert_eq!(looked_at("", 3), "");
        assert_eq!(looked_at(&"x".repeat(1_000_000), 24).len(), 24);
    }

    #[test]
    fn affixes_count_characters() {
        assert_eq!(
            (affix("shoes", 2, false), affix("shoes", 2, true)),
            ("sh", "es")
        );
        assert_eq!(
            (affix("手机壳", 2, false), affix("手机壳", 2, true)),
            ("手机", "机壳")
        );
        assert_eq!(
            (
                affix("a", 3, false),
                affix("a", 3, true),
                affix("", 2, true)
            ),
            ("a", "a", "")
        );
    }

    #[test]
    fn numbers_are_those_of_the_tables() {
        let sentences = [vec!["Red", "red", "boot"], vec!["boots", "booth", "red"]];
        let params = WordFeatures::params()
            .min_count(2)
            .affixes(vec![2])
            .affix_min_count(2);
        let features = params.build(&sentences).unwrap();
        // Only `red` was met twice; of prefixes `re` and `bo`, of suffixes `ed`.
        assert_eq!((features.n_words(), features.n_affixes()), (2, vec![3, 2]));
        assert_eq!(features.of("RED").word, 1);
        let boots = features.of("boots");
        assert_eq!((boots.word, boots.affixes), (UNKNOWN, vec![2, UNKNOWN]));
        assert_eq!(features.of("red").affixes, [1, 1]);
        // R is another character than r.
        let [upper, lower] = ["Red", "red"].map(|word| features.of(word).chars);
        assert_ne!(upper[0], lower[0]);
        assert_eq!(upper[1..], lower[1..]);
        assert_eq!(features.of("zR").chars, [UNKNOWN, upper[0]]);
        assert!(features.check().is_ok());
        let cased = params.clone().lower_case(false).build(&sentences).unwrap();
        assert_eq!(cased.of("Red").word, UNKNOWN);
        let rare = params.affix_min_count(4).build(&sentences).unwrap();
        assert_eq!(
            (rare.n_affixes(), rare.of("red").affixes),
            (vec![1, 1], vec![UNKNOWN; 2])
        );
        let empty = features.of("");
        assert_eq!(
            (empty.word, empty.chars.len(), empty.shape),
            (UNKNOWN, 0, WordShape::Marks)
        );
    }

    #[test]
    fn bad_parameters_are_refused() {
        let params = WordFeatures::params();
        refuses(
            &params,
            &[
                ("max_chars", "0"),
                ("max_chars", "257"),
                ("affixes", "[0]"),
                ("affixes", "[2,300]"),
            ],
        );
    }
}
