//! What co-clustering knows, and how it predicts with it.

use std::sync::Arc;

use guide_core::ndarray::{Array2, ArrayView1};
use guide_core::{Error, Persist, Result};
use recsys_core::{
    Basis, Contribution, Explain, FoldIn, Ids, ItemId, Model, Part, Prediction, RatingPredictor,
    Recommender, Scale, UserId, ensure_history, ensure_item, ensure_user,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{CoClusteringParams, train::mean_of};

/// Co-clustering: `r̂_ui = C̄_ui + (μ_u − C̄_u) + (μ_i − C̄_i)`.
///
/// `C̄_u`, `C̄_i` and `C̄_ui` are the mean ratings of the user's cluster, the item's cluster and the pair of them. In every
/// epoch each user moves to the cluster under which the squared errors of its ratings are least, then each item.
///
/// As in Surprise 1.1.5, but in `f64` with fractional ratings exact (Surprise holds a rating in an integer), and with
/// `μ_i` for an unknown user and `μ_u` for an unknown item, as Surprise documents (it gives μ).
///
/// It finds no similar users or items: a cluster holds a good part of all and does not say who in it is nearest
/// ([`CoClustering::user_clusters`] tells who is in which).
///
/// ```
/// use guide_core::Fit;
/// use recsys_cf::CoClustering;
/// use recsys_core::{Duplicates, Interactions, ItemId, RatingPredictor, Records, UserId, Values};
/// let mut records = Records::builder();
/// for (user, item, rating) in [("ann", "tea", 3.0), ("ann", "cup", 4.0), ("bob", "tea", 4.0)] {
///     records.push(user, item, Values { rating: Some(rating), ..Values::default() })?;
/// }
/// let ratings = Interactions::new(&records.finish().with_scale(1.0, 5.0)?, Duplicates::Refuse)?;
/// let one = CoClustering::params().n_user_clusters(1).n_item_clusters(1);
/// // One cluster: μ_u + μ_i − μ = 4 + 4 − 11/3.
/// let rating = one.fit(&ratings)?.predict(Some(UserId(1)), Some(ItemId(1))).rating;
/// assert!((rating - 13.0 / 3.0).abs() < 1e-6);
/// # Ok::<(), guide_core::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CoClustering {
    pub(super) params: CoClusteringParams,
    pub(super) ids: Arc<Ids>,
    pub(super) scale: Option<Scale>,
    /// μ.
    pub(super) mean: f64,
    /// `μ_u − μ`, of those with ratings.
    pub(super) user_biases: Vec<Option<f64>>, // [n_users]
    /// `μ_i − μ`, of those with ratings.
    pub(super) item_biases: Vec<Option<f64>>, // [n_items]
    pub(super) user_clusters: Vec<u32>, // [n_users]
    pub(super) item_clusters: Vec<u32>, // [n_items]
    /// `C̄_ui − C̄_u − C̄_i + μ`: what the pair of clusters adds to `μ + b_u + b_i`.
    pub(super) shifts: Array2<f64>, // [n_user_clusters, n_item_clusters]
}

impl CoClustering {
    /// The default parameters.
    pub fn params() -> CoClusteringParams {
        CoClusteringParams::default()
    }

    /// The cluster of each user, `n_users` numbers below `n_user_clusters`.
    pub fn user_clusters(&self) -> &[u32] {
        &self.user_clusters
    }

    /// The cluster of each item, `n_items` numbers below `n_item_clusters`.
    pub fn item_clusters(&self) -> &[u32] {
        &self.item_clusters
    }

    fn user_bias(&self, user: Option<UserId>) -> Option<f64> {
        user.and_then(|user| self.user_biases.get(user.index()).copied().flatten())
    }

    fn item_bias(&self, item: Option<ItemId>) -> Option<f64> {
        item.and_then(|item| self.item_biases.get(item.index()).copied().flatten())
    }

    /// `μ_u + μ_i − μ`, what is unknown left out.
    pub(super) fn means(&self, user: Option<UserId>, item: Option<ItemId>) -> f64 {
        self.mean + self.user_bias(user).unwrap_or(0.0) + self.item_bias(item).unwrap_or(0.0)
    }

    /// The cluster that leaves the least squares of someone with these residuals in these clusters of items, and the squares.
    pub(super) fn best_user_cluster(
        &self,
        known: impl Iterator<Item = (f64, u32)> + Clone,
    ) -> (u32, f64) {
        least_squares(self.shifts.rows().into_iter(), known)
    }

    /// [`CoClustering::best_user_cluster`] from the items' side.
    pub(super) fn best_item_cluster(
        &self,
        known: impl Iterator<Item = (f64, u32)> + Clone,
    ) -> (u32, f64) {
        least_squares(self.shifts.columns().into_iter(), known)
    }

    /// Scores of someone whose mean is `bias` above all, of `cluster`.
    fn score(&self, bias: f64, cluster: u32, scores: &mut [f32]) {
        let shifts = self.shifts.row(cluster as usize);
        let items = self.item_biases.iter().zip(&self.item_clusters);
        for ((item_bias, &ic), score) in items.zip(scores) {
            let of_item = item_bias.map_or(0.0, |bias| bias + shifts[ic as usize]);
            *score = (self.mean + bias + of_item) as f32;
        }
    }

    /// The shift of a pair of which both sides are known, else 0.
    fn shift(&self, user: UserId, item: ItemId) -> f64 {
        if self.user_bias(Some(user)).is_none() || self.item_bias(Some(item)).is_none() {
            return 0.0;
        }
        let uc = self.user_clusters[user.index()] as usize;
        self.shifts[(uc, self.item_clusters[item.index()] as usize)]
    }
}

/// The first of `clusters` under which the sum of squares is least.
fn least_squares<'a>(
    clusters: impl Iterator<Item = ArrayView1<'a, f64>>,
    known: impl Iterator<Item = (f64, u32)> + Clone,
) -> (u32, f64) {
    let mut best = (0, f64::INFINITY);
    for (cluster, shifts) in (0..).zip(clusters) {
        let errors = known
            .clone()
            .map(|(residual, other)| residual - shifts[other as usize]);
        let squares: f64 = errors.map(|error| error * error).sum();
        if squares < best.1 {
            best = (cluster, squares);
        }
    }
    best
}

impl Model for CoClustering {
    fn ids(&self) -> &Arc<Ids> {
        &self.ids
    }

    fn knows_user(&self, user: UserId) -> bool {
        self.user_bias(Some(user)).is_some()
    }

    fn knows_item(&self, item: ItemId) -> bool {
        self.item_bias(Some(item)).is_some()
    }
}

impl RatingPredictor for CoClustering {
    fn predict(&self, user: Option<UserId>, item: Option<ItemId>) -> Prediction {
        let user = user.filter(|&user| self.user_bias(Some(user)).is_some());
        let item = item.filter(|&item| self.item_bias(Some(item)).is_some());
        let (shift, basis) = match (user, item) {
            (Some(user), Some(item)) => (self.shift(user, item), Basis::Model),
            (None, Some(_)) => (0.0, Basis::UnknownUser),
            (Some(_), None) => (0.0, Basis::UnknownItem),
            (None, None) => (0.0, Basis::UnknownBoth),
        };
        let rating = (self.means(user, item) + shift) as f32;
        let rating = self.scale.map_or(rating, |scale| scale.clip(rating));
        Prediction { rating, basis }
    }
}

impl Recommender for CoClustering {
    /// The predicted ratings, not moved onto the scale.
    fn score_items(&self, user: UserId, scores: &mut [f32]) -> Result<()> {
        ensure_user(self, user)?;
        match self.user_bias(Some(user)) {
            Some(bias) => self.score(bias, self.user_clusters[user.index()], scores),
            None => self.score_stranger(scores),
        }
        Ok(())
    }
}

impl CoClustering {
    /// `μ_i`, or μ where the item is unknown too.
    fn score_stranger(&self, scores: &mut [f32]) {
        for (bias, score) in self.item_biases.iter().zip(scores) {
            *score = (self.mean + bias.unwrap_or(0.0)) as f32;
        }
    }
}

impl FoldIn for CoClustering {
    /// Joins the cluster under which the squared errors of `history` are least, with its mean for `μ_u`. A user of the
    /// training data gets the same cluster once the training has settled.
    fn score_for(&self, history: &[(ItemId, f32)], scores: &mut [f32]) -> Result<()> {
        ensure_history(self, history)?;
        let Some(mean) = mean_of(history.iter().map(|&(_, rating)| rating)) else {
            self.score_stranger(scores);
            return Ok(());
        };
        let bias = mean - self.mean;
        let known = history.iter().filter_map(|&(item, rating)| {
            let expected = self.mean + bias + self.item_bias(Some(item))?;
            Some((
                f64::from(rating) - expected,
                self.item_clusters[item.index()],
            ))
        });
        let (cluster, _) = self.best_user_cluster(known);
        self.score(bias, cluster, scores);
        Ok(())
    }
}

impl Explain for CoClustering {
    /// The mean of all ratings, how far the user's and the item's lie from it, and as [`Part::Factors`] the shift of the
    /// pair of clusters.
    fn explain(&self, user: UserId, item: ItemId) -> Result<Vec<Contribution>> {
        ensure_user(self, user)?;
        ensure_item(self, item)?;
        let amounts = [
            (Part::GlobalMean, self.mean),
            (Part::UserBias, self.user_bias(Some(user)).unwrap_or(0.0)),
            (Part::ItemBias, self.item_bias(Some(item)).unwrap_or(0.0)),
            (Part::Factors, self.shift(user, item)),
        ];
        let mut parts = amounts.map(|(from, amount)| Contribution {
            from,
            amount: amount as f32,
        });
        parts.sort_by(|a, b| b.amount.total_cmp(&a.amount));
        Ok(parts.to_vec())
    }
}

impl Persist for CoClustering {
    const KIND: &'static str = "co-clustering";
    const VERSION: u16 = 1;

    fn about(&self) -> Value {
        json!({"params": self.params, "users": self.n_users(), "items": self.n_items()})
    }

    fn check(&self) -> Result<()> {
        guide_core::check_params(Self::KIND, &self.params)?;
        let (n_users, n_items) = (self.n_users(), self.n_items());
        let (user_clusters, item_clusters) = self.shifts.dim();
        let below = |clusters: &[u32], n: usize| clusters.iter().all(|&c| (c as usize) < n);
        let sizes_fit = self.user_biases.len() == n_users
            && self.item_biases.len() == n_items
            && self.user_clusters.len() == n_users
            && self.item_clusters.len() == n_items
            && user_clusters > 0
            && below(&self.user_clusters, user_clusters)
            && below(&self.item_clusters, item_clusters);
        if !sizes_fit {
            return Err(Error::decode(Self::KIND, "parts have different sizes"));
        }
        let biases = self.user_biases.iter().chain(&self.item_biases).flatten();
        let numbers_fit = biases
            .chain(&self.shifts)
            .chain([&self.mean])
            .all(|x| x.is_finite())
            && self.scale.is_none_or(|scale| scale.min <= scale.max);
        if !numbers_fit {
            return Err(Error::decode(Self::KIND, "a number is not finite"));
        }
        Ok(())
    }
}
