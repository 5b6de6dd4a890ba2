//! What EASE knows, and how it ranks with it.

use std::sync::Arc;

use guide_core::ndarray::{Array2, ArrayView2};
use guide_core::{Error, Persist, Result, Scored, kernels};
use recsys_core::{
    Contribution, Explain, FoldIn, Ids, Interactions, ItemId, Model, Part, Recommender,
    SimilarItems, SimilarUsers, UserId, best_items, ensure_history, ensure_item, ensure_user,
    similar_by_items,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::EaseParams;

/// EASE (Steck, 2019): `s_ui = Σ_j x_uj B_ji`, with the weights that minimise `‖X − XB‖² + λ‖B‖²` under `diag(B) = 0`.
///
/// `X` holds the weights of the events (1 where there are none). With `P = (XᵀX + λI)⁻¹` the solution is
/// `B_ij = −P_ij / P_jj` (equation 8). Dense by nature: `n_items²` numbers, which
/// [`max_bytes`](EaseParams::max_bytes) bounds.
///
/// ```
/// use guide_core::Fit;
/// use recsys_cf::Ease;
/// use recsys_core::{Duplicates, Interactions, ItemId, Records, Recommender, UserId, Values};
/// let mut records = Records::builder();
/// for (user, item) in [("ann", "tea"), ("ann", "cup"), ("bob", "tea")] {
///     records.push(user, item, Values::default())?;
/// }
/// let events = Interactions::new(&records.finish(), Duplicates::Refuse)?;
/// // XᵀX + 2I = [4 1; 1 3], P = [3 −1; −1 4] / 11: B from tea to cup is 1/4, from cup to tea 1/3.
/// let ease = Ease::params().regularization(2.0).fit(&events)?;
/// assert!((ease.weights()[(0, 1)] - 0.25).abs() < 1e-6);
/// let best = ease.recommend(UserId(1), 1, events.items_of(UserId(1)))?;
/// assert_eq!(best[0].id, ItemId(1));
/// # Ok::<(), guide_core::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ease {
    params: EaseParams,
    events: Interactions,
    weights: Array2<f32>, // [n_items, n_items], from row to column
}

impl Ease {
    pub(super) fn new(params: EaseParams, events: Interactions, weights: Array2<f32>) -> Self {
        Self {
            params,
            events,
            weights,
        }
    }

    /// `B`, `(n_items, n_items)`: what having the row's item says for the column's.
    pub fn weights(&self) -> ArrayView2<'_, f32> {
        self.weights.view()
    }

    fn sum_rows(&self, history: impl Iterator<Item = (ItemId, f32)>, scores: &mut [f32]) {
        scores.fill(0.0);
        for (item, weight) in history {
            if let Some(row) = self.weights.row(item.index()).as_slice() {
                kernels::axpy(weight, row, scores);
            }
        }
    }
}

impl Model for Ease {
    fn ids(&self) -> &Arc<Ids> {
        self.events.ids()
    }

    fn knows_user(&self, user: UserId) -> bool {
        !self.events.items_of(user).is_empty()
    }
}

impl Recommender for Ease {
    fn score_items(&self, user: UserId, scores: &mut [f32]) -> Result<()> {
        ensure_user(self, user)?;
        let items = self.events.items_of(user).iter().copied();
        self.sum_rows(items.zip(self.events.weights_of(user)), scores);
        Ok(())
    }
}

impl FoldIn for Ease {
    fn score_for(&self, history: &[(ItemId, f32)], scores: &mut [f32]) -> Result<()> {
        ensure_history(self, history)?;
        self.sum_rows(history.iter().copied(), scores);
        Ok(())
    }
}

impl SimilarItems for Ease {
    /// The items for which having `item` says most.
    fn similar_items(&self, item: ItemId, n: usize) -> Result<Vec<Scored<ItemId>>> {
        ensure_item(self, item)?;
        let row = self.weights.row(item.index());
        Ok(best_items(row.as_slice().unwrap_or(&[]), n, &[item]))
    }
}

/// By what they have, [`similar_by_items`].
impl SimilarUsers for Ease {
    fn similar_users(&self, user: UserId, n: usize) -> Result<Vec<Scored<UserId>>> {
        similar_by_items(&self.events, user, n)
    }
}

impl Explain for Ease {
    /// A part for each item that the user has: `x_uj B_ji`.
    fn explain(&self, user: UserId, item: ItemId) -> Result<Vec<Contribution>> {
        ensure_user(self, user)?;
        ensure_item(self, item)?;
        let items = self.events.items_of(user).iter();
        let mut parts: Vec<Contribution> = items
            .zip(self.events.weights_of(user))
            .map(|(&had, weight)| Contribution {
                from: Part::Item(had),
                amount: weight * self.weights[(had.index(), item.index())],
            })
            .collect();
        parts.sort_by(|a, b| b.amount.total_cmp(&a.amount));
        Ok(parts)
    }
}

impl Persist for Ease {
    const KIND: &'static str = "ease";
    const VERSION: u16 = 1;

    fn about(&self) -> Value {
        json!({"params": self.params, "users": self.n_users(), "items": self.n_items(), "events": self.events.len()})
    }

    fn check(&self) -> Result<()> {
        guide_core::check_params(Self::KIND, &self.params)?;
        if self.weights.dim() != (self.n_items(), self.n_items())
            || !self.weights.is_standard_layout()
        {
            return Err(Error::decode(
                Self::KIND,
                "weights and items do not fit together",
            ));
        }
        if self.weights.iter().any(|weight| !weight.is_finite()) {
            return Err(Error::decode(Self::KIND, "a weight is not finite"));
        }
        Ok(())
    }
}
