//! Which rows, items or products may be found: the one convention for filters.

use crate::Bitmap;

/// Which numbers may be among the results of a search.
///
/// ```
/// use guide_core::{Allowed, Bitmap};
/// let even = Bitmap::of(6, [0, 2, 4]);
/// assert!(Allowed::All.contains(9) && Allowed::Bits(&even).contains(2));
/// assert!(!Allowed::Few(&[1, 5]).contains(4));
/// ```
#[derive(Clone, Copy, Debug)]
pub enum Allowed<'a> {
    /// All of them.
    All,
    /// These, by rising number.
    Few(&'a [u32]),
    /// Those of a set.
    Bits(&'a Bitmap),
}

impl Allowed<'_> {
    /// Whether `number` may be among the results.
    #[inline]
    pub fn contains(&self, number: u32) -> bool {
        match self {
            Self::All => true,
            Self::Few(numbers) => numbers.binary_search(&number).is_ok(),
            Self::Bits(set) => set.contains(number),
        }
    }
}
