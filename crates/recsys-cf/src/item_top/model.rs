//! The model of every method that keeps a few weights an item: neighbours of each item, and the users' histories.

use std::borrow::Cow;
use std::sync::Arc;

use guide_core::{Allowed, Error, Params, Persist, Result, Scored};
use rayon::prelude::*;
use recsys_core::{
    Contribution, Explain, FoldIn, Ids, Interactions, ItemId, Model, Recommender, SimilarItems,
    SimilarUsers, UserId, ensure_history, ensure_item, ensure_user, similar_by_items,
};
use serde::{Deserialize, Serialize};

use super::ItemTopParams;
use crate::neighbours::Neighbours;
use crate::rp3beta::Rp3BetaParams;
use crate::slim::SlimParams;
use crate::sparse::{Sums, with_sums};

/// A sparse item-to-item model: the score of item `i` is `Σ_j v_uj w_ji` over the items `j` that the user has, with their
/// weights `v_uj`.
///
/// Every trait works on what the file holds, so a loaded model needs no training data: the users' histories are part of
/// it. Scores cost what the history's neighbours cost, not what the catalogue does. A user without history, and an item
/// that no neighbour leads to, have score 0.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ItemTop {
    recipe: Recipe,
    seen: Interactions,
    pub(super) neighbours: Neighbours,
}

/// How the weights were found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Recipe {
    /// The most similar items.
    ItemTop(ItemTopParams),
    /// Random walks.
    #[serde(rename = "rp3beta")]
    Rp3Beta(Rp3BetaParams),
    /// Sparse regression.
    Slim(SlimParams),
}

impl Recipe {
    fn validate(&self) -> Result<()> {
        match self {
            Self::ItemTop(params) => params.validate(),
            Self::Rp3Beta(params) => params.validate(),
            Self::Slim(params) => params.validate(),
        }
    }
}

/// What training adds to the histories that [`ItemTop`] was trained on: the model without them, for files that hold the histories once.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ItemTopWeights<'a> {
    recipe: Cow<'a, Recipe>,
    neighbours: Cow<'a, Neighbours>,
}

impl ItemTopWeights<'_> {
    /// The model with the histories `data` that it was trained on.
    ///
    /// # Errors
    /// [`Error::Decode`](guide_core::Error::Decode) if they do not fit together, as in a forged file.
    pub fn with_histories(self, data: &Interactions) -> Result<ItemTop> {
        let model = ItemTop {
            recipe: self.recipe.into_owned(),
            seen: data.clone(),
            neighbours: self.neighbours.into_owned(),
        };
        model.check()?;
        Ok(model)
    }
}

impl ItemTop {
    pub(crate) fn new(recipe: Recipe, seen: Interactions, neighbours: Neighbours) -> Self {
        Self {
            recipe,
            seen,
            neighbours,
        }
    }

    /// The items that `item` speaks for and how strongly, `w_ji` for this `j`: best first, ties by item.
    ///
    /// # Errors
    /// [`Error::OutOfRange`](guide_core::Error::OutOfRange) for an unknown item.
    pub fn neighbours_of(&self, item: ItemId) -> Result<&[Scored<ItemId>]> {
        ensure_item(self, item)?;
        Ok(self.neighbours.of(item))
    }

    /// At most `n` of the `allowed` items that have a score above 0 for someone with this `history`: best first, ties by item. Items that no
    /// item of the history leads to are not looked at, so that the time follows the history and not the number of items.
    ///
    /// # Errors
    /// As [`FoldIn::score_for`].
    ///
    /// ```
    /// use guide_core::{Allowed, Bitmap, Fit};
    /// use recsys_cf::ItemCosine;
    /// use recsys_core::{ItemId, testing::events};
    /// let data = events(&[("ann", "pen"), ("ann", "ink"), ("bob", "pen"), ("bob", "ink"), ("bob", "pad"), ("eve", "hat")]);
    /// let model = ItemCosine::params().fit(&data)?;
    /// let history = [(ItemId(0), 1.0)]; // a pen
    /// let found = model.related(&history, 9, &Allowed::All)?;
    /// assert_eq!(found.iter().map(|hit| hit.id.0).collect::<Vec<_>>(), [1, 2]); // the pen leads to ink and pad, never to the hat
    /// let no_ink = Bitmap::of(4, [0, 2, 3]);
    /// assert_eq!(model.related(&history, 9, &Allowed::Bits(&no_ink))?.len(), 1);
    /// # Ok::<(), guide_core::Error>(())
    /// ```
    pub fn related(
        &self,
        history: &[(ItemId, f32)],
        n: usize,
        allowed: &Allowed<'_>,
    ) -> Result<Vec<Scored<ItemId>>> {
        ensure_history(self, history)?;
        let history = history.iter().copied();
        Ok(with_sums(self.n_items(), |sums| {
            self.neighbours.best_above_0(history, n, allowed, sums)
        }))
    }

    /// Removes each weight `w_ji` for which `keep(j, i)` is false.
    ///
    /// ```
    /// use guide_core::Fit;
    /// use recsys_cf::ItemCosine;
    /// use recsys_core::{ItemId, testing::events};
    /// let data = events(&[("ann", "pen"), ("ann", "ink"), ("ann", "pad")]);
    /// let mut model = ItemCosine::params().fit(&data)?;
    /// model.retain(|_, other| other != ItemId(2));
    /// assert_eq!(model.neighbours_of(ItemId(0))?.len(), 1); // the ink, not the pad
    /// # Ok::<(), guide_core::Error>(())
    /// ```
    pub fn retain(&mut self, keep: impl Fn(ItemId, ItemId) -> bool) {
        self.neighbours.retain(keep);
    }

    /// A model of weights that another algorithm computed. Row `j` of `rows` has the weights `w_ji`, each with its item `i`; the `params.k` largest of a
    /// row are kept. `data` has the users' histories.
    ///
    /// # Errors
    /// [`Error::Shape`] unless there is one row an item; [`Error::OutOfRange`] for an item that the data lacks; [`Error::NotFinite`] for a weight that is
    /// no number.
    ///
    /// ```
    /// use guide_core::Scored;
    /// use recsys_cf::{ItemCosine, ItemTop};
    /// use recsys_core::{ItemId, testing::events};
    /// let data = events(&[("ann", "pen"), ("bob", "ink")]);
    /// let ink = Scored { id: ItemId(1), score: 0.5 };
    /// let model = ItemTop::from_rows(&ItemCosine::params(), &data, vec![vec![ink], vec![]])?;
    /// assert_eq!(model.neighbours_of(ItemId(0))?, [ink]);
    /// # Ok::<(), guide_core::Error>(())
    /// ```
    pub fn from_rows(
        params: &ItemTopParams,
        data: &Interactions,
        mut rows: Vec<Vec<Scored<ItemId>>>,
    ) -> Result<Self> {
        let n_items = data.n_items();
        if rows.len() != n_items {
            return Err(Error::Shape {
                what: "rows of weights".to_owned(),
                expected: vec![n_items],
                got: vec![rows.len()],
            });
        }
        for (row, hits) in rows.iter_mut().enumerate() {
            if let Some(hit) = hits.iter().find(|hit| hit.id.index() >= n_items) {
                return Err(Error::out_of_range("item", hit.id.index(), n_items));
            }
            if let Some(hit) = hits.iter().find(|hit| !hit.score.is_finite()) {
                return Err(Error::NotFinite {
                    what: "weight of item".to_owned(),
                    index: row,
                    value: f64::from(hit.score),
                });
            }
            hits.sort_unstable_by(Scored::order);
            hits.truncate(params.k);
        }
        let blocks = rows.into_iter().map(|row| (vec![row.len()], row));
        Ok(Self {
            recipe: Recipe::ItemTop(params.clone()),
            seen: data.clone(),
            neighbours: Neighbours::from_blocks(blocks.collect()),
        })
    }

    /// The same weights with other histories. Items keep their numbers, and those of `data` that are new have no weight.
    ///
    /// # Errors
    /// [`Error::Shape`] where `data` has fewer items.
    ///
    /// ```
    /// use guide_core::Fit;
    /// use recsys_cf::ItemCosine;
    /// use recsys_core::{FoldIn, ItemId, Recommender, UserId, testing::events};
    /// let data = events(&[("ann", "pen"), ("ann", "ink")]);
    /// let later = events(&[("bob", "pen"), ("bob", "ink"), ("cy", "pen"), ("cy", "hat")]);
    /// let model = ItemCosine::params().fit(&data)?.on_histories(&later)?;
    /// assert_eq!(model.recommend(UserId(1), 1, &[ItemId(0), ItemId(2)])?[0].id, ItemId(1)); // cy has no ink yet
    /// # Ok::<(), guide_core::Error>(())
    /// ```
    pub fn on_histories(&self, data: &Interactions) -> Result<Self> {
        let (known, now) = (self.n_items(), data.n_items());
        if now < known {
            return Err(Error::Shape {
                what: "items of the histories, at least those of the model".to_owned(),
                expected: vec![known],
                got: vec![now],
            });
        }
        Ok(Self {
            recipe: self.recipe.clone(),
            seen: data.clone(),
            neighbours: self.neighbours.with_empty_rows(now - known),
        })
    }

    /// The model without the histories that it was trained on.
    ///
    /// ```
    /// use guide_core::Fit;
    /// use recsys_cf::ItemCosine;
    /// use recsys_core::testing::events;
    /// let data = events(&[("ann", "pen"), ("ann", "ink"), ("bob", "pen"), ("bob", "ink")]);
    /// let model = ItemCosine::params().fit(&data)?;
    /// assert_eq!(model.without_histories().with_histories(&data)?, model);
    /// # Ok::<(), guide_core::Error>(())
    /// ```
    pub fn without_histories(&self) -> ItemTopWeights<'_> {
        ItemTopWeights {
            recipe: Cow::Borrowed(&self.recipe),
            neighbours: Cow::Borrowed(&self.neighbours),
        }
    }

    /// The users' histories that the model was trained on.
    pub fn seen(&self) -> &Interactions {
        &self.seen
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
        Ok(self.neighbours.explain(history.iter().copied(), item))
    }

    fn history(&self, user: UserId) -> impl Iterator<Item = (ItemId, f32)> + Clone {
        let row = self.seen.row(user);
        row.map(|position| (self.seen.items()[position], self.seen.weight(position)))
    }

    fn sums(&self) -> Sums {
        Sums::new(self.n_items())
    }
}

impl Model for ItemTop {
    fn ids(&self) -> &Arc<Ids> {
        self.seen.ids()
    }

    fn knows_user(&self, user: UserId) -> bool {
        !self.seen.items_of(user).is_empty()
    }
}

impl Recommender for ItemTop {
    fn score_items(&self, user: UserId, scores: &mut [f32]) -> Result<()> {
        ensure_user(self, user)?;
        self.neighbours.score(self.history(user), scores);
        Ok(())
    }

    fn recommend(&self, user: UserId, n: usize, exclude: &[ItemId]) -> Result<Vec<Scored<ItemId>>> {
        ensure_user(self, user)?;
        let history = self.history(user);
        Ok(self.neighbours.best(history, n, exclude, &mut self.sums()))
    }

    fn recommend_batch(
        &self,
        users: &[UserId],
        n: usize,
        seen: &Interactions,
    ) -> Result<Vec<Vec<Scored<ItemId>>>> {
        let lists = users.par_iter().with_min_len(64).map_init(
            || self.sums(),
            |sums, &user| {
                ensure_user(self, user)?;
                let history = self.history(user);
                Ok(self.neighbours.best(history, n, seen.items_of(user), sums))
            },
        );
        lists.collect()
    }
}

impl FoldIn for ItemTop {
    fn score_for(&self, history: &[(ItemId, f32)], scores: &mut [f32]) -> Result<()> {
        ensure_history(self, history)?;
        self.neighbours.score(history.iter().copied(), scores);
        Ok(())
    }

    fn recommend_for(
        &self,
        history: &[(ItemId, f32)],
        n: usize,
        exclude: &[ItemId],
    ) -> Result<Vec<Scored<ItemId>>> {
        ensure_history(self, history)?;
        let history = history.iter().copied();
        Ok(self.neighbours.best(history, n, exclude, &mut self.sums()))
    }
}

impl SimilarItems for ItemTop {
    fn similar_items(&self, item: ItemId, n: usize) -> Result<Vec<Scored<ItemId>>> {
        let hits = self.neighbours_of(item)?;
        Ok(hits[..n.min(hits.len())].to_vec())
    }
}

/// By what they have, [`similar_by_items`].
impl SimilarUsers for ItemTop {
    fn similar_users(&self, user: UserId, n: usize) -> Result<Vec<Scored<UserId>>> {
        similar_by_items(&self.seen, user, n)
    }
}

impl Explain for ItemTop {
    fn explain(&self, user: UserId, item: ItemId) -> Result<Vec<Contribution>> {
        ensure_user(self, user)?;
        ensure_item(self, item)?;
        Ok(self.neighbours.explain(self.history(user), item))
    }
}

impl Persist for ItemTop {
    const KIND: &'static str = "item-top";
    const VERSION: u16 = 2;

    fn about(&self) -> serde_json::Value {
        serde_json::json!({
            "params": self.recipe,
            "n_users": self.n_users(),
            "n_items": self.n_items(),
            "n_interactions": self.seen.len(),
            "n_weights": self.neighbours.len(),
        })
    }

    fn check(&self) -> Result<()> {
        self.recipe.validate()?;
        self.neighbours.check(Self::KIND, self.n_items())
    }
}
