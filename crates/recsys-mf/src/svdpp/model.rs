//! What training leaves.

use std::sync::Arc;

use guide_core::kernels::{axpy, dot};
use guide_core::ndarray::{Array2, ArrayView2};
use guide_core::{Fit, Params, Persist, Progress, Result, Vectors};
use recsys_core::{
    Contribution, Explain, FoldIn, Ids, Interactions, ItemId, Model, Part, Prediction,
    RatingPredictor, Scale, UserId, ensure_history, ensure_item, ensure_user,
};
use serde::{Deserialize, Serialize};

use super::SvdppParams;
use super::train::Rows;
use crate::factors::{Factors, factor_model, normal_rows};
use crate::parts::{Known, diverged, ensure_fits, ensure_room, largest_first};
use crate::solve::ridge;

/// SVD++: `r̂_ui = μ + b_u + b_i + q_i · (p_u + |I_u|^−½ Σ_{j ∈ I_u} y_j)`, where `I_u` are the items that `u` rated.
///
/// With `e = r_ui − r̂_ui`, a step on one rating makes `b ← b + η (e − λ b)` for both biases, `p_u ← p_u + η (e q_i − λ p_u)`,
/// `q_i ← q_i + η (e (p_u + z_u) − λ q_i)` with the implicit part `z_u`, and `y_j ← y_j + η (e q_i |I_u|^−½ − λ y_j)` for
/// every `j ∈ I_u`. Those last steps, the same for all `j`, are gathered and made once for each user, which changes no
/// result: it is Surprise's at a cost that grows with the ratings alone. Each kind of number may have an η and a λ of its
/// own. One thread trains, user after user (`docs/decisions/007-svdpp-serial.md`).
///
/// What is unknown counts 0. A shopper not seen in training has the `z` of the history, and the bias and `p` that minimise
/// the error with the item side fixed: `(XᵀX + λ n I) x = Xᵀ y` over the `n` ratings of the history, `X` having the rows
/// `(1, q_i)` and `y` the numbers `r_i − μ − b_i − q_i · z`; where they differ, λ is the users'. [`Explain`] is exact: a user's item `j` adds `q_i · y_j |I_u|^−½`,
/// and `p_u · q_i` is the part of the factors.
///
/// Koren: "Factorization meets the Neighborhood", 2008, equation 15; defaults and order of the updates as in Surprise.
///
/// ```
/// use guide_core::Fit;
/// use recsys_core::{Duplicates, FoldIn, Interactions, ItemId, RatingPredictor, Records, UserId, Values};
/// use recsys_mf::Svdpp;
/// let mut records = Records::builder();
/// for user in ["ann", "bob", "cem"] {
///     for (item, rating) in [("book", 5.0), ("pen", 1.0)] {
///         records.push(user, item, Values { rating: Some(rating), ..Values::default() })?;
///     }
/// }
/// let data = Interactions::new(&records.finish(), Duplicates::Refuse)?;
/// let svd = Svdpp::params().n_factors(2).n_epochs(500).learning_rate(0.05).fit(&data)?;
/// let book = svd.predict(Some(UserId(0)), Some(ItemId(0)));
/// assert!((book.rating - 5.0).abs() < 0.2);
/// // someone new: only the mean, 3, and what makes the book better than the pen
/// let best = svd.recommend_for(&[], 1, &[])?;
/// assert_eq!(best[0].id, ItemId(0));
/// # Ok::<(), guide_core::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Svdpp {
    params: SvdppParams,
    ids: Arc<Ids>,
    known: Known,
    scale: Scale,
    /// Users: `p_u + z_u`.
    pub(super) factors: Factors,
    /// `y_j`.
    implicit: Vectors, // [n_items, n_factors]
    data: Interactions,
}

factor_model!(Svdpp);

/// Keep the draws of the three sides apart; any three numbers do.
const USER_DRAWS: u64 = 16;
const ITEM_DRAWS: u64 = 17;
const IMPLICIT_DRAWS: u64 = 18;

impl Svdpp {
    /// The default parameters.
    pub fn params() -> SvdppParams {
        SvdppParams::default()
    }

    /// What having rated an item says, one row of numbers for each item.
    pub fn implicit_factors(&self) -> ArrayView2<'_, f32> {
        self.implicit.rows()
    }

    /// The bias and the vector `p + z` of someone with this history of ratings, the item side fixed.
    pub(super) fn fold_in(&self, history: &[(ItemId, f32)]) -> (f32, Vec<f32>) {
        let mut implicit = vec![0.0; self.params.n_factors];
        let share = 1.0 / (history.len() as f32).sqrt();
        for &(item, _) in history {
            axpy(share, self.implicit.row(item.0), &mut implicit);
        }
        let mut rows = Array2::ones((history.len(), 1 + self.params.n_factors));
        let mut residuals = Vec::with_capacity(history.len());
        for (&(item, rating), mut row) in history.iter().zip(rows.outer_iter_mut()) {
            let q = self.factors.items.row(item.0);
            row.iter_mut().skip(1).zip(q).for_each(|(x, q)| *x = *q);
            let fixed = self.factors.estimate(None, Some(item.index())) + dot(q, &implicit);
            residuals.push(rating - fixed);
        }
        let (n, params) = (history.len() as f32, &self.params);
        let (bias_pull, pull) = (params.user_bias_rate().pull, params.user_rate().pull);
        let pull_of = |f: usize| if f == 0 { n * bias_pull } else { n * pull };
        let mut solved = ridge(rows.view(), &residuals, pull_of);
        let bias = solved.remove(0);
        axpy(1.0, &implicit, &mut solved);
        (bias, solved)
    }
}

impl Fit<Interactions> for SvdppParams {
    type Model = Svdpp;

    fn fit_with(&self, data: &Interactions, progress: &dyn Progress) -> Result<Svdpp> {
        self.validate()?;
        let n_rows = data.n_users() + 2 * data.n_items();
        ensure_room("svdpp", n_rows, self.n_factors)?;
        let known = Known::of(data);
        let start = |known: &[bool], side| {
            normal_rows(known, self.n_factors, self.init_deviation, self.seed, side)
        };
        let (users, items, implicit) = (
            start(&known.users, USER_DRAWS),
            start(&known.items, ITEM_DRAWS),
            start(&known.items, IMPLICIT_DRAWS),
        );
        let rows = Rows::new(users, items, implicit, self.n_factors);
        self.fit_from(data, rows, progress)
    }
}

impl SvdppParams {
    /// Trains from these rows.
    pub(super) fn fit_from(
        &self,
        data: &Interactions,
        mut rows: Rows,
        progress: &dyn Progress,
    ) -> Result<Svdpp> {
        let (ratings, scale) = data.require_ratings("svdpp")?;
        let total: f64 = ratings.iter().map(|&r| f64::from(r)).sum();
        let mean = (total / ratings.len() as f64) as f32;
        let reached = rows.train(self, data, ratings, mean, progress)?;
        let k = self.n_factors;
        let implicit = Factors::new(Vec::new(), rows.implicit, k)
            .map_err(|_| diverged("svdpp", reached))?
            .items;
        let mut factors =
            Factors::new(rows.users, rows.items, k).map_err(|_| diverged("svdpp", reached))?;
        factors.mean = mean;
        factors.user_biases = rows.user_biases;
        factors.item_biases = rows.item_biases;
        Ok(Svdpp {
            params: self.clone(),
            ids: Arc::clone(data.ids()),
            known: Known::of(data),
            scale,
            factors,
            implicit,
            data: data.clone(),
        })
    }
}

impl RatingPredictor for Svdpp {
    fn predict(&self, user: Option<UserId>, item: Option<ItemId>) -> Prediction {
        let rating = self
            .factors
            .estimate(self.known.user(user), self.known.item(item));
        Prediction {
            rating: self.scale.clip(rating),
            basis: self.known.basis(user, item),
        }
    }
}

/// From a history of ratings.
impl FoldIn for Svdpp {
    fn score_for(&self, history: &[(ItemId, f32)], scores: &mut [f32]) -> Result<()> {
        ensure_history(self, history)?;
        let (bias, vector) = self.fold_in(history);
        self.factors.score_for(bias, &vector, scores);
        Ok(())
    }
}

/// Mean, biases, factors, and each item of the user by its implicit factors, exactly.
impl Explain for Svdpp {
    fn explain(&self, user: UserId, item: ItemId) -> Result<Vec<Contribution>> {
        ensure_user(self, user)?;
        ensure_item(self, item)?;
        let (q, owned) = (self.factors.items.row(item.0), self.data.items_of(user));
        let share = 1.0 / (owned.len() as f32).sqrt();
        let by_item = owned.iter().map(|&from| Contribution {
            from: Part::Item(from),
            amount: share * dot(q, self.implicit.row(from.0)),
        });
        let by_item: Vec<Contribution> = by_item.collect();
        let implicit: f32 = by_item.iter().map(|part| part.amount).sum();
        let mut parts = self.factors.explain(user, item);
        for part in parts.iter_mut().filter(|part| part.from == Part::Factors) {
            part.amount -= implicit;
        }
        parts.extend(by_item);
        Ok(largest_first(parts))
    }
}

impl Persist for Svdpp {
    const KIND: &'static str = "svdpp";
    const VERSION: u16 = 2;

    fn about(&self) -> serde_json::Value {
        serde_json::json!({ "params": self.params, "n_users": self.n_users(), "n_items": self.n_items() })
    }

    fn check(&self) -> Result<()> {
        let sizes = (self.ids.users.len(), self.ids.items.len());
        let fits = self.params.validate().is_ok()
            && self.known.fits(&self.ids)
            && self.factors.fits(&self.ids)
            && (self.data.n_users(), self.data.n_items()) == sizes
            && (self.implicit.len(), self.implicit.dim()) == (sizes.1, self.params.n_factors)
            && self.factors.items.dim() == self.params.n_factors
            && self.scale.min <= self.scale.max;
        ensure_fits(
            Self::KIND,
            fits,
            "factors, parameters and names do not fit together",
        )
    }
}
