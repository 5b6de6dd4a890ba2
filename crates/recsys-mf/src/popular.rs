//! Popularity: the items that most interactions go to, the same for everyone. Every other model has to beat it.

use std::sync::Arc;

use guide_core::{EpochReport, Error, Fit, Params, Persist, Progress, Result, ensure, report};
use recsys_core::{
    Basis, Contribution, Explain, FoldIn, Ids, Interactions, ItemId, Model, Part, Prediction,
    RatingPredictor, Recommender, Scale, UserId, ensure_history, ensure_item, ensure_user,
};
use serde::{Deserialize, Serialize};

use crate::parts::{Known, ensure_fits};

/// What makes an item popular.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Popularity {
    /// How many users have it.
    Users,
    /// The sum of the weights of its interactions.
    Weight,
}

/// Parameters of [`Popular`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PopularParams {
    /// What is counted (default: users).
    pub count: Popularity,
    /// How many ratings of the overall mean each item is given beside its own (default 5, LensKit's damping).
    pub damping: f32,
}

impl Default for PopularParams {
    fn default() -> Self {
        Self {
            count: Popularity::Users,
            damping: 5.0,
        }
    }
}

guide_core::setters!(PopularParams {
    count: Popularity,
    damping: f32,
});

impl Params for PopularParams {
    fn validate(&self) -> Result<()> {
        ensure::not_negative("damping", self.damping)
    }
}

/// The popularity of every item.
///
/// As a [`Recommender`] it scores an item by its number of users, or by its total weight. As a [`RatingPredictor`] it gives
/// the damped mean rating of the item, `(Σ_u r_ui + d μ) / (n_i + d)` with the mean μ of all ratings and the damping `d`;
/// trained on events without ratings it knows no rating and answers 0 with [`Basis::UnknownBoth`].
///
/// ```
/// use guide_core::Fit;
/// use recsys_core::{Duplicates, Interactions, ItemId, RatingPredictor, Records, Recommender, UserId, Values};
/// use recsys_mf::Popular;
/// let mut records = Records::builder();
/// for (user, item, rating) in [("ann", "pen", 3.0), ("ann", "book", 5.0), ("bob", "book", 4.0)] {
///     records.push(user, item, Values { rating: Some(rating), ..Values::default() })?;
/// }
/// let data = Interactions::new(&records.finish(), Duplicates::Refuse)?;
/// let popular = Popular::params().damping(1.0).fit(&data)?;
/// let best = popular.recommend(UserId(0), 1, &[])?;
/// assert_eq!((best[0].id, best[0].score), (ItemId(1), 2.0)); // two have the book
/// // the mean of all is 4: (5 + 4 + 4) / 3
/// assert!((popular.predict(None, Some(ItemId(1))).rating - 13.0 / 3.0).abs() < 1e-6);
/// # Ok::<(), guide_core::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Popular {
    params: PopularParams,
    ids: Arc<Ids>,
    known: Known,
    scores: Vec<f32>, // [n_items]
    rated: Option<Rated>,
}

/// The damped mean ratings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Rated {
    scale: Scale,
    mean: f32,
    items: Vec<f32>, // [n_items], the mean of all without a rating
}

impl Popular {
    /// The default parameters.
    pub fn params() -> PopularParams {
        PopularParams::default()
    }
}

impl Fit<Interactions> for PopularParams {
    type Model = Popular;

    fn fit_with(&self, data: &Interactions, progress: &dyn Progress) -> Result<Popular> {
        self.validate()?;
        let mut totals = vec![0.0; data.n_items()];
        for (position, item) in data.items().iter().enumerate() {
            totals[item.index()] += match self.count {
                Popularity::Users => 1.0,
                Popularity::Weight => f64::from(data.weight(position)),
            };
        }
        let scores: Vec<f32> = totals.iter().map(|&total| total as f32).collect();
        if let Some(index) = scores.iter().position(|score| !score.is_finite()) {
            return Err(Error::NotFinite {
                what: "popularity of item".to_owned(),
                index,
                value: f64::from(scores[index]),
            });
        }
        let rated = match data.require_ratings("popular") {
            Ok((ratings, scale)) => Some(self.damped_means(data, ratings, scale)),
            Err(_) => None,
        };
        let done = EpochReport {
            algorithm: "popular",
            epoch: 1,
            n_epochs: 1,
            loss: None,
        };
        let _ = report(progress, done)?;
        Ok(Popular {
            params: self.clone(),
            ids: Arc::clone(data.ids()),
            known: Known::of(data),
            scores,
            rated,
        })
    }
}

impl PopularParams {
    fn damped_means(&self, data: &Interactions, ratings: &[f32], scale: Scale) -> Rated {
        let mean = ratings.iter().map(|&r| f64::from(r)).sum::<f64>() / ratings.len() as f64;
        let mut sums = vec![0.0; data.n_items()];
        for (item, &rating) in data.items().iter().zip(ratings) {
            sums[item.index()] += f64::from(rating);
        }
        let damping = f64::from(self.damping);
        let damped = |(sum, count): (f64, u32)| {
            if count == 0 {
                mean as f32
            } else {
                ((sum + damping * mean) / (f64::from(count) + damping)) as f32
            }
        };
        Rated {
            scale,
            mean: mean as f32,
            items: sums
                .into_iter()
                .zip(data.item_counts())
                .map(damped)
                .collect(),
        }
    }
}

impl Model for Popular {
    fn ids(&self) -> &Arc<Ids> {
        &self.ids
    }

    fn knows_user(&self, user: UserId) -> bool {
        self.known.user(Some(user)).is_some()
    }

    fn knows_item(&self, item: ItemId) -> bool {
        self.known.item(Some(item)).is_some()
    }
}

impl RatingPredictor for Popular {
    fn predict(&self, user: Option<UserId>, item: Option<ItemId>) -> Prediction {
        let Some(rated) = &self.rated else {
            return Prediction {
                rating: 0.0,
                basis: Basis::UnknownBoth,
            };
        };
        let rating = self
            .known
            .item(item)
            .map_or(rated.mean, |item| rated.items[item]);
        Prediction {
            rating: rated.scale.clip(rating),
            basis: self.known.basis(user, item),
        }
    }
}

impl Recommender for Popular {
    fn score_items(&self, user: UserId, scores: &mut [f32]) -> Result<()> {
        ensure_user(self, user)?;
        scores.copy_from_slice(&self.scores);
        Ok(())
    }
}

impl FoldIn for Popular {
    fn score_for(&self, history: &[(ItemId, f32)], scores: &mut [f32]) -> Result<()> {
        ensure_history(self, history)?;
        scores.copy_from_slice(&self.scores);
        Ok(())
    }
}

impl Explain for Popular {
    fn explain(&self, user: UserId, item: ItemId) -> Result<Vec<Contribution>> {
        ensure_user(self, user)?;
        ensure_item(self, item)?;
        Ok(vec![Contribution {
            from: Part::Popularity,
            amount: self.scores[item.index()],
        }])
    }
}

impl Persist for Popular {
    const KIND: &'static str = "popular";
    const VERSION: u16 = 1;

    fn about(&self) -> serde_json::Value {
        serde_json::json!({ "params": self.params, "n_users": self.n_users(), "n_items": self.n_items() })
    }

    fn check(&self) -> Result<()> {
        guide_core::check_params(Self::KIND, &self.params)?;
        let n_items = self.n_items();
        let means_fit = self.rated.as_ref().is_none_or(|rated| {
            let means = rated.items.iter().chain([&rated.mean]);
            rated.items.len() == n_items
                && means.copied().all(f32::is_finite)
                && rated.scale.min <= rated.scale.max
        });
        let scores_fit = self.known.fits(&self.ids)
            && self.scores.len() == n_items
            && self.scores.iter().all(|score| score.is_finite());
        ensure_fits(
            Self::KIND,
            means_fit && scores_fit,
            "scores and items do not fit together",
        )
    }
}

#[cfg(test)]
mod tests {
    use guide_core::testing;
    use recsys_core::testing as checks;

    use super::*;
    use crate::fixtures;

    #[test]
    fn weights_and_users_are_counted_apart() {
        let data = fixtures::events(&[("a", "x", 9.0), ("a", "y", 2.0), ("b", "y", 3.0)]);
        let scores = |params: PopularParams| params.fit(&data).unwrap().scores;
        assert_eq!(scores(Popular::params()), [1.0, 2.0]);
        assert_eq!(
            scores(Popular::params().count(Popularity::Weight)),
            [9.0, 5.0]
        );
    }

    #[test]
    fn a_sum_beyond_f32_is_an_error_that_names_the_item() {
        let data = fixtures::events(&[("a", "x", 1.0), ("a", "y", 3e38), ("b", "y", 3e38)]);
        let heaviest = Popular::params().count(Popularity::Weight);
        let error = heaviest.fit(&data).unwrap_err().to_string();
        assert_eq!(error, "popularity of item 1 is inf, which is not finite");
    }

    #[test]
    fn means_are_damped_and_unknown_items_get_the_overall_mean() {
        let data = fixtures::ratings(&[("a", "x", 5.0), ("b", "x", 4.0), ("b", "y", 3.0)]);
        let model = Popular::params().damping(2.0).fit(&data).unwrap();
        let x = model.predict(Some(UserId(0)), Some(ItemId(0)));
        assert_eq!(
            model.predict(None, Some(ItemId(0))).basis,
            Basis::UnknownUser
        );
        assert_eq!((x.rating, x.basis), (17.0 / 4.0, Basis::Model));
        let unknown = model.predict(None, Some(ItemId(2)));
        assert_eq!((unknown.rating, unknown.basis), (4.0, Basis::UnknownBoth));
        let plain = Popular::params().damping(0.0).fit(&data).unwrap();
        assert_eq!(plain.predict(None, Some(ItemId(0))).rating, 4.5);
    }

    #[test]
    fn events_alone_give_no_rating() {
        let model = Popular::params()
            .fit(&fixtures::events(&[("a", "x", 1.0)]))
            .unwrap();
        let none = model.predict(Some(UserId(0)), Some(ItemId(0)));
        assert_eq!((none.rating, none.basis), (0.0, Basis::UnknownBoth));
    }

    #[test]
    fn it_keeps_every_contract() {
        let fit = |data: &Interactions| Popular::params().fit(data);
        checks::recommender(fit);
        checks::rating_predictor(fit);
        checks::fold_in(
            checks::History::Weights,
            checks::Agreement::Scores(0.0),
            fit,
        );
        checks::explain(0.0, fit);
        let data = fixtures::golden_ratings();
        let predict = |model: &Popular| model.predict(None, Some(ItemId(3)));
        checks::persist(&fit(&data).unwrap(), predict);
        testing::refuses(&Popular::params(), &[("damping", "-1"), ("count", "likes")]);
        testing::params_have_effect(&Popular::params(), &[("damping", "1")], |params| {
            predict(&params.fit(&data).unwrap())
        });
        let mut model = fit(&data).unwrap();
        model.scores.pop();
        assert!(model.check().is_err());
    }
}
