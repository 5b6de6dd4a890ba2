//! Optimisers: what a step does to the weights.

use guide_core::{Params, Result, ensure, setters};
use serde::{Deserialize, Serialize};

/// How a gradient moves a weight. `g` is the gradient, `η` the learning rate.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Rule {
    /// `b ← μ b + g`, `p ← p − η b`; with Nesterov's look ahead `p ← p − η (g + μ b)`. As PyTorch; Keras keeps `−η b` instead of `b`,
    /// which is the same while `η` is.
    Sgd {
        /// `μ`, from 0 to 1.
        momentum: f32,
        /// Looks ahead (Sutskever et al., 2013).
        nesterov: bool,
    },
    /// `s ← s + g²`, `p ← p − η g / (√s + ε)` (Duchi, Hazan, Singer, 2011), as PyTorch.
    Adagrad {
        /// Where `s` begins; PyTorch 0, Keras 0.1.
        start: f32,
        /// `ε`.
        epsilon: f32,
    },
    /// `s ← ρ s + (1 − ρ) g²`, `b ← μ b + g / (√s + ε)`, `p ← p − η b` (Tieleman, Hinton, 2012), as PyTorch.
    RmsProp {
        /// `ρ`, from 0 to 1.
        rho: f32,
        /// `μ`, from 0 to 1.
        momentum: f32,
        /// `ε`.
        epsilon: f32,
    },
    /// `m ← β₁ m + (1 − β₁) g`, `v ← β₂ v + (1 − β₂) g²`, and a step by their corrected ratio (Kingma, Ba, 2015).
    Adam {
        /// `β₁`, from 0 to 1.
        beta1: f32,
        /// `β₂`, from 0 to 1.
        beta2: f32,
        /// `ε`.
        epsilon: f32,
        /// Where `ε` stands.
        placement: Epsilon,
    },
}

/// Where Adam's `ε` stands: the two libraries differ, and so do their steps while `v` is small.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Epsilon {
    /// `η · m̂ / (√v̂ + ε)` with `m̂ = m / (1 − β₁ᵗ)`, `v̂ = v / (1 − β₂ᵗ)`: PyTorch.
    Corrected,
    /// `η √(1 − β₂ᵗ) / (1 − β₁ᵗ) · m / (√v + ε)`: Keras, the "epsilon hat" of the paper.
    Uncorrected,
}

/// What a step does to the rows of a table that the batch did not touch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Untouched {
    /// Nothing: their moments do not decay, momentum does not carry them on, weight decay waits. As TensorFlow's `LazyAdam` and
    /// PyTorch's `SparseAdam`. A step costs what the batch touches.
    Stay,
    /// What any weight of gradient 0 gets: the same numbers as with a dense gradient, at the cost of the whole table in each step.
    /// As Keras and PyTorch do by default. Plain SGD and Adagrad without weight decay give the same either way.
    Move,
}

/// An optimiser.
///
/// ```
/// use guide_core::Params;
/// use nn_core::Optimizer;
/// let adam = Optimizer::adam(1e-3).clip_norm(Some(5.0));
/// assert!(adam.validate().is_ok());
/// assert!(Optimizer::adam(f32::NAN).validate().is_err());
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Optimizer {
    /// How a gradient moves a weight.
    pub rule: Rule,
    /// `η`, before the schedule's factor.
    pub learning_rate: f32,
    /// `λ`: adds `λ p` to the gradient, or takes `η λ p` off the weight where [`Optimizer::decoupled`] says so.
    pub weight_decay: f32,
    /// Weight decay apart from the gradient (Loshchilov, Hutter, 2019).
    pub decoupled: bool,
    /// Shrinks a gradient whose norm over all tensors is above this.
    pub clip_norm: Option<f32>,
    /// What happens to untouched rows.
    pub untouched: Untouched,
}

setters!(Optimizer {
    rule: Rule,
    learning_rate: f32,
    weight_decay: f32,
    decoupled: bool,
    clip_norm: Option<f32>,
    untouched: Untouched,
});

impl Optimizer {
    fn new(rule: Rule, learning_rate: f32) -> Self {
        Self {
            rule,
            learning_rate,
            weight_decay: 0.0,
            decoupled: false,
            clip_norm: None,
            untouched: Untouched::Stay,
        }
    }

    /// Plain stochastic gradient descent.
    pub fn sgd(learning_rate: f32) -> Self {
        Self::momentum(learning_rate, 0.0, false)
    }

    /// Stochastic gradient descent with momentum.
    pub fn momentum(learning_rate: f32, momentum: f32, nesterov: bool) -> Self {
        Self::new(Rule::Sgd { momentum, nesterov }, learning_rate)
    }

    /// Adagrad with PyTorch's start 0 and `ε = 1e-10`.
    pub fn adagrad(learning_rate: f32) -> Self {
        let (start, epsilon) = (0.0, 1e-10);
        Self::new(Rule::Adagrad { start, epsilon }, learning_rate)
    }

    /// RMSprop with PyTorch's `ρ = 0.99`, `μ = 0`, `ε = 1e-8`.
    pub fn rmsprop(learning_rate: f32) -> Self {
        let (rho, momentum, epsilon) = (0.99, 0.0, 1e-8);
        let rule = Rule::RmsProp {
            rho,
            momentum,
            epsilon,
        };
        Self::new(rule, learning_rate)
    }

    /// Adam as PyTorch has it: `β = (0.9, 0.999)`, `ε = 1e-8` beside the corrected `√v̂`.
    pub fn adam(learning_rate: f32) -> Self {
        Self::with_epsilon(learning_rate, 1e-8, Epsilon::Corrected)
    }

    /// Adam as Keras has it: `β = (0.9, 0.999)`, `ε = 1e-7` beside the uncorrected `√v`.
    pub fn keras_adam(learning_rate: f32) -> Self {
        Self::with_epsilon(learning_rate, 1e-7, Epsilon::Uncorrected)
    }

    /// AdamW as PyTorch has it: [`Optimizer::adam`] with decoupled weight decay.
    pub fn adamw(learning_rate: f32, weight_decay: f32) -> Self {
        Self::adam(learning_rate)
            .weight_decay(weight_decay)
            .decoupled(true)
    }

    fn with_epsilon(learning_rate: f32, epsilon: f32, placement: Epsilon) -> Self {
        let (beta1, beta2) = (0.9, 0.999);
        let rule = Rule::Adam {
            beta1,
            beta2,
            epsilon,
            placement,
        };
        Self::new(rule, learning_rate)
    }
}

impl Params for Optimizer {
    fn validate(&self) -> Result<()> {
        ensure::positive("learning_rate", self.learning_rate)?;
        ensure::not_negative("weight_decay", self.weight_decay)?;
        if let Some(norm) = self.clip_norm {
            ensure::positive("clip_norm", norm)?;
        }
        let below_one = 1.0 - f32::EPSILON / 2.0;
        let share = |name: &str, value: f32| ensure::within(name, value, 0.0, below_one);
        match self.rule {
            Rule::Sgd { momentum, .. } => share("rule.sgd.momentum", momentum),
            Rule::Adagrad { start, epsilon } => {
                ensure::not_negative("rule.adagrad.start", start)?;
                ensure::positive("rule.adagrad.epsilon", epsilon)
            }
            Rule::RmsProp {
                rho,
                momentum,
                epsilon,
            } => {
                share("rule.rms-prop.rho", rho)?;
                share("rule.rms-prop.momentum", momentum)?;
                ensure::positive("rule.rms-prop.epsilon", epsilon)
            }
            Rule::Adam {
                beta1,
                beta2,
                epsilon,
                ..
            } => {
                share("rule.adam.beta1", beta1)?;
                share("rule.adam.beta2", beta2)?;
                ensure::positive("rule.adam.epsilon", epsilon)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use guide_core::testing::refuses;

    use super::*;

    #[test]
    fn bad_values_are_refused_by_name() {
        let common = [
            ("learning_rate", "0"),
            ("weight_decay", "-1"),
            ("clip_norm", "0"),
        ];
        refuses(&Optimizer::sgd(0.1), &common);
        refuses(&Optimizer::sgd(0.1), &[("rule.sgd.momentum", "1")]);
        let bad = [("rule.adagrad.start", "-1"), ("rule.adagrad.epsilon", "0")];
        refuses(&Optimizer::adagrad(0.1), &bad);
        let bad = [
            ("rule.rms-prop.rho", "1"),
            ("rule.rms-prop.momentum", "-1"),
            ("rule.rms-prop.epsilon", "0"),
        ];
        refuses(&Optimizer::rmsprop(0.1), &bad);
        let bad = [
            ("rule.adam.beta1", "1"),
            ("rule.adam.beta2", "-0.1"),
            ("rule.adam.epsilon", "0"),
            ("rule.adam.placement", "left"),
        ];
        refuses(&Optimizer::adam(0.1), &bad);
    }
}
