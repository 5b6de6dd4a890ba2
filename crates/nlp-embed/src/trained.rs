//! Checks of trained tables, and the errors that all trainers share.

use guide_core::ndarray::Array2;
use guide_core::{Error, Result};

/// The error for a text in which no sentence has two words of the vocabulary, so that no word has a context.
pub(crate) fn no_two_words() -> Error {
    Error::empty(
        "the list of sentences with two words of the vocabulary (each line of a text file is a sentence)",
    )
}

/// Returns an error if there is no memory for training `n_words` vectors of `dim` numbers, with `numbers` per word in all.
/// Without this check the operating system would kill the process with no message.
///
/// # Errors
/// [`Error::Unsuitable`] with the sizes.
pub(crate) fn ensure_room(
    algorithm: &'static str,
    n_words: usize,
    dim: usize,
    numbers: usize,
) -> Result<()> {
    let has_room = |numbers| Vec::<f32>::new().try_reserve_exact(numbers).is_ok();
    if n_words.checked_mul(numbers).is_some_and(has_room) {
        return Ok(());
    }
    Err(Error::Unsuitable {
        algorithm,
        needed: format!("more memory than there is, for {n_words} words of {dim} numbers"),
    })
}

/// The rows of a trained table, with `dim` numbers each.
///
/// # Errors
/// [`Error::Diverged`] for NaN and infinities.
pub(crate) fn table(
    algorithm: &'static str,
    epoch: usize,
    data: Vec<f32>,
    dim: usize,
) -> Result<Array2<f32>> {
    if let Some(&bad) = data.iter().find(|x| !x.is_finite()) {
        return Err(Error::Diverged {
            algorithm,
            epoch,
            step: 0,
            loss: f64::from(bad),
        });
    }
    match Array2::from_shape_vec([data.len() / dim, dim], data) {
        Ok(table) => Ok(table),
        Err(reason) => unreachable!("{reason}"),
    }
}

/// Checks that the table `what` of a file of `kind` has the shape `[rows, dim]` and only finite numbers.
///
/// # Errors
/// [`Error::Decode`] with the shape or the number found.
pub(crate) fn check_table(
    kind: &'static str,
    what: &str,
    table: &Array2<f32>,
    shape: (usize, usize),
) -> Result<()> {
    let reason = if table.dim() != shape {
        format!("{what} of shape {:?}, not {shape:?}", table.dim())
    } else if let Some(bad) = table.iter().find(|x| !x.is_finite()) {
        format!("{what} with a {bad}")
    } else {
        return Ok(());
    };
    Err(Error::decode(kind, reason))
}
