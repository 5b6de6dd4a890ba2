//! What GloVe can be told.

use std::path::PathBuf;

use guide_core::{Error, Params, Result, ensure};
use serde::{Deserialize, Serialize};

/// Parameters of [`Glove`](super::Glove). The defaults are those of the authors' C program; its demonstration on a small text
/// has `x_max` 10 and 15 epochs. Which words are known is the vocabulary's to say.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct GloveParams {
    /// Numbers a word (default 50).
    pub dim: usize,
    /// Words looked at on either side (default 15).
    pub window: usize,
    /// Whether words before a word count as much as those after it (default true); else a row holds only what came after its
    /// word.
    pub symmetric: bool,
    /// Co-occurrence from which a pair has its full weight (default 100).
    pub x_max: f32,
    /// How fast the weight falls below `x_max` (default 0.75).
    pub alpha: f32,
    /// Step size of the vectors (default 0.05).
    pub eta: f32,
    /// Step size of the biases (default 1, as in the C program since January 2020; before, it was `eta`).
    pub bias_eta: f32,
    /// The most a slope may be, in each number of a vector (default 100).
    pub clip: f32,
    /// Whether pairs are weighted by `f(X)` (default true).
    pub weighted: bool,
    /// Whether words have biases (default true). Without both, the loss is the plain `Σ (w · w̃ − ln X)²`.
    pub biased: bool,
    /// Passes over the pairs (default 25).
    pub epochs: usize,
    /// Whether a word's vector is `w + w̃` (default true) or `w` alone.
    pub add_contexts: bool,
    /// Whether a last row `<unk>` is added, the mean of the last 100 vectors, as by the C program (default false).
    pub unk_row: bool,
    /// Parts into which the words are dealt, on whose number the result depends and the most threads used (default 8).
    pub n_shards: usize,
    /// Bytes that the text being counted, the sums that count it and the pairs may take together, beyond which text and pairs
    /// go to files (default 2 GiB); the sums are `16 · threads + 8` bytes a word of the vocabulary, and never fewer words of
    /// text are counted at a time than it has. On top come the vectors; while counting, for each thread, twice the counts of
    /// 8192 words of text (at most `32 · window` bytes each, in a list that may be half empty, and no more than 16 a pair of
    /// words); while learning, for each thread, the pairs that it learns from, `1 / n_shards²` of all at 16 bytes each. The
    /// result does not depend on it.
    pub max_bytes: usize,
    /// Folder of those files, which are gone when the training ends (default: the system's for temporary files). One that is
    /// named must be there, whether or not a file is needed.
    pub spill_dir: Option<PathBuf>,
    /// Seed of the first vectors and of the order of the pairs.
    pub seed: u64,
}

impl Default for GloveParams {
    fn default() -> Self {
        Self {
            dim: 50,
            window: 15,
            symmetric: true,
            x_max: 100.0,
            alpha: 0.75,
            eta: 0.05,
            bias_eta: 1.0,
            clip: 100.0,
            weighted: true,
            biased: true,
            epochs: 25,
            add_contexts: true,
            unk_row: false,
            n_shards: 8,
            max_bytes: 2 << 30,
            spill_dir: None,
            seed: 0,
        }
    }
}

guide_core::setters!(GloveParams {
    dim: usize,
    window: usize,
    symmetric: bool,
    x_max: f32,
    alpha: f32,
    eta: f32,
    bias_eta: f32,
    clip: f32,
    weighted: bool,
    biased: bool,
    epochs: usize,
    add_contexts: bool,
    unk_row: bool,
    n_shards: usize,
    max_bytes: usize,
    spill_dir: Option<PathBuf>,
    seed: u64,
});

impl Params for GloveParams {
    fn validate(&self) -> Result<()> {
        ensure::within("dim", self.dim, 1, 65_536)?;
        ensure::within("window", self.window, 1, 10_000)?;
        ensure::positive("x_max", self.x_max)?;
        ensure::within("alpha", self.alpha, 0.0, 4.0)?;
        ensure::positive("eta", self.eta)?;
        ensure::positive("bias_eta", self.bias_eta)?;
        ensure::positive("clip", self.clip)?;
        ensure::at_least_one("epochs", self.epochs)?;
        ensure::within("n_shards", self.n_shards, 1, 256)?;
        ensure::at_least_one("max_bytes", self.max_bytes)?;
        // It is saved with the model, as text.
        match &self.spill_dir {
            Some(folder) if folder.to_str().is_none() => {
                Err(Error::param("spill_dir", folder.display(), "UTF-8"))
            }
            _ => Ok(()),
        }
    }
}

impl GloveParams {
    /// Where files go.
    pub(super) fn spill_folder(&self) -> PathBuf {
        self.spill_dir.clone().unwrap_or_else(std::env::temp_dir)
    }
}
