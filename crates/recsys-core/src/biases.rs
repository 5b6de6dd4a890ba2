//! Baseline estimates `b_ui = μ + b_u + b_i` (Koren, 2010, "Factor in the neighbors", section 2.1): shared by the
//! neighbour models that work on residuals and by the baseline predictor itself.

use guide_core::{EpochReport, Params, Progress, Result, Silent, ensure, report};
use serde::{Deserialize, Serialize};

use crate::{Interactions, ItemId, UserId};

/// How the biases are found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BiasMethod {
    /// Alternating least squares: each side solved exactly with the other fixed.
    Als,
    /// Stochastic gradient descent, user after user, each user's ratings in the order of arrival.
    Sgd,
}

/// Parameters of [`Biases`]. The defaults are those of Surprise's ALS.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct BiasParams {
    /// How the biases are found.
    pub method: BiasMethod,
    /// Passes over the ratings: 10 for ALS, 20 is usual for SGD.
    pub n_epochs: usize,
    /// ALS: added to a user's number of ratings.
    pub reg_user: f32,
    /// ALS: added to an item's number of ratings.
    pub reg_item: f32,
    /// SGD: step size.
    pub learning_rate: f32,
    /// SGD: pull towards 0.
    pub regularization: f32,
}

impl Default for BiasParams {
    fn default() -> Self {
        Self {
            method: BiasMethod::Als,
            n_epochs: 10,
            reg_user: 15.0,
            reg_item: 10.0,
            learning_rate: 0.005,
            regularization: 0.02,
        }
    }
}

guide_core::setters!(BiasParams {
    method: BiasMethod,
    n_epochs: usize,
    reg_user: f32,
    reg_item: f32,
    learning_rate: f32,
    regularization: f32,
});

impl BiasParams {
    /// Surprise's defaults for SGD.
    pub fn sgd() -> Self {
        Self {
            method: BiasMethod::Sgd,
            n_epochs: 20,
            ..Self::default()
        }
    }
}

impl Params for BiasParams {
    fn validate(&self) -> Result<()> {
        ensure::at_least_one("n_epochs", self.n_epochs)?;
        ensure::not_negative("reg_user", self.reg_user)?;
        ensure::not_negative("reg_item", self.reg_item)?;
        ensure::positive("learning_rate", self.learning_rate)?;
        ensure::not_negative("regularization", self.regularization)
    }
}

/// The mean rating and how far each user and item lies from it, in `f64` as the peers hold it.
///
/// ALS, items first: `b_i = Σ_u (r_ui − μ − b_u) / (λ_i + n_i)`, then `b_u = Σ_i (r_ui − μ − b_i) / (λ_u + n_u)`.
/// SGD: with `e = r_ui − b_ui`, `b_u += η (e − λ b_u)` and `b_i += η (e − λ b_i)`.
///
/// ```
/// use recsys_core::{BiasParams, Biases, ItemId, UserId, testing::ratings};
/// let data = ratings(&[("ann", "pen", 5.0), ("ann", "ink", 3.0), ("bob", "pen", 4.0)]);
/// let biases = Biases::fit(&BiasParams::default().n_epochs(1).reg_item(0.0).reg_user(1.0), &data)?;
/// // μ = 4; pen: ((5 − 4) + (4 − 4)) / 2; ink: (3 − 4) / 1; bob: (4 − 4.5) / (1 + 1).
/// assert_eq!((biases.mean, &biases.items[..], biases.users[1]), (4.0, &[0.5, -1.0][..], -0.25));
/// assert_eq!(biases.estimate(Some(UserId(1)), Some(ItemId(1))), 4.0 - 0.25 - 1.0);
/// # Ok::<(), guide_core::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Biases {
    /// The mean of all ratings, μ.
    pub mean: f64,
    /// b_u, 0 without ratings.
    pub users: Vec<f64>,
    /// b_i, 0 without ratings.
    pub items: Vec<f64>,
}

impl Biases {
    /// Estimates the biases of `data`.
    ///
    /// # Errors
    /// As [`Biases::fit_with`].
    pub fn fit(params: &BiasParams, data: &Interactions) -> Result<Self> {
        Self::fit_with(params, data, &Silent)
    }

    /// Estimates the biases of `data`, reporting the mean squared error of each epoch to `progress`.
    ///
    /// # Errors
    /// Bad parameters; [`Error::Unsuitable`](guide_core::Error::Unsuitable) without ratings;
    /// [`Error::Diverged`](guide_core::Error::Diverged) when SGD leaves the finite numbers.
    pub fn fit_with(
        params: &BiasParams,
        data: &Interactions,
        progress: &dyn Progress,
    ) -> Result<Self> {
        params.validate()?;
        let (ratings, _) = data.require_ratings("baseline")?;
        let mean = ratings.iter().map(|&r| f64::from(r)).sum::<f64>() / ratings.len() as f64;
        let mut biases = Self {
            mean,
            users: vec![0.0; data.n_users()],
            items: vec![0.0; data.n_items()],
        };
        let (item_counts, order) = match params.method {
            BiasMethod::Als => (data.item_counts(), Vec::new()),
            BiasMethod::Sgd => (Vec::new(), data.by_arrival()),
        };
        for epoch in 1..=params.n_epochs {
            let squares = match params.method {
                BiasMethod::Als => biases.als_epoch(params, data, ratings, &item_counts),
                BiasMethod::Sgd => biases.sgd_epoch(params, data, ratings, &order),
            };
            let done = EpochReport {
                algorithm: "baseline",
                epoch,
                n_epochs: params.n_epochs,
                loss: Some(squares / ratings.len() as f64),
            };
            if report(progress, done)?.is_break() {
                break;
            }
        }
        Ok(biases)
    }

    /// `b_ui`; what is unknown counts 0.
    pub fn estimate(&self, user: Option<UserId>, item: Option<ItemId>) -> f64 {
        let bias = |of: &[f64], index: Option<usize>| {
            index.and_then(|i| of.get(i)).copied().unwrap_or(0.0)
        };
        self.mean
            + bias(&self.users, user.map(UserId::index))
            + bias(&self.items, item.map(ItemId::index))
    }

    /// One pass over items, then users; returns the sum of squared errors after it.
    fn als_epoch(
        &mut self,
        params: &BiasParams,
        data: &Interactions,
        ratings: &[f32],
        item_counts: &[u32],
    ) -> f64 {
        let (reg_user, reg_item) = (f64::from(params.reg_user), f64::from(params.reg_item));
        let mut residuals = vec![0.0; self.items.len()];
        for (user, bias) in (0..).map(UserId).zip(&self.users) {
            for position in data.row(user) {
                residuals[data.items()[position].index()] +=
                    f64::from(ratings[position]) - self.mean - bias;
            }
        }
        for ((bias, residual), &count) in self.items.iter_mut().zip(residuals).zip(item_counts) {
            *bias = if count == 0 {
                0.0
            } else {
                residual / (reg_item + f64::from(count))
            };
        }
        let mut squares = 0.0;
        for (user, bias) in (0..).map(UserId).zip(&mut self.users) {
            let row = data.row(user);
            let count = row.len() as f64;
            let (mut sum, mut square) = (0.0, 0.0);
            for p in row {
                let residual =
                    f64::from(ratings[p]) - self.mean - self.items[data.items()[p].index()];
                sum += residual;
                square += residual * residual;
            }
            *bias = if count == 0.0 {
                0.0
            } else {
                sum / (reg_user + count)
            };
            squares += square + *bias * (count * *bias - 2.0 * sum);
        }
        squares
    }

    /// One pass over the ratings at the positions of `order`; returns the sum of squared errors met on the way.
    fn sgd_epoch(
        &mut self,
        params: &BiasParams,
        data: &Interactions,
        ratings: &[f32],
        order: &[u32],
    ) -> f64 {
        let (rate, reg) = (
            f64::from(params.learning_rate),
            f64::from(params.regularization),
        );
        let mut squares = 0.0;
        for (user, user_bias) in (0..).map(UserId).zip(&mut self.users) {
            for &position in &order[data.row(user)] {
                let position = position as usize;
                let item_bias = &mut self.items[data.items()[position].index()];
                let error = f64::from(ratings[position]) - (self.mean + *user_bias + *item_bias);
                *user_bias += rate * (error - reg * *user_bias);
                *item_bias += rate * (error - reg * *item_bias);
                squares += error * error;
            }
        }
        squares
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::ratings;

    #[test]
    fn one_als_pass_by_hand() {
        let data = ratings(&[("a", "x", 5.0), ("a", "y", 3.0), ("b", "x", 4.0)]);
        let params = BiasParams::default()
            .n_epochs(1)
            .reg_item(0.0)
            .reg_user(1.0);
        let biases = Biases::fit(&params, &data).unwrap();
        // μ = 4; x: ((5−4) + (4−4)) / 2 = 0.5; y: (3−4) / 1 = −1; a: ((5−4.5) + (3−3)) / 3 = 1/6; b: (4−4.5) / 2.
        assert_eq!((biases.mean, &biases.items[..]), (4.0, &[0.5, -1.0][..]));
        assert!((biases.users[0] - 1.0 / 6.0).abs() < 1e-12 && biases.users[1] == -0.25);
        assert_eq!(biases.estimate(Some(UserId(1)), None), 3.75);
        assert_eq!(biases.estimate(Some(UserId(9)), None), 4.0);
    }

    #[test]
    fn one_sgd_step_by_hand() {
        let data = ratings(&[("a", "x", 5.0), ("b", "y", 3.0)]);
        let biases = Biases::fit(&BiasParams::sgd().n_epochs(1).learning_rate(0.1), &data).unwrap();
        assert!((biases.users[0] - 0.1).abs() < 1e-8 && (biases.items[1] + 0.1).abs() < 1e-8);
    }

    #[test]
    fn a_diverging_sgd_is_an_error_that_names_its_epoch() {
        let data = ratings(&[("a", "x", 5.0), ("b", "y", 3.0)]);
        let params = BiasParams::sgd().n_epochs(1000).learning_rate(10.0);
        let error = Biases::fit(&params, &data).unwrap_err();
        assert!(
            matches!(error, guide_core::Error::Diverged { algorithm: "baseline", epoch, .. } if epoch > 1)
        );
    }

    #[test]
    fn the_loss_of_als_is_its_squared_error_and_may_stop_it() {
        let data = ratings(&[("a", "x", 5.0), ("a", "y", 3.0), ("b", "x", 4.0)]);
        let stop = guide_core::EarlyStopping::new(1, 1e-3);
        let params = BiasParams::default().n_epochs(1000);
        let stopped = Biases::fit_with(&params, &data, &stop).unwrap();
        assert_ne!(stopped, Biases::fit(&params, &data).unwrap());

        struct Last(std::sync::Mutex<f64>);
        impl Progress for Last {
            fn epoch(&self, report: &EpochReport) -> std::ops::ControlFlow<()> {
                *self.0.lock().unwrap() = report.loss.unwrap();
                std::ops::ControlFlow::Continue(())
            }
        }
        let last = Last(std::sync::Mutex::new(0.0));
        let biases = Biases::fit_with(&params.n_epochs(3), &data, &last).unwrap();
        let error = |user, item, rating: f64| {
            (rating - biases.estimate(Some(UserId(user)), Some(ItemId(item)))).powi(2)
        };
        let mean = (error(0, 0, 5.0) + error(0, 1, 3.0) + error(1, 0, 4.0)) / 3.0;
        assert!((last.0.into_inner().unwrap() - mean).abs() < 1e-12);
    }

    #[test]
    fn bad_parameters_are_refused_by_name() {
        let bad = [
            ("n_epochs", "0"),
            ("reg_user", "-1"),
            ("reg_item", "-1"),
            ("learning_rate", "0"),
        ];
        guide_core::testing::refuses(&BiasParams::default(), &bad);
        guide_core::testing::refuses(
            &BiasParams::default(),
            &[("regularization", "-0.1"), ("method", "none")],
        );
    }
}
