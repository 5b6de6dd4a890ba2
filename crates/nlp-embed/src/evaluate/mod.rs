//! Measures word vectors on analogies and on similarities that people judged.

mod analogies;
mod pair_file;
#[cfg(test)]
mod pair_file_tests;
mod pairs;
#[cfg(test)]
mod tests;

pub use analogies::{Analogies, AnalogyReport, AnalogySection};
pub use pairs::{PairReport, WordPairs};

use std::io::Read;
use std::path::Path;

use guide_core::{Error, Params, Result, ensure};
use hashbrown::HashMap;
use hashbrown::hash_map::Entry;
use serde::{Deserialize, Serialize};

use crate::WordVectors;
use crate::text_file::open_text;

/// Which words take part. The defaults are gensim's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct EvaluationParams {
    /// Number of words that are used, from the first, which is usually the most frequent (default 300,000). Figures of
    /// different limits cannot be compared: the fewer words there are to choose from, the higher is the accuracy.
    pub vocab_limit: usize,
    /// Whether upper and lower case are the same (default true). Of words that differ in case only the first is used.
    pub case_insensitive: bool,
    /// Whether questions with unknown words count as wrong answers, and pairs with unknown words as cosine 0, instead of being
    /// skipped (default false).
    pub unknown_counts: bool,
}

impl Default for EvaluationParams {
    fn default() -> Self {
        Self {
            vocab_limit: 300_000,
            case_insensitive: true,
            unknown_counts: false,
        }
    }
}

guide_core::setters!(EvaluationParams {
    vocab_limit: usize,
    case_insensitive: bool,
    unknown_counts: bool,
});

impl Params for EvaluationParams {
    fn validate(&self) -> Result<()> {
        ensure::at_least_one("vocab_limit", self.vocab_limit)
    }
}

/// The words that take part. Words that are written alike have the number of the first of them.
struct Known {
    ids: HashMap<String, u32>,
    /// For each word the number of the first word that is written like it.
    first: Vec<u32>,
    case_insensitive: bool,
}

impl Known {
    fn new(vectors: &WordVectors, params: EvaluationParams) -> Self {
        let mut known = Self {
            ids: HashMap::new(),
            first: Vec::new(),
            case_insensitive: params.case_insensitive,
        };
        let words = vectors.vocabulary().words().iter().take(params.vocab_limit);
        for (word, id) in words.zip(0..) {
            let first = match known.ids.entry(written(word, params.case_insensitive)) {
                Entry::Occupied(entry) => *entry.get(),
                Entry::Vacant(entry) => *entry.insert(id),
            };
            known.first.push(first);
        }
        known
    }

    fn id(&self, word: &str) -> Option<u32> {
        self.ids.get(&written(word, self.case_insensitive)).copied()
    }
}

fn written(word: &str, case_insensitive: bool) -> String {
    if case_insensitive {
        word.to_uppercase()
    } else {
        word.to_owned()
    }
}

/// The lines of a small text file, plain or gzip, with their numbers. Blank lines are left out.
fn lines(path: &Path) -> Result<Vec<(u64, String)>> {
    let mut bytes = Vec::new();
    open_text(path)?
        .read_to_end(&mut bytes)
        .map_err(|source| Error::io(path, source))?;
    let mut lines = Vec::new();
    for (line, number) in bytes.split(|&byte| byte == b'\n').zip(1..) {
        let text = std::str::from_utf8(line)
            .map_err(|error| Error::parse(path, number, format!("not UTF-8: {error}")))?;
        let text = text.trim();
        if !text.is_empty() {
            lines.push((number, text.to_owned()));
        }
    }
    Ok(lines)
}
