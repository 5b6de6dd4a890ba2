//! Training, and what it leaves.

use std::borrow::Cow;
use std::sync::Arc;

use guide_core::ndarray::Array2;
use guide_core::{Fit, Params, Persist, Progress, Result};
use rayon::prelude::*;
use recsys_core::{
    Contribution, Explain, FoldIn, Ids, Interactions, ItemId, Model, UserId, ensure_history,
    ensure_item, ensure_user,
};
use serde::{Deserialize, Serialize};

use super::IalsParams;
use super::params::Weights;
use crate::alternate::{Alternation, Cells, Fixed, Rows};
use crate::factors::{Factors, factor_model, normal_rows, vectors};
use crate::parts::{Known, ensure_fits, ensure_room, largest_first};

/// Alternating least squares on events: the score is `x_u · y_i`.
///
/// With the weights `c_ui = α w_ui` of the interactions `S` it minimises
/// `Σ_S c_ui (1 − x_u·y_i)² + α₀ Σ_all (x_u·y_i)² + Σ_u λ_u |x_u|² + Σ_i λ_i |y_i|²`, where
/// `λ_u = λ₀ (|I_u| + α₀ m)^ν` for `m` items and likewise for items ([`Confidence`](super::Confidence) has the other
/// form). Each epoch solves all items with the users fixed, then all users with the items fixed: every row is a linear
/// system of its own, solved by Cholesky or by a few steps of conjugate gradient. The loss reported is that sum divided by
/// the number of interactions.
///
/// At the end the users are solved exactly. So a user's vector is a function of the user's history and the items:
/// [`FoldIn`] gives someone with the same history the same scores, and [`Explain`] splits a score exactly into what each
/// item of the history adds, `c_uj y_iᵀ A_u⁻¹ y_j` (Hu et al., section 5; implicit's `explain`). Ratings are not looked at.
///
/// Hu, Koren, Volinsky: "Collaborative filtering for implicit feedback datasets", 2008, equations 3 to 5. Rendle,
/// Krichene, Zhang, Koren: "Revisiting the performance of iALS on item recommendation benchmarks", 2021, equations 2 to 6.
///
/// ```
/// use guide_core::Fit;
/// use recsys_core::{Duplicates, Explain, Interactions, ItemId, Part, Records, Recommender, UserId, Values};
/// use recsys_mf::Ials;
/// let mut records = Records::builder();
/// for (user, item) in [("ann", "pen"), ("ann", "ink"), ("bob", "pen"), ("bob", "ink"), ("cat", "pen"), ("dan", "hat"), ("eve", "hat")] {
///     records.push(user, item, Values::default())?;
/// }
/// let data = Interactions::new(&records.finish(), Duplicates::Refuse)?;
/// let ials = Ials::params().n_factors(2).fit(&data)?;
/// let best = ials.recommend(UserId(2), 1, data.items_of(UserId(2)))?;
/// assert_eq!(best[0].id, ItemId(1)); // cat has the pen: ink
/// let why = ials.explain(UserId(2), ItemId(1))?;
/// assert_eq!((why[0].from, why.len()), (Part::Item(ItemId(0)), 1)); // because of the pen
/// # Ok::<(), guide_core::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ials {
    pub(super) params: IalsParams,
    pub(super) ids: Arc<Ids>,
    pub(super) factors: Factors,
    /// `α₀ YᵀY`, which every solve of a user begins with.
    pub(super) gramian: Option<Array2<f32>>,
    pub(super) data: Interactions,
}

factor_model!(Ials);

/// What training adds to the histories that [`Ials`] was trained on: the model without them, for files that hold the histories once for several models.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct IalsFactors<'a> {
    params: Cow<'a, IalsParams>,
    factors: Cow<'a, Factors>,
    gramian: Cow<'a, Option<Array2<f32>>>,
}

impl IalsFactors<'_> {
    /// The same without the vectors of the users: for a smaller file of a model that is only asked by histories.
    ///
    /// # Errors
    /// None for factors that training made.
    pub fn without_users(mut self) -> Result<Self> {
        self.factors.to_mut().users = vectors(Vec::new(), self.params.n_factors)?;
        Ok(self)
    }

    /// The model with the histories `data` that it was trained on. Without vectors of users ([`IalsFactors::without_users`]) these are 0, and the model
    /// answers by histories alone.
    ///
    /// # Errors
    /// [`Error::Decode`](guide_core::Error::Decode) if they do not fit together, as in a forged file.
    pub fn with_histories(self, data: &Interactions) -> Result<Ials> {
        let mut factors = self.factors.into_owned();
        if factors.users.is_empty() {
            let k = self.params.n_factors;
            factors.users = vectors(vec![0.0; data.n_users().saturating_mul(k)], k)?;
        }
        let model = Ials {
            params: self.params.into_owned(),
            ids: Arc::clone(data.ids()),
            factors,
            gramian: self.gramian.into_owned(),
            data: data.clone(),
        };
        model.check()?;
        Ok(model)
    }
}

impl Fit<Interactions> for IalsParams {
    type Model = Ials;

    fn fit_with(&self, data: &Interactions, progress: &dyn Progress) -> Result<Ials> {
        self.validate()?;
        let n_rows = data.n_users() + data.n_items() + self.n_factors;
        ensure_room("ials", n_rows, self.n_factors)?;
        let deviation = self.init_deviation / (self.n_factors as f32).sqrt();
        let known = Known::of(data).users;
        let users = normal_rows(&known, self.n_factors, deviation, self.seed, 0);
        self.resolved(data).fit_from(data, users, progress)
    }
}

impl IalsParams {
    /// Trains [resolved](IalsParams::resolved) parameters from these users, `n_factors` numbers a row.
    pub(super) fn fit_from(
        &self,
        data: &Interactions,
        users: Vec<f32>,
        progress: &dyn Progress,
    ) -> Result<Ials> {
        let weights = Weights::of(self);
        let cell = |position| weights.of_interaction(data.weight(position));
        let alternation = Alternation {
            algorithm: "ials",
            by_user: Rows::by_user(data, cell, |n| weights.ridge(n, data.n_items())),
            by_item: Rows::by_item(data, cell, |n| weights.ridge(n, data.n_users())),
            n_factors: self.n_factors,
            n_epochs: self.n_epochs,
            unobserved: weights.unobserved,
            solver: self.solver,
            cg_steps: self.cg_steps,
            loss_of_nothing: (0..data.len())
                .map(|position| f64::from(cell(position).1))
                .sum(),
        };
        let (factors, gramian) = alternation.run(users, progress)?;
        Ok(Ials {
            params: self.clone(),
            ids: Arc::clone(data.ids()),
            factors,
            gramian,
            data: data.clone(),
        })
    }
}

impl Ials {
    /// The default parameters.
    pub fn params() -> IalsParams {
        IalsParams::default()
    }

    /// The parameters that it was trained with; those that were left to the data have the values that training used.
    ///
    /// ```
    /// use guide_core::Fit;
    /// use recsys_core::testing::events;
    /// use recsys_mf::Ials;
    /// let data = events(&[("ann", "pen"), ("ann", "ink"), ("bob", "cup"), ("bob", "mug")]);
    /// let ials = Ials::params().n_factors(2).fit(&data)?;
    /// assert_eq!(*ials.trained_with(), Ials::params().n_factors(2).resolved(&data));
    /// # Ok::<(), guide_core::Error>(())
    /// ```
    pub fn trained_with(&self) -> &IalsParams {
        &self.params
    }

    /// The model without its histories, as a file may hold it that has these elsewhere.
    ///
    /// ```
    /// use guide_core::Fit;
    /// use recsys_core::testing::events;
    /// use recsys_mf::Ials;
    /// let data = events(&[("ann", "pen"), ("ann", "ink"), ("bob", "cup"), ("bob", "mug")]);
    /// let model = Ials::params().n_factors(2).fit(&data)?;
    /// assert_eq!(model.without_histories().with_histories(&data)?, model);
    /// # Ok::<(), guide_core::Error>(())
    /// ```
    pub fn without_histories(&self) -> IalsFactors<'_> {
        IalsFactors {
            params: Cow::Borrowed(&self.params),
            factors: Cow::Borrowed(&self.factors),
            gramian: Cow::Borrowed(&self.gramian),
        }
    }

    /// The trained item factors with other histories, as after the items were trained: items are found by their names, those that were not
    /// there have zeros, and each user's vector is solved from the user's history in `data`.
    ///
    /// # Errors
    /// [`Error::NotFinite`](guide_core::Error::NotFinite) for weights beyond what the systems bear.
    ///
    /// ```
    /// use guide_core::Fit;
    /// use recsys_core::{ItemId, Recommender, UserId, testing::events};
    /// use recsys_mf::Ials;
    /// let data = events(&[("ann", "pen"), ("ann", "ink"), ("bob", "pen"), ("bob", "ink"), ("cy", "cup")]);
    /// let ials = Ials::params().n_factors(2).regularization(0.01).unobserved_weight(0.1).fit(&data)?;
    /// // Ann has gone, and there is a new item.
    /// let later = events(&[("bob", "pen"), ("bob", "ink"), ("cy", "cup"), ("cy", "hat")]);
    /// let ials = ials.on_histories(&later)?;
    /// let mut scores = [0.0; 4];
    /// ials.score_items(UserId(0), &mut scores)?;
    /// assert!(scores[0] > 0.5 && scores[3] == 0.0); // bob's pen, and the hat, which was not there in training
    /// # Ok::<(), guide_core::Error>(())
    /// ```
    pub fn on_histories(&self, data: &Interactions) -> Result<Self> {
        let k = self.params.n_factors;
        let mut items = vec![0.0; data.n_items() * k];
        for (row, name) in items.chunks_exact_mut(k).zip(data.ids().items.names()) {
            if let Some(known) = self.ids.item(name) {
                row.copy_from_slice(self.factors.items.row(known.0));
            }
        }
        let factors = Factors::new(vec![0.0; data.n_users() * k], items, k)?;
        let mut model = Self {
            params: self.params.clone(),
            ids: Arc::clone(data.ids()),
            factors,
            gramian: self.gramian.clone(),
            data: data.clone(),
        };
        let users = (0..data.n_users() as u32).into_par_iter().map(UserId);
        let users = users.flat_map_iter(|user| model.fold_in(&data.history_of(user)));
        let users: Vec<f32> = users.collect();
        model.factors.users = vectors(users, k)?;
        Ok(model)
    }

    fn items(&self) -> Fixed<'_> {
        Fixed::items(&self.factors, self.gramian.as_ref())
    }

    /// The cells of a history, and its λ.
    fn row(&self, history: &[(ItemId, f32)]) -> (Cells, f32) {
        let (mut cells, weights) = (Cells::default(), Weights::of(&self.params));
        for &(item, weight) in history {
            cells.push(item.0, weights.of_interaction(weight));
        }
        (cells, weights.ridge(history.len(), self.n_items()))
    }

    /// The vector of someone with this history, the items fixed: `(α₀ YᵀY + Σ c y yᵀ + λ I)⁻¹ Σ c y`.
    pub(super) fn fold_in(&self, history: &[(ItemId, f32)]) -> Vec<f32> {
        let (cells, ridge) = self.row(history);
        self.items().row(&cells, ridge)
    }

    /// The vector of someone with this `history`: its product with an item's row of [`Ials::item_factors`] is the score that
    /// [`FoldIn::score_for`] gives. For many people at once it is faster to multiply all their vectors with the items.
    ///
    /// # Errors
    /// As [`FoldIn::score_for`].
    ///
    /// ```
    /// use guide_core::{Fit, kernels::dot};
    /// use recsys_core::{FoldIn, ItemId, testing::events};
    /// let data = events(&[("ann", "pen"), ("ann", "ink"), ("bob", "pen"), ("bob", "ink"), ("dan", "hat")]);
    /// let ials = recsys_mf::Ials::params().n_factors(2).fit(&data)?;
    /// let (history, mut scores) = ([(ItemId(0), 1.0)], [0.0; 3]);
    /// ials.score_for(&history, &mut scores)?;
    /// let ink = ials.item_factors().row(1).to_vec();
    /// assert!((dot(&ials.user_vector_for(&history)?, &ink) - scores[1]).abs() < 1e-6);
    /// # Ok::<(), guide_core::Error>(())
    /// ```
    pub fn user_vector_for(&self, history: &[(ItemId, f32)]) -> Result<Vec<f32>> {
        ensure_history(self, history)?;
        Ok(self.fold_in(history))
    }

    /// The parts of the score of `item` for someone with this `history`, largest first; they sum to what
    /// [`FoldIn::score_for`] gives.
    ///
    /// # Errors
    /// As [`FoldIn::score_for`].
    pub fn explain_for(
        &self,
        history: &[(ItemId, f32)],
        item: ItemId,
    ) -> Result<Vec<Contribution>> {
        ensure_history(self, history)?;
        ensure_item(self, item)?;
        let (cells, ridge) = self.row(history);
        Ok(largest_first(self.items().parts(&cells, ridge, item)))
    }
}

impl FoldIn for Ials {
    fn score_for(&self, history: &[(ItemId, f32)], scores: &mut [f32]) -> Result<()> {
        ensure_history(self, history)?;
        self.factors.score_for(0.0, &self.fold_in(history), scores);
        Ok(())
    }
}

/// By the user's items, exactly.
impl Explain for Ials {
    fn explain(&self, user: UserId, item: ItemId) -> Result<Vec<Contribution>> {
        ensure_user(self, user)?;
        self.explain_for(&self.data.history_of(user), item)
    }
}

impl Persist for Ials {
    const KIND: &'static str = "ials";
    const VERSION: u16 = 1;

    fn about(&self) -> serde_json::Value {
        serde_json::json!({
            "params": self.params,
            "n_users": self.n_users(),
            "n_items": self.n_items(),
            "interactions": self.data.len(),
        })
    }

    fn check(&self) -> Result<()> {
        guide_core::check_params(Self::KIND, &self.params)?;
        let k = self.params.n_factors;
        let gramian_fits = self.gramian.as_ref().is_none_or(|gramian| {
            gramian.dim() == (k, k)
                && gramian.is_standard_layout()
                && gramian.iter().all(|x| x.is_finite())
        });
        let fits = gramian_fits
            && self.params.validate().is_ok()
            && self.params.regularization.is_some()
            && self.params.unobserved_weight.is_some()
            && self.factors.fits(&self.ids)
            && self.factors.items.dim() == k
            && (self.data.n_users(), self.data.n_items()) == (self.n_users(), self.n_items());
        ensure_fits(
            Self::KIND,
            fits,
            "factors, parameters, names and interactions do not fit together",
        )
    }
}
