//! What can be set.

use guide_core::{Params, Result, ensure};
use serde::{Deserialize, Serialize};

use crate::parts::ensure_n_factors;
use crate::rates::{Rate, ensure_pulls, ensure_rates};

/// Parameters of [`Svd`](crate::Svd). The defaults are Surprise's but for the regularisation and the
/// random start; [`SvdParams::surprise`] has all of them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SvdParams {
    /// Numbers for each user and item (default 100).
    pub n_factors: usize,
    /// Passes over the ratings (default 20).
    pub n_epochs: usize,
    /// Whether the prediction has a mean and biases beside the product of the factors (default true).
    pub biased: bool,
    /// Step size η (default 0.005).
    pub learning_rate: f32,
    /// Regularisation λ of factors and biases alike (default 0.05).
    pub regularization: f32,
    /// Step size of the users' biases, where it differs from `learning_rate`; the other seven likewise, each for its kind
    /// of number, as in Surprise.
    pub lr_bu: Option<f32>,
    /// Step size of the items' biases.
    pub lr_bi: Option<f32>,
    /// Step size of the users' factors.
    pub lr_pu: Option<f32>,
    /// Step size of the items' factors.
    pub lr_qi: Option<f32>,
    /// Pull of the users' biases, where it differs from `regularization`.
    pub reg_bu: Option<f32>,
    /// Pull of the items' biases.
    pub reg_bi: Option<f32>,
    /// Pull of the users' factors.
    pub reg_pu: Option<f32>,
    /// Pull of the items' factors.
    pub reg_qi: Option<f32>,
    /// Standard deviation of the factors' random start (default 0.05).
    pub init_deviation: f32,
    /// The start of all draws.
    pub seed: u64,
}

impl Default for SvdParams {
    fn default() -> Self {
        Self {
            n_factors: 100,
            n_epochs: 20,
            biased: true,
            learning_rate: 0.005,
            regularization: 0.05,
            lr_bu: None,
            lr_bi: None,
            lr_pu: None,
            lr_qi: None,
            reg_bu: None,
            reg_bi: None,
            reg_pu: None,
            reg_qi: None,
            init_deviation: 0.05,
            seed: 0,
        }
    }
}

impl SvdParams {
    /// The defaults of Surprise 1.1.5, which differ in the regularisation, 0.02, and in the deviation of the random start, 0.1.
    pub fn surprise() -> Self {
        Self {
            regularization: 0.02,
            init_deviation: 0.1,
            ..Self::default()
        }
    }
}

guide_core::setters!(SvdParams {
    n_factors: usize,
    n_epochs: usize,
    biased: bool,
    learning_rate: f32,
    regularization: f32,
    lr_bu: Option<f32>,
    lr_bi: Option<f32>,
    lr_pu: Option<f32>,
    lr_qi: Option<f32>,
    reg_bu: Option<f32>,
    reg_bi: Option<f32>,
    reg_pu: Option<f32>,
    reg_qi: Option<f32>,
    init_deviation: f32,
    seed: u64,
});

impl SvdParams {
    fn shared_rate(&self) -> Rate {
        Rate {
            rate: self.learning_rate,
            pull: self.regularization,
        }
    }

    /// Of the users' biases.
    pub(super) fn user_bias_rate(&self) -> Rate {
        Rate::new(self.shared_rate(), self.lr_bu, self.reg_bu)
    }

    /// Of the items' biases.
    pub(super) fn item_bias_rate(&self) -> Rate {
        Rate::new(self.shared_rate(), self.lr_bi, self.reg_bi)
    }

    /// Of the users' factors.
    pub(super) fn user_rate(&self) -> Rate {
        Rate::new(self.shared_rate(), self.lr_pu, self.reg_pu)
    }

    /// Of the items' factors.
    pub(super) fn item_rate(&self) -> Rate {
        Rate::new(self.shared_rate(), self.lr_qi, self.reg_qi)
    }
}

impl Params for SvdParams {
    fn validate(&self) -> Result<()> {
        ensure_n_factors(self.n_factors)?;
        ensure::at_least_one("n_epochs", self.n_epochs)?;
        ensure::positive("learning_rate", self.learning_rate)?;
        ensure::not_negative("regularization", self.regularization)?;
        ensure_rates(&[
            ("lr_bu", self.lr_bu),
            ("lr_bi", self.lr_bi),
            ("lr_pu", self.lr_pu),
            ("lr_qi", self.lr_qi),
        ])?;
        ensure_pulls(&[
            ("reg_bu", self.reg_bu),
            ("reg_bi", self.reg_bi),
            ("reg_pu", self.reg_pu),
            ("reg_qi", self.reg_qi),
        ])?;
        ensure::positive("init_deviation", self.init_deviation)
    }
}
