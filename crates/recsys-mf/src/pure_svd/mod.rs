//! PureSVD (Cremonesi, Koren, Turrin, 2010, "Performance of Recommender Algorithms on Top-N Recommendation Tasks"): the
//! leading singular vectors of the matrix of events, where what nobody took is 0.

mod params;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use guide_core::kernels::{axpy, dot};
use guide_core::{Fit, Params, Persist, Progress, Result};
use recsys_core::{
    Contribution, Explain, FoldIn, Ids, Interactions, ItemId, Part, UserId, ensure_history,
    ensure_item, ensure_user,
};
use serde::{Deserialize, Serialize};

pub use params::PureSvdParams;

use crate::factors::{Factors, factor_model};
use crate::parts::{ensure_fits, largest_first};
use crate::truncated_svd::{Cells, TruncatedSvd};

/// The matrix `R` of the weights (1 an event where there are none) as `U S Vᵀ`, and of it the score `r_u V Vᵀ`.
///
/// With the items' vectors `v_i`, the rows of `V`, a user is `p_u = Σ_j w_uj v_j` and the score `s_ui = p_u · v_i`: whoever
/// has a history has a score, trained on or not, so [`FoldIn`] is exact, and so is [`Explain`] by the user's items:
/// `s_ui = Σ_j w_uj (v_j · v_i)`. Ratings are not looked at.
///
/// The singular vectors are found by random projection with power iterations (Halko, Martinsson, Tropp, 2011), each of
/// which is reported as an epoch, without a loss. Memory: `(2 n_users + 2 n_items) (n_factors + oversampling)` numbers.
///
/// Cremonesi, Koren and Turrin (2010), section 3.3, equation 7.
///
/// ```
/// use guide_core::Fit;
/// use recsys_core::{Duplicates, Interactions, ItemId, Records, Recommender, UserId, Values};
/// use recsys_mf::PureSvd;
/// let mut records = Records::builder();
/// for (user, item) in [("ann", "pen"), ("ann", "ink"), ("bob", "pen"), ("bob", "ink"), ("cat", "pen"), ("dan", "hat")] {
///     records.push(user, item, Values::default())?;
/// }
/// let data = Interactions::new(&records.finish(), Duplicates::Refuse)?;
/// let svd = PureSvd::params().n_factors(1).fit(&data)?;
/// // RᵀR over pen and ink is [[3, 2], [2, 2]]: its larger eigenvalue is (5 + √17) / 2.
/// assert!((svd.singular_values()[0].powi(2) - (5.0 + 17_f32.sqrt()) / 2.0).abs() < 1e-4);
/// let best = svd.recommend(UserId(2), 1, data.items_of(UserId(2)))?;
/// assert_eq!(best[0].id, ItemId(1)); // cat has the pen: ink
/// # Ok::<(), guide_core::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PureSvd {
    params: PureSvdParams,
    ids: Arc<Ids>,
    factors: Factors,
    singular_values: Vec<f32>, // [n_factors], falling
    data: Interactions,
}

impl PureSvd {
    /// The default parameters.
    pub fn params() -> PureSvdParams {
        PureSvdParams::default()
    }

    /// The singular values kept, falling.
    pub fn singular_values(&self) -> &[f32] {
        &self.singular_values
    }
}

impl Fit<Interactions> for PureSvdParams {
    type Model = PureSvd;

    fn fit_with(&self, data: &Interactions, progress: &dyn Progress) -> Result<PureSvd> {
        self.validate()?;
        let search = TruncatedSvd {
            algorithm: "pure-svd",
            n_factors: self.n_factors,
            n_iter: self.n_iter,
            oversampling: self.oversampling,
            seed: self.seed,
        };
        search.ensure_room(data)?;
        let weights: Vec<f32> = (0..data.len()).map(|at| data.weight(at)).collect();
        let cells = Cells {
            data,
            values: &weights,
        };
        let leading = search.of(cells, progress)?;
        let users = cells.times(&leading.vectors);
        let rows = |matrix: guide_core::ndarray::Array2<f32>| matrix.into_raw_vec_and_offset().0;
        let n_factors = leading.values.len();
        Ok(PureSvd {
            params: self.clone(),
            ids: Arc::clone(data.ids()),
            factors: Factors::new(rows(users), rows(leading.vectors), n_factors)?,
            singular_values: leading.values,
            data: data.clone(),
        })
    }
}

factor_model!(PureSvd);

impl FoldIn for PureSvd {
    fn score_for(&self, history: &[(ItemId, f32)], scores: &mut [f32]) -> Result<()> {
        ensure_history(self, history)?;
        let mut user = vec![0.0; self.factors.items.dim()];
        for &(item, weight) in history {
            axpy(weight, self.factors.items.row(item.0), &mut user);
        }
        self.factors.score_for(0.0, &user, scores);
        Ok(())
    }
}

/// By the user's items, exactly.
impl Explain for PureSvd {
    fn explain(&self, user: UserId, item: ItemId) -> Result<Vec<Contribution>> {
        ensure_user(self, user)?;
        ensure_item(self, item)?;
        let own = self.factors.items.row(item.0);
        let history = self.data.history_of(user).into_iter();
        let parts = history.map(|(from, weight)| Contribution {
            from: Part::Item(from),
            amount: weight * dot(own, self.factors.items.row(from.0)),
        });
        Ok(largest_first(parts.collect()))
    }
}

impl Persist for PureSvd {
    const KIND: &'static str = "pure-svd";
    const VERSION: u16 = 1;

    fn about(&self) -> serde_json::Value {
        serde_json::json!({
            "params": self.params,
            "users": self.ids.users.len(),
            "items": self.ids.items.len(),
            "interactions": self.data.len(),
        })
    }

    fn check(&self) -> Result<()> {
        let fits = self.params.validate().is_ok()
            && self.factors.fits(&self.ids)
            && (self.data.n_users(), self.data.n_items())
                == (self.ids.users.len(), self.ids.items.len())
            && self.singular_values.len() == self.factors.items.dim()
            && self.singular_values.iter().all(|value| value.is_finite());
        ensure_fits(
            Self::KIND,
            fits,
            "names, factors and interactions do not fit together",
        )
    }
}
