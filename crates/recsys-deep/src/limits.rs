//! How large a network can be asked for.

use guide_core::{Error, Result};

/// The most numbers in a vector.
pub(crate) const MOST_FACTORS: usize = 4096;
/// The most items drawn beside each interaction.
pub(crate) const MOST_NEGATIVES: usize = 1000;
/// The widest layer.
const MOST_WIDTH: usize = 8192;

/// At least one layer, none of width 0 or too wide.
pub(crate) fn ensure_widths(name: &str, hidden: &[usize]) -> Result<()> {
    let fits = |width: &usize| (1..=MOST_WIDTH).contains(width);
    if hidden.is_empty() || !hidden.iter().all(fits) {
        let expected = format!("one width or more, each between 1 and {MOST_WIDTH}");
        return Err(Error::param(name, format!("{hidden:?}"), expected));
    }
    Ok(())
}

/// Patience needs something to watch.
pub(crate) fn ensure_patience(patience: usize, watches: bool) -> Result<()> {
    if patience > 0 && !watches {
        let expected = "0 where nothing is held out by `validation`";
        return Err(Error::param("patience", patience, expected));
    }
    Ok(())
}
