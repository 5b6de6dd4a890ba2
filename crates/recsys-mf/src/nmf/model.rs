//! What training leaves.

use std::sync::Arc;

use guide_core::{Error, Fit, Params, Persist, Progress, Result, stream};
use rand::RngExt;
use rayon::prelude::*;
use recsys_core::{
    Contribution, Explain, FoldIn, Ids, Interactions, ItemId, Model, Prediction, RatingPredictor,
    Scale, UserId, ensure_history, ensure_item, ensure_user,
};
use serde::{Deserialize, Serialize};

use super::NmfParams;
use super::train::train;
use crate::factors::{Factors, factor_model};
use crate::parts::{Known, diverged, ensure_fits, ensure_room};

/// Non-negative factors: `r̂_ui = p_u · q_i` with no number below 0, or with `biased` `r̂_ui = μ + b_u + b_i + p_u · q_i`.
///
/// Each epoch multiplies every number by what would balance its gradient, both sides from the same factors:
/// `p_uf ← p_uf Σ_i q_if r_ui / (Σ_i q_if r̂_ui + λ n_u p_uf)` and `q_if ← q_if Σ_u p_uf r_ui / (Σ_u p_uf r̂_ui + λ n_i q_if)`.
/// The biases take one step of gradient descent a rating, `b ← b + η (e − λ' b)`. Each kind of number may have a λ and each
/// bias an η of its own. Ratings must not be negative.
///
/// A shopper not seen in training gets the `p ≥ 0` (and the bias) at which these updates rest with the item side fixed: the
/// minimum of `Σ (r − r̂)² + n (λ |p|² + λ' b²)` over the history, λ being the users'. What is unknown counts 0; without biases nothing is left,
/// and the mean of all ratings stands in. [`Explain`] splits a score into mean, biases and factors, exactly.
///
/// Luo, Zhou, Xia and Zhu (2014), equation 9; the order of the updates as in Surprise.
///
/// ```
/// use guide_core::Fit;
/// use recsys_core::{Duplicates, Interactions, ItemId, RatingPredictor, Records, Values};
/// use recsys_mf::Nmf;
/// let mut records = Records::builder();
/// for (user, item, rating) in [("ann", "book", 2.0), ("ann", "pen", 1.0), ("bob", "book", 4.0), ("cem", "pen", 1.0)] {
///     records.push(user, item, Values { rating: Some(rating), ..Values::default() })?;
/// }
/// let data = Interactions::new(&records.finish(), Duplicates::Refuse)?;
/// let nmf = Nmf::params().n_factors(2).fit(&data)?;
/// assert!(nmf.user_factors().iter().chain(nmf.item_factors().iter()).all(|&x| x >= 0.0));
/// assert_eq!(nmf.predict(None, Some(ItemId(1))).rating, 2.0); // (2 + 1 + 4 + 1) / 4
/// # Ok::<(), guide_core::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Nmf {
    params: NmfParams,
    ids: Arc<Ids>,
    known: Known,
    scale: Scale,
    mean: f32,
    pub(super) factors: Factors,
}

factor_model!(Nmf);

/// Keep the draws of users and items apart; any two numbers do.
const USER_DRAWS: u64 = 19;
const ITEM_DRAWS: u64 = 20;
/// Rounds of coordinate descent for a new shopper, at most.
const MAX_ROUNDS: usize = 1000;

impl Nmf {
    /// The default parameters.
    pub fn params() -> NmfParams {
        NmfParams::default()
    }

    /// The bias and the vector of someone with this history of ratings, the item side fixed: coordinate descent, each
    /// number in turn to where its gradient is 0, or to 0.
    pub(super) fn fold_in(&self, history: &[(ItemId, f32)]) -> (f32, Vec<f32>) {
        let n = history.len() as f64;
        let (pull, bias_pull) = (
            n * f64::from(self.params.user_pull()),
            n * f64::from(self.params.bias_rates().0.pull),
        );
        let rows: Vec<&[f32]> = history
            .iter()
            .map(|(item, _)| self.factors.items.row(item.0))
            .collect();
        let error = |&(item, rating): &(ItemId, f32)| {
            f64::from(rating - self.factors.estimate(None, Some(item.index())))
        };
        let mut errors: Vec<f64> = history.iter().map(error).collect();
        let squares: Vec<f64> = (0..self.params.n_factors)
            .map(|f| rows.iter().map(|row| f64::from(row[f]).powi(2)).sum())
            .collect();
        let (mut bias, mut vector) = (0.0_f64, vec![0.0_f64; self.params.n_factors]);
        for _ in 0..MAX_ROUNDS {
            let mut moved = 0.0_f64;
            if self.params.biased && !history.is_empty() {
                let slope = errors.iter().sum::<f64>() - bias_pull * bias;
                let step = slope / (n + bias_pull);
                bias += step;
                errors.iter_mut().for_each(|error| *error -= step);
                moved = step.abs();
            }
            for (f, (x, square)) in vector.iter_mut().zip(&squares).enumerate() {
                let bend = square + pull;
                if bend <= 0.0 {
                    continue;
                }
                let along = errors
                    .iter()
                    .zip(&rows)
                    .map(|(e, row)| e * f64::from(row[f]));
                let target = *x + (along.sum::<f64>() - pull * *x) / bend;
                let step = target.max(0.0) - *x;
                *x += step;
                for (error, row) in errors.iter_mut().zip(&rows) {
                    *error -= step * f64::from(row[f]);
                }
                moved = moved.max(step.abs());
            }
            if moved < 1e-7 {
                break;
            }
        }
        (bias as f32, vector.into_iter().map(|x| x as f32).collect())
    }
}

impl Fit<Interactions> for NmfParams {
    type Model = Nmf;

    fn fit_with(&self, data: &Interactions, progress: &dyn Progress) -> Result<Nmf> {
        self.validate()?;
        ensure_room("nmf", data.n_users() + data.n_items(), self.n_factors)?;
        let known = Known::of(data);
        let users = self.uniform_rows(&known.users, USER_DRAWS);
        let items = self.uniform_rows(&known.items, ITEM_DRAWS);
        self.fit_from(data, &users, &items, progress)
    }
}

impl NmfParams {
    /// Rows of draws from `U(init_low, init_high)`, one stream of random numbers a row; 0 where `known` is not.
    fn uniform_rows(&self, known: &[bool], side: u64) -> Vec<f32> {
        let mut rows = vec![0.0; known.len() * self.n_factors];
        let each = rows.par_chunks_mut(self.n_factors).zip(known).enumerate();
        each.filter(|(_, (_, known))| **known)
            .for_each(|(id, (row, _))| {
                let mut rng = stream(self.seed, (side << 32) | id as u64);
                row.fill_with(|| rng.random_range(self.init_low..self.init_high));
            });
        rows
    }

    /// Trains from these factors, `n_factors` numbers a row.
    pub(super) fn fit_from(
        &self,
        data: &Interactions,
        users: &[f32],
        items: &[f32],
        progress: &dyn Progress,
    ) -> Result<Nmf> {
        let (ratings, scale) = data.require_ratings("nmf")?;
        if let Some(rating) = ratings.iter().find(|&&rating| rating < 0.0) {
            let needed = format!("ratings that are not negative, but there is one of {rating}");
            return Err(Error::Unsuitable {
                algorithm: "nmf",
                needed,
            });
        }
        let total: f64 = ratings.iter().map(|&r| f64::from(r)).sum();
        let mean = (total / ratings.len() as f64) as f32;
        let (rows, reached) = train(self, data, ratings, mean, (users, items), progress)?;
        let mut factors = Factors::new(rows.users, rows.items, self.n_factors)
            .map_err(|_| diverged("nmf", reached))?;
        if self.biased {
            factors.mean = mean;
            factors.user_biases = rows.user_biases;
            factors.item_biases = rows.item_biases;
        }
        Ok(Nmf {
            params: self.clone(),
            ids: Arc::clone(data.ids()),
            known: Known::of(data),
            scale,
            mean,
            factors,
        })
    }
}

impl RatingPredictor for Nmf {
    fn predict(&self, user: Option<UserId>, item: Option<ItemId>) -> Prediction {
        let (u, i) = (self.known.user(user), self.known.item(item));
        let rating = if self.params.biased || (u.is_some() && i.is_some()) {
            self.factors.estimate(u, i)
        } else {
            self.mean
        };
        Prediction {
            rating: self.scale.clip(rating),
            basis: self.known.basis(user, item),
        }
    }
}

/// From a history of ratings.
impl FoldIn for Nmf {
    fn score_for(&self, history: &[(ItemId, f32)], scores: &mut [f32]) -> Result<()> {
        ensure_history(self, history)?;
        let (bias, vector) = self.fold_in(history);
        self.factors.score_for(bias, &vector, scores);
        Ok(())
    }
}

/// Mean, biases and factors, exactly.
impl Explain for Nmf {
    fn explain(&self, user: UserId, item: ItemId) -> Result<Vec<Contribution>> {
        ensure_user(self, user)?;
        ensure_item(self, item)?;
        Ok(self.factors.explain(user, item))
    }
}

impl Persist for Nmf {
    const KIND: &'static str = "nmf";
    const VERSION: u16 = 2;

    fn about(&self) -> serde_json::Value {
        serde_json::json!({ "params": self.params, "n_users": self.n_users(), "n_items": self.n_items() })
    }

    fn check(&self) -> Result<()> {
        let fits = self.params.validate().is_ok()
            && self.known.fits(&self.ids)
            && self.factors.fits(&self.ids)
            && self.factors.items.dim() == self.params.n_factors
            && self.mean.is_finite()
            && self.scale.min <= self.scale.max;
        ensure_fits(
            Self::KIND,
            fits,
            "factors, parameters and names do not fit together",
        )
    }
}
