//! The trained neighbour model: ratings, levels, and predictions from them.

use std::sync::Arc;

use guide_core::{EpochReport, Error, Fit, Params, Persist, Progress, Result, model_file, report};
use rayon::prelude::*;
use recsys_core::{
    Basis, Biases, Ids, Interactions, ItemId, Model, Pair, Prediction, RatingPredictor, Scale,
    UserId,
};
use serde::{Deserialize, Serialize};

use super::estimate::{Level, Levels, Neighbour, estimate, without_neighbours};
use super::lists::Sides;
use super::params::{Estimate, KnnParams};
use super::similarity::{Similarities, Subject, Walk};

/// A trained neighbour model: `knn-basic`, `knn-means`, `knn-zscore` or `knn-baseline`, by [`KnnParams::estimate`].
///
/// Holds the ratings, 24 bytes each, and no table of similarities. A prediction costs one walk over the ratings that the
/// user (or item) shares with all others, `Σ_{i ∈ I_u} |U_i|` steps; [`RatingPredictor::predict_batch`] shares the walk
/// among all pairs of the same user (or item).
///
/// Agrees with scikit-surprise 1.1.5 to the last rounding. Where Surprise divides by zero (cosine of zero ratings,
/// residuals that are all zero) the similarity is 0 here; where all ratings are equal, the deviation is 1.
///
/// ```
/// use guide_core::Fit;
/// use recsys_cf::{KnnParams, Similarity};
/// use recsys_core::{Explain, ItemId, Part, RatingPredictor, SimilarUsers, UserId, testing::ratings};
/// // ann has x and y, bob x, y and z: two of three in common. cid has z alone.
/// let data = ratings(&[
///     ("ann", "x", 1.0), ("ann", "y", 3.0),
///     ("bob", "x", 3.0), ("bob", "y", 3.0), ("bob", "z", 6.0),
///     ("cid", "z", 5.0),
/// ]);
/// let model = KnnParams::means().similarity(Similarity::Jaccard).fit(&data)?;
/// let like_ann = model.similar_users(UserId(0), 5)?;
/// assert_eq!((like_ann.len(), like_ann[0].id), (1, UserId(1)));
/// assert!((like_ann[0].score - 2.0 / 3.0).abs() < 1e-6);
///
/// // Bob gave z 2 above his mean of 4, and ann's mean is 2.
/// assert_eq!(model.predict(Some(UserId(0)), Some(ItemId(2))).rating, 4.0);
/// let why = model.explain(UserId(0), ItemId(2))?;
/// assert!(why.iter().any(|part| part.from == Part::User(UserId(1)) && part.amount == 2.0));
/// # Ok::<(), guide_core::Error>(())
/// ```
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Knn {
    pub(super) params: KnnParams,
    pub(super) data: Interactions,
    pub(super) biases: Option<Biases>,
    #[serde(skip)]
    pub(super) derived: Derived,
}

/// What follows from the ratings and is not saved.
#[derive(Clone, Debug, Default)]
pub(super) struct Derived {
    pub(super) sides: Sides,
    pub(super) levels: Levels,
    pub(super) similarities: Similarities,
}

/// Memory of one thread, reused from prediction to prediction.
#[derive(Default)]
pub(super) struct Scratch {
    pub(super) walk: Walk,
    pub(super) neighbours: Vec<Neighbour>,
}

impl Fit<Interactions> for KnnParams {
    type Model = Knn;

    /// Reports the epochs of the baseline estimates, where they are needed, and then one of its own. Where `progress` ends
    /// the former, the estimates stay as they stand.
    ///
    /// # Errors
    /// Bad parameters; [`Error::Unsuitable`] without ratings; [`Error::Diverged`] when the baseline estimates do.
    fn fit_with(&self, data: &Interactions, progress: &dyn Progress) -> Result<Knn> {
        self.validate()?;
        data.require_ratings(self.name())?;
        let biases = self
            .needs_biases()
            .then(|| Biases::fit_with(&self.biases, data, progress))
            .transpose()?;
        let done = EpochReport {
            algorithm: self.name(),
            epoch: 1,
            n_epochs: 1,
            loss: None,
        };
        let _ = report(progress, done)?;
        Ok(Knn::assemble(self.clone(), data.clone(), biases))
    }
}

impl Knn {
    /// The parameters it was trained with.
    pub fn params(&self) -> &KnnParams {
        &self.params
    }

    /// The ratings it was trained on.
    pub fn data(&self) -> &Interactions {
        &self.data
    }

    pub(super) fn assemble(params: KnnParams, data: Interactions, biases: Option<Biases>) -> Self {
        let sides = Sides::new(&data, params.user_based);
        let levels = levels(&params, &data, &sides, biases.as_ref());
        let similarities = Similarities::new(&params, &sides, biases.as_ref());
        Self {
            params,
            data,
            biases,
            derived: Derived {
                sides,
                levels,
                similarities,
            },
        }
    }

    /// The side whose similarities count, and the other.
    pub(super) fn sides_of(&self, user: UserId, item: ItemId) -> (u32, u32) {
        if self.params.user_based {
            (user.0, item.0)
        } else {
            (item.0, user.0)
        }
    }

    pub(super) fn scale(&self) -> Scale {
        self.data.scale().unwrap_or(Scale {
            min: f32::MIN,
            max: f32::MAX,
        })
    }

    /// Leaves the similarities of `x` to all others in `scratch`, 1 to itself: for estimates of `x`, or for those that `x` is
    /// a neighbour in.
    pub(super) fn walk(&self, x: u32, is_neighbour: bool, scratch: &mut Scratch) {
        let Derived {
            sides,
            levels,
            similarities,
        } = &self.derived;
        let subject = Subject {
            ratings: sides.of_x.of(x),
            bias: levels.of(x).bias,
            is_neighbour,
        };
        similarities.walk(sides, &subject, &mut scratch.walk);
        if let Some(itself) = scratch.walk.similarities.get_mut(x as usize) {
            *itself = 1.0;
        }
    }

    /// The estimate of `y` for someone of `level`, by the similarities in `scratch`.
    pub(super) fn estimate(
        &self,
        level: Level,
        y: u32,
        scratch: &mut Scratch,
    ) -> super::estimate::Estimated {
        let Derived { sides, levels, .. } = &self.derived;
        let similarities = &scratch.walk.similarities;
        scratch.neighbours.clear();
        let raters = (0..)
            .zip(sides.of_y.of(y))
            .map(|(place, &(x, rating))| Neighbour {
                similarity: similarities[x as usize],
                place,
                x,
                rating,
            });
        scratch.neighbours.extend(raters);
        estimate(
            &self.params,
            levels,
            level,
            levels.y_bias(y),
            &mut scratch.neighbours,
        )
    }

    /// What is said without a user or an item that is known.
    fn unknown(&self, user: Option<UserId>, item: Option<ItemId>, basis: Basis) -> Prediction {
        let rating = match (&self.biases, self.params.estimate) {
            (Some(biases), Estimate::Baseline) => biases.estimate(user, item),
            _ => self.derived.levels.mean,
        };
        Prediction {
            rating: self.scale().clip(rating as f32),
            basis,
        }
    }

    /// The pair, where both have ratings; else what is said of it.
    fn known(&self, (user, item): Pair) -> std::result::Result<(u32, u32), Prediction> {
        let has_ratings = |x_side: bool, id: u32| {
            let Sides { of_x, of_y } = &self.derived.sides;
            !if x_side { of_x.of(id) } else { of_y.of(id) }.is_empty()
        };
        let user = user.filter(|user| has_ratings(self.params.user_based, user.0));
        let item = item.filter(|item| has_ratings(!self.params.user_based, item.0));
        match (user, item) {
            (Some(user), Some(item)) => Ok(self.sides_of(user, item)),
            (None, Some(_)) => Err(self.unknown(user, item, Basis::UnknownUser)),
            (Some(_), None) => Err(self.unknown(user, item, Basis::UnknownItem)),
            (None, None) => Err(self.unknown(user, item, Basis::UnknownBoth)),
        }
    }

    /// The prediction for a known pair, by the similarities of `x` in `scratch`.
    fn predict_known(&self, x: u32, y: u32, scratch: &mut Scratch) -> Prediction {
        let estimated = self.estimate(self.derived.levels.of(x), y, scratch);
        let basis = if estimated.enough {
            Basis::Model
        } else {
            Basis::TooFewNeighbours
        };
        Prediction {
            rating: self.scale().clip(estimated.rating as f32),
            basis,
        }
    }

    /// What the model says of someone of `level` and `y` when no neighbour speaks.
    pub(super) fn fallback(&self, level: Level, y: u32) -> f64 {
        without_neighbours(
            self.params.estimate,
            &self.derived.levels,
            level,
            self.derived.levels.y_bias(y),
        )
    }
}

impl Model for Knn {
    fn ids(&self) -> &Arc<Ids> {
        self.data.ids()
    }

    fn knows_user(&self, user: UserId) -> bool {
        !self.data.items_of(user).is_empty()
    }
}

impl RatingPredictor for Knn {
    fn predict(&self, user: Option<UserId>, item: Option<ItemId>) -> Prediction {
        match self.known((user, item)) {
            Err(prediction) => prediction,
            Ok((x, y)) => {
                let mut scratch = Scratch::default();
                self.walk(x, false, &mut scratch);
                self.predict_known(x, y, &mut scratch)
            }
        }
    }

    fn predict_batch(&self, pairs: &[Pair]) -> Vec<Prediction> {
        let mut predictions = vec![
            Prediction {
                rating: 0.0,
                basis: Basis::UnknownBoth
            };
            pairs.len()
        ];
        let mut known: Vec<(u32, u32, usize)> = Vec::with_capacity(pairs.len());
        for (index, &pair) in pairs.iter().enumerate() {
            match self.known(pair) {
                Ok((x, y)) => known.push((x, y, index)),
                Err(prediction) => predictions[index] = prediction,
            }
        }
        known.sort_unstable();
        let groups: Vec<&[(u32, u32, usize)]> = known.chunk_by(|a, b| a.0 == b.0).collect();
        let predict_group = |scratch: &mut Scratch, group: &&[(u32, u32, usize)]| {
            self.walk(group[0].0, false, scratch);
            let predict =
                |&(x, y, index): &(u32, u32, usize)| (index, self.predict_known(x, y, scratch));
            group.iter().map(predict).collect::<Vec<_>>()
        };
        let done: Vec<Vec<(usize, Prediction)>> = groups
            .par_iter()
            .map_init(Scratch::default, predict_group)
            .collect();
        for (index, prediction) in done.into_iter().flatten() {
            predictions[index] = prediction;
        }
        predictions
    }
}

impl Persist for Knn {
    const KIND: &'static str = "knn";
    const VERSION: u16 = 2;

    fn about(&self) -> serde_json::Value {
        serde_json::json!({
            "algorithm": self.params.name(),
            "parameters": self.params,
            "users": self.n_users(),
            "items": self.n_items(),
            "ratings": self.data.len(),
        })
    }

    fn check(&self) -> Result<()> {
        guide_core::check_params(Self::KIND, &self.params)?;
        let refuse = |reason: &str| Err(Error::decode(Self::KIND, reason));
        self.params
            .validate()
            .map_err(|reason| Error::decode(Self::KIND, reason))?;
        if self.data.ratings().is_none() {
            return refuse("it holds no ratings");
        }
        match &self.biases {
            None if self.params.needs_biases() => refuse("the baseline estimates are missing"),
            Some(b) if b.users.len() != self.n_users() || b.items.len() != self.n_items() => {
                refuse("baseline estimates and ids differ in number")
            }
            Some(b)
                if !b
                    .users
                    .iter()
                    .chain(&b.items)
                    .chain([&b.mean])
                    .all(|x| x.is_finite()) =>
            {
                refuse("a baseline estimate is not finite")
            }
            _ => Ok(()),
        }
    }

    fn decode(version: u16, payload: &[u8]) -> Result<Self> {
        if version != Self::VERSION {
            let kind = Self::KIND.to_owned();
            return Err(Error::Version {
                kind,
                found: version,
                supported: Self::VERSION,
            });
        }
        let read: Self = model_file::decode_payload(Self::KIND, payload)?;
        read.check()?;
        Ok(Self::assemble(read.params, read.data, read.biases))
    }
}

/// Means and deviations of all and of each `x`, and the biases by side.
fn levels(
    params: &KnnParams,
    data: &Interactions,
    sides: &Sides,
    biases: Option<&Biases>,
) -> Levels {
    let all = data.ratings().unwrap_or_default();
    let mut levels = Levels::default();
    let whole = levels.of_ratings(all.iter().copied(), 0.0);
    // Where all ratings are equal none lies off its mean, whatever one deviation is taken to be.
    let deviation = if whole.deviation > 0.0 {
        whole.deviation
    } else {
        1.0
    };
    (levels.mean, levels.deviation) = (whole.mean, deviation);
    if let Some(Biases { users, items, .. }) = biases {
        let (x, y) = if params.user_based {
            (users, items)
        } else {
            (items, users)
        };
        (levels.x_biases, levels.y_biases) = (x.clone(), y.clone());
    }
    for x in 0..sides.of_x.len() as u32 {
        let level = levels.of_ratings(sides.of_x.of(x).iter().map(|&(_, rating)| rating), 0.0);
        levels.x_means.push(level.mean);
        levels.x_deviations.push(level.deviation);
    }
    levels
}
