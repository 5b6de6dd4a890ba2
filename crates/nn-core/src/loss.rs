//! Losses with their gradients, fused with the function before them where that is stabler.

use guide_core::Tensor;
use guide_core::ndarray::Array2;
use serde::{Deserialize, Serialize};

use crate::activation::sigmoid;

/// A loss of numbers against numbers, `y` and target both `[n, width]`.
///
/// Each row's loss is the mean over its columns; PyTorch's and Keras's mean over a batch is the sum over rows divided by `n`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Loss {
    /// `(y − t)²`.
    Mse,
    /// `|y − t|`; slope 0 where they meet.
    Mae,
    /// `d²/2` for `d = |y − t| <= δ`, `δ (d − δ/2)` beyond (Huber, 1964).
    Huber(f32),
    /// `−t log σ(y) − (1 − t) log(1 − σ(y))` of logits, as `max(y, 0) − t y + log(1 + e^−|y|)`.
    BceWithLogits,
    /// `−t log ŷ − (1 − t) log(1 − ŷ)` with `ŷ = y` held within `[ε, 1 − ε]`, no slope outside: the normalised cross entropy of
    /// deep matrix factorisation (Xue et al., 2017, eq. 13), where `t` is a rating over the highest one.
    Nce(f32),
}

impl Loss {
    /// The sum over rows of their losses, and `scale` times its gradient. With `scale = 1 / batch` the gradients of all parts of a
    /// batch add up to that of its mean.
    ///
    /// # Panics
    /// If the shapes differ.
    ///
    /// ```
    /// use guide_core::ndarray::array;
    /// use nn_core::Loss;
    /// let (sum, dy) = Loss::Mse.of(&array![[3.0], [1.0]], &array![[1.0], [1.0]], 0.5);
    /// assert_eq!((sum, dy), (4.0, array![[2.0], [0.0]])); // (3−1)² + 0; 2 (3−1) / 2
    /// ```
    pub fn of(self, y: &Array2<f32>, target: &Array2<f32>, scale: f32) -> (f64, Array2<f32>) {
        assert_eq!(y.dim(), target.dim(), "output and target of a loss");
        let width = y.ncols().max(1);
        let (y, target) = (y.as_standard_layout(), target.as_standard_layout());
        let mut dy = Array2::zeros(y.dim());
        let sum = self.of_numbers(
            y.as_slice().unwrap_or_default(),
            target.as_slice().unwrap_or_default(),
            scale / width as f32,
            dy.data_mut(),
        );
        (sum / width as f64, dy)
    }

    /// [`Loss::of`] where a row is one number: the sum of the losses; writes `scale` times the slope by each number into `dy`.
    ///
    /// # Panics
    /// If the lengths differ.
    pub fn of_numbers(self, y: &[f32], target: &[f32], scale: f32, dy: &mut [f32]) -> f64 {
        assert!(
            y.len() == target.len() && y.len() == dy.len(),
            "{} numbers, {} targets and {} slopes of a loss",
            y.len(),
            target.len(),
            dy.len()
        );
        let mut sum = 0.0;
        for ((&y, &t), dy) in y.iter().zip(target).zip(dy) {
            let (loss, slope) = self.at(y, t);
            sum += f64::from(loss);
            *dy = slope * scale;
        }
        sum
    }

    /// The loss of one number, and its slope.
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
                let slope = (held - t) / (held * (1.0 - held));
                (loss, if held == y { slope } else { 0.0 })
            }
        }
    }
}

/// Softmax and cross entropy of logits `[n, classes]` against class numbers, as one function:
/// `−Σ_k q_k log softmax(y)_k`, whose gradient is `softmax(y) − q`.
///
/// `q` is `1 − s + s/K` at the true of `K` classes and `s/K` elsewhere (label smoothing, Szegedy et al., 2016).
///
/// ```
/// use guide_core::ndarray::array;
/// use nn_core::CrossEntropy;
/// let (sum, dy) = CrossEntropy::default().of(&array![[0.0, 0.0]], &[1], 1.0);
/// assert!((sum - 2.0_f64.ln()).abs() < 1e-7);
/// assert_eq!(dy, array![[0.5, -0.5]]);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CrossEntropy {
    /// `s`, from 0 to 1.
    pub smoothing: f32,
    /// Rows of this class count nothing: padding.
    pub ignore: Option<u32>,
}

impl CrossEntropy {
    /// As [`Loss::of`].
    ///
    /// # Panics
    /// If there is not one class for each row, or a class is past the last column.
    pub fn of(self, logits: &Array2<f32>, classes: &[u32], scale: f32) -> (f64, Array2<f32>) {
        assert_eq!(logits.nrows(), classes.len(), "rows of logits and classes");
        let n_classes = logits.ncols();
        let even = self.smoothing / n_classes.max(1) as f32;
        let mut sum = 0.0;
        let mut dy = logits.clone();
        for (mut row, &class) in dy.rows_mut().into_iter().zip(classes) {
            if Some(class) == self.ignore {
                row.fill(0.0);
                continue;
            }
            let class = class as usize;
            assert!(class < n_classes, "class {class} of {n_classes}");
            let top = row.fold(f32::NEG_INFINITY, |top, &y| top.max(y));
            let exp_sum: f64 = row.iter().map(|&y| f64::from((y - top).exp())).sum();
            let log_sum = f64::from(top) + exp_sum.ln();
            let mean = f64::from(row.sum()) / n_classes as f64;
            let smoothing = f64::from(self.smoothing);
            sum += log_sum - (1.0 - smoothing) * f64::from(row[class]) - smoothing * mean;
            let inverse = (1.0 / exp_sum) as f32;
            row.mapv_inplace(|y| scale * ((y - top).exp() * inverse - even));
            row[class] -= scale * (1.0 - self.smoothing);
        }
        (sum, dy)
    }
}
