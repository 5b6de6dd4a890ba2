//! From nearest descriptors to matches worth believing: ratio test, cross-check, distance, each train feature once.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use guide_core::{Error, Params, Result, ensure, setters};
use serde::{Deserialize, Serialize};

use super::descriptor::{Descriptor, check_finite};
use super::{Match, search};

/// Which nearest neighbours [`match_features`] believes. The default is the ratio .75 of OpenCV's tutorials, and each train
/// feature at most once, which OpenCV leaves to the caller.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct MatchParams {
    /// The ratio test of Lowe (2004): `nearest < ratio * second nearest`, in `0..=1` without 0. Lowe took .8.
    ///
    /// Where there is no second train descriptor, nothing can be confused with the first, and it passes.
    pub ratio: Option<f32>,
    /// Whether the query descriptor has to be the nearest to its nearest train descriptor, too.
    ///
    /// OpenCV offers this only without the ratio test.
    pub cross_check: bool,
    /// The largest distance believed, in the units of [`Match::distance`].
    pub max_distance: Option<f32>,
    /// Whether a train feature may be matched once only; the closest stays, of equal ones the smaller query index.
    pub unique: bool,
}

impl Default for MatchParams {
    fn default() -> Self {
        Self {
            ratio: Some(0.75),
            cross_check: false,
            max_distance: None,
            unique: true,
        }
    }
}

setters!(MatchParams {
    ratio: Option<f32>,
    cross_check: bool,
    max_distance: Option<f32>,
    unique: bool,
});

impl Params for MatchParams {
    fn validate(&self) -> Result<()> {
        match self.ratio {
            Some(ratio) if !(ratio > 0.0 && ratio <= 1.0) => {
                let expected = "above 0 and at most 1, or none";
                return Err(Error::param("ratio", ratio, expected));
            }
            _ => {}
        }
        match self.max_distance {
            Some(distance) => ensure::not_negative("max_distance", distance),
            None => Ok(()),
        }
    }
}

/// The matches of two sets of descriptors that `params` believes, by query index.
///
/// # Errors
/// A bad parameter; [`Error::NotFinite`] for NaN and infinities in a descriptor.
///
/// ```
/// use vision_features::{MatchParams, match_features};
/// let query = [[1.0f32, 0.0], [0.0, 1.0]];
/// let train = [[1.0, 0.1], [0.5, 1.0], [0.5, 1.1]];
/// let matches = match_features(&query, &train, &MatchParams::default())?;
/// // The second query is about as far from two, and fails the ratio test.
/// assert_eq!(matches.iter().map(|m| (m.query, m.train)).collect::<Vec<_>>(), [(0, 0)]);
/// # Ok::<(), guide_core::Error>(())
/// ```
pub fn match_features<D: Descriptor>(
    query: &[D],
    train: &[D],
    params: &MatchParams,
) -> Result<Vec<Match>> {
    params.validate()?;
    check_finite("query", query)?;
    check_finite("train", train)?;
    let k = if params.ratio.is_some() { 2 } else { 1 };
    let (neighbours, nearest_query) = search::nearest(query, train, k, params.cross_check);
    let believed = neighbours.iter().filter_map(|neighbours| {
        let (&first, others) = neighbours.split_first()?;
        let distinct = match (params.ratio, others.first()) {
            (Some(ratio), Some(second)) => first.distance < ratio * second.distance,
            _ => true,
        };
        let near = params
            .max_distance
            .is_none_or(|most| first.distance <= most);
        let mutual = nearest_query
            .get(first.train as usize)
            .is_none_or(|&nearest| nearest == first.query);
        (distinct && near && mutual).then_some(first)
    });
    let believed = believed.collect();
    Ok(if params.unique {
        once_each(believed)
    } else {
        believed
    })
}

/// Each train feature once: its closest match.
fn once_each(mut matches: Vec<Match>) -> Vec<Match> {
    let mut closest = HashMap::<u32, Match>::new();
    for &candidate in &matches {
        match closest.entry(candidate.train) {
            Entry::Vacant(free) => {
                free.insert(candidate);
            }
            Entry::Occupied(mut taken) if candidate.distance < taken.get().distance => {
                taken.insert(candidate);
            }
            Entry::Occupied(_) => {}
        }
    }
    matches.retain(|candidate| closest[&candidate.train].query == candidate.query);
    matches
}
