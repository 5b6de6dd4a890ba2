//! What a recommender can do: small traits with one or two required methods each, safe to use as trait objects.

use std::borrow::Cow;
use std::sync::Arc;

use guide_core::{Error, Result, Scored, kernels};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::{Ids, Interactions, ItemId, UserId};

/// A trained model: it carries the names of its users and items.
pub trait Model: Send + Sync {
    /// The names, numbered as in the training data.
    fn ids(&self) -> &Arc<Ids>;

    /// Users with a number in it.
    fn n_users(&self) -> usize {
        self.ids().users.len()
    }

    /// Items with a number in it.
    fn n_items(&self) -> usize {
        self.ids().items.len()
    }

    /// Whether training learned anything of `user`. A user whose interactions a split left out of the training part has a
    /// number, and the model has its name, but knows nothing of it. Models that do not keep who was trained on answer for every
    /// user with a number.
    fn knows_user(&self, user: UserId) -> bool {
        user.index() < self.n_users()
    }

    /// Whether training learned anything of `item`, as for [users](Model::knows_user).
    fn knows_item(&self, item: ItemId) -> bool {
        item.index() < self.n_items()
    }
}

/// On what a predicted rating rests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Basis {
    /// The model, in full.
    Model,
    /// What is known without the user, who has no ratings.
    UnknownUser,
    /// What is known without the item, which has no ratings.
    UnknownItem,
    /// Neither has ratings.
    UnknownBoth,
    /// Both are known, but too few neighbours speak for the item.
    TooFewNeighbours,
}

/// A predicted rating.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Prediction {
    /// The rating, on the scale of the training data.
    pub rating: f32,
    /// On what it rests.
    pub basis: Basis,
}

/// A user and an item of which either may be unknown.
pub type Pair = (Option<UserId>, Option<ItemId>);

/// Predicts ratings; never fails, and says on what the prediction rests.
pub trait RatingPredictor: Model {
    /// The rating that `user` would give `item`, moved onto the training data's scale.
    ///
    /// `None`, a number past the end and a user or item without ratings all count as unknown.
    fn predict(&self, user: Option<UserId>, item: Option<ItemId>) -> Prediction;

    /// [`RatingPredictor::predict`] for many pairs, in parallel, in their order.
    fn predict_batch(&self, pairs: &[Pair]) -> Vec<Prediction> {
        pairs
            .par_iter()
            .with_min_len(256)
            .map(|&(user, item)| self.predict(user, item))
            .collect()
    }
}

/// Ranks items for the users it was trained on.
pub trait Recommender: Model {
    /// Writes the score of every item for `user`: the higher, the better. Scores of different models do not compare.
    ///
    /// # Errors
    /// [`Error::OutOfRange`] for an unknown user.
    ///
    /// # Panics
    /// If `scores.len() != n_items`.
    fn score_items(&self, user: UserId, scores: &mut [f32]) -> Result<()>;

    /// The score of each of `items` for `user`, in their order, as [`Recommender::score_items`] gives it. Models whose scores
    /// cost much, such as networks, look at `items` alone.
    ///
    /// # Errors
    /// [`Error::OutOfRange`] for an unknown user or item.
    fn score_some(&self, user: UserId, items: &[ItemId]) -> Result<Vec<f32>> {
        items.iter().try_for_each(|&item| ensure_item(self, item))?;
        let mut scores = vec![0.0; self.n_items()];
        self.score_items(user, &mut scores)?;
        Ok(items.iter().map(|item| scores[item.index()]).collect())
    }

    /// The `n` best items for `user` without those in `exclude` (in any order; quickest where they rise, as rows of
    /// [`Interactions`] do): best first, ties by item, exactly `min(n, n_items − excluded)` of them.
    ///
    /// # Errors
    /// As [`Recommender::score_items`].
    fn recommend(&self, user: UserId, n: usize, exclude: &[ItemId]) -> Result<Vec<Scored<ItemId>>> {
        let mut scores = vec![0.0; self.n_items()];
        self.score_items(user, &mut scores)?;
        Ok(best_items(&scores, n, exclude))
    }

    /// [`Recommender::recommend`] for many users, in parallel, in their order, each without the items it has in `seen`.
    ///
    /// # Errors
    /// As [`Recommender::score_items`].
    fn recommend_batch(
        &self,
        users: &[UserId],
        n: usize,
        seen: &Interactions,
    ) -> Result<Vec<Vec<Scored<ItemId>>>> {
        users
            .par_iter()
            .map_init(
                || vec![0.0; self.n_items()],
                |scores, &user| {
                    self.score_items(user, scores)?;
                    Ok(best_items(scores, n, seen.items_of(user)))
                },
            )
            .collect()
    }
}

/// Serves a shopper it was not trained on, from a history alone.
pub trait FoldIn: Model {
    /// Writes the score of every item for someone with this `history` of items and weights (or ratings, for models of
    /// ratings).
    ///
    /// # Errors
    /// [`Error::OutOfRange`] for an unknown item, [`Error::NotFinite`] for a weight that is not finite.
    ///
    /// # Panics
    /// If `scores.len() != n_items`.
    fn score_for(&self, history: &[(ItemId, f32)], scores: &mut [f32]) -> Result<()>;

    /// The `n` best items for someone with this `history`, without those in `exclude`, in any order.
    ///
    /// # Errors
    /// As [`FoldIn::score_for`].
    fn recommend_for(
        &self,
        history: &[(ItemId, f32)],
        n: usize,
        exclude: &[ItemId],
    ) -> Result<Vec<Scored<ItemId>>> {
        let mut scores = vec![0.0; self.n_items()];
        self.score_for(history, &mut scores)?;
        Ok(best_items(&scores, n, exclude))
    }
}

/// Finds items like an item.
pub trait SimilarItems: Model {
    /// The `n` items most similar to `item`, itself left out, best first, ties by item. May be fewer where the model
    /// keeps only the nearest.
    ///
    /// # Errors
    /// [`Error::OutOfRange`] for an unknown item.
    fn similar_items(&self, item: ItemId, n: usize) -> Result<Vec<Scored<ItemId>>>;
}

/// Finds users like a user.
pub trait SimilarUsers: Model {
    /// The `n` users most similar to `user`, itself left out, best first, ties by user. May be fewer where the model leaves
    /// out those without anything in common.
    ///
    /// # Errors
    /// [`Error::OutOfRange`] for an unknown user.
    fn similar_users(&self, user: UserId, n: usize) -> Result<Vec<Scored<UserId>>>;
}

/// One part of a score.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Contribution {
    /// Where it comes from.
    pub from: Part,
    /// How much it adds.
    pub amount: f32,
}

/// Where a part of a score comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Part {
    /// The mean of all ratings.
    GlobalMean,
    /// How this user rates at large.
    UserBias,
    /// How this item is rated at large.
    ItemBias,
    /// Something the user had before.
    Item(ItemId),
    /// Another user.
    User(UserId),
    /// The factors of user and item, which have no names.
    Factors,
    /// How often the item is taken.
    Popularity,
}

/// Says why: the parts of a score.
pub trait Explain: Model {
    /// The parts of the score of `item` for `user`, largest amount first; they sum to what [`Recommender::score_items`] gives.
    ///
    /// # Errors
    /// [`Error::OutOfRange`] for an unknown user or item.
    fn explain(&self, user: UserId, item: ItemId) -> Result<Vec<Contribution>>;
}

/// The `n` best of `scores` without the items in `exclude`, which may come in any order: best first, ties by item. A NaN is
/// never chosen.
///
/// ```
/// use recsys_core::{ItemId, best_items};
/// let hits = best_items(&[0.1, 0.9, 0.5, 0.9], 2, &[ItemId(3), ItemId(0)]);
/// assert_eq!(hits.iter().map(|hit| hit.id).collect::<Vec<_>>(), [ItemId(1), ItemId(2)]);
/// ```
pub fn best_items(scores: &[f32], n: usize, exclude: &[ItemId]) -> Vec<Scored<ItemId>> {
    let exclude = rising(exclude);
    let keep = |item: u32| exclude.binary_search(&ItemId(item)).is_err();
    let best = kernels::top_k(scores, n, keep);
    best.into_iter()
        .map(|hit| Scored {
            id: ItemId(hit.id),
            score: hit.score,
        })
        .collect()
}

/// `items` as they are if they rise, as rows of [`Interactions`] do, or else a sorted copy: so that a search by halves finds
/// them.
pub fn rising(items: &[ItemId]) -> Cow<'_, [ItemId]> {
    if items.is_sorted() {
        return Cow::Borrowed(items);
    }
    let mut sorted = items.to_vec();
    sorted.sort_unstable();
    Cow::Owned(sorted)
}

/// Checks that `user` is one of the model's.
///
/// # Errors
/// [`Error::OutOfRange`] otherwise.
pub fn ensure_user<M: Model + ?Sized>(model: &M, user: UserId) -> Result<()> {
    if user.index() < model.n_users() {
        Ok(())
    } else {
        Err(Error::out_of_range("user", user.index(), model.n_users()))
    }
}

/// Checks that `item` is one of the model's.
///
/// # Errors
/// [`Error::OutOfRange`] otherwise.
pub fn ensure_item<M: Model + ?Sized>(model: &M, item: ItemId) -> Result<()> {
    if item.index() < model.n_items() {
        Ok(())
    } else {
        Err(Error::out_of_range("item", item.index(), model.n_items()))
    }
}

/// Checks a history given to [`FoldIn`].
///
/// # Errors
/// [`Error::OutOfRange`] for an unknown item, [`Error::NotFinite`] for a value that is not finite.
pub fn ensure_history<M: Model + ?Sized>(model: &M, history: &[(ItemId, f32)]) -> Result<()> {
    for (index, &(item, value)) in history.iter().enumerate() {
        ensure_item(model, item)?;
        if !value.is_finite() {
            return Err(Error::NotFinite {
                what: "value of history entry".to_owned(),
                index,
                value: f64::from(value),
            });
        }
    }
    Ok(())
}
