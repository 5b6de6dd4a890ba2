//! The negative log-likelihood of what was met, and its slopes.

use crate::descent::sigmoid;

/// Sums the losses of interactions and negatives.
pub(super) struct Loss {
    sum: f64,
    /// Of the negatives since the last logarithm: one serves several.
    likelihood: f64,
    negatives: usize,
    interactions: usize,
}

/// What `1 − σ` is at least in the loss, where `f32` rounds it to 0.
const SMALLEST: f64 = 1e-8;
/// Negatives a logarithm.
const TOGETHER: usize = 8;

impl Loss {
    pub(super) fn new() -> Self {
        Self {
            sum: 0.0,
            likelihood: 1.0,
            negatives: 0,
            interactions: 0,
        }
    }

    /// Adds `−c ln σ(s)` for an interaction of weight `c`; returns the way down by `s`, `c (1 − σ(s))`.
    #[inline]
    pub(super) fn taken(&mut self, score: f32, weight: f32) -> f32 {
        let wrong = sigmoid(-score);
        let loss = if wrong < 1.0 {
            -f64::from(1.0 - wrong).ln()
        } else {
            f64::from(-score) // what it comes to where σ(s) is too small for `f32`
        };
        self.sum += f64::from(weight) * loss;
        self.interactions += 1;
        weight * wrong
    }

    /// Adds `−ln σ(−s)` for a negative; returns the way down by `s`, `−σ(s)`.
    #[inline]
    pub(super) fn passed_over(&mut self, score: f32) -> f32 {
        let likely = sigmoid(score);
        self.likelihood *= if likely < 1.0 {
            f64::from(1.0 - likely)
        } else {
            SMALLEST * f64::from(likely)
        };
        self.negatives += 1;
        if self.negatives.is_multiple_of(TOGETHER) {
            self.sum -= self.likelihood.ln();
            self.likelihood = 1.0;
        }
        -likely
    }

    /// The sum, and of how many.
    pub(super) fn total(self) -> (f64, usize) {
        let n = self.negatives + self.interactions;
        (self.sum - self.likelihood.ln(), n)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_what_it_meets() {
        // σ(ln 3) = 3/4
        let (three, mut loss) = (3.0_f32.ln(), Loss::new());
        let up = loss.taken(three, 2.0);
        let down = loss.passed_over(three);
        assert!((up - 0.5).abs() < 1e-6 && (down + 0.75).abs() < 1e-6);
        for _ in 0..9 {
            loss.passed_over(-three);
        }
        let (sum, n) = loss.total();
        let expected = -2.0 * 0.75_f64.ln() - 0.25_f64.ln() - 9.0 * 0.75_f64.ln();
        assert!((sum - expected).abs() < 1e-5, "{sum} {expected}");
        assert_eq!(n, 11);
    }

    #[test]
    fn is_finite_where_the_chance_is_not_and_nan_where_the_score_is() {
        let mut loss = Loss::new();
        assert_eq!(loss.passed_over(1000.0), -1.0);
        assert_eq!(loss.taken(-1000.0, 1.0), 1.0);
        let expected = 1000.0 - SMALLEST.ln();
        assert!((loss.total().0 - expected).abs() < 1e-9);
        let mut loss = Loss::new();
        loss.passed_over(f32::NAN);
        assert!(loss.total().0.is_nan());
    }
}
