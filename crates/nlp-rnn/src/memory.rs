//! The memory that a training takes, estimated before it begins.

use guide_core::{Error, Result};

/// Most bytes of a training: 16 GiB. More would end the program on most machines, without a message.
const MAX_BYTES: u64 = 16 << 30;

/// Bytes of `n_numbers` single-precision numbers.
pub(crate) const fn bytes_of(n_numbers: u128) -> u128 {
    4 * n_numbers
}

/// Refuses a training that needs more than [`MAX_BYTES`]. `what` names the training and the parameters that its memory grows with.
///
/// # Errors
/// [`Error::Memory`].
pub(crate) fn ensure_memory(needed: u128, what: impl FnOnce() -> String) -> Result<()> {
    if needed <= u128::from(MAX_BYTES) {
        return Ok(());
    }
    Err(Error::Memory {
        what: what(),
        needed: u64::try_from(needed).unwrap_or(u64::MAX),
        limit: MAX_BYTES,
    })
}
