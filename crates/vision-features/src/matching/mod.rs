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

use crate::Keypoint;
use crate::features::keypoint_at;

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

/// Places in a picture: column and row in pixels.
pub type Points = Vec<[f64; 2]>;

/// Where `matches` lie in both pictures, as [`find_homography`](crate::find_homography) takes it.
///
/// # Errors
/// [`Error::OutOfRange`](guide_core::Error::OutOfRange) for a match of a key point that is not there.
///
/// ```
/// use vision_features::{Keypoint, Match, matched_points};
/// let at = |x, y| Keypoint { x, y, size: 7.0, angle: 0.0, response: 1.0, octave: 0, polarity: 0 };
/// let matches = [Match { query: 1, train: 0, distance: 3.0 }];
/// let (from, to) = matched_points(&[at(0.0, 0.0), at(1.0, 2.0)], &[at(5.0, 6.0)], &matches)?;
/// assert_eq!((from, to), (vec![[1.0, 2.0]], vec![[5.0, 6.0]]));
/// assert!(matched_points(&[], &[at(5.0, 6.0)], &matches).is_err());
/// # Ok::<(), guide_core::Error>(())
/// ```
pub fn matched_points(
    query: &[Keypoint],
    train: &[Keypoint],
    matches: &[Match],
) -> Result<(Points, Points)> {
    let place = |keypoint: &Keypoint| [f64::from(keypoint.x), f64::from(keypoint.y)];
    let pair = |found: &Match| {
        let query = keypoint_at("query key point", query, found.query)?;
        let train = keypoint_at("train key point", train, found.train)?;
        Ok((place(query), place(train)))
    };
    matches.iter().map(pair).collect()
}
