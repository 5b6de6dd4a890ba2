//! Nearest descriptors by brute force, and which of them to believe.

mod descriptor;
mod params;
mod scalar;
mod search;
mod simd;
#[cfg(test)]
mod tests;

pub use descriptor::Descriptor;
pub use params::{MatchParams, match_features};

use guide_core::Result;

/// A descriptor of the query picture and one of the train picture that look alike.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Match {
    /// Index among the query descriptors.
    pub query: u32,
    /// Index among the train descriptors.
    pub train: u32,
    /// How far apart they are, as OpenCV's `BFMatcher` says it: the L2 norm of the difference in the units of the
    /// descriptors, or the number of bits that differ.
    pub distance: f32,
}

/// The `k` descriptors of `train` nearest to each of `query`, closest first, of equal ones the smaller index first.
///
/// There is one list a query descriptor, in their order; it has `min(k, train.len())` matches. Integer distances are exact.
///
/// # Errors
/// [`Error::NotFinite`](guide_core::Error::NotFinite) for NaN and infinities in a descriptor.
///
/// ```
/// use vision_features::{Match, nearest};
/// let train = [[0b0011u64, 0, 0, 0], [0b0111, 0, 0, 0], [0, 0, 0, 0]];
/// let found = nearest(&[[0b1111, 0, 0, 0]], &train, 2)?;
/// let expected = [(1, 1.0), (0, 2.0)].map(|(train, distance)| Match { query: 0, train, distance });
/// assert_eq!(found, [expected]);
/// # Ok::<(), guide_core::Error>(())
/// ```
pub fn nearest<D: Descriptor>(query: &[D], train: &[D], k: usize) -> Result<Vec<Vec<Match>>> {
    descriptor::check_finite("query", query)?;
    descriptor::check_finite("train", train)?;
    Ok(search::nearest(query, train, k, false).0)
}
