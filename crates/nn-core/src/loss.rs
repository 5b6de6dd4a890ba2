//! Losses of numbers with their gradients, fused with the function before them where that is more stable.

use serde::{Deserialize, Serialize};

use crate::activation::sigmoid;

/// A loss of numbers against numbers.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Loss {
    /// `(y − t)²`.
    Mse,
    /// `|y − t|`; its gradient is 0 where they are equal.
    Mae,
    /// `d²/2` for `d = |y − t| <= δ`, `δ (d − δ/2)` beyond (Huber, 1964).
    Huber(f32),
    /// `−t log σ(y) − (1 − t) log(1 − σ(y))` of logits, as `max(y, 0) − t y + log(1 + e^−|y|)`.
    BceWithLogits,
    /// `−t log ŷ − (1 − t) log(1 − ŷ)` with `ŷ = y` clamped to `[ε, 1 − ε]`, gradient 0 outside: the normalised cross entropy of
    /// deep matrix factorisation (Xue et al., 2017, eq. 13), where `t` is a rating over the highest one.
    Nce(f32),
}

impl Loss {
    /// The sum of the losses of all numbers; writes `scale` times its gradient into `dy`. The mean of PyTorch and Keras is that sum over
    /// the count of numbers, so `scale = 1 / count` gives its gradient; with the count of the whole batch the gradients of its parts
    /// add up to it.
    ///
    /// # Panics
    /// If the lengths differ.
    ///
    /// ```
    /// use nn_core::Loss;
    /// let mut dy = [0.0; 2];
    /// assert_eq!(Loss::Mse.of(&[3.0, 1.0], &[1.0, 1.0], 0.5, &mut dy), 4.0); // (3−1)² + 0
    /// assert_eq!(dy, [2.0, 0.0]); // 2 (3−1) / 2
    /// ```
    pub fn of(self, y: &[f32], target: &[f32], scale: f32, dy: &mut [f32]) -> f64 {
        assert!(
            y.len() == target.len() && y.len() == dy.len(),
            "{} numbers, {} targets and {} gradients of a loss",
            y.len(),
            target.len(),
            dy.len()
        );
        let mut sum = 0.0;
        for ((&y, &t), dy) in y.iter().zip(target).zip(dy) {
            let (loss, gradient) = self.at(y, t);
            sum += f64::from(loss);
            *dy = gradient * scale;
        }
        sum
    }

    /// The loss of one number, and its gradient.
    fn at(self, y: f32, t: f32) -> (f32, f32) {
        let apart = y - t;
        match self {
            Self::Mse => (apart * apart, 2.0 * apart),
            Self::Mae if apart == 0.0 => (0.0, 0.0),
            Self::Mae => (apart.abs(), apart.signum()),
            Self::Huber(delta) if apart.abs() <= delta => (0.5 * apart * apart, apart),
            Self::Huber(delta) => (delta * (apart.abs() - 0.5 * delta), delta * apart.signum()),
            Self::BceWithLogits => {
                let softplus = (-y.abs()).exp().ln_1p();
                // `max` would turn NaN into 0.
                let positive = if y < 0.0 { 0.0 } else { y };
                (positive - t * y + softplus, sigmoid(y) - t)
            }
            Self::Nce(epsilon) => {
                let held = y.clamp(epsilon, 1.0 - epsilon);
                let loss = -t * held.ln() - (1.0 - t) * (-held).ln_1p();
                let gradient = (held - t) / (held * (1.0 - held));
                (loss, if held == y { gradient } else { 0.0 })
            }
        }
    }
}
