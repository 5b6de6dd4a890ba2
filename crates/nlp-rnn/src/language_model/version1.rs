//! Model files of version 1, whose parameters had no conventions of a library and no tokeniser.

use nlp_embed::Vocabulary;
use nn_core::Weights;
use serde::Deserialize;

use super::Stored;
use super::params::{LanguageModelParams, Training};
use crate::Cell;

/// A model of version 1.
#[derive(Deserialize)]
#[cfg_attr(test, derive(serde::Serialize))]
pub(super) struct StoredVersion1 {
    params: ParamsVersion1,
    vocabulary: Vocabulary,
    weights: Weights,
}

/// Its parameters, in the order of the file.
#[derive(Deserialize)]
#[cfg_attr(test, derive(serde::Serialize))]
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

#[cfg(test)]
mod tests {
    use guide_core::{Persist, Result};

    use super::*;
    use crate::LanguageModel;

    impl Persist for StoredVersion1 {
        const KIND: &'static str = LanguageModel::KIND;
        const VERSION: u16 = 1;

        fn check(&self) -> Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_file_of_version_1_is_read() {
        let params = LanguageModel::params().dim(6).hidden(6).batch(2).epochs(1);
        let model = params.fit(&vec![vec!["red", "coat"]; 20]).unwrap();
        let stored = Stored::from(model.clone());
        let p = stored.params;
        let old = StoredVersion1 {
            params: ParamsVersion1 {
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
            },
            vocabulary: stored.vocabulary,
            weights: stored.weights,
        };
        let mut bytes = Vec::new();
        old.write_to(&mut bytes).unwrap();
        assert_eq!(LanguageModel::read_from(&mut &bytes[..]).unwrap(), model);
    }
}
