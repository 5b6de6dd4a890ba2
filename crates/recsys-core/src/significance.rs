//! Is the difference real? Tests and intervals over users, as every user's values stand in the reports.

use guide_core::{Error, Result, ensure, stream};
use rand::{Rng as _, RngExt};
use rayon::prelude::*;

/// What a paired test found.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct PairedTest {
    /// Mean of `a − b` over users.
    pub difference: f64,
    /// How often a difference at least as large arises when a and b are exchanged by chance.
    pub p_value: f64,
}

/// Fisher's randomisation test, two-sided: `p = (1 + #{|mean(±d)| ≥ |mean(d)|}) / (1 + rounds)` with `d = a − b` and the sign of each
/// user's difference drawn anew in each of the `rounds` (10,000 is usual). It supposes nothing about the distribution (Smucker et al., 2007).
///
/// The same bits on any number of threads. Of several comparisons, divide the level by their number.
///
/// # Errors
/// [`Error::Shape`] for values of different users, [`Error::Empty`] for none, [`Error::Param`] for 0 rounds, [`Error::NotFinite`].
///
/// ```
/// use recsys_core::significance::paired_randomization;
/// // Of the 8 ways to sign 1, 2 and 3, two are as far from 0 as 6 / 3.
/// let test = paired_randomization(&[2.0, 3.0, 4.0], &[1.0, 1.0, 1.0], 20_000, 7)?;
/// assert_eq!(test.difference, 2.0);
/// assert!((test.p_value - 0.25).abs() < 0.01);
/// # Ok::<(), guide_core::Error>(())
/// ```
pub fn paired_randomization(a: &[f64], b: &[f64], rounds: usize, seed: u64) -> Result<PairedTest> {
    let differences = differences(a, b)?;
    ensure::at_least_one("rounds", rounds)?;
    let observed: f64 = differences.iter().sum();
    // The same sum in another order may differ in the last bits and still counts as equal.
    let rounding = differences.iter().map(|d| d.abs()).sum::<f64>() * f64::EPSILON * 4.0;
    let as_far = |round: &usize| {
        let mut rng = stream(seed, *round as u64);
        let mut sum = 0.0;
        for differences in differences.chunks(64) {
            let mut signs = rng.next_u64();
            for &difference in differences {
                sum += if signs & 1 == 0 {
                    difference
                } else {
                    -difference
                };
                signs >>= 1;
            }
        }
        sum.abs() >= observed.abs() - rounding
    };
    let n_as_far = (0..rounds).into_par_iter().filter(as_far).count();
    Ok(PairedTest {
        difference: observed / differences.len() as f64,
        p_value: (1 + n_as_far) as f64 / (1 + rounds) as f64,
    })
}

/// A mean and where it lies.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Interval {
    /// The mean over users.
    pub mean: f64,
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

/// Bootstrap interval of the mean of `values` over users (Efron, 1979): the middle `confidence` (such as 0.95) of the means of `rounds` samples
/// of the users, drawn with replacement. For the difference of two methods, give the differences.
///
/// The same bits on any number of threads.
///
/// # Errors
/// [`Error::Empty`] without a value, [`Error::NotFinite`], [`Error::Param`] for 0 rounds or a confidence outside 0..1.
///
/// ```
/// use recsys_core::significance::bootstrap;
/// let values: Vec<f64> = (0..100).map(|user| f64::from(user % 2)).collect();
/// let interval = bootstrap(&values, 0.95, 5_000, 7)?;
/// // A mean of 100 coins has the standard error 0.05: ±1.96 of these.
/// assert_eq!(interval.mean, 0.5);
/// assert!((interval.low - 0.402).abs() < 0.015 && (interval.high - 0.598).abs() < 0.015);
/// # Ok::<(), guide_core::Error>(())
/// ```
pub fn bootstrap(values: &[f64], confidence: f32, rounds: usize, seed: u64) -> Result<Interval> {
    finite(values)?;
    ensure::at_least_one("rounds", rounds)?;
    ensure::within("confidence", confidence, 0.0, 1.0)?;
    let mean_of_sample = |round: usize| {
        let mut rng = stream(seed, round as u64);
        let sum: f64 = (0..values.len())
            .map(|_| values[rng.random_range(0..values.len())])
            .sum();
        sum / values.len() as f64
    };
    let mut means: Vec<f64> = (0..rounds).into_par_iter().map(mean_of_sample).collect();
    means.sort_unstable_by(f64::total_cmp);
    let outside = (1.0 - f64::from(confidence)) / 2.0 * (rounds - 1) as f64;
    Ok(Interval {
        mean: values.iter().sum::<f64>() / values.len() as f64,
        low: means[outside.round() as usize],
        high: means[rounds - 1 - outside.round() as usize],
    })
}

/// `a − b` for each user.
///
/// # Errors
/// As [`paired_randomization`].
pub fn differences(a: &[f64], b: &[f64]) -> Result<Vec<f64>> {
    if a.len() != b.len() {
        return Err(Error::Shape {
            what: "values of the same users".to_owned(),
            expected: vec![a.len()],
            got: vec![b.len()],
        });
    }
    finite(a)?;
    finite(b)?;
    Ok(a.iter().zip(b).map(|(a, b)| a - b).collect())
}

fn finite(values: &[f64]) -> Result<()> {
    if values.is_empty() {
        return Err(Error::empty("the set of values"));
    }
    match values
        .iter()
        .enumerate()
        .find(|(_, value)| !value.is_finite())
    {
        Some((index, &value)) => Err(Error::NotFinite {
            what: "value of user".to_owned(),
            index,
            value,
        }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use guide_core::seeded;
    use guide_core::testing::same_for_one_and_two_threads;

    use super::*;

    fn uniform(n: usize, seed: u64) -> Vec<f64> {
        let mut rng = seeded(seed);
        (0..n).map(|_| rng.random::<f64>()).collect()
    }

    #[test]
    fn equal_methods_are_not_told_apart_and_a_clear_gap_is() {
        let a = uniform(200, 1);
        assert_eq!(paired_randomization(&a, &a, 500, 1).unwrap().p_value, 1.0);
        let better: Vec<f64> = a.iter().map(|value| value + 0.2).collect();
        let test = paired_randomization(&better, &a, 999, 1).unwrap();
        assert_eq!(test.p_value, 0.001, "no round in 999 is as far");
        let other = paired_randomization(&a, &better, 999, 1).unwrap();
        assert_eq!(
            (other.p_value, other.difference),
            (test.p_value, -test.difference)
        );
    }

    #[test]
    fn the_p_value_of_noise_is_even() {
        let below_a_fifth = (0..200).filter(|&seed| {
            let (a, b) = (uniform(50, 2 * seed), uniform(50, 2 * seed + 1));
            paired_randomization(&a, &b, 200, seed).unwrap().p_value < 0.2
        });
        let n = below_a_fifth.count();
        assert!((25..=55).contains(&n), "{n} of 200 are below 0.2");
    }

    #[test]
    fn intervals_hold_the_mean_as_often_as_they_say() {
        let holds = (0..200).filter(|&seed| {
            let interval = bootstrap(&uniform(60, seed), 0.9, 300, seed).unwrap();
            interval.low <= 0.5 && 0.5 <= interval.high
        });
        let n = holds.count();
        assert!(
            (168..=192).contains(&n),
            "{n} of 200 intervals of 0.9 hold the mean"
        );
        let wide = bootstrap(&uniform(60, 1), 0.99, 2000, 1).unwrap();
        let narrow = bootstrap(&uniform(60, 1), 0.5, 2000, 1).unwrap();
        assert!(wide.low < narrow.low && narrow.high < wide.high);
    }

    #[test]
    fn the_same_on_one_and_two_threads() {
        let (a, b) = (uniform(300, 1), uniform(300, 2));
        same_for_one_and_two_threads(|| paired_randomization(&a, &b, 500, 3).unwrap());
        let interval = same_for_one_and_two_threads(|| bootstrap(&a, 0.95, 500, 3).unwrap());
        assert_ne!(interval, bootstrap(&a, 0.95, 500, 4).unwrap());
    }

    #[test]
    fn bad_values_are_refused() {
        let message = |result: Result<PairedTest>| result.unwrap_err().to_string();
        assert_eq!(
            message(paired_randomization(&[1.0], &[], 9, 0)),
            "values of the same users: expected shape [1], got [0]"
        );
        assert_eq!(
            message(paired_randomization(&[], &[], 9, 0)),
            "the set of values is empty"
        );
        assert!(message(paired_randomization(&[1.0], &[1.0], 0, 0)).contains("`rounds`"));
        assert_eq!(
            message(paired_randomization(&[1.0, f64::NAN], &[1.0, 1.0], 9, 0)),
            "value of user 1 is NaN, which is not finite"
        );
        assert!(
            bootstrap(&[1.0], 1.5, 9, 0).is_err()
                && bootstrap(&[1.0], 0.9, 0, 0).is_err()
                && bootstrap(&[], 0.9, 9, 0).is_err()
        );
        let all = bootstrap(&[2.0], 1.0, 1, 0).unwrap();
        assert_eq!((all.mean, all.low, all.high), (2.0, 2.0, 2.0));
    }
}
