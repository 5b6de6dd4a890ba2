//! Temperature scaling: calibrates the probabilities of a trained classifier (Guo, Pleiss, Sun and Weinberger, 2017, "On
//! Calibration of Modern Neural Networks", section 4.2).

use guide_core::ndarray::{Array2, ArrayView2};
use guide_core::{Error, Result};
use serde::{Deserialize, Serialize};

use crate::classification_metrics::check_classes;

/// A temperature `T` that scores are divided by before the softmax: `p = softmax(z / T)`. It never changes which class is the
/// most probable one.
///
/// Fitted by minimising, with `β = 1/T`, the summed negative log-likelihood of a validation part that the classifier was not trained
/// on plus the prior `4 (β − 1 − ln β)`. The prior keeps the temperature near 1 where there are few examples, or where all are
/// classified rightly and the likelihood alone would ask for `T = 0`; hundreds of examples outweigh it. The sum is convex, and Newton's
/// method between bounds finds its minimum.
///
/// ```
/// use guide_core::ndarray::Array2;
/// use nn_core::Calibration;
/// // Scores of ±2 that are right in 3 of 4 cases: p = 3/4 needs a difference of ln 3 = 1.0986 in place of 4.
/// let scores = Array2::from_shape_fn((4000, 2), |(_, class)| if class == 0 { 2.0 } else { -2.0 });
/// let labels: Vec<u32> = (0..4000).map(|row| u32::from(row % 4 == 0)).collect();
/// let calibration = Calibration::fit(scores.view(), &labels)?;
/// assert!((calibration.temperature() - 4.0 / 3_f32.ln()).abs() < 0.02);
/// let mut p = [2.0, -2.0];
/// calibration.probabilities(&mut p);
/// assert!((p[0] - 0.75).abs() < 1e-3);
/// // Two examples say little: the temperature stays near 1.
/// let few = Calibration::fit(Array2::from_diag_elem(2, 1.0).view(), &[0, 1])?;
/// assert!((0.8..1.0).contains(&few.temperature()));
/// # Ok::<(), guide_core::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Calibration {
    temperature: f32,
}

/// Weight of the prior. Larger keeps the temperature nearer to 1: 30 examples that are all right by a difference of 3 give 1/1.43 with
/// this weight, 1/1.78 with a weight of 1, and 0 without a prior.
const PRIOR: f64 = 4.0;

/// Bounds of the temperature, for scores of any size.
const RANGE: (f64, f64) = (0.01, 100.0);

impl Default for Calibration {
    /// The temperature 1, which changes nothing.
    fn default() -> Self {
        Self { temperature: 1.0 }
    }
}

impl Calibration {
    /// Fits the temperature, between 0.01 and 100, on scores of shape `[examples, classes]` and the classes of the examples.
    ///
    /// # Errors
    /// [`Error::Empty`] without examples, [`Error::Shape`] for another number of labels, [`Error::OutOfRange`] for a label
    /// without a column, [`Error::NotFinite`] for NaN and infinities.
    pub fn fit(scores: ArrayView2<'_, f32>, labels: &[u32]) -> Result<Self> {
        if scores.is_empty() {
            return Err(Error::empty("the validation part of a calibration"));
        }
        check_classes(("the labels of a calibration", "label"), scores, labels)?;
        if let Some(((row, _), &bad)) = scores.indexed_iter().find(|(_, score)| !score.is_finite())
        {
            return Err(Error::NotFinite {
                what: "score of example".to_owned(),
                index: row,
                value: f64::from(bad),
            });
        }
        let (mut low, mut high) = (1.0 / RANGE.1, 1.0 / RANGE.0);
        let mut beta = 1.0;
        for _ in 0..100 {
            let (first, second) = derivatives(scores, labels, beta);
            let (first, second) = (
                first + PRIOR * (1.0 - 1.0 / beta),
                second + PRIOR / (beta * beta),
            );
            if first > 0.0 {
                high = beta;
            } else {
                low = beta;
            }
            let newton = beta - first / second;
            let next = match newton > low && newton < high {
                true => newton,
                false => (low * high).sqrt(),
            };
            let change = (next - beta).abs();
            beta = next;
            if change <= 1e-9 * beta {
                break;
            }
        }
        Ok(Self {
            temperature: (1.0 / beta) as f32,
        })
    }

    /// The temperature. Above 1 the classifier was too sure of itself, below 1 not sure enough.
    pub fn temperature(&self) -> f32 {
        self.temperature
    }

    /// Replaces the scores of one example by its probabilities.
    pub fn probabilities(&self, scores: &mut [f32]) {
        let largest = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let mut sum = 0.0;
        for score in &mut *scores {
            *score = ((*score - largest) / self.temperature).exp();
            sum += *score;
        }
        scores.iter_mut().for_each(|p| *p /= sum);
    }

    /// The mean negative log-likelihood of labels under scores of shape `[examples, classes]`, in nats.
    ///
    /// # Panics
    /// If a label has no column.
    pub fn mean_loss(&self, scores: ArrayView2<'_, f32>, labels: &[u32]) -> f64 {
        let beta = 1.0 / f64::from(self.temperature);
        let rows = scores.outer_iter().zip(labels);
        let loss = rows.map(|(row, &label)| {
            let largest = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
            let at = |score: f32| beta * f64::from(score - largest);
            let sum: f64 = row.iter().map(|&score| at(score).exp()).sum();
            sum.ln() - at(row[label as usize])
        });
        loss.sum::<f64>() / labels.len().max(1) as f64
    }

    /// [`Calibration::probabilities`] of each row.
    pub fn probabilities_of(&self, mut scores: Array2<f32>) -> Array2<f32> {
        for mut row in scores.outer_iter_mut() {
            if let Some(row) = row.as_slice_mut() {
                self.probabilities(row);
            }
        }
        scores
    }

    /// Checks the number, for models from files.
    ///
    /// # Errors
    /// [`Error::Decode`] of the file kind `kind`.
    pub fn check(&self, kind: &str) -> Result<()> {
        let (low, high) = (RANGE.0 as f32 * 0.999, RANGE.1 as f32 * 1.001);
        match (low..=high).contains(&self.temperature) {
            true => Ok(()),
            false => Err(Error::decode(
                kind,
                format!("a temperature of {}", self.temperature),
            )),
        }
    }
}

/// First and second derivative of the summed loss with respect to `beta`.
fn derivatives(scores: ArrayView2<'_, f32>, labels: &[u32], beta: f64) -> (f64, f64) {
    let (mut first, mut second) = (0.0, 0.0);
    for (row, &label) in scores.outer_iter().zip(labels) {
        let largest = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let (mut sum, mut mean, mut square) = (0.0, 0.0, 0.0);
        for &score in row {
            let z = f64::from(score - largest);
            let p = (beta * z).exp();
            sum += p;
            mean += p * z;
            square += p * z * z;
        }
        mean /= sum;
        first += mean - f64::from(row[label as usize] - largest);
        second += square / sum - mean * mean;
    }
    (first, second)
}

#[cfg(test)]
mod tests {
    use guide_core::ndarray::{Array2, array};

    use super::*;

    #[test]
    fn the_fitted_temperature_has_the_smallest_loss() {
        let scores = Array2::from_shape_fn((60, 3), |(i, j)| ((i * 7 + j * 5) % 11) as f32 - 5.0);
        let best = |i: usize| {
            let row = scores.row(i);
            (0..3).fold(0, |a, b| if row[b] > row[a] { b } else { a }) as u32
        };
        // A third of the labels is not the class of the largest score.
        let labels: Vec<u32> = (0..60)
            .map(|i| if i % 3 == 0 { (i % 2) as u32 } else { best(i) })
            .collect();
        let calibration = Calibration::fit(scores.view(), &labels).unwrap();
        let objective = |calibration: Calibration| {
            let beta = 1.0 / f64::from(calibration.temperature);
            let prior = PRIOR * (beta - 1.0 - beta.ln());
            60.0 * calibration.mean_loss(scores.view(), &labels) + prior
        };
        let least = objective(calibration);
        for factor in [0.9, 0.99, 1.01, 1.1] {
            let other = Calibration {
                temperature: calibration.temperature * factor,
            };
            assert!(objective(other) > least, "{factor}");
        }
        assert!(calibration.temperature > 1.2, "{calibration:?}");
        let p = calibration.probabilities_of(scores.clone());
        assert!(p.outer_iter().all(|row| (row.sum() - 1.0).abs() < 1e-5));
    }

    /// The likelihood alone would ask for the temperature 0 or for an infinite one.
    #[test]
    fn few_examples_leave_the_temperature_near_one() {
        let right = array![[1.0_f32, 0.0], [0.0, 1.0]];
        let sure = Calibration::fit(right.view(), &[0, 1]).unwrap();
        assert!((0.8..1.0).contains(&sure.temperature), "{sure:?}");
        let wrong = Calibration::fit(right.view(), &[1, 0]).unwrap();
        assert!((1.0..1.6).contains(&wrong.temperature), "{wrong:?}");
        // Ten right answers by a difference of 20 do not make the eleventh certain.
        let far = Array2::from_shape_fn((10, 2), |(_, class)| if class == 0 { 20.0 } else { 0.0 });
        let far = Calibration::fit(far.view(), &[0; 10]).unwrap();
        assert!((far.temperature - 1.0).abs() < 1e-3, "{far:?}");
        // 30 right answers by a difference of 3: 30 · 3 σ(−3β) = 4 (1 − 1/β) at β = 1.43.
        let thirty =
            Array2::from_shape_fn((30, 2), |(_, class)| if class == 0 { 3.0 } else { 0.0 });
        let thirty = Calibration::fit(thirty.view(), &[0; 30]).unwrap();
        assert!(
            (thirty.temperature - 1.0 / 1.432).abs() < 0.01,
            "{thirty:?}"
        );
        // Equal scores say nothing.
        let none = Calibration::fit(array![[1.0_f32, 1.0]].view(), &[0]).unwrap();
        assert_eq!(none.temperature, 1.0);
    }

    #[test]
    fn the_bounds_hold() {
        // A hundred thousand answers whose tiny differences are all wrong, or all right.
        let scores = Array2::from_shape_fn((100_000, 2), |(_, class)| class as f32 * 1e-2);
        let wrong = Calibration::fit(scores.view(), &vec![0; 100_000]).unwrap();
        assert!(
            wrong.temperature > 50.0 && wrong.check("x").is_ok(),
            "{wrong:?}"
        );
        let right = Calibration::fit(scores.view(), &vec![1; 100_000]).unwrap();
        assert!((right.temperature - 0.01).abs() < 1e-3, "{right:?}");
        assert!(right.check("x").is_ok());
        let temperature = f32::NAN;
        assert!(Calibration { temperature }.check("x").is_err());
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let scores = array![[1.0_f32, 0.0]];
        let refused = |scores: &Array2<f32>, labels: &[u32]| {
            Calibration::fit(scores.view(), labels)
                .unwrap_err()
                .to_string()
        };
        assert!(refused(&scores, &[0, 1]).contains("expected shape [1], got [2]"));
        assert!(refused(&scores, &[2]).contains("label 2 is out of range"));
        assert!(refused(&array![[f32::NAN, 0.0]], &[0]).contains("NaN"));
        assert!(refused(&Array2::zeros((0, 2)), &[]).contains("empty"));
    }
}
