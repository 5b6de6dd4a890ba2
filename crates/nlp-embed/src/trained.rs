//! Tables of numbers as trainings leave them and as files hold them, checked.

use guide_core::ndarray::Array2;
use guide_core::{Error, Result};

/// Refuses `n_words` vectors of `dim` numbers for whose training, with `numbers` a word, there is no room in memory: the program
/// would be ended without a word.
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

/// The rows of a trained table, `dim` numbers each.
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

/// Checks a table that a file of `kind` calls `what`: `[rows, dim]`, all of it finite.
///
/// # Errors
/// [`Error::Decode`] with what it is instead.
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
