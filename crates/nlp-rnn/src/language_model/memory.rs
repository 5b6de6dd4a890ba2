//! The memory that training a language model takes, estimated before it begins.

use guide_core::{Error, Result};

use super::net::{Net, WORD_PARTS};
use super::params::{LanguageModelParams, Training};

/// Most bytes of a training: 16 GiB. More would end the program on most machines, without a message.
const MAX_BYTES: u64 = 16 << 30;

/// Refuses a training whose tensors and buffers need more than [`MAX_BYTES`]. `n_steps` is the length of a part of the text.
///
/// # Errors
/// [`Error::Memory`].
pub(super) fn check(
    params: &LanguageModelParams,
    net: &Net,
    n_words: usize,
    n_steps: usize,
) -> Result<()> {
    let needed = needed(params, net, n_words, n_steps);
    if needed <= u128::from(MAX_BYTES) {
        return Ok(());
    }
    Err(Error::Memory {
        what: format!(
            "training a language model of {n_words} words with `batch` {}, `bptt` {} and `hidden` {} (smaller ones, or fewer \
             `max_words`, need less)",
            params.batch, params.bptt, params.hidden
        ),
        needed: u64::try_from(needed).unwrap_or(u64::MAX),
        limit: MAX_BYTES,
    })
}

/// Bytes of the tensors, of their gradients, of the optimiser's moments and of the best weights, and of the buffers of a step.
fn needed(params: &LanguageModelParams, net: &Net, n_words: usize, n_steps: usize) -> u128 {
    let steps = params.bptt.min(n_steps);
    let rows = params.batch as u128 * steps as u128;
    let copies = match params.training {
        Training::Sgd => 3,
        Training::Adam => 5,
    };
    let tensors = copies * params.n_weights(n_words);
    // Scores of all words; hidden states, their gradients and the parts of these; words' vectors and their gradients.
    let by_row = n_words + (2 + WORD_PARTS) * params.hidden + 2 * params.dim;
    let stack =
        net.stack.cache_len(params.batch, steps) + net.stack.scratch_len(params.batch, steps);
    4 * (tensors + rows * by_row as u128 + stack as u128)
}
