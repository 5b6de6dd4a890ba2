//! Texts as numbers of words.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use guide_core::Result;
use nlp_embed::{Tokenize, Vocabulary, WordVectors};
use rayon::prelude::*;

use super::params::RecurrentClassifierParams;
use crate::Side;

/// What fills the end of shorter texts in a batch; the network never sees it.
pub(super) const PADDING: u32 = 0;
/// What stands for a word that is not in the vocabulary.
pub(super) const UNKNOWN: u32 = 1;
/// The special tokens of both numbers.
pub(super) const SPECIAL: [&str; 2] = ["<pad>", "<unk>"];

/// Cuts texts into words.
#[derive(Clone)]
pub(super) struct Reader {
    tokenizer: Arc<dyn Tokenize>,
    max_length: usize,
    truncating: Side,
}

impl fmt::Debug for Reader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reader")
            .field("max_length", &self.max_length)
            .field("truncating", &self.truncating)
            .finish_non_exhaustive()
    }
}

/// What was met in one text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Met {
    /// Whether words were cut off.
    pub(super) is_cut: bool,
    /// Words that are kept and known.
    pub(super) n_known: usize,
}

impl Reader {
    pub(super) fn new(params: &RecurrentClassifierParams) -> Self {
        Self {
            tokenizer: Arc::from(params.tokenizer.build(params.lower_case)),
            max_length: params.max_length,
            truncating: params.truncating,
        }
    }

    /// Writes the numbers of the words of `text` into `ids`. Of a long text no more than twice the words that are kept are held.
    pub(super) fn read(&self, vocabulary: &Vocabulary, text: &str, ids: &mut Vec<u32>) -> Met {
        let most = self.max_length;
        let mut met = Met::default();
        ids.clear();
        self.tokenizer.tokenize(text, &mut |token| {
            if ids.len() == most && self.truncating == Side::Post {
                met.is_cut = true;
                return;
            }
            if ids.len() == 2 * most {
                ids.drain(..most);
                met.is_cut = true;
            }
            let id = vocabulary.id(token).filter(|&id| id != PADDING);
            ids.push(id.unwrap_or(UNKNOWN));
        });
        if ids.len() > most {
            ids.drain(..ids.len() - most);
            met.is_cut = true;
        }
        met.n_known = ids.iter().filter(|&&id| id != UNKNOWN).count();
        met
    }

    /// The words of training texts with their counts: those with a word vector, and those that are frequent enough, the most frequent
    /// first, those of equal count in the order of their characters.
    pub(super) fn vocabulary(
        &self,
        params: &RecurrentClassifierParams,
        texts: &[&str],
        vectors: Option<&WordVectors>,
    ) -> Result<Vocabulary> {
        let count = |texts: &[&str]| {
            let mut counts: HashMap<String, u64> = HashMap::new();
            for text in texts {
                self.tokenizer
                    .tokenize(text, &mut |token| match counts.get_mut(token) {
                        Some(count) => *count += 1,
                        None => {
                            counts.insert(token.to_owned(), 1);
                        }
                    });
            }
            counts
        };
        let add = |mut a: HashMap<String, u64>, b: HashMap<String, u64>| {
            for (word, count) in b {
                *a.entry(word).or_default() += count;
            }
            a
        };
        // Sums of whole numbers: their order changes nothing.
        let counts = texts.par_chunks(1024).map(count).reduce(HashMap::new, add);
        let n_tokens: u64 = counts.values().sum();
        let mut words: Vec<(String, u64)> = counts
            .into_iter()
            .filter(|(word, _)| !SPECIAL.contains(&word.as_str()))
            .filter(|(word, count)| {
                *count >= params.min_count || vectors.is_some_and(|v| v.get(word).is_some())
            })
            .collect();
        words.sort_unstable_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        words.truncate(params.max_words);
        let known: u64 = words.iter().map(|(_, count)| count).sum();
        let special = SPECIAL
            .map(str::to_owned)
            .into_iter()
            .zip([0, n_tokens - known]);
        Vocabulary::from_counts(special.chain(words))
    }

    /// The numbers of many texts.
    pub(super) fn read_all(&self, vocabulary: &Vocabulary, texts: &[&str]) -> Encoded {
        let read = |text: &&str| {
            let mut ids = Vec::new();
            let met = self.read(vocabulary, text, &mut ids);
            (ids, met)
        };
        let (texts, met) = texts.par_iter().map(read).unzip();
        Encoded { texts, met }
    }
}

/// Many texts as numbers of words.
#[derive(Clone, Debug, Default)]
pub(super) struct Encoded {
    pub(super) texts: Vec<Vec<u32>>,
    pub(super) met: Vec<Met>,
}

impl Encoded {
    /// The places of `places` by the length of their texts; those of equal length keep their order.
    pub(super) fn by_length(&self, mut places: Vec<usize>) -> Vec<usize> {
        places.sort_by_key(|&place| self.texts[place].len());
        places
    }
}
