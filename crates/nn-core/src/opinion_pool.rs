//! The logarithmic opinion pool (Genest and Zidek, 1986, "Combining Probability Distributions"): joins the probabilities of several classifiers
//! of the same example, for example by its name and by its picture.

use guide_core::ndarray::{Array2, ArrayView2, Zip};
use guide_core::{Error, Result};
use serde::{Deserialize, Serialize};

use crate::classification_metrics::check_classes;

/// `p(c) ∝ Π_s p_s(c)^{w_s}` over sources `s`, with weights of 0 or more.
///
/// The weights minimise the summed negative log-likelihood of a validation part that no source was trained on plus the prior
/// `2 Σ_s (w_s − 1/n)²` for `n` sources, which decides where there are few examples. They need not sum to 1: a sum above 1 makes the joined
/// probabilities surer than a mean, as is right for sources that err independently. The sum is convex, and Newton's method with steps of at most 1/2
/// finds its minimum; a source that is given twice gets the same weight twice.
///
/// ```
/// use guide_core::ndarray::Array2;
/// use nn_core::OpinionPool;
/// // The first source is right in 9 of 10 cases and says so, the second always says "one half".
/// let classes: Vec<u32> = (0..1000).map(|row| u32::from(row % 10 == 0)).collect();
/// let first = Array2::from_shape_fn((1000, 2), |(_, class)| if class == 0 { 0.9 } else { 0.1 });
/// let second = Array2::from_elem((1000, 2), 0.5);
/// let pool = OpinionPool::fit(&[first.view(), second.view()], &classes)?;
/// assert!((pool.weights()[0] - 1.0).abs() < 0.01);
/// let joined = pool.join(&[first.view(), second.view()])?;
/// assert!((joined[[0, 0]] - 0.9).abs() < 0.002);
/// # Ok::<(), guide_core::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Vec<f32>", into = "Vec<f32>")]
pub struct OpinionPool {
    weights: Vec<f32>,
}

impl From<OpinionPool> for Vec<f32> {
    fn from(pool: OpinionPool) -> Self {
        pool.weights
    }
}

impl TryFrom<Vec<f32>> for OpinionPool {
    type Error = Error;

    fn try_from(weights: Vec<f32>) -> Result<Self> {
        let is_weight = |weight: &&f32| (0.0..=MAX_WEIGHT as f32).contains(*weight);
        match weights.iter().find(|weight| !is_weight(weight)) {
            Some(bad) => Err(Error::decode("opinion pool", format!("a weight of {bad}"))),
            None if weights.is_empty() => Err(Error::decode("opinion pool", "no weights")),
            None => Ok(Self { weights }),
        }
    }
}

/// Weight of the prior.
const PRIOR: f64 = 4.0;
/// Smaller probabilities are taken as this: one source that is wrongly sure must not forbid a class.
const MIN_PROBABILITY: f32 = 1e-6;
/// The largest weight.
const MAX_WEIGHT: f64 = 100.0;
/// The largest change of a weight in a step: far from the minimum the second derivatives may be close to 0.
const MAX_STEP: f64 = 0.5;

impl OpinionPool {
    /// Fits the weights on the probabilities of each source, `[examples, classes]`, and the classes of the examples.
    ///
    /// # Errors
    /// [`Error::Empty`] without sources or examples, [`Error::Shape`] for sources of different shapes or another number of classes of examples,
    /// [`Error::OutOfRange`] for a class without a column, [`Error::Param`] for a number that is no probability.
    pub fn fit(sources: &[ArrayView2<'_, f32>], classes: &[u32]) -> Result<Self> {
        let logs = logs(sources)?;
        let Some(first) = logs.first().filter(|first| !first.is_empty()) else {
            return Err(Error::empty("the validation part of an opinion pool"));
        };
        let what = "the classes of the examples of an opinion pool";
        check_classes((what, "class"), first.view(), classes)?;
        let n_sources = logs.len();
        let even = 1.0 / n_sources as f64;
        let mut weights = vec![even; n_sources];
        let mut sums = Derivatives::new(n_sources);
        for _ in 0..200 {
            sums.at(&logs, classes, &weights);
            for (source, weight) in weights.iter().enumerate() {
                sums.first[source] += PRIOR * (weight - even);
                sums.second[source * n_sources + source] += PRIOR;
                // A weight of 0 with a negative step stays 0.
                if *weight == 0.0 && sums.first[source] > 0.0 {
                    sums.hold(source);
                }
            }
            let step = sums.newton_step();
            let longest = step
                .iter()
                .fold(0.0_f64, |longest, step| longest.max(step.abs()));
            let scale = (MAX_STEP / longest).min(1.0);
            let mut change = 0.0_f64;
            for (weight, step) in weights.iter_mut().zip(step) {
                let next = (*weight - scale * step).clamp(0.0, MAX_WEIGHT);
                change = change.max((next - *weight).abs());
                *weight = next;
            }
            if change < 1e-7 {
                break;
            }
        }
        let weights = weights.into_iter().map(|weight| weight as f32).collect();
        Ok(Self { weights })
    }

    /// The weight of each source.
    pub fn weights(&self) -> &[f32] {
        &self.weights
    }

    /// The joined probabilities, `[examples, classes]`.
    ///
    /// # Errors
    /// [`Error::Shape`] for another number of sources than it was fitted on or sources of different shapes, [`Error::Param`] for a number that is no
    /// probability.
    pub fn join(&self, sources: &[ArrayView2<'_, f32>]) -> Result<Array2<f32>> {
        if sources.len() != self.weights.len() {
            return Err(Error::Shape {
                what: "sources of an opinion pool".to_owned(),
                expected: vec![self.weights.len()],
                got: vec![sources.len()],
            });
        }
        let logs = logs(sources)?;
        let mut joined = Array2::zeros(sources[0].dim());
        for (log, &weight) in logs.iter().zip(&self.weights) {
            Zip::from(&mut joined)
                .and(log)
                .for_each(|sum: &mut f32, &log| *sum += weight * log);
        }
        for mut row in joined.rows_mut() {
            let largest = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
            row.mapv_inplace(|score| (score - largest).exp());
            let sum = row.sum();
            row.mapv_inplace(|p| p / sum);
        }
        Ok(joined)
    }
}

/// The logarithms of checked probabilities.
fn logs(sources: &[ArrayView2<'_, f32>]) -> Result<Vec<Array2<f32>>> {
    let mut logs = Vec::with_capacity(sources.len());
    for source in sources {
        if source.dim() != sources[0].dim() {
            return Err(Error::Shape {
                what: "probabilities of a source of an opinion pool".to_owned(),
                expected: sources[0].shape().to_vec(),
                got: source.shape().to_vec(),
            });
        }
        let is_probability = |p: &f32| (0.0..=1.0 + 1e-3).contains(p);
        let bad = source.indexed_iter().find(|(_, p)| !is_probability(p));
        if let Some(((row, _), &bad)) = bad {
            let expected = format!("a probability in every column of example {row}");
            return Err(Error::param("source", bad, expected));
        }
        logs.push(source.mapv(|p| p.max(MIN_PROBABILITY).ln()));
    }
    Ok(logs)
}

/// The derivatives of the summed loss with respect to the weights. With `l_s(c)` the logarithm of source `s` for class `c` and means under the joined
/// probabilities: the first are `Σ (mean l_s − l_s(class))`, the second the covariances of `l_s` and `l_t`.
struct Derivatives {
    first: Vec<f64>,
    /// Row by row.
    second: Vec<f64>,
}

impl Derivatives {
    fn new(n_sources: usize) -> Self {
        Self {
            first: vec![0.0; n_sources],
            second: vec![0.0; n_sources * n_sources],
        }
    }

    fn at(&mut self, logs: &[Array2<f32>], classes: &[u32], weights: &[f64]) {
        let n = logs.len();
        self.first.fill(0.0);
        self.second.fill(0.0);
        let mut p = vec![0.0; logs[0].ncols()];
        let mut means = vec![0.0; n];
        for (row, &class) in classes.iter().enumerate() {
            p.fill(0.0);
            for (logs, weight) in logs.iter().zip(weights) {
                for (score, &log) in p.iter_mut().zip(logs.row(row)) {
                    *score += weight * f64::from(log);
                }
            }
            let largest = p.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            p.iter_mut().for_each(|p| *p = (*p - largest).exp());
            let sum: f64 = p.iter().sum();
            p.iter_mut().for_each(|p| *p /= sum);
            for (source, logs) in logs.iter().enumerate() {
                let own = logs.row(row);
                means[source] = p.iter().zip(own).map(|(p, &log)| p * f64::from(log)).sum();
                self.first[source] += means[source] - f64::from(own[class as usize]);
            }
            for source in 0..n {
                for other in 0..=source {
                    let pair = logs[source].row(row);
                    let pair = pair.iter().zip(logs[other].row(row));
                    let product: f64 = p
                        .iter()
                        .zip(pair)
                        .map(|(p, (&a, &b))| p * f64::from(a) * f64::from(b))
                        .sum();
                    let covariance = product - means[source] * means[other];
                    self.second[source * n + other] += covariance;
                    if other < source {
                        self.second[other * n + source] += covariance;
                    }
                }
            }
        }
    }

    /// Keeps a weight as it is in the next step.
    fn hold(&mut self, source: usize) {
        let n = self.first.len();
        self.first[source] = 0.0;
        for other in 0..n {
            self.second[source * n + other] = 0.0;
            self.second[other * n + source] = 0.0;
        }
        self.second[source * n + source] = 1.0;
    }

    /// `second⁻¹ first`, by elimination: the matrix is positive definite, so that no rows are exchanged.
    fn newton_step(&self) -> Vec<f64> {
        let n = self.first.len();
        let (mut a, mut b) = (self.second.clone(), self.first.clone());
        for pivot in 0..n {
            for row in pivot + 1..n {
                let factor = a[row * n + pivot] / a[pivot * n + pivot];
                for column in pivot..n {
                    a[row * n + column] -= factor * a[pivot * n + column];
                }
                b[row] -= factor * b[pivot];
            }
        }
        for row in (0..n).rev() {
            let known: f64 = (row + 1..n)
                .map(|column| a[row * n + column] * b[column])
                .sum();
            b[row] = (b[row] - known) / a[row * n + row];
        }
        b
    }
}

#[cfg(test)]
mod tests {
    use guide_core::ndarray::array;
    use guide_core::seeded;
    use rand::RngExt;

    use super::*;

    /// A source that is right with probability `q`, whatever the others say, and knows it.
    fn source(classes: &[u32], n_classes: usize, q: f32, seed: u64) -> Array2<f32> {
        let mut rng = seeded(seed);
        let wrong = (1.0 - q) / (n_classes - 1) as f32;
        let mut rows = Array2::from_elem((classes.len(), n_classes), wrong);
        for (mut row, &class) in rows.rows_mut().into_iter().zip(classes) {
            let right = rng.random_bool(f64::from(q));
            let other = (class as usize + rng.random_range(1..n_classes)) % n_classes;
            row[if right { class as usize } else { other }] = q;
        }
        rows
    }

    fn classes(n: usize, n_classes: usize) -> Vec<u32> {
        (0..n).map(|row| (row * 7 % n_classes) as u32).collect()
    }

    #[test]
    fn independent_sources_that_know_themselves_count_once_each() {
        // By Bayes' rule with equal shares of the classes, p(c | both) ∝ p_1(c) p_2(c).
        let classes = classes(20_000, 4);
        let sources = [source(&classes, 4, 0.6, 1), source(&classes, 4, 0.8, 2)];
        let views = [sources[0].view(), sources[1].view()];
        let pool = OpinionPool::fit(&views, &classes).unwrap();
        for weight in pool.weights() {
            assert!((weight - 1.0).abs() < 0.05, "{pool:?}");
        }
        let joined = pool.join(&views).unwrap();
        assert!(
            joined
                .rows()
                .into_iter()
                .all(|row| (row.sum() - 1.0).abs() < 1e-5)
        );
    }

    #[test]
    fn a_source_that_misleads_has_no_weight() {
        let classes = classes(1000, 3);
        let shifted: Vec<u32> = classes.iter().map(|class| (class + 1) % 3).collect();
        let (good, bad) = (source(&classes, 3, 0.7, 1), source(&shifted, 3, 0.9, 2));
        let pool = OpinionPool::fit(&[good.view(), bad.view()], &classes).unwrap();
        assert!(
            pool.weights()[0] > 0.9 && pool.weights()[1] == 0.0,
            "{pool:?}"
        );
    }

    #[test]
    fn no_example_beyond_the_prior_gives_a_mean() {
        let one = array![[0.5_f32, 0.5]];
        let pool = OpinionPool::fit(&[one.view(), one.view()], &[0]).unwrap();
        assert_eq!(pool.weights(), [0.5, 0.5]);
        // A probability of 0 is no veto.
        let (never, sure) = (array![[0.0_f32, 1.0]], array![[1.0 - 1e-7_f32, 1e-7]]);
        let joined = pool.join(&[never.view(), sure.view()]).unwrap();
        assert!((joined[[0, 0]] - 0.5).abs() < 1e-3, "{joined}");
    }

    #[test]
    fn a_source_that_is_given_twice_has_the_same_weight_twice() {
        let classes = classes(2000, 3);
        let (one, other) = (source(&classes, 3, 0.7, 1), source(&classes, 3, 0.6, 2));
        let twice = OpinionPool::fit(&[one.view(), one.view(), other.view()], &classes).unwrap();
        let once = OpinionPool::fit(&[one.view(), other.view()], &classes).unwrap();
        let [a, b, c] = twice.weights() else { panic!() };
        assert!((a - b).abs() < 1e-5, "{twice:?}");
        assert!((a + b - once.weights()[0]).abs() < 0.01 && (c - once.weights()[1]).abs() < 0.01);
    }

    #[test]
    fn what_is_no_probability_is_refused() {
        let (two, three) = (array![[0.5_f32, 0.5]], array![[0.2_f32, 0.3, 0.5]]);
        let nan = array![[f32::NAN, 0.5]];
        let error = |sources: &[ArrayView2<'_, f32>], classes: &[u32]| {
            let refused = OpinionPool::fit(sources, classes);
            refused.unwrap_err().to_string()
        };
        assert!(error(&[], &[]).contains("validation part of an opinion pool"));
        assert!(error(&[two.view(), three.view()], &[0]).contains("[1, 2], got [1, 3]"));
        assert!(error(&[two.view()], &[0, 1]).contains("[1], got [2]"));
        assert!(error(&[two.view()], &[2]).contains('2'));
        assert!(error(&[nan.view()], &[0]).contains("NaN"));
        assert!(error(&[array![[-0.5_f32, 1.5]].view()], &[0]).contains("-0.5"));
        let pool = OpinionPool::fit(&[two.view()], &[0]).unwrap();
        assert!(pool.join(&[two.view(), two.view()]).is_err());
        assert!(OpinionPool::try_from(Vec::new()).is_err());
        assert!(OpinionPool::try_from(vec![0.5, f32::NAN]).is_err());
    }
}
