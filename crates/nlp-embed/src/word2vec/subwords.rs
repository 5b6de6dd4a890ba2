//! Words as their pieces, so that words never seen have a vector (Bojanowski, Grave, Joulin, Mikolov, 2017, "Enriching Word
//! Vectors with Subword Information").

use guide_core::ndarray::Array2;
use serde::{Deserialize, Serialize};

use super::params::Word2VecParams;
use crate::Vocabulary;

/// The pieces of a word: the n-grams of characters of `<word>`, by their hash.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Subwords {
    min_n: usize,
    max_n: usize,
    n_buckets: usize,
    /// The hashes of the n-grams of all known words, rising; the row of the n-gram stands at the same place behind those of
    /// the words. A hash that no known word has was never trained, and has no row.
    buckets: Vec<u32>,
}

impl Subwords {
    /// Those of a vocabulary; none where words are whole.
    pub(super) fn of(params: &Word2VecParams, vocabulary: &Vocabulary) -> Option<Self> {
        let mut subwords = Self {
            min_n: params.min_n,
            max_n: params.max_n,
            n_buckets: params.n_buckets,
            buckets: Vec::new(),
        };
        if params.max_n == 0 {
            return None;
        }
        let mut buckets = Vec::new();
        for word in vocabulary.words() {
            subwords.visit(word, |bucket| buckets.push(bucket));
        }
        buckets.sort_unstable();
        buckets.dedup();
        subwords.buckets = buckets;
        Some(subwords)
    }

    /// Whether it is that of `params`, with hashes rising below their number.
    pub(super) fn fits(&self, params: &Word2VecParams) -> bool {
        (self.min_n, self.max_n, self.n_buckets) == (params.min_n, params.max_n, params.n_buckets)
            && self.buckets.is_sorted_by(|a, b| a < b)
            && (self.buckets.last()).is_none_or(|&last| (last as usize) < self.n_buckets)
    }

    /// The hashes that have a row, rising.
    pub(super) fn buckets(&self) -> &[u32] {
        &self.buckets
    }

    /// Appends the rows of the n-grams of `word`, where words have the first `n_words` rows.
    pub(super) fn rows_of(&self, word: &str, n_words: usize, rows: &mut Vec<u32>) {
        self.visit(word, |bucket| {
            if let Ok(place) = self.buckets.binary_search(&bucket) {
                rows.push((n_words + place) as u32);
            }
        });
    }

    /// Visits the hash of each n-gram of `min_n` to `max_n` characters of `<word>`, but neither `<` nor `>` alone, as fastText.
    fn visit(&self, word: &str, mut visit: impl FnMut(u32)) {
        let bounded = format!("<{word}>");
        let starts: Vec<usize> = (bounded.char_indices().map(|(start, _)| start))
            .chain([bounded.len()])
            .collect();
        let n_chars = starts.len() - 1;
        for first in 0..n_chars {
            for n in self.min_n..=self.max_n.min(n_chars - first) {
                if n == 1 && (first == 0 || first + 1 == n_chars) {
                    continue;
                }
                let gram = &bounded[starts[first]..starts[first + n]];
                visit((u64::from(hash(gram)) % self.n_buckets as u64) as u32);
            }
        }
    }
}

/// FNV-1a of 32 bits with each byte extended by its sign first, as fastText has it.
fn hash(gram: &str) -> u32 {
    gram.bytes().fold(2_166_136_261, |hash: u32, byte| {
        (hash ^ byte as i8 as u32).wrapping_mul(16_777_619)
    })
}

/// The input rows of each known word: its own and those of its n-grams.
#[derive(Debug)]
pub(super) struct Parts {
    pub(super) subwords: Subwords,
    rows: Vec<u32>,
    ends: Vec<usize>,
}

impl Parts {
    pub(super) fn of(params: &Word2VecParams, vocabulary: &Vocabulary) -> Option<Self> {
        let subwords = Subwords::of(params, vocabulary)?;
        let (mut rows, mut ends) = (Vec::new(), Vec::new());
        for (number, word) in vocabulary.words().iter().enumerate() {
            rows.push(number as u32);
            subwords.rows_of(word, vocabulary.len(), &mut rows);
            ends.push(rows.len());
        }
        Some(Self {
            subwords,
            rows,
            ends,
        })
    }

    pub(super) fn of_word(&self, word: u32) -> &[u32] {
        let start = word
            .checked_sub(1)
            .map_or(0, |before| self.ends[before as usize]);
        &self.rows[start..self.ends[word as usize]]
    }
}

/// What a model keeps of the pieces: the vector of a word is the mean of its rows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct SubwordRows {
    pub(super) subwords: Subwords,
    /// `[n_words + n_grams, dim]`.
    pub(super) rows: Array2<f32>,
}

impl SubwordRows {
    /// The mean of these rows; none of no row.
    pub(super) fn mean(&self, rows: &[u32]) -> Option<Vec<f32>> {
        let mut mean = vec![0.0; self.rows.ncols()];
        for &row in rows {
            for (mean, x) in mean.iter_mut().zip(self.rows.row(row as usize)) {
                *mean += x / rows.len() as f32;
            }
        }
        (!rows.is_empty()).then_some(mean)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grams(word: &str, min_n: usize, max_n: usize) -> Vec<u32> {
        let subwords = Subwords {
            min_n,
            max_n,
            n_buckets: 1 << 32,
            buckets: Vec::new(),
        };
        let mut hashes = Vec::new();
        subwords.visit(word, |hash| hashes.push(hash));
        hashes
    }

    #[test]
    fn hashes_are_those_of_fasttext() {
        // From gensim 4.4's `compute_ngrams_bytes` and `ft_hash_bytes`: <co, <coa, coa, coat, oat, oat>, at>.
        let coat = [
            1_033_361_509,
            4_194_897_484,
            3_985_493_138,
            3_694_759_442,
            3_142_315_099,
            1_032_135_423,
            3_848_351_106,
        ];
        assert_eq!(grams("coat", 3, 4), coat);
        // <手, <手机, 手, 手机, 手机>, 机, 机>
        let phone = [
            4_269_346_867,
            2_336_458_089,
            2_777_002_465,
            2_611_018_675,
            2_339_110_647,
            2_694_938_751,
            524_084_819,
        ];
        assert_eq!(grams("手机", 1, 3), phone);
        // <é, <é>, é>
        assert_eq!(
            grams("é", 2, 6),
            [672_036_627, 1_002_806_231, 4_247_996_781]
        );
        assert!(grams("", 3, 6).is_empty());
    }
}
