//! Softmax and cross entropy as one function of logits.

use guide_core::kernels;
use serde::{Deserialize, Serialize};

use crate::simd::softmax;

/// Softmax and cross entropy of logits `[n, classes]` against class numbers: `−Σ_k q_k log softmax(y)_k`, whose gradient is
/// `softmax(y) − q`.
///
/// `q` is `1 − s + s/K` at the true of `K` classes and `s/K` elsewhere (label smoothing, Szegedy et al., 2016).
///
/// ```
/// use nn_core::CrossEntropy;
/// let mut logits = [0.0, 0.0];
/// let sum = CrossEntropy::default().of(2, &mut logits, &[1], 1.0);
/// assert!((sum - 2.0_f64.ln()).abs() < 1e-7);
/// assert_eq!(logits, [0.5, -0.5]); // now the gradient
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CrossEntropy {
    /// `s`, from 0 to 1.
    pub smoothing: f32,
    /// Rows of this class count nothing: padding.
    pub ignore: Option<u32>,
}

/// Logits above which rows are shared out to threads.
const PARALLEL_FROM: usize = 1 << 15;

impl CrossEntropy {
    /// The sum of the losses of all rows. Replaces the logits, rows of `n_classes` numbers, by `scale` times its gradient. The order
    /// of the sum depends on the number of rows alone, so that threads change no bit.
    ///
    /// # Panics
    /// If there is not one class for each row, or a class is past the last column.
    pub fn of(self, n_classes: usize, logits: &mut [f32], classes: &[u32], scale: f32) -> f64 {
        self.weighted(n_classes, logits, classes, scale, |_| 1.0)
    }

    /// The same for logits to which a bias, one number a class, is still to be added: a pass over them is spared.
    ///
    /// # Panics
    /// As [`CrossEntropy::of`], and if the bias has another length than there are classes.
    pub fn of_biased(self, bias: &[f32], logits: &mut [f32], classes: &[u32], scale: f32) -> f64 {
        assert_eq!(
            logits.len(),
            bias.len() * classes.len(),
            "logits of classes"
        );
        self.rows(bias.len(), bias, logits, classes, scale, &|_| 1.0)
    }

    /// The same with a weight for each class: returns `Σ weight(class) · loss`, and the gradient is that of `scale` times this sum.
    ///
    /// # Panics
    /// As [`CrossEntropy::of`].
    pub fn weighted(
        self,
        n_classes: usize,
        logits: &mut [f32],
        classes: &[u32],
        scale: f32,
        weight: impl Fn(u32) -> f32 + Sync,
    ) -> f64 {
        assert_eq!(logits.len(), n_classes * classes.len(), "logits of classes");
        self.rows(n_classes, &[], logits, classes, scale, &weight)
    }

    /// Halves the rows for two threads while they are many, and adds the sums of the halves.
    fn rows(
        self,
        n_classes: usize,
        bias: &[f32],
        logits: &mut [f32],
        classes: &[u32],
        scale: f32,
        weight: &(impl Fn(u32) -> f32 + Sync),
    ) -> f64 {
        if logits.len() < PARALLEL_FROM || classes.len() < 2 {
            let rows = logits.chunks_exact_mut(n_classes.max(1)).zip(classes);
            return rows
                .map(|(row, &class)| {
                    let weight = weight(class);
                    f64::from(weight) * self.row(bias, row, class, scale * weight)
                })
                .sum();
        }
        let middle = classes.len() / 2;
        let (left, right) = logits.split_at_mut(middle * n_classes);
        let (left_classes, right_classes) = classes.split_at(middle);
        let (left, right) = rayon::join(
            || self.rows(n_classes, bias, left, left_classes, scale, weight),
            || self.rows(n_classes, bias, right, right_classes, scale, weight),
        );
        left + right
    }

    /// The loss of one row, which becomes its gradient. An empty bias adds nothing.
    fn row(self, bias: &[f32], row: &mut [f32], class: u32, scale: f32) -> f64 {
        kernels::axpy(1.0, bias, &mut row[..bias.len()]);
        if Some(class) == self.ignore {
            row.fill(0.0);
            return 0.0;
        }
        let (class, n_classes) = (class as usize, row.len());
        assert!(class < n_classes, "class {class} of {n_classes}");
        let even = self.smoothing / n_classes as f32;
        let true_logit = f64::from(row[class]);
        let mean = if self.smoothing > 0.0 {
            f64::from(row.iter().sum::<f32>()) / n_classes as f64
        } else {
            0.0
        };
        let log_sum = softmax::softmax_scaled(row, scale, scale * even);
        row[class] -= scale * (1.0 - self.smoothing);
        let smoothing = f64::from(self.smoothing);
        log_sum - (1.0 - smoothing) * true_logit - smoothing * mean
    }
}
