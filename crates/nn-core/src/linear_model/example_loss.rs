//! The losses of one example of a linear classifier, with their derivatives by the scores.

/// The loss `ℓ(z, y)` of the scores `z` of an example of class `y`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ExampleLoss {
    /// The cross entropy of the softmax of the scores; of one score, the binomial loss of its sigmoid.
    Logistic,
    /// `Σ_k max(0, 1 − t_k z_k)²`, where `t_k` is 1 for the class of the example and −1 for the others; of one score, which is that of
    /// class 1, one summand.
    SquaredHinge,
}

impl ExampleLoss {
    /// The name of the classifier in errors and in progress.
    pub(super) fn algorithm(self) -> &'static str {
        match self {
            Self::Logistic => "logistic regression",
            Self::SquaredHinge => "the linear support vector machine",
        }
    }

    /// Replaces the scores of one example by the gradient of its loss, and returns the loss.
    pub(super) fn gradient(self, scores: &mut [f32], label: usize) -> f32 {
        match self {
            Self::Logistic => {
                let loss = loss_and_probabilities(scores, label);
                match scores {
                    [p] => *p -= label as f32,
                    p => p[label] -= 1.0,
                }
                loss
            }
            Self::SquaredHinge => {
                let (label, mut loss) = (place(scores.len(), label), 0.0);
                for (output, score) in scores.iter_mut().enumerate() {
                    let target = target(output, label);
                    let missing = (1.0 - target * *score).max(0.0);
                    loss += missing * missing;
                    *score = -2.0 * target * missing;
                }
                loss
            }
        }
    }

    /// The first and second derivative of the loss of one example along `q`. The scores are used as memory.
    pub(super) fn derivatives(self, scores: &mut [f32], label: usize, q: &[f32]) -> (f32, f32) {
        match self {
            Self::Logistic => {
                loss_and_probabilities(scores, label);
                if let [p] = scores {
                    return ((*p - label as f32) * q[0], *p * (1.0 - *p) * q[0] * q[0]);
                }
                let mean: f32 = scores.iter().zip(q).map(|(p, q)| p * q).sum();
                let spread = |(p, q): (&f32, &f32)| p * (q - mean) * (q - mean);
                (mean - q[label], scores.iter().zip(q).map(spread).sum())
            }
            Self::SquaredHinge => {
                let (label, mut first, mut second) = (place(scores.len(), label), 0.0, 0.0);
                for (output, (&score, q)) in scores.iter().zip(q).enumerate() {
                    let target = target(output, label);
                    let missing = 1.0 - target * score;
                    if missing > 0.0 {
                        first -= 2.0 * target * missing * q;
                        second += 2.0 * q * q;
                    }
                }
                (first, second)
            }
        }
    }

    /// The second derivative by the score of a class that has the share `p` of the examples: that of scores which know only this share, and
    /// for the hinge, an estimate of the examples within the margin.
    pub(super) fn curvature(self, p: f64) -> f64 {
        match self {
            Self::Logistic => p * (1.0 - p),
            Self::SquaredHinge => 2.0 * (2.0 * p).min(1.0),
        }
    }

    /// The intercepts of the least loss where all weights are 0.
    pub(super) fn first_intercepts(self, shares: &[f64]) -> Vec<f32> {
        match (self, shares) {
            (Self::Logistic, [no, yes]) => vec![(yes / no).ln() as f32],
            (Self::Logistic, shares) => {
                let mean = shares.iter().map(|share| share.ln()).sum::<f64>() / shares.len() as f64;
                let intercept = |share: &f64| (share.ln() - mean) as f32;
                shares.iter().map(intercept).collect()
            }
            // A score between −1 and 1 gives p (1 − z)² + (1 − p) (1 + z)², least at 2 p − 1.
            (Self::SquaredHinge, [_, yes]) => vec![(2.0 * yes - 1.0) as f32],
            (Self::SquaredHinge, shares) => shares.iter().map(|p| (2.0 * p - 1.0) as f32).collect(),
        }
    }
}

/// The output of the class `label`. One output is that of class 1, so class 0 has none.
fn place(n_outputs: usize, label: usize) -> Option<usize> {
    match (n_outputs, label) {
        (1, 0) => None,
        (1, _) => Some(0),
        _ => Some(label),
    }
}

fn target(output: usize, label: Option<usize>) -> f32 {
    if label == Some(output) { 1.0 } else { -1.0 }
}

/// Replaces the scores of one example by its probabilities (of one score: the probability of class 1), and returns its loss.
fn loss_and_probabilities(scores: &mut [f32], label: usize) -> f32 {
    if let [score] = scores {
        let z = *score;
        let tail = (-z.abs()).exp();
        *score = if z >= 0.0 { 1.0 } else { tail } / (1.0 + tail);
        return z.max(0.0) + tail.ln_1p() - if label == 1 { z } else { 0.0 };
    }
    let of_label = scores[label];
    let largest = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let mut sum = 0.0;
    for score in &mut *scores {
        *score = (*score - largest).exp();
        sum += *score;
    }
    let scale = 1.0 / sum;
    scores.iter_mut().for_each(|p| *p *= scale);
    sum.ln() + largest - of_label
}
