//! The memory that training a language model takes, estimated before it begins.

use guide_core::Result;

use super::net::{Net, WORD_PARTS};
use super::params::{LanguageModelParams, Training};
use crate::memory::{bytes_of, ensure_memory};

/// Refuses tensors that need too much memory, before they are allocated.
///
/// # Errors
/// [`Error::Memory`](guide_core::Error::Memory).
pub(super) fn check_tensors(params: &LanguageModelParams, n_words: usize) -> Result<()> {
    ensure_memory(bytes_of(tensors(params, n_words)), || {
        format!(
            "training a language model of {n_words} words with `dim` {}, `hidden` {} and `layers` {} (smaller ones, or fewer \
             `max_words`, need less)",
            params.dim, params.hidden, params.layers
        )
    })
}

/// Refuses a training whose tensors and buffers need too much memory. `n_steps` is the length of a part of the text.
///
/// # Errors
/// [`Error::Memory`](guide_core::Error::Memory).
pub(super) fn check(
    params: &LanguageModelParams,
    net: &Net,
    n_words: usize,
    n_steps: usize,
) -> Result<()> {
    ensure_memory(needed(params, net, n_words, n_steps), || {
        format!(
            "training a language model of {n_words} words with `batch` {}, `bptt` {} and `hidden` {} (smaller ones, or fewer \
             `max_words`, need less)",
            params.batch, params.bptt, params.hidden
        )
    })
}

/// Numbers in the tensors, in their gradients, in the optimiser's moments and in the best weights.
fn tensors(params: &LanguageModelParams, n_words: usize) -> u128 {
    let copies = match params.training {
        Training::Sgd => 3,
        Training::Adam => 5,
    };
    copies * params.n_weights(n_words)
}

/// Bytes of the tensors and of the buffers of a step.
fn needed(params: &LanguageModelParams, net: &Net, n_words: usize, n_steps: usize) -> u128 {
    let steps = params.bptt.min(n_steps);
    let rows = params.batch as u128 * steps as u128;
    // Scores of all words; hidden states, their gradients and the parts of these; words' vectors and their gradients.
    let by_row = n_words + (2 + WORD_PARTS) * params.hidden + 2 * params.dim;
    let stack =
        net.stack.cache_len(params.batch, steps) + net.stack.scratch_len(params.batch, steps);
    bytes_of(tensors(params, n_words) + rows * by_row as u128 + stack as u128)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use guide_core::Error;

    use super::super::tests::{params, text};

    #[test]
    fn a_training_above_the_limit_of_memory_is_refused() {
        let words: Vec<Vec<String>> = (0..3000)
            .map(|n| (0..40).map(|m| format!("w{}", n * 40 + m)).collect())
            .collect();
        // 1200 parts of 100 steps: 120,000 rows of 120,002 scores are 53.6 GiB.
        let error = params()
            .batch(1200)
            .bptt(100)
            .max_words(200_000)
            .fit(&words);
        match error.unwrap_err() {
            Error::Memory {
                what,
                needed,
                limit,
            } => {
                assert!(what.contains("`batch` 1200, `bptt` 100"), "{what}");
                assert!(needed > 53 << 30 && limit == 16 << 30, "{needed}");
            }
            other => panic!("{other}"),
        }
    }

    /// Refused before the tensors are allocated: 2 layers of 16384 units have 3.2e9 numbers.
    #[test]
    fn tensors_above_the_limit_of_memory_are_refused() {
        let wide = params().hidden(1 << 14).layers(2).tied(false);
        let error = wide.fit(&text(20, 1)).unwrap_err();
        assert!(
            matches!(&error, Error::Memory { what, needed, .. } if what.contains("`hidden` 16384") && *needed > 50 << 30),
            "{error}"
        );
    }
}
