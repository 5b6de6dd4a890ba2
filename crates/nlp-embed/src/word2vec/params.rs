//! What word2vec can be told.

use guide_core::{Error, Params, Result, ensure};
use serde::{Deserialize, Serialize};

/// What is predicted from what.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Architecture {
    /// A word from each word around it, one at a time.
    SkipGram,
    /// A word from the words around it together.
    Cbow,
}

impl Architecture {
    /// As it is called in reports and errors.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::SkipGram => "skip-gram",
            Self::Cbow => "cbow",
        }
    }
}

/// How long the vectors are before training.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FirstVectors {
    /// Uniform within `±1 / dim`, as gensim since 4.0.
    Unit,
    /// Uniform within `±0.5 / dim`, as the C program.
    Half,
}

/// Parameters of [`Word2Vec`](super::Word2Vec). The defaults are those of gensim 4.4, [`Word2VecParams::c_program`] those of
/// Mikolov's program; which words are known is the vocabulary's to say.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Word2VecParams {
    /// What is predicted from what (default: CBOW).
    pub architecture: Architecture,
    /// Numbers a word (default 100).
    pub dim: usize,
    /// Words looked at on either side, at most (default 5).
    pub window: usize,
    /// Whether each word's window is drawn from `1..=window` (default true, in the C program always).
    pub shrink_windows: bool,
    /// Words drawn against each word; 0 for none (default 5).
    pub negative: usize,
    /// How the draw leans to frequent words: a word's weight is its count to this power (default 0.75).
    pub ns_exponent: f64,
    /// Whether a word's path in the Huffman tree is predicted (default false); together with negatives, both are.
    pub hierarchical_softmax: bool,
    /// Whether CBOW takes the mean of the words around (default true, in the C program always), or their sum with the step
    /// divided by their number.
    pub cbow_mean: bool,
    /// Share `t` of the text above which a word is thinned out: of a word with share `f`, `√(t / f) + t / f` are kept; 0 keeps
    /// all, and from 1 on it is a count (default 0.001). See [`keep_probabilities`](crate::Vocabulary::keep_probabilities).
    pub sample: f64,
    /// Characters of the shortest n-grams that a word is made of besides itself (default 3); see `max_n`.
    pub min_n: usize,
    /// Characters of the longest; 0 for words as wholes (default 0, in fastText 6). With n-grams a word is the mean of
    /// its own vector and theirs, and so [has a vector](super::Word2Vec::vector_of) even if it was never seen.
    pub max_n: usize,
    /// N-grams whose hash is the same up to this number share a vector (default 2,000,000).
    pub n_buckets: usize,
    /// First step size (default 0.025, in the C program 0.05 for CBOW).
    pub alpha: f32,
    /// Step size at the end, to which it falls with each word (default 0.0001).
    pub min_alpha: f32,
    /// Passes over the text (default 5).
    pub epochs: usize,
    /// Length of the first vectors (default: unit).
    pub first_vectors: FirstVectors,
    /// Shards that train side by side; on their number depend the result and the most threads used (default 2). With 1,000
    /// words a shard or more and without the tree each predicts the words that it owns and holds them against each other; else
    /// they take turns at all words. Each reads the whole text and has four bytes for each row of both tables besides its share
    /// of them, so that many shards have more to do altogether.
    pub n_shards: usize,
    /// Bytes of text, at four a word, kept in memory from the first pass so that later ones need not read it again (default
    /// 256 MiB); a longer text is read in each pass.
    pub cache_bytes: usize,
    /// Seed of the first vectors and of all draws.
    pub seed: u64,
}

impl Default for Word2VecParams {
    fn default() -> Self {
        Self {
            architecture: Architecture::Cbow,
            dim: 100,
            window: 5,
            shrink_windows: true,
            negative: 5,
            ns_exponent: 0.75,
            hierarchical_softmax: false,
            cbow_mean: true,
            sample: 1e-3,
            min_n: 3,
            max_n: 0,
            n_buckets: 2_000_000,
            alpha: 0.025,
            min_alpha: 1e-4,
            epochs: 5,
            first_vectors: FirstVectors::Unit,
            n_shards: 2,
            cache_bytes: 256 << 20,
            seed: 0,
        }
    }
}

impl Word2VecParams {
    /// The defaults of Mikolov's C program for `architecture`: step sizes and first vectors are its own.
    ///
    /// ```
    /// use nlp_embed::{Architecture, Word2VecParams};
    /// assert_eq!(Word2VecParams::c_program(Architecture::Cbow).alpha, 0.05);
    /// ```
    pub fn c_program(architecture: Architecture) -> Self {
        let alpha = match architecture {
            Architecture::SkipGram => 0.025,
            Architecture::Cbow => 0.05,
        };
        Self {
            architecture,
            alpha,
            min_alpha: 1e-4 * alpha,
            first_vectors: FirstVectors::Half,
            ..Self::default()
        }
    }
}

guide_core::setters!(Word2VecParams {
    architecture: Architecture,
    dim: usize,
    window: usize,
    shrink_windows: bool,
    negative: usize,
    ns_exponent: f64,
    hierarchical_softmax: bool,
    cbow_mean: bool,
    sample: f64,
    min_n: usize,
    max_n: usize,
    n_buckets: usize,
    alpha: f32,
    min_alpha: f32,
    epochs: usize,
    first_vectors: FirstVectors,
    n_shards: usize,
    cache_bytes: usize,
    seed: u64,
});

impl Params for Word2VecParams {
    fn validate(&self) -> Result<()> {
        ensure::within("dim", self.dim, 1, 65_536)?;
        ensure::within("window", self.window, 1, 10_000)?;
        ensure::within("negative", self.negative, 0, 10_000)?;
        if self.negative == 0 && !self.hierarchical_softmax {
            return Err(Error::param(
                "negative",
                0,
                "at least 1 without hierarchical_softmax",
            ));
        }
        ensure::within("ns_exponent", self.ns_exponent, -4.0, 4.0)?;
        ensure::not_negative("sample", self.sample)?;
        ensure::within("max_n", self.max_n, 0, 64)?;
        ensure::within(
            "min_n",
            self.min_n,
            1,
            if self.max_n == 0 { 64 } else { self.max_n },
        )?;
        ensure::within("n_buckets", self.n_buckets, 1, 1 << 31)?;
        ensure::positive("alpha", self.alpha)?;
        ensure::within("min_alpha", self.min_alpha, 0.0, self.alpha)?;
        ensure::at_least_one("epochs", self.epochs)?;
        ensure::within("n_shards", self.n_shards, 1, 256)
    }
}
