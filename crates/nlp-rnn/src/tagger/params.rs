//! Parameters of the tagger.

use guide_core::{Params, Result, ensure};
use serde::{Deserialize, Serialize};

use crate::{Cell, RecurrentParams, StackParams, WordFeaturesParams};

/// Parameters of [`Tagger`](super::Tagger).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TaggerParams {
    /// Which words, characters and affixes are known.
    pub features: WordFeaturesParams,
    /// Numbers in the vector of a word (default 64). Word vectors that are given must have this width.
    pub word_dim: usize,
    /// Numbers in the vector of a character (default 24).
    pub char_dim: usize,
    /// Filters of the convolution over the characters of a word, of width 3; 0 for none (default 64).
    pub char_filters: usize,
    /// Numbers in the vector of a word's shape; 0 for none (default 8).
    pub shape_dim: usize,
    /// Numbers in the vector of each prefix and suffix; 0 for none (default 12).
    pub affix_dim: usize,
    /// Numbers in the vector of each kind and mark of the gazetteer; 0 for none (default 12).
    pub gazetteer_dim: usize,
    /// Units of the LSTM in each direction (default 128).
    pub n_hidden: usize,
    /// Layers of the LSTM (default 1).
    pub n_layers: usize,
    /// Width of the attention that pools the words for the intent (default 64).
    pub attention_dim: usize,
    /// Width of the layer between LSTM and tags (default 128).
    pub slot_dim: usize,
    /// Share of the numbers that training drops before and after the LSTM (default 0.4).
    pub dropout: f32,
    /// Share of the words that training replaces by the unknown word, whose vector is learned so (default 0.05). A word that was met once
    /// is replaced ten times as often, at most half of the times.
    pub word_dropout: f32,
    /// Weight of the loss of the intent beside that of the tags (default 1).
    pub intent_weight: f32,
    /// Whether the probabilities of the intents are an input of the tags (default true): Stack-Propagation (Qin et al. 2019).
    pub intent_to_slots: bool,
    /// Whether only sequences of tags that IOB2 allows are found (default true).
    pub constrained: bool,
    /// Passes over the sentences (default 20).
    pub n_epochs: usize,
    /// Sentences in a step (default 16).
    pub batch_size: usize,
    /// Adam's learning rate (default 2e-3), which falls to 0 along half a cosine.
    pub learning_rate: f32,
    /// Largest norm of the gradient of a step (default 5).
    pub clip_norm: f32,
    /// Seed of the first weights, of the order and of dropout.
    pub seed: u64,
}

impl Default for TaggerParams {
    fn default() -> Self {
        Self {
            features: WordFeaturesParams::default(),
            word_dim: 64,
            char_dim: 24,
            char_filters: 64,
            shape_dim: 8,
            affix_dim: 12,
            gazetteer_dim: 12,
            n_hidden: 128,
            n_layers: 1,
            attention_dim: 64,
            slot_dim: 128,
            dropout: 0.4,
            word_dropout: 0.05,
            intent_weight: 1.0,
            intent_to_slots: true,
            constrained: true,
            n_epochs: 20,
            batch_size: 16,
            learning_rate: 2e-3,
            clip_norm: 5.0,
            seed: 0,
        }
    }
}

guide_core::setters!(TaggerParams {
    features: WordFeaturesParams,
    word_dim: usize,
    char_dim: usize,
    char_filters: usize,
    shape_dim: usize,
    affix_dim: usize,
    gazetteer_dim: usize,
    n_hidden: usize,
    n_layers: usize,
    attention_dim: usize,
    slot_dim: usize,
    dropout: f32,
    word_dropout: f32,
    intent_weight: f32,
    intent_to_slots: bool,
    constrained: bool,
    n_epochs: usize,
    batch_size: usize,
    learning_rate: f32,
    clip_norm: f32,
    seed: u64,
});

impl TaggerParams {
    /// The recurrent layers over words' vectors of `n_in` numbers.
    pub(super) fn stack(&self, n_in: usize) -> StackParams {
        StackParams::new(RecurrentParams::keras(Cell::Lstm, n_in, self.n_hidden))
            .n_layers(self.n_layers)
            .bidirectional(true)
            .dropout(self.dropout)
    }
}

/// Largest width of a layer.
const MAX_DIM: usize = 1 << 14;

impl Params for TaggerParams {
    fn validate(&self) -> Result<()> {
        self.features.validate()?;
        for (name, value) in [
            ("word_dim", self.word_dim),
            ("char_dim", self.char_dim),
            ("n_hidden", self.n_hidden),
            ("attention_dim", self.attention_dim),
            ("slot_dim", self.slot_dim),
        ] {
            ensure::within(name, value, 1, MAX_DIM)?;
        }
        for (name, value) in [
            ("char_filters", self.char_filters),
            ("shape_dim", self.shape_dim),
            ("affix_dim", self.affix_dim),
            ("gazetteer_dim", self.gazetteer_dim),
        ] {
            ensure::within(name, value, 0, MAX_DIM)?;
        }
        ensure::within("n_layers", self.n_layers, 1, 64)?;
        ensure::within("dropout", self.dropout, 0.0, 0.95)?;
        ensure::within("word_dropout", self.word_dropout, 0.0, 0.95)?;
        ensure::not_negative("intent_weight", self.intent_weight)?;
        ensure::at_least_one("n_epochs", self.n_epochs)?;
        ensure::at_least_one("batch_size", self.batch_size)?;
        ensure::positive("learning_rate", self.learning_rate)?;
        ensure::positive("clip_norm", self.clip_norm)
    }
}
