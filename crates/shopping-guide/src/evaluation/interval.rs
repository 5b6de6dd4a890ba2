//! Intervals over shoppers: of a mean, and of the difference of two means of the same shoppers.

use guide_core::Result;
use recsys_core::metrics::RankingScores;
use recsys_core::significance::{Interval, bootstrap, differences};
use serde::{Deserialize, Serialize};

/// Samples of shoppers behind an interval, and its confidence.
const ROUNDS: usize = 1000;
const CONFIDENCE: f32 = 0.95;

/// How much two methods differ for the same shoppers.
///
/// The interval is the bootstrap of the mean of the differences of each shopper (Efron, 1979): shoppers are drawn with
/// replacement 1,000 times, and the middle 95 % of the means is the interval. That both methods find it easy with the same
/// shoppers does not widen it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Difference {
    /// The mean over shoppers of one value less the other.
    pub mean: f64,
    /// The 95 % interval of the mean.
    pub interval: (f64, f64),
    /// Whether the whole interval lies on one side of 0; where it does not, the difference may be chance.
    pub is_certain: bool,
}

impl Difference {
    /// `a − b`, each with one value for each shopper.
    ///
    /// # Errors
    /// [`Error::Empty`](guide_core::Error::Empty) without a shopper.
    pub(super) fn of(a: &[f64], b: &[f64], seed: u64) -> Result<Self> {
        let Interval {
            mean, low, high, ..
        } = bootstrap(&differences(a, b)?, CONFIDENCE, ROUNDS, seed)?;
        Ok(Self {
            mean,
            interval: (low, high),
            is_certain: low > 0.0 || high < 0.0,
        })
    }
}

/// The mean of `values` and its interval.
pub(super) fn interval(values: &[f64], seed: u64) -> Result<(f64, f64)> {
    let Interval { low, high, .. } = bootstrap(values, CONFIDENCE, ROUNDS, seed)?;
    // A sum of nothing is −0.
    Ok((low + 0.0, high + 0.0))
}

/// What lists find, as means over the shoppers of a part of the question.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct MeanScores {
    /// Whose lists: `guide`, the name of a source, or the name of a guide that is compared.
    pub name: String,
    /// Recall: hits over held-out products.
    pub recall: f64,
    /// The 95 % interval of the recall, by bootstrap over shoppers.
    pub recall_interval: (f64, f64),
    /// Normalised discounted cumulative gain.
    pub ndcg: f64,
    /// The 95 % interval of the gain, by bootstrap over shoppers.
    pub ndcg_interval: (f64, f64),
    /// The share of shoppers with a hit.
    pub hit_rate: f64,
}

impl MeanScores {
    /// The means of `scores`, one for each shopper.
    pub(super) fn of(name: &str, scores: &[RankingScores], seed: u64) -> Result<Self> {
        let mean = RankingScores::mean(scores);
        Ok(Self {
            name: name.to_owned(),
            recall: mean.recall_over_test + 0.0,
            recall_interval: interval(&recalls(scores), seed)?,
            ndcg: mean.ndcg + 0.0,
            ndcg_interval: interval(&gains(scores), seed)?,
            hit_rate: mean.hit_rate + 0.0,
        })
    }
}

/// The recall of each shopper.
pub(super) fn recalls(scores: &[RankingScores]) -> Vec<f64> {
    scores.iter().map(|one| one.recall_over_test).collect()
}

/// The NDCG of each shopper.
pub(super) fn gains(scores: &[RankingScores]) -> Vec<f64> {
    scores.iter().map(|one| one.ndcg).collect()
}

#[cfg(test)]
mod tests {
    use guide_core::seeded;
    use rand::RngExt;

    use super::*;

    #[test]
    fn a_difference_by_hand() {
        // Each shopper gains a half: every sample of them does.
        let all = Difference::of(&[1.0, 0.5, 0.75], &[0.5, 0.0, 0.25], 1).unwrap();
        assert_eq!((all.mean, all.interval), (0.5, (0.5, 0.5)));
        assert!(all.is_certain);
        let back = Difference::of(&[0.5, 0.0, 0.25], &[1.0, 0.5, 0.75], 1).unwrap();
        assert!(back.mean == -0.5 && back.is_certain);
        let same = Difference::of(&[0.3, 0.1], &[0.3, 0.1], 1).unwrap();
        assert_eq!((same.mean, same.interval), (0.0, (0.0, 0.0)));
        assert!(!same.is_certain);
        // One of two shoppers gains 1, the other loses 1.
        let torn = Difference::of(&[1.0, 0.0], &[0.0, 1.0], 1).unwrap();
        assert_eq!((torn.mean, torn.interval), (0.0, (-1.0, 1.0)));
        assert!(!torn.is_certain);
        assert!(Difference::of(&[], &[], 1).is_err());
    }

    /// Paired hits of 250 shoppers: `a` has one for 5 of 10 shoppers, `b` for 4 of 10, and mostly the same shoppers. The true
    /// difference is 0.1.
    fn hits(seed: u64) -> (Vec<f64>, Vec<f64>) {
        let mut rng = seeded(seed);
        let one = |_| match rng.random_range(0..20) {
            0..7 => (1.0, 1.0),
            7..10 => (1.0, 0.0),
            10 => (0.0, 1.0),
            _ => (0.0, 0.0),
        };
        (0..250).map(one).unzip()
    }

    #[test]
    fn intervals_hold_the_true_difference_as_often_as_they_say() {
        let (mut holds, mut certain) = (0, 0);
        for seed in 0..200 {
            let (a, b) = hits(seed);
            let difference = Difference::of(&a, &b, seed).unwrap();
            let (low, high) = difference.interval;
            holds += usize::from(low <= 0.1 && 0.1 <= high);
            certain += usize::from(difference.is_certain);
        }
        // 190 of 200 are expected, give or take 3.1: these bounds are more than three times as far.
        assert!((180..=199).contains(&holds), "{holds} of 200 hold it");
        // The standard error is √((0.2 − 0.01) / 250) = 0.028: the difference is 3.6 of them, beyond 1.96 nearly always.
        assert!(certain >= 180, "{certain}");
    }

    /// Without the pairing the interval would be as wide as that of two independent samples.
    #[test]
    fn shoppers_are_paired() {
        let (a, b) = hits(1);
        let (low, high) = Difference::of(&a, &b, 1).unwrap().interval;
        let width = high - low;
        // 2 · 1.96 · √((0.25 + 0.24) / 250) = 0.174 without, 0.108 with.
        assert!((0.08..0.14).contains(&width), "{width}");
    }
}
