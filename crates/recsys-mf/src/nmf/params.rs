//! What can be set.

use guide_core::{Error, Params, Result, ensure};
use serde::{Deserialize, Serialize};

use crate::parts::ensure_n_factors;
use crate::rates::{Rate, ensure_pulls, ensure_rates};

/// Parameters of [`Nmf`](crate::Nmf). The defaults are Surprise's but for the regularisation of the
/// factors; [`NmfParams::surprise`] has all of them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct NmfParams {
    /// Numbers for each user and item (default 15).
    pub n_factors: usize,
    /// Passes over the ratings (default 50).
    pub n_epochs: usize,
    /// Whether the prediction has a mean and biases beside the product of the factors (default false).
    pub biased: bool,
    /// Regularisation λ of the factors (default 0.12).
    pub regularization: f32,
    /// Pull of the biases towards 0 (default 0.02); only with `biased`.
    pub bias_regularization: f32,
    /// Step size of the biases (default 0.005); only with `biased`.
    pub bias_learning_rate: f32,
    /// Pull of the users' factors, where it differs from `regularization`; the next five likewise, each for its kind of
    /// number, as in Surprise.
    pub reg_pu: Option<f32>,
    /// Pull of the items' factors.
    pub reg_qi: Option<f32>,
    /// Pull of the users' biases, where it differs from `bias_regularization`.
    pub reg_bu: Option<f32>,
    /// Pull of the items' biases.
    pub reg_bi: Option<f32>,
    /// Step size of the users' biases, where it differs from `bias_learning_rate`.
    pub lr_bu: Option<f32>,
    /// Step size of the items' biases.
    pub lr_bi: Option<f32>,
    /// Lower end of the factors' random start (default 0).
    pub init_low: f32,
    /// Upper end of the factors' random start (default 1).
    pub init_high: f32,
    /// The start of all draws.
    pub seed: u64,
}

impl Default for NmfParams {
    fn default() -> Self {
        Self {
            n_factors: 15,
            n_epochs: 50,
            biased: false,
            regularization: 0.12,
            bias_regularization: 0.02,
            bias_learning_rate: 0.005,
            reg_pu: None,
            reg_qi: None,
            reg_bu: None,
            reg_bi: None,
            lr_bu: None,
            lr_bi: None,
            init_low: 0.0,
            init_high: 1.0,
            seed: 0,
        }
    }
}

impl NmfParams {
    /// The defaults of Surprise 1.1.5, which differ in the regularisation of the factors, 0.06.
    pub fn surprise() -> Self {
        Self {
            regularization: 0.06,
            ..Self::default()
        }
    }
}

guide_core::setters!(NmfParams {
    n_factors: usize,
    n_epochs: usize,
    biased: bool,
    regularization: f32,
    bias_regularization: f32,
    bias_learning_rate: f32,
    reg_pu: Option<f32>,
    reg_qi: Option<f32>,
    reg_bu: Option<f32>,
    reg_bi: Option<f32>,
    lr_bu: Option<f32>,
    lr_bi: Option<f32>,
    init_low: f32,
    init_high: f32,
    seed: u64,
});

impl NmfParams {
    /// The pull of the users' factors.
    pub(super) fn user_pull(&self) -> f32 {
        self.reg_pu.unwrap_or(self.regularization)
    }

    /// The pull of the items' factors.
    pub(super) fn item_pull(&self) -> f32 {
        self.reg_qi.unwrap_or(self.regularization)
    }

    /// Of the users' and of the items' biases.
    pub(super) fn bias_rates(&self) -> (Rate, Rate) {
        let shared = Rate {
            rate: self.bias_learning_rate,
            pull: self.bias_regularization,
        };
        (
            Rate::new(shared, self.lr_bu, self.reg_bu),
            Rate::new(shared, self.lr_bi, self.reg_bi),
        )
    }
}

impl Params for NmfParams {
    fn validate(&self) -> Result<()> {
        ensure_n_factors(self.n_factors)?;
        ensure::at_least_one("n_epochs", self.n_epochs)?;
        ensure::not_negative("regularization", self.regularization)?;
        ensure::not_negative("bias_regularization", self.bias_regularization)?;
        ensure::positive("bias_learning_rate", self.bias_learning_rate)?;
        ensure_pulls(&[
            ("reg_pu", self.reg_pu),
            ("reg_qi", self.reg_qi),
            ("reg_bu", self.reg_bu),
            ("reg_bi", self.reg_bi),
        ])?;
        ensure_rates(&[("lr_bu", self.lr_bu), ("lr_bi", self.lr_bi)])?;
        ensure::not_negative("init_low", self.init_low)?;
        if self.init_high.is_finite() && self.init_high > self.init_low {
            Ok(())
        } else {
            let expected = format!("finite and above init_low = {}", self.init_low);
            Err(Error::param("init_high", self.init_high, expected))
        }
    }
}
