//! One estimate from similarities and ratings: choose the nearest neighbours, then average.

use std::cmp::Ordering;

use super::params::{Estimate, KnnParams};

/// Means, deviations and biases, by which ratings are made comparable.
#[derive(Clone, Debug, Default)]
pub(super) struct Levels {
    /// Mean of all ratings.
    pub(super) mean: f64,
    /// Deviation of all ratings; 1 where it is 0.
    pub(super) deviation: f64,
    /// Mean rating of each `x`.
    pub(super) x_means: Vec<f64>,
    /// Deviation of each `x`'s ratings; that of all ratings where it is 0.
    pub(super) x_deviations: Vec<f64>,
    /// Bias of each `x`; empty where there are none.
    pub(super) x_biases: Vec<f64>,
    /// Bias of each `y`; empty where there are none.
    pub(super) y_biases: Vec<f64>,
}

/// The level of the `x` of which the estimate is.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Level {
    pub(super) mean: f64,
    pub(super) deviation: f64,
    pub(super) bias: f64,
}

impl Levels {
    /// The level of `x`.
    pub(super) fn of(&self, x: u32) -> Level {
        let at = |of: &[f64]| of.get(x as usize).copied().unwrap_or(0.0);
        Level {
            mean: at(&self.x_means),
            deviation: at(&self.x_deviations),
            bias: at(&self.x_biases),
        }
    }

    /// The level of someone with these ratings; `bias` is given.
    pub(super) fn of_ratings(
        &self,
        ratings: impl Iterator<Item = f32> + Clone,
        bias: f64,
    ) -> Level {
        let n = ratings.clone().count() as f64;
        if n == 0.0 {
            return Level {
                mean: self.mean,
                deviation: self.deviation,
                bias,
            };
        }
        let mean = ratings.clone().map(f64::from).sum::<f64>() / n;
        let variance = ratings.map(|r| (f64::from(r) - mean).powi(2)).sum::<f64>() / n;
        let deviation = if variance > 0.0 {
            variance.sqrt()
        } else {
            self.deviation
        };
        Level {
            mean,
            deviation,
            bias,
        }
    }

    pub(super) fn y_bias(&self, y: u32) -> f64 {
        self.y_biases.get(y as usize).copied().unwrap_or(0.0)
    }
}

/// A neighbour who rated: its similarity, its place in the order of arrival, its number, its rating.
#[derive(Clone, Copy, Debug)]
pub(super) struct Neighbour {
    pub(super) similarity: f64,
    pub(super) place: u32,
    pub(super) x: u32,
    pub(super) rating: f32,
}

impl Neighbour {
    /// Nearest first, ties by arrival.
    fn order(a: &Self, b: &Self) -> Ordering {
        b.similarity
            .total_cmp(&a.similarity)
            .then(a.place.cmp(&b.place))
    }
}

/// An estimate: what it starts from, and how many neighbours moved it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Estimated {
    pub(super) rating: f64,
    pub(super) enough: bool,
}

/// Keeps the `k` nearest of `neighbours` with a positive similarity: first the `k` nearest, then the positive ones among
/// them, as Surprise does.
pub(super) fn keep_nearest(neighbours: &mut Vec<Neighbour>, k: usize) {
    if neighbours.len() > k {
        neighbours.select_nth_unstable_by(k - 1, Neighbour::order);
        neighbours.truncate(k);
    }
    neighbours.retain(|neighbour| neighbour.similarity > 0.0);
}

/// What an estimate is without neighbours.
pub(super) fn without_neighbours(
    estimate: Estimate,
    levels: &Levels,
    level: Level,
    y_bias: f64,
) -> f64 {
    match estimate {
        Estimate::Basic => levels.mean,
        Estimate::Means | Estimate::Zscore => level.mean,
        Estimate::Baseline => levels.mean + level.bias + y_bias,
    }
}

/// How much a neighbour's rating says, before the weighting by similarity.
fn offset(
    estimate: Estimate,
    levels: &Levels,
    level: Level,
    y_bias: f64,
    neighbour: &Neighbour,
) -> f64 {
    let (rating, theirs) = (f64::from(neighbour.rating), levels.of(neighbour.x));
    match estimate {
        Estimate::Basic => rating,
        Estimate::Means => rating - theirs.mean,
        Estimate::Zscore => (rating - theirs.mean) / theirs.deviation * level.deviation,
        Estimate::Baseline => rating - (levels.mean + theirs.bias + y_bias),
    }
}

/// The estimate for an `x` of this `level` and a `y` of this bias; `neighbours` are those who rated `y` and are cut to the
/// nearest.
pub(super) fn estimate(
    params: &KnnParams,
    levels: &Levels,
    level: Level,
    y_bias: f64,
    neighbours: &mut Vec<Neighbour>,
) -> Estimated {
    keep_nearest(neighbours, params.k);
    let start = without_neighbours(params.estimate, levels, level, y_bias);
    if neighbours.len() < params.min_k {
        return Estimated {
            rating: start,
            enough: false,
        };
    }
    let mut weights = 0.0;
    let mut sum = 0.0;
    for neighbour in neighbours.iter() {
        weights += neighbour.similarity;
        sum += neighbour.similarity * offset(params.estimate, levels, level, y_bias, neighbour);
    }
    let moved = sum / weights;
    let rating = if params.estimate == Estimate::Basic {
        moved
    } else {
        start + moved
    };
    Estimated {
        rating,
        enough: true,
    }
}

/// What each of the nearest `neighbours` adds to the estimate, after [`estimate`] has cut them.
pub(super) fn shares(
    params: &KnnParams,
    levels: &Levels,
    level: Level,
    y_bias: f64,
    neighbours: &[Neighbour],
) -> Vec<(u32, f64)> {
    let weights: f64 = neighbours
        .iter()
        .map(|neighbour| neighbour.similarity)
        .sum();
    let share = |neighbour: &Neighbour| {
        neighbour.similarity * offset(params.estimate, levels, level, y_bias, neighbour) / weights
    };
    neighbours
        .iter()
        .map(|neighbour| (neighbour.x, share(neighbour)))
        .collect()
}
