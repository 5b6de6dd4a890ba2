//! The memory that training the recurrent classifier takes, estimated before it begins.

use guide_core::Result;

use super::RecurrentClassifierParams;
use super::net::{Net, n_weights};
use crate::memory::{bytes_of, ensure_memory};

/// Adam's two moments, the gradient, and the best weights, beside the weights.
const COPIES: u128 = 5;

/// Refuses tensors that need too much memory, before they are allocated. `sizes` are the words and the labels.
///
/// # Errors
/// [`Error::Memory`](guide_core::Error::Memory).
pub(super) fn check_tensors(
    params: &RecurrentClassifierParams,
    (n_words, n_labels): (usize, usize),
) -> Result<()> {
    let n_weights = u128::from(n_weights(params, n_words, n_labels)?);
    ensure_memory(bytes_of(COPIES * n_weights), || {
        format!(
            "training a classifier of texts with {n_words} words, `dim` {}, `hidden` {} and `layers` {} (smaller ones, or fewer \
             `max_words`, need less)",
            params.dim, params.hidden, params.layers
        )
    })
}

/// Refuses a training whose tensors and buffers of a step need too much memory. `n_texts` and `longest` are those of the training
/// texts.
///
/// # Errors
/// [`Error::Memory`](guide_core::Error::Memory).
pub(super) fn check_steps(
    params: &RecurrentClassifierParams,
    net: &Net,
    n_weights: usize,
    (n_texts, longest): (usize, usize),
) -> Result<()> {
    let n = params.batch.min(n_texts);
    let rows = n as u128 * longest as u128;
    // Words' vectors and hidden states with their gradients; the number, mask and dropout of each word.
    let by_row = 2 * (params.dim + params.width()) + 3;
    let stack = net.stack.cache_len(n, longest) + net.stack.scratch_len(n, longest);
    let numbers = COPIES * n_weights as u128 + rows * by_row as u128 + stack as u128;
    ensure_memory(bytes_of(numbers), || {
        format!(
            "training a classifier of texts with `batch` {}, `hidden` {}, `layers` {} and texts of {longest} words (smaller ones, or \
             a smaller `max_length`, need less)",
            params.batch, params.hidden, params.layers
        )
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use guide_core::{Error, Fit};

    use super::super::RecurrentClassifierParams;
    use super::super::tests::params;
    use crate::LabelledTexts;

    /// Refused before memory is taken: by the tensors, and by the buffers of a step.
    #[test]
    fn trainings_above_the_limit_of_memory_are_refused() {
        let refused = |params: RecurrentClassifierParams, texts: &[String], words: &str| {
            let labels: Vec<&str> = (0..texts.len()).map(|n| ["a", "b"][n % 2]).collect();
            let data = LabelledTexts::new(texts, &labels).unwrap();
            let error = params.validation_share(0.0).fit(&data).unwrap_err();
            assert!(
                matches!(&error, Error::Memory { what, .. } if what.contains(words)),
                "{error}"
            );
        };
        let short = vec!["a red coat".to_owned(); 4];
        refused(params().hidden(1 << 14), &short, "`hidden` 16384");
        // 128 texts of 2000 words: 256,000 rows of 2 (16384 + 128) numbers and more are 31 GiB.
        let long = vec!["coat ".repeat(2000); 128];
        let wide = params().max_length(2000).batch(128).dim(1 << 14).hidden(64);
        refused(wide, &long, "texts of 2000 words");
    }
}
