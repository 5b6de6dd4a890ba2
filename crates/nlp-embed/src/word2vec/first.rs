//! The parameters before the first step: drawn, or those of an earlier training.

use guide_core::ndarray::ArrayView1;
use guide_core::stream;
use rand::RngExt;

use super::model::Word2Vec;
use super::params::{FirstVectors, Word2VecParams};
use super::plan::{Shared, Tables};
use super::subwords::SubwordRows;
use crate::Vocabulary;

impl Shared {
    /// Rows of inputs drawn by the seed, rows of outputs 0.
    pub(super) fn drawn(params: &Word2VecParams, n_inputs: usize, n_outputs: usize) -> Self {
        let dim = params.dim;
        let reach = match params.first_vectors {
            FirstVectors::Unit => 1.0 / dim as f32,
            FirstVectors::Half => 0.5 / dim as f32,
        };
        let mut rng = stream(params.seed, 0);
        Self {
            dim,
            inputs: (0..n_inputs * dim)
                .map(|_| rng.random_range(-reach..reach))
                .collect(),
            outputs: vec![0.0; n_outputs * dim],
        }
    }

    /// As [`Shared::drawn`], but words of `model` begin where it left them; `vocabulary` begins with its words. So do the outputs
    /// of words where both have them, and the nodes of the tree where no count has changed, so that it is the same tree.
    pub(super) fn continued(
        params: &Word2VecParams,
        tables: &Tables,
        vocabulary: &Vocabulary,
        model: &Word2Vec,
    ) -> Self {
        let n_inputs = tables.n_inputs(vocabulary.len());
        let mut shared = Self::drawn(params, n_inputs, tables.n_outputs);
        let dim = shared.dim;
        let mut begin = |row: usize, known: ArrayView1<'_, f32>| {
            let row = shared.inputs[row * dim..(row + 1) * dim].iter_mut();
            row.zip(known).for_each(|(x, known)| *x = *known);
        };
        let words_before = model.vocabulary().len();
        match (&tables.parts, model.subword_rows()) {
            (Some(parts), Some(SubwordRows { subwords, rows })) => {
                (0..words_before).for_each(|word| begin(word, rows.row(word)));
                for (place, bucket) in parts.subwords.buckets().iter().enumerate() {
                    if let Ok(before) = subwords.buckets().binary_search(bucket) {
                        begin(vocabulary.len() + place, rows.row(words_before + before));
                    }
                }
            }
            _ => {
                let vectors = model.vectors();
                (0..words_before).for_each(|word| begin(word, vectors.row(word)));
            }
        }
        let outputs = model.outputs();
        let mut take = |row: usize, from: usize, n: usize| {
            let rows = shared.outputs[row * dim..(row + n) * dim].iter_mut();
            let known = outputs.rows().into_iter().skip(from).take(n);
            rows.zip(known.into_iter().flatten())
                .for_each(|(x, known)| *x = *known);
        };
        let (before, now) = (model.trained_with(), params);
        if before.negative > 0 && now.negative > 0 {
            take(0, 0, words_before);
        }
        let same_tree = vocabulary.counts() == model.vocabulary().counts();
        if before.hierarchical_softmax && now.hierarchical_softmax && same_tree {
            let first_node = if before.negative > 0 { words_before } else { 0 };
            take(tables.first_node as usize, first_node, words_before - 1);
        }
        shared
    }
}
