//! What can be set.

use guide_core::{Params, Result, ensure};
use recsys_core::Interactions;
use serde::{Deserialize, Serialize};

use crate::alternate::Solver;
use crate::parts::{Known, ensure_n_factors};

/// What an interaction of weight `c = α w` adds to the loss, beside the `α₀ x̂²` of every user and item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Confidence {
    /// `c (1 − x̂)²` on top (Rendle et al., 2021).
    Added,
    /// `c (1 − x̂)²` in place of `α₀ x̂²` (Hu et al., 2008; implicit).
    Replacing,
}

/// Limit of the regularisation that is taken from the data, in units of the mean weight of an interaction. MovieLens 1M as
/// events has nearly the same recall@20 from 5 to 8 and loses a tenth at 13; MovieLens 100K is best at 8 and loses 4 % at 4.
/// Rendle et al. (2021) tuned MovieLens 20M to 8.5 for a user with the mean number of interactions.
const MOST_REGULARIZATION: f64 = 8.0;

/// Parameters of [`Ials`](crate::Ials).
///
/// The weight of what was not taken and the regularisation depend on the data more than on anything else, so both are taken
/// from the data unless they are set. With `n` interactions, `u` users and `m` items that have interactions, the density
/// `d = n / (u m)` and the mean weight `w` of an interaction after [`alpha`](Self::alpha):
///
/// - `α₀ = w √d`: between the weight `w` that treats every pair alike and the `w d` at which what was not taken counts as
///   much, in sum, as what was taken;
/// - `λ = w min(8, (√(n / u) + √(n / m)) / 2)`: random interactions of the same number have singular values up to
///   `w (√(n / u) + √(n / m))`, and factors below that size hold noise. Large dense data has many factors above that size, and
///   a larger λ shrinks them more than it removes noise, so λ is at most `8 w`. On MovieLens 1M without the limit λ is 13 and
///   recall@20 a tenth lower.
///
/// [`IalsParams::resolved`] gives the values for some data. [`IalsParams::implicit`] has the settings of implicit 0.7.3,
/// [`IalsParams::rendle`] those of Rendle et al. for MovieLens 20M; both are the same for all data.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct IalsParams {
    /// Numbers for each user and item (default 64).
    pub n_factors: usize,
    /// How often each side is solved (default 16).
    pub n_epochs: usize,
    /// λ₀ (default `None`: from the data, such that a user with the mean number of interactions has the λ above).
    #[serde(with = "crate::auto")]
    pub regularization: Option<f32>,
    /// ν: a row of `n` interactions has `λ = λ₀ (n + α₀ m)^ν`, `m` being the number of all users or items on the other
    /// side; 0 gives every row the same λ₀ (default 1).
    pub frequency_exponent: f32,
    /// α₀, the weight of what was not taken (default `None`: from the data, `w √d`).
    #[serde(with = "crate::auto")]
    pub unobserved_weight: Option<f32>,
    /// α, which multiplies the weights of the interactions (default 1).
    pub alpha: f32,
    /// Whether an interaction's weight comes on top of α₀ or in its place (default: on top).
    pub confidence: Confidence,
    /// How the systems are solved (default: conjugate gradient).
    pub solver: Solver,
    /// Steps of conjugate gradient for each user and item in each epoch (default 3, implicit's).
    pub cg_steps: usize,
    /// Standard deviation of the users' random start, times `√n_factors` (default 0.1).
    pub init_deviation: f32,
    /// The start of all draws.
    pub seed: u64,
}

impl Default for IalsParams {
    fn default() -> Self {
        Self {
            n_factors: 64,
            n_epochs: 16,
            regularization: None,
            frequency_exponent: 1.0,
            unobserved_weight: None,
            alpha: 1.0,
            confidence: Confidence::Added,
            solver: Solver::ConjugateGradient,
            cg_steps: 3,
            init_deviation: 0.1,
            seed: 0,
        }
    }
}

guide_core::setters!(IalsParams {
    n_factors: usize,
    n_epochs: usize,
    frequency_exponent: f32,
    alpha: f32,
    confidence: Confidence,
    solver: Solver,
    cg_steps: usize,
    init_deviation: f32,
    seed: u64,
});

impl IalsParams {
    /// Sets the field `regularization`: a number, or `None` for "from the data".
    #[must_use]
    pub fn regularization(mut self, regularization: impl Into<Option<f32>>) -> Self {
        self.regularization = regularization.into();
        self
    }

    /// Sets the field `unobserved_weight`: a number, or `None` for "from the data".
    #[must_use]
    pub fn unobserved_weight(mut self, unobserved_weight: impl Into<Option<f32>>) -> Self {
        self.unobserved_weight = unobserved_weight.into();
        self
    }

    /// The defaults of implicit 0.7.3: 100 factors, 15 iterations, the same λ = 0.01 for every row, and a weight in place
    /// of 1 for what was taken.
    pub fn implicit() -> Self {
        Self {
            n_factors: 100,
            n_epochs: 15,
            regularization: Some(0.01),
            frequency_exponent: 0.0,
            unobserved_weight: Some(1.0),
            confidence: Confidence::Replacing,
            ..Self::default()
        }
    }

    /// The settings of Rendle et al. (2021) for MovieLens 20M, at 64 factors: λ₀ = 0.003, ν = 1, α₀ = 0.1. On data with far
    /// more items and far fewer interactions a user, the λ that they make is far too large.
    pub fn rendle() -> Self {
        Self {
            regularization: Some(0.003),
            unobserved_weight: Some(0.1),
            ..Self::default()
        }
    }

    /// These parameters with the values that training on `data` uses in place of `None`, by the formulas
    /// [above](IalsParams). A trained model keeps them, and its file shows them.
    ///
    /// ```
    /// use recsys_core::testing::events;
    /// use recsys_mf::Ials;
    /// // 4 interactions of 2 users and 4 items: d = 4 / (2 · 4), and λ is (√(4 / 2) + √(4 / 4)) / 2.
    /// let data = events(&[("ann", "pen"), ("ann", "ink"), ("bob", "cup"), ("bob", "mug")]);
    /// let lambda = (2_f32.sqrt() + 1.0) / 2.0;
    /// let params = Ials::params().resolved(&data);
    /// assert_eq!(params.unobserved_weight, Some(0.5_f32.sqrt()));
    /// // A user with the mean of 2 interactions has λ₀ (2 + α₀ · 4)^ν = λ, with ν = 1.
    /// let size = 2.0 + 0.5_f32.sqrt() * 4.0;
    /// assert!((params.regularization.unwrap() * size - lambda).abs() < 1e-6);
    /// // What is set stays.
    /// let params = Ials::params().unobserved_weight(0.1).frequency_exponent(0.0).resolved(&data);
    /// assert_eq!((params.unobserved_weight, params.regularization), (Some(0.1), Some(lambda)));
    /// ```
    #[must_use]
    pub fn resolved(&self, data: &Interactions) -> Self {
        let known = Known::of(data);
        let count = |known: &[bool]| known.iter().filter(|&&known| known).count().max(1) as f64;
        let (n_users, n_items) = (count(&known.users), count(&known.items));
        let n = data.len() as f64;
        let total: f64 = (0..data.len()).map(|at| f64::from(data.weight(at))).sum();
        let mean = f64::from(self.alpha) * total / n.max(1.0);
        let weight = if mean > 0.0 { mean } else { 1.0 };
        let from_data = |value: f64| value.clamp(f64::from(f32::MIN_POSITIVE), f64::from(f32::MAX));
        let unobserved = self
            .unobserved_weight
            .unwrap_or_else(|| from_data(weight * (n / (n_users * n_items)).sqrt()) as f32);
        let regularization = self.regularization.unwrap_or_else(|| {
            let noise = ((n / n_users).sqrt() + (n / n_items).sqrt()) / 2.0;
            let ridge = weight * noise.min(MOST_REGULARIZATION);
            let size = n / n_users + f64::from(unobserved) * data.n_items() as f64;
            from_data(ridge / size.powf(f64::from(self.frequency_exponent))) as f32
        });
        Self {
            regularization: Some(regularization),
            unobserved_weight: Some(unobserved),
            ..self.clone()
        }
    }
}

/// The numbers that the equations need, none of them left to the data.
#[derive(Clone, Copy, Debug)]
pub(super) struct Weights {
    regularization: f32,
    frequency_exponent: f32,
    pub(super) unobserved: f32,
    alpha: f32,
    confidence: Confidence,
}

impl Weights {
    /// Those of [resolved](IalsParams::resolved) parameters.
    pub(super) fn of(params: &IalsParams) -> Self {
        Self {
            regularization: params.regularization.unwrap_or_default(),
            frequency_exponent: params.frequency_exponent,
            unobserved: params.unobserved_weight.unwrap_or_default(),
            alpha: params.alpha,
            confidence: params.confidence,
        }
    }

    /// The weights of an interaction of this weight in `A` and in `b`.
    pub(super) fn of_interaction(&self, weight: f32) -> (f32, f32) {
        let confidence = self.alpha * weight;
        match self.confidence {
            Confidence::Added => (confidence, confidence),
            Confidence::Replacing => (confidence - self.unobserved, confidence),
        }
    }

    /// λ of a row of `n` interactions with `others` on the other side.
    pub(super) fn ridge(&self, n: usize, others: usize) -> f32 {
        let size = n as f32 + self.unobserved * others as f32;
        self.regularization * size.powf(self.frequency_exponent)
    }
}

impl Params for IalsParams {
    fn validate(&self) -> Result<()> {
        ensure_n_factors(self.n_factors)?;
        ensure::at_least_one("n_epochs", self.n_epochs)?;
        if let Some(regularization) = self.regularization {
            ensure::positive("regularization", regularization)?;
        }
        ensure::within("frequency_exponent", self.frequency_exponent, 0.0, 2.0)?;
        if let Some(weight) = self.unobserved_weight {
            ensure::not_negative("unobserved_weight", weight)?;
        }
        ensure::positive("alpha", self.alpha)?;
        ensure::at_least_one("cg_steps", self.cg_steps)?;
        ensure::positive("init_deviation", self.init_deviation)
    }
}
