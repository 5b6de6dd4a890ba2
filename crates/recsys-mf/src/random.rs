//! Chance: random rankings, and ratings drawn from the normal distribution of the training ratings (Surprise's
//! NormalPredictor). What any model that has learned something must beat.

use std::sync::Arc;

use guide_core::{EpochReport, Fit, Params, Persist, Progress, Result, report, stream};
use rand::RngExt;
use rand_distr::{Distribution, StandardNormal};
use recsys_core::{
    Basis, Ids, Interactions, ItemId, Model, Prediction, RatingPredictor, Recommender, Scale,
    UserId, ensure_user,
};
use serde::{Deserialize, Serialize};

use crate::parts::{Known, ensure_fits};

/// Parameters of [`Random`].
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RandomParams {
    /// The start of all draws.
    pub seed: u64,
}

guide_core::setters!(RandomParams { seed: u64 });

impl Params for RandomParams {
    fn validate(&self) -> Result<()> {
        Ok(())
    }
}

/// Random scores and ratings: the same ones for the same seed, user and item, whatever was asked before.
///
/// As a [`RatingPredictor`] it draws `r ~ N(μ, σ²)` with the mean and the (population) standard deviation of the training
/// ratings; trained on events without ratings it knows no rating and answers 0 with [`Basis::UnknownBoth`].
///
/// ```
/// use guide_core::Fit;
/// use recsys_core::{Duplicates, Interactions, Records, Recommender, UserId, Values};
/// use recsys_mf::Random;
/// let mut records = Records::builder();
/// records.push("ann", "pen", Values::default())?;
/// records.push("bob", "book", Values::default())?;
/// let data = Interactions::new(&records.finish(), Duplicates::Refuse)?;
/// let random = Random::params().seed(7).fit(&data)?;
/// assert_eq!(random.recommend(UserId(0), 2, &[])?, random.recommend(UserId(0), 2, &[])?);
/// # Ok::<(), guide_core::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Random {
    params: RandomParams,
    ids: Arc<Ids>,
    known: Known,
    ratings: Option<Normal>,
}

/// The distribution of the training ratings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Normal {
    mean: f64,
    deviation: f64,
    scale: Scale,
}

impl Random {
    /// The default parameters.
    pub fn params() -> RandomParams {
        RandomParams::default()
    }
}

impl Fit<Interactions> for RandomParams {
    type Model = Random;

    fn fit_with(&self, data: &Interactions, progress: &dyn Progress) -> Result<Random> {
        self.validate()?;
        let ratings = data.require_ratings("random").ok().map(|(ratings, scale)| {
            let n = ratings.len() as f64;
            let mean = ratings.iter().map(|&r| f64::from(r)).sum::<f64>() / n;
            let squares = ratings.iter().map(|&r| (f64::from(r) - mean).powi(2));
            Normal {
                mean,
                deviation: (squares.sum::<f64>() / n).sqrt(),
                scale,
            }
        });
        let done = EpochReport {
            algorithm: "random",
            epoch: 1,
            n_epochs: 1,
            loss: None,
        };
        let _ = report(progress, done)?;
        Ok(Random {
            params: self.clone(),
            ids: Arc::clone(data.ids()),
            known: Known::of(data),
            ratings,
        })
    }
}

impl Model for Random {
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

impl RatingPredictor for Random {
    fn predict(&self, user: Option<UserId>, item: Option<ItemId>) -> Prediction {
        let Some(normal) = &self.ratings else {
            return Prediction {
                rating: 0.0,
                basis: Basis::UnknownBoth,
            };
        };
        let number = |index: Option<usize>| index.unwrap_or(u32::MAX as usize) as u64;
        let pair = number(self.known.user(user)) << 32 | number(self.known.item(item));
        let deviate: f64 = StandardNormal.sample(&mut stream(self.params.seed, pair));
        let rating = (normal.mean + normal.deviation * deviate) as f32;
        Prediction {
            rating: normal.scale.clip(rating),
            basis: self.known.basis(user, item),
        }
    }
}

impl Recommender for Random {
    fn score_items(&self, user: UserId, scores: &mut [f32]) -> Result<()> {
        ensure_user(self, user)?;
        assert_eq!(scores.len(), self.n_items(), "one score an item");
        let mut rng = stream(self.params.seed, u64::from(user.0));
        scores.fill_with(|| rng.random());
        Ok(())
    }
}

impl Persist for Random {
    const KIND: &'static str = "random";
    const VERSION: u16 = 1;

    fn about(&self) -> serde_json::Value {
        serde_json::json!({ "params": self.params, "n_users": self.n_users(), "n_items": self.n_items() })
    }

    fn check(&self) -> Result<()> {
        guide_core::check_params(Self::KIND, &self.params)?;
        let fits = self.ratings.as_ref().is_none_or(|normal| {
            normal.mean.is_finite()
                && normal.deviation.is_finite()
                && normal.scale.min <= normal.scale.max
        });
        let fits = fits && self.known.fits(&self.ids);
        ensure_fits(
            Self::KIND,
            fits,
            "the distribution is not finite, or the names do not fit",
        )
    }
}

#[cfg(test)]
mod tests {
    use recsys_core::testing as checks;

    use super::*;
    use crate::fixtures;

    #[test]
    fn ratings_follow_the_training_ratings() {
        let data = fixtures::low_rank(200, 100, 8_000, 2);
        let ratings = data.ratings().unwrap();
        let moments = |of: &[f32]| {
            let mean = of.iter().sum::<f32>() / of.len() as f32;
            let squares = of.iter().map(|r| (r - mean).powi(2)).sum::<f32>();
            (mean, (squares / of.len() as f32).sqrt())
        };
        let mut model = Random::params().fit(&data).unwrap();
        let normal = model.ratings.as_mut().unwrap();
        let (mean, deviation) = moments(ratings);
        assert!((normal.mean as f32 - mean).abs() < 1e-4);
        assert!((normal.deviation as f32 - deviation).abs() < 1e-4);
        (normal.scale.min, normal.scale.max) = (-1e4, 1e4);
        let pairs =
            (0..200).flat_map(|user| (0..100).map(move |item| (UserId(user), ItemId(item))));
        let draws = pairs.map(|(user, item)| model.predict(Some(user), Some(item)).rating);
        let drawn = moments(&draws.collect::<Vec<_>>());
        assert!(
            (drawn.0 - mean).abs() < 0.02 && (drawn.1 - deviation).abs() < 0.02,
            "{drawn:?}"
        );
    }

    #[test]
    fn users_and_seeds_have_their_own_order() {
        let data = fixtures::golden_ratings();
        let model = Random::params().fit(&data).unwrap();
        let list = |model: &Random, user| model.recommend(UserId(user), 18, &[]).unwrap();
        assert_ne!(list(&model, 0), list(&model, 1));
        let other = Random::params().seed(1).fit(&data).unwrap();
        assert_ne!(list(&model, 0), list(&other, 0));
        let pair = (Some(UserId(0)), Some(ItemId(0)));
        assert_ne!(model.predict(pair.0, pair.1), other.predict(pair.0, pair.1));
    }

    #[test]
    fn it_keeps_every_contract() {
        let fit = |data: &Interactions| Random::params().seed(3).fit(data);
        checks::recommender(fit);
        checks::rating_predictor(fit);
        let mut model = fit(&fixtures::golden_ratings()).unwrap();
        checks::persist(&model, |model| model.recommend(UserId(1), 5, &[]).unwrap());
        model.ratings.as_mut().unwrap().deviation = f64::NAN;
        assert!(model.check().is_err());
        let events = fit(&fixtures::events(&[("a", "x", 1.0)])).unwrap();
        assert_eq!(
            events.predict(Some(UserId(0)), None).basis,
            Basis::UnknownBoth
        );
    }
}
