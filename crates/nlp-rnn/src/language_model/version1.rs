//! Model files of version 1, whose parameters lacked `conventions`, `tokenizer` and `lower_case`. Committed files of that version test it
//! (`tests/saved_models.rs`).

use nlp_embed::Vocabulary;
use nn_core::Weights;
use serde::Deserialize;

use super::Stored;
use super::params::{LanguageModelParams, Training};
use crate::Cell;

/// A model of version 1.
#[derive(Deserialize)]
pub(super) struct StoredVersion1 {
    params: ParamsVersion1,
    vocabulary: Vocabulary,
    weights: Weights,
}

/// Its parameters, in the order of the file.
#[derive(Deserialize)]
struct ParamsVersion1 {
    cell: Cell,
    dim: usize,
    hidden: usize,
    layers: usize,
    tied: bool,
    bptt: usize,
    batch: usize,
    epochs: usize,
    training: Training,
    learning_rate: f32,
    decay: f32,
    decay_after: usize,
    clip: f32,
    dropout: f32,
    recurrent_dropout: f32,
    weight_decay: f32,
    init: f32,
    min_count: u64,
    max_words: usize,
    seed: u64,
}

impl From<StoredVersion1> for Stored {
    fn from(old: StoredVersion1) -> Self {
        let p = old.params;
        Self {
            params: LanguageModelParams {
                cell: p.cell,
                dim: p.dim,
                hidden: p.hidden,
                layers: p.layers,
                tied: p.tied,
                bptt: p.bptt,
                batch: p.batch,
                epochs: p.epochs,
                training: p.training,
                learning_rate: p.learning_rate,
                decay: p.decay,
                decay_after: p.decay_after,
                clip: p.clip,
                dropout: p.dropout,
                recurrent_dropout: p.recurrent_dropout,
                weight_decay: p.weight_decay,
                init: p.init,
                min_count: p.min_count,
                max_words: p.max_words,
                seed: p.seed,
                ..LanguageModelParams::default()
            },
            vocabulary: old.vocabulary,
            weights: old.weights,
        }
    }
}
