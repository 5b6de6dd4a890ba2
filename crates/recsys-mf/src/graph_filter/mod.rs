//! Filters of the graph of users and items (Shen et al., 2021, "How Powerful is Graph Convolution for Recommendation?", GF-CF;
//! Choi et al., 2023, "Blurring-Sharpening Process Models for Collaborative Filtering", BSPM).

mod filter;
mod params;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use guide_core::ndarray::Array2;
use guide_core::{Fit, Params, Persist, Progress, Result, Scored};
use rayon::prelude::*;
use recsys_core::{
    Contribution, Explain, FoldIn, Ids, Interactions, ItemId, Part, Recommender, UserId,
    ensure_history, ensure_item, ensure_user,
};
use serde::{Deserialize, Serialize};

pub use params::GraphFilterParams;

use crate::factors::{Factors, factor_space};
use crate::parts::{ensure_fits, largest_first};
use crate::truncated_svd::{Cells, TruncatedSvd};
use filter::{Filter, Lanes};

/// The user's history, smoothed over the graph of users and items and sharpened again: nothing is trained but singular
/// vectors.
///
/// Each event counts `n_ui = w_ui / √(W_u W_i)`, where `W` sums the weights of a user or an item (1 an event where there are
/// none). `P = NᵀN` passes interest on from item to item by way of the users, and the ideal low-pass filter
/// `β D^-½ V Vᵀ D^½`, with the leading right singular vectors `V` of `N` and `D = diag(W_i)`, keeps what is common to all. The
/// sum of the two blurs, so the scores are sharpened against the heat equation for the time `T`:
///
/// `s_u = w_u (P + β D^-½ V Vᵀ D^½) Σ_{k≤4} (−T P)^k / k!`.
///
/// `T = 0` is GF-CF; otherwise it is BSPM's early merge with one step of each process. The score is linear in the history:
/// [`FoldIn`] is exact, and so is [`Explain`] by the user's items, for some of which the amount is below 0. Scores are made
/// from the events when asked for, many users at once, without a table of items by items:
/// `10 n` operations a user for `n` events, and memory for `(n_users + n_items) n_factors` numbers.
/// Similar items and users are those whose singular vectors have the largest cosine.
///
/// Shen et al. (2021), equation 21; Choi et al. (2023), section 3.
///
/// ```
/// use guide_core::Fit;
/// use recsys_core::{ItemId, Recommender, UserId, testing::events};
/// use recsys_mf::GraphFilter;
/// let data = events(&[("ann", "pen"), ("ann", "ink"), ("bob", "pen"), ("bob", "ink"), ("cat", "pen"), ("dan", "hat")]);
/// let filter = GraphFilter::params().ideal_weight(0.0).sharpening(0.0).fit(&data)?;
/// // From the pen to the ink by way of ann and of bob, each of whom has two items: 2 · 1/√(3·2) · ½.
/// let best = filter.recommend(UserId(2), 1, data.items_of(UserId(2)))?;
/// assert_eq!(best[0].id, ItemId(1));
/// assert!((best[0].score - 1.0 / 6_f32.sqrt()).abs() < 1e-6);
/// # Ok::<(), guide_core::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GraphFilter {
    params: GraphFilterParams,
    ids: Arc<Ids>,
    factors: Factors, // `N V` and `V`
    data: Interactions,
    values: Vec<f32>,     // [n], `n_ui` in the order of `data`
    item_roots: Vec<f32>, // [n_items], `√W_i`
}

/// Users filtered side by side: enough that a pass over the events is worth its while, few enough that their scores stay near
/// the processor.
const LANES: usize = 32;

impl GraphFilter {
    /// The default parameters.
    pub fn params() -> GraphFilterParams {
        GraphFilterParams::default()
    }

    fn filter(&self) -> Filter<'_> {
        Filter {
            data: &self.data,
            values: &self.values,
            item_roots: &self.item_roots,
            vectors: self.factors.items.rows(),
            ideal_weight: self.params.ideal_weight,
            sharpening: self.params.sharpening,
        }
    }

    /// The histories as columns.
    fn columns<const W: usize>(
        &self,
        histories: impl Iterator<Item = Vec<(ItemId, f32)>>,
    ) -> Lanes<W> {
        let mut columns = vec![[0.0; W]; self.item_roots.len()];
        for (lane, history) in histories.enumerate() {
            for (item, weight) in history {
                columns[item.index()][lane] += weight;
            }
        }
        columns
    }
}

impl Fit<Interactions> for GraphFilterParams {
    type Model = GraphFilter;

    fn fit_with(&self, data: &Interactions, progress: &dyn Progress) -> Result<GraphFilter> {
        self.validate()?;
        let search = TruncatedSvd {
            algorithm: "graph-filter",
            n_factors: self.n_factors,
            n_iter: self.n_iter,
            oversampling: self.oversampling,
            seed: self.seed,
        };
        search.ensure_room(data)?;
        let (values, item_roots) = normalised(data);
        let cells = Cells {
            data,
            values: &values,
        };
        let vectors = search.of(cells, progress)?.vectors;
        let users = cells.times(&vectors);
        let n_factors = vectors.ncols();
        let rows = |matrix: Array2<f32>| matrix.into_raw_vec_and_offset().0;
        Ok(GraphFilter {
            params: self.clone(),
            ids: Arc::clone(data.ids()),
            factors: Factors::new(rows(users), rows(vectors), n_factors)?,
            data: data.clone(),
            values,
            item_roots,
        })
    }
}

/// The events as [`GraphFilter`] counts them, and the roots of the items' sums; 0 where there is nothing.
fn normalised(data: &Interactions) -> (Vec<f32>, Vec<f32>) {
    let mut item_sums = vec![0.0_f64; data.n_items()];
    for (at, item) in data.items().iter().enumerate() {
        item_sums[item.index()] += f64::from(data.weight(at));
    }
    let mut values = Vec::with_capacity(data.len());
    for user in (0..data.n_users() as u32).map(UserId) {
        let user_sum: f64 = data.weights_of(user).map(f64::from).sum();
        for (item, weight) in data.items_of(user).iter().zip(data.weights_of(user)) {
            // The weight is part of both sums: where it is not 0, neither are they.
            let norm = (user_sum * item_sums[item.index()]).sqrt();
            values.push(if weight > 0.0 {
                (f64::from(weight) / norm) as f32
            } else {
                0.0
            });
        }
    }
    let item_roots = item_sums.iter().map(|sum| sum.sqrt() as f32);
    (values, item_roots.collect())
}

factor_space!(GraphFilter);

impl Recommender for GraphFilter {
    fn score_items(&self, user: UserId, scores: &mut [f32]) -> Result<()> {
        ensure_user(self, user)?;
        self.score_for(&self.data.history_of(user), scores)
    }

    fn recommend_batch(
        &self,
        users: &[UserId],
        n: usize,
        seen: &Interactions,
    ) -> Result<Vec<Vec<Scored<ItemId>>>> {
        users.iter().try_for_each(|&user| ensure_user(self, user))?;
        let blocks = users.par_chunks(LANES).map(|block| {
            let histories = block.iter().map(|&user| self.data.history_of(user));
            let scores = self.filter().scores::<LANES>(&self.columns(histories));
            let mut own = Vec::with_capacity(scores.len());
            let lists = block.iter().enumerate().map(|(lane, &user)| {
                own.clear();
                own.extend(scores.iter().map(|row| row[lane]));
                recsys_core::best_items(&own, n, seen.items_of(user))
            });
            lists.collect::<Vec<_>>()
        });
        Ok(blocks.flatten_iter().collect())
    }
}

/// From a history of items and weights, exactly.
impl FoldIn for GraphFilter {
    fn score_for(&self, history: &[(ItemId, f32)], scores: &mut [f32]) -> Result<()> {
        ensure_history(self, history)?;
        assert_eq!(scores.len(), self.item_roots.len(), "one score an item");
        let columns = self.columns(std::iter::once(history.to_vec()));
        let filtered = self.filter().scores::<1>(&columns);
        scores.copy_from_slice(filtered.as_flattened());
        Ok(())
    }
}

/// By the user's items, exactly.
impl Explain for GraphFilter {
    fn explain(&self, user: UserId, item: ItemId) -> Result<Vec<Contribution>> {
        ensure_user(self, user)?;
        ensure_item(self, item)?;
        let asked = self.columns(std::iter::once(vec![(item, 1.0)]));
        let sources = self.filter().sources::<1>(asked);
        let history = self.data.history_of(user).into_iter();
        let parts = history.map(|(from, weight)| Contribution {
            from: Part::Item(from),
            amount: weight * sources[from.index()][0],
        });
        Ok(largest_first(parts.collect()))
    }
}

impl Persist for GraphFilter {
    const KIND: &'static str = "graph-filter";
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
        guide_core::check_params(Self::KIND, &self.params)?;
        let finite = |numbers: &[f32]| numbers.iter().all(|x| x.is_finite() && *x >= 0.0);
        // A value is w / √(user sum · item sum), and both sums hold w. A little above 1 is rounding.
        let normalised = self.values.iter().all(|&value| value <= 1.001);
        let fits = self.params.validate().is_ok()
            && self.factors.fits(&self.ids)
            && (self.data.n_users(), self.data.n_items())
                == (self.ids.users.len(), self.ids.items.len())
            && self.values.len() == self.data.len()
            && self.item_roots.len() == self.ids.items.len()
            && finite(&self.values)
            && normalised
            && finite(&self.item_roots);
        ensure_fits(
            Self::KIND,
            fits,
            "names, factors and interactions do not fit together",
        )
    }
}
