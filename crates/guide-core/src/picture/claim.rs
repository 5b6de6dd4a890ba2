//! Checks the size that the header of a picture file claims, before memory is reserved for it.

use super::{MAX_PIXELS, Undecoded};

/// Refuses more pixels than are read.
pub(super) fn check_pixels(
    width: usize,
    height: usize,
    max_pixels: usize,
) -> Result<(), Undecoded> {
    if width.saturating_mul(height) <= max_pixels {
        return Ok(());
    }
    let limit = if max_pixels < MAX_PIXELS {
        " (max_pixels)"
    } else {
        ""
    };
    Err(Undecoded::Reason(format!(
        "a picture of {width}x{height} pixels; at most {max_pixels}{limit} are read. Make it smaller and try again"
    )))
}

/// Refuses a file of `length` bytes that cannot hold its pixels, which take at least `least` bytes.
pub(super) fn check_length(
    width: usize,
    height: usize,
    length: u64,
    least: u64,
) -> Result<(), Undecoded> {
    if length >= least {
        return Ok(());
    }
    Err(Undecoded::Reason(format!(
        "its header claims {width}x{height} pixels, which take at least {least} bytes; the file has {length}. \
         It is cut off or damaged"
    )))
}
