//! Training, and what it leaves.

use std::sync::Arc;

use guide_core::kernels::dot;
use guide_core::ndarray::Array2;
use guide_core::{EpochReport, Error, Fit, Params, Persist, Progress, Result, report};
use recsys_core::{
    Contribution, Explain, FoldIn, Ids, Interactions, ItemId, Model, Part, UserId, ensure_history,
    ensure_item, ensure_user,
};
use serde::{Deserialize, Serialize};

use super::IalsParams;
use crate::alternate::{Cell, Fixed, Method, Rows, Solver, gramian};
use crate::factors::{Factors, factor_model, normal_rows};
use crate::parts::{Known, ensure_fits, largest_first};

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

impl Fit<Interactions> for IalsParams {
    type Model = Ials;

    fn fit_with(&self, data: &Interactions, progress: &dyn Progress) -> Result<Ials> {
        self.validate()?;
        let (k, unobserved) = (self.n_factors, self.unobserved_weight);
        let cell = |position| self.weights(data.weight(position));
        let by_user = Rows::by_user(data, cell, |n| self.ridge(n, data.n_items()));
        let by_item = Rows::by_item(data, cell, |n| self.ridge(n, data.n_users()));
        // The loss of a model that scores everything 0.
        let nothing: f64 = (0..data.len())
            .map(|position| f64::from(cell(position).1))
            .sum();
        let deviation = self.init_deviation / (k as f32).sqrt();
        let mut users = normal_rows(&Known::of(data).users, k, deviation, self.seed, 0);
        let mut items = vec![0.0; data.n_items() * k];
        let method = match self.solver {
            Solver::Cholesky => Method::Exact,
            Solver::ConjugateGradient => Method::Steps(self.cg_steps),
        };
        for epoch in 1..=self.n_epochs {
            let gramian_of_users = gramian(&users, k, unobserved);
            let fixed = Fixed::new(&users, k, gramian_of_users.as_ref());
            fixed.half_step(&by_item, &mut items, method);
            let gramian_of_items = gramian(&items, k, unobserved);
            let fixed = Fixed::new(&items, k, gramian_of_items.as_ref());
            let minima = fixed.half_step(&by_user, &mut users, method);
            let done = EpochReport {
                algorithm: "ials",
                epoch,
                n_epochs: self.n_epochs,
                loss: Some((nothing + minima + by_item.penalty(&items, k)) / data.len() as f64),
            };
            if report(progress, done)?.is_break() {
                break;
            }
        }
        let gramian = gramian(&items, k, unobserved);
        if self.solver == Solver::ConjugateGradient {
            let fixed = Fixed::new(&items, k, gramian.as_ref());
            fixed.half_step(&by_user, &mut users, Method::Converge);
        }
        Ok(Ials {
            params: self.clone(),
            ids: Arc::clone(data.ids()),
            factors: Factors::new(users, items, k).map_err(|_| self.diverged())?,
            gramian,
            data: data.clone(),
        })
    }
}

impl IalsParams {
    /// Weights beyond what the numbers hold.
    fn diverged(&self) -> Error {
        Error::Diverged {
            algorithm: "ials",
            epoch: self.n_epochs,
            step: 1,
            loss: f64::INFINITY,
        }
    }
}

impl Ials {
    /// The default parameters.
    pub fn params() -> IalsParams {
        IalsParams::default()
    }

    fn fixed_items(&self) -> Fixed<'_> {
        let items = self.factors.items.rows().to_slice().unwrap_or_default();
        Fixed::new(items, self.params.n_factors, self.gramian.as_ref())
    }

    fn cells(&self, history: &[(ItemId, f32)]) -> Vec<Cell> {
        history
            .iter()
            .map(|&(item, weight)| self.params.cell(item.0, weight))
            .collect()
    }

    /// The vector of someone with this history, the items fixed: `(α₀ YᵀY + Σ c y yᵀ + λ I)⁻¹ Σ c y`.
    pub(super) fn fold_in(&self, history: &[(ItemId, f32)]) -> Vec<f32> {
        let (fixed, cells) = (self.fixed_items(), self.cells(history));
        let mut x = fixed.right_side(&cells);
        fixed.solve(
            &cells,
            self.params.ridge(cells.len(), self.n_items()),
            &mut x,
        );
        x
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
        ensure_item(self, item)?;
        let (fixed, cells) = (self.fixed_items(), self.cells(&self.data.history_of(user)));
        let mut view = fixed.vector(item.0).to_vec();
        fixed.solve(
            &cells,
            self.params.ridge(cells.len(), self.n_items()),
            &mut view,
        );
        let parts = cells.iter().map(|cell| Contribution {
            from: Part::Item(ItemId(cell.other)),
            amount: cell.target * dot(&view, fixed.vector(cell.other)),
        });
        Ok(largest_first(parts.collect()))
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
        self.data.check()?;
        let k = self.params.n_factors;
        let gramian_fits = self.gramian.as_ref().is_none_or(|gramian| {
            gramian.dim() == (k, k)
                && gramian.is_standard_layout()
                && gramian.iter().all(|x| x.is_finite())
        });
        let fits = gramian_fits
            && self.params.validate().is_ok()
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
