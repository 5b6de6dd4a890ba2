//! What Slope One knows, and how it predicts with it.

use std::sync::Arc;

use guide_core::ndarray::{Array2, ArrayView2};
use guide_core::{Error, Persist, Result, Scored};
use recsys_core::{
    Basis, Contribution, Explain, FoldIn, Ids, Interactions, ItemId, Model, Part, Prediction,
    RatingPredictor, Recommender, SimilarUsers, UserId, ensure_history, ensure_item, ensure_user,
    similar_by_items,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{SlopeOneParams, mean};

/// Slope One, unweighted: `r̂_ui = μ_u + (1 / |R_i(u)|) Σ_{j ∈ R_i(u)} dev(i, j)`.
///
/// `dev(i, j)` is the mean of `r_vi − r_vj` over the users `v` who rated both, and `R_i(u)` holds the items that `u` rated
/// and that share a user with `i`; `i` itself, where rated, counts with a deviation of 0. As in Surprise 1.1.5, but with
/// fractional ratings exact: Surprise holds a rating in an integer, so that 3.5 and 3 differ by 0 there.
///
/// An unknown user or item gives the mean of all ratings; an `R_i(u)` without items gives `μ_u`.
///
/// ```
/// use guide_core::Fit;
/// use recsys_cf::SlopeOne;
/// use recsys_core::{Duplicates, Interactions, ItemId, RatingPredictor, Records, UserId, Values};
/// let mut records = Records::builder();
/// for (user, item, rating) in [("ann", "tea", 1.5), ("ann", "cup", 2.0), ("bob", "tea", 2.0)] {
///     records.push(user, item, Values { rating: Some(rating), ..Values::default() })?;
/// }
/// let ratings = records.finish().with_scale(0.5, 5.0)?;
/// let model = SlopeOne::params().fit(&Interactions::new(&ratings, Duplicates::Refuse)?)?;
/// // Ann rates the cup 0.5 above the tea, and Bob's mean is 2.
/// assert_eq!(model.predict(Some(UserId(1)), Some(ItemId(1))).rating, 2.5);
/// # Ok::<(), guide_core::Error>(())
/// ```
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SlopeOne {
    pub(super) params: SlopeOneParams,
    pub(super) ratings: Interactions,
    pub(super) mean: f64,
    pub(super) user_means: Vec<f64>, // [n_users]
    /// NaN where no user rated both.
    pub(super) deviations: Array2<f32>, // [n_items, n_items]
}

impl SlopeOne {
    /// The default parameters.
    pub fn params() -> SlopeOneParams {
        SlopeOneParams::default()
    }

    /// `dev(i, j)`, `(n_items, n_items)`: how much higher the row's item is rated than the column's, NaN where no user
    /// rated both.
    pub fn deviations(&self) -> ArrayView2<'_, f32> {
        self.deviations.view()
    }

    /// The sum of `dev(item, j)` over `items`, and of how many.
    fn sum(&self, item: ItemId, items: impl Iterator<Item = ItemId>) -> (f64, u32) {
        let row = self.deviations.row(item.index());
        let known = items.map(|j| row[j.index()]).filter(|dev| !dev.is_nan());
        known.fold((0.0, 0), |(sum, n), dev| (sum + f64::from(dev), n + 1))
    }

    /// Ratings by someone with this mean who rated `items`, not moved onto the scale.
    fn score(&self, mean: f64, items: impl Iterator<Item = ItemId> + Clone, scores: &mut [f32]) {
        for (item, score) in (0..).map(ItemId).zip(scores) {
            let (sum, n) = self.sum(item, items.clone());
            *score = (mean + sum / f64::from(n.max(1))) as f32;
        }
    }
}

impl Model for SlopeOne {
    fn ids(&self) -> &Arc<Ids> {
        self.ratings.ids()
    }

    fn knows_user(&self, user: UserId) -> bool {
        !self.ratings.items_of(user).is_empty()
    }

    fn knows_item(&self, item: ItemId) -> bool {
        // An item that someone rated has a deviation from itself.
        let diagonal = self.deviations.get((item.index(), item.index()));
        diagonal.is_some_and(|deviation| !deviation.is_nan())
    }
}

impl RatingPredictor for SlopeOne {
    fn predict(&self, user: Option<UserId>, item: Option<ItemId>) -> Prediction {
        let user = user.filter(|&user| !self.ratings.items_of(user).is_empty());
        // An item that someone rated has a deviation from itself.
        let item = item.filter(|&item| {
            item.index() < self.n_items() && !self.deviations[(item.index(), item.index())].is_nan()
        });
        let (rating, basis) = match (user, item) {
            (Some(user), Some(item)) => {
                let (sum, n) = self.sum(item, self.ratings.items_of(user).iter().copied());
                let mean = self.user_means[user.index()];
                match n {
                    0 => (mean, Basis::TooFewNeighbours),
                    _ => (mean + sum / f64::from(n), Basis::Model),
                }
            }
            (None, Some(_)) => (self.mean, Basis::UnknownUser),
            (Some(_), None) => (self.mean, Basis::UnknownItem),
            (None, None) => (self.mean, Basis::UnknownBoth),
        };
        let rating = rating as f32;
        let rating = self
            .ratings
            .scale()
            .map_or(rating, |scale| scale.clip(rating));
        Prediction { rating, basis }
    }
}

impl Recommender for SlopeOne {
    /// The predicted ratings, not moved onto the scale; `μ_u` where nothing speaks for the item.
    fn score_items(&self, user: UserId, scores: &mut [f32]) -> Result<()> {
        ensure_user(self, user)?;
        let items = self.ratings.items_of(user).iter().copied();
        self.score(self.user_means[user.index()], items, scores);
        Ok(())
    }
}

impl FoldIn for SlopeOne {
    /// As for a user in the training data, whose ratings change no deviation.
    fn score_for(&self, history: &[(ItemId, f32)], scores: &mut [f32]) -> Result<()> {
        ensure_history(self, history)?;
        let ratings: Vec<f32> = history.iter().map(|&(_, rating)| rating).collect();
        let items = history.iter().map(|&(item, _)| item);
        self.score(mean(&ratings).unwrap_or(self.mean), items, scores);
        Ok(())
    }
}

/// By what they rated, [`similar_by_items`]. There are no similar items: a deviation says how much better one item is rated
/// than another, not how alike they are.
impl SimilarUsers for SlopeOne {
    fn similar_users(&self, user: UserId, n: usize) -> Result<Vec<Scored<UserId>>> {
        similar_by_items(&self.ratings, user, n)
    }
}

impl Explain for SlopeOne {
    /// The mean of all ratings, how far the user's mean lies from it, and a part for each item of `R_i(u)`.
    fn explain(&self, user: UserId, item: ItemId) -> Result<Vec<Contribution>> {
        ensure_user(self, user)?;
        ensure_item(self, item)?;
        let items = self.ratings.items_of(user);
        let (_, n) = self.sum(item, items.iter().copied());
        let part = |from, amount: f64| Contribution {
            from,
            amount: amount as f32,
        };
        let row = self.deviations.row(item.index());
        let speaks = items.iter().filter(|j| !row[j.index()].is_nan());
        let mut parts: Vec<Contribution> = speaks
            .map(|&j| part(Part::Item(j), f64::from(row[j.index()]) / f64::from(n)))
            .collect();
        parts.push(part(Part::GlobalMean, self.mean));
        parts.push(part(
            Part::UserBias,
            self.user_means[user.index()] - self.mean,
        ));
        parts.sort_by(|a, b| b.amount.total_cmp(&a.amount));
        Ok(parts)
    }
}

impl Persist for SlopeOne {
    const KIND: &'static str = "slope-one";
    const VERSION: u16 = 1;

    fn about(&self) -> Value {
        json!({"params": self.params, "users": self.n_users(), "items": self.n_items(), "ratings": self.ratings.len()})
    }

    fn check(&self) -> Result<()> {
        guide_core::check_params(Self::KIND, &self.params)?;
        self.ratings.require_ratings("slope-one")?;
        let sizes_fit = self.user_means.len() == self.n_users()
            && self.deviations.dim() == (self.n_items(), self.n_items());
        if !sizes_fit {
            return Err(Error::decode(Self::KIND, "parts have different sizes"));
        }
        let numbers_fit = self.deviations.iter().all(|dev| !dev.is_infinite())
            && self
                .user_means
                .iter()
                .chain([&self.mean])
                .all(|mean| mean.is_finite());
        if !numbers_fit {
            return Err(Error::decode(Self::KIND, "a number is not finite"));
        }
        Ok(())
    }
}
