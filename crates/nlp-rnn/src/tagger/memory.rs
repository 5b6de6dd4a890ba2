//! The memory that training the tagger takes, estimated before it begins.

use guide_core::Result;

use super::check::expected_numbers;
use super::net::{Net, Sizes};
use super::params::TaggerParams;
use super::windows::PASS_WORDS;
use crate::WordFeatures;
use crate::memory::{bytes_of, ensure_memory};

/// Adam's two moments, the gradient, the best weights, and the weights of the model beside those in training.
const COPIES: u128 = 6;

/// Refuses tensors that need too much memory, before they are allocated.
///
/// # Errors
/// [`Error::Memory`](guide_core::Error::Memory).
pub(super) fn check_tensors(
    params: &TaggerParams,
    features: &WordFeatures,
    sizes: Sizes,
) -> Result<()> {
    // `None` is a number above `usize::MAX`.
    let n_weights = expected_numbers(params, features, sizes).unwrap_or(usize::MAX);
    ensure_memory(bytes_of(COPIES * n_weights as u128), || {
        format!(
            "training a tagger of {} words, {} tags and {} intents with `word_dim` {}, `n_hidden` {}, `n_layers` {} and `slot_dim` {} \
             (smaller ones need less)",
            features.n_words(),
            sizes.n_tags,
            sizes.n_intents,
            params.word_dim,
            params.n_hidden,
            params.n_layers,
            params.slot_dim
        )
    })
}

/// Refuses a training whose tensors and buffers of a pass need too much memory. `n_sentences` and `longest` are those of the training
/// sentences.
///
/// # Errors
/// [`Error::Memory`](guide_core::Error::Memory).
pub(super) fn check_passes(
    params: &TaggerParams,
    net: &Net,
    n_weights: usize,
    (n_sentences, longest): (usize, usize),
) -> Result<()> {
    let n = params.batch_size.min(n_sentences);
    let n = n.min((PASS_WORDS / longest.max(1)).max(1));
    let rows = n as u128 * longest as u128;
    let width = net.encoder.width();
    // Each with its gradient: words' vectors, outputs of the LSTM alone and beside the intents, attention, slots and scores.
    let by_word = net.input_width()
        + 2 * width
        + net.n_intents()
        + params.attention_dim
        + 2 * params.slot_dim
        + net.n_tags();
    let by_character = match params.char_filters {
        0 => 0,
        n_filters => 3 * params.char_dim + n_filters,
    };
    let by_word = 2 * (by_word + params.features.max_chars * by_character);
    let stack = net.encoder.cache_len(n, longest) + net.encoder.scratch_len(n, longest);
    let numbers = COPIES * n_weights as u128 + rows * by_word as u128 + stack as u128;
    ensure_memory(bytes_of(numbers), || {
        format!(
            "training a tagger with `batch_size` {}, `n_hidden` {}, `slot_dim` {}, `char_filters` {} and sentences of {longest} words \
             (smaller ones need less)",
            params.batch_size, params.n_hidden, params.slot_dim, params.char_filters
        )
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use guide_core::{Error, Fit};

    use super::super::tests::{language, small};
    use super::super::{TaggerData, TaggerParams};
    use crate::{Gazetteer, TaggedSentence};

    /// Refused before memory is taken: by the tensors, and by the buffers of a pass.
    #[test]
    fn trainings_above_the_limit_of_memory_are_refused() {
        let (train, gazetteer) = (language(40, 1), Gazetteer::default());
        let refused = |params: TaggerParams, train: &[TaggedSentence], words: &str| {
            let error = params.fit(&TaggerData::new(train, &gazetteer)).unwrap_err();
            assert!(
                matches!(&error, Error::Memory { what, .. } if what.contains(words)),
                "{error}"
            );
        };
        refused(small().n_hidden(1 << 14), &train, "`n_hidden` 16384");
        // 8192 words with 24 characters of 2 (3 * 4 + 16384) numbers each are 24 GiB.
        let long: Vec<TaggedSentence> = (0..2)
            .map(|_| TaggedSentence {
                words: vec!["red".to_owned(); 4096],
                tags: vec!["B-color".to_owned(); 4096],
                label: None,
            })
            .collect();
        refused(
            small().char_filters(1 << 14),
            &long,
            "sentences of 4096 words",
        );
    }
}
