//! What training leaves.

use std::sync::Arc;

use guide_core::ndarray::Array2;
use guide_core::{Params, Persist, Result};
use recsys_core::{
    Contribution, Explain, FoldIn, Ids, ItemId, Model, Prediction, RatingPredictor, Scale, UserId,
    ensure_history, ensure_item, ensure_user,
};
use serde::{Deserialize, Serialize};

use super::SvdParams;
use crate::factors::{Factors, factor_model};
use crate::parts::{Known, ensure_fits};
use crate::solve::ridge;

/// Matrix factorisation: `r̂_ui = μ + b_u + b_i + p_u · q_i`, or with `biased` off the plain `r̂_ui = p_u · q_i`.
///
/// Trained on the known ratings by gradient descent: with `e = r_ui − r̂_ui`, `b ← b + η (e − λ b)` for both biases,
/// `p_u ← p_u + η (e q_i − λ p_u)` and `q_i ← q_i + η (e p_u − λ q_i)`. The ratings are visited cell by cell, several
/// cells at once, in an order that no number of threads changes. Each kind of number may have an η and a λ of its own.
///
/// What is unknown counts 0, so that `μ + b_i` is left for a new user; without biases nothing is left, and the mean of all
/// ratings stands in. A shopper not seen in training gets the bias and the vector that minimise the same error with the
/// item side fixed: `(XᵀX + λ n I) x = Xᵀ y` over the `n` ratings of the history, `X` having the rows `(1, q_i)` and `y`
/// the numbers `r_i − μ − b_i`; where they differ, λ is the users'.
///
/// Koren, Bell, Volinsky: "Matrix factorization techniques for recommender systems", 2009, equations 5 and 6; defaults and
/// order of the updates as in Surprise.
///
/// ```
/// use guide_core::Fit;
/// use recsys_core::{Duplicates, FoldIn, Interactions, ItemId, RatingPredictor, Records, UserId, Values};
/// use recsys_mf::Svd;
/// let mut records = Records::builder();
/// for user in ["ann", "bob", "cem"] {
///     for (item, rating) in [("book", 5.0), ("pen", 1.0)] {
///         records.push(user, item, Values { rating: Some(rating), ..Values::default() })?;
///     }
/// }
/// let data = Interactions::new(&records.finish(), Duplicates::Refuse)?;
/// let svd = Svd::params().n_factors(2).n_epochs(500).learning_rate(0.05).fit(&data)?;
/// let book = svd.predict(Some(UserId(0)), Some(ItemId(0)));
/// assert!((book.rating - 5.0).abs() < 0.2);
/// // someone new: only the mean, 3, and what makes the book better than the pen
/// let best = svd.recommend_for(&[], 1, &[])?;
/// assert_eq!(best[0].id, ItemId(0));
/// # Ok::<(), guide_core::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Svd {
    pub(super) params: SvdParams,
    pub(super) ids: Arc<Ids>,
    pub(super) known: Known,
    pub(super) scale: Scale,
    pub(super) mean: f32,
    pub(super) factors: Factors,
}

factor_model!(Svd);

impl Svd {
    /// The default parameters.
    pub fn params() -> SvdParams {
        SvdParams::default()
    }

    /// The bias and the vector of someone with this history of ratings, the item side fixed.
    pub(super) fn fold_in(&self, history: &[(ItemId, f32)]) -> (f32, Vec<f32>) {
        let n_biases = usize::from(self.params.biased);
        let mut rows = Array2::ones((history.len(), n_biases + self.params.n_factors));
        let mut residuals = Vec::with_capacity(history.len());
        for (&(item, rating), mut row) in history.iter().zip(rows.outer_iter_mut()) {
            let factors = self.factors.items.row(item.0);
            row.iter_mut()
                .skip(n_biases)
                .zip(factors)
                .for_each(|(x, q)| *x = *q);
            residuals.push(rating - self.factors.estimate(None, Some(item.index())));
        }
        let (n, params) = (history.len() as f32, &self.params);
        let (bias_pull, pull) = (params.user_bias_rate().pull, params.user_rate().pull);
        let pull_of = |f: usize| {
            if f < n_biases {
                n * bias_pull
            } else {
                n * pull
            }
        };
        let mut solved = ridge(rows.view(), &residuals, pull_of);
        let bias = solved.drain(..n_biases).sum();
        (bias, solved)
    }
}

impl RatingPredictor for Svd {
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

impl FoldIn for Svd {
    fn score_for(&self, history: &[(ItemId, f32)], scores: &mut [f32]) -> Result<()> {
        ensure_history(self, history)?;
        let (bias, vector) = self.fold_in(history);
        self.factors.score_for(bias, &vector, scores);
        Ok(())
    }
}

impl Explain for Svd {
    fn explain(&self, user: UserId, item: ItemId) -> Result<Vec<Contribution>> {
        ensure_user(self, user)?;
        ensure_item(self, item)?;
        Ok(self.factors.explain(user, item))
    }
}

impl Persist for Svd {
    const KIND: &'static str = "svd";
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
