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

use crate::parts::ensure_fits;

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
            ratings,
        })
    }
}

impl Model for Random {
    fn ids(&self) -> &Arc<Ids> {
        &self.ids
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
        let number = |id: Option<u32>| u64::from(id.unwrap_or(u32::MAX));
        let pair = number(user.map(|user| user.0)) << 32 | number(item.map(|item| item.0));
        let deviate: f64 = StandardNormal.sample(&mut stream(self.params.seed, pair));
        Prediction {
            rating: normal
                .scale
                .clip((normal.mean + normal.deviation * deviate) as f32),
            basis: Basis::Model,
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
        let fits = self.ratings.as_ref().is_none_or(|normal| {
            normal.mean.is_finite()
                && normal.deviation.is_finite()
                && normal.scale.min <= normal.scale.max
        });
        ensure_fits(Self::KIND, fits, "the distribution is not finite")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;

    #[test]
    fn ratings_follow_the_training_ratings() {
        let data = fixtures::ratings(&[
            ("a", "x", -100.0),
            ("a", "y", 0.0),
            ("b", "x", 2.0),
            ("b", "y", 100.0),
        ]);
        // mean 0.5, variance (10000 + 0 + 4 + 10000) / 4 − 0.25
        let mut model = Random::params().fit(&data).unwrap();
        let normal = model.ratings.as_mut().unwrap();
        assert_eq!(normal.mean, 0.5);
        assert!((normal.deviation - 5000.75_f64.sqrt()).abs() < 1e-9);
        (normal.scale.min, normal.scale.max) = (-1e4, 1e4);
        let n = 20_000;
        let draws: Vec<f64> = (0..n)
            .map(|item| f64::from(model.predict(Some(UserId(1)), Some(ItemId(item))).rating))
            .collect();
        let mean = draws.iter().sum::<f64>() / f64::from(n);
        let variance = draws.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / f64::from(n);
        assert!((mean - 0.5).abs() < 2.0, "{mean}");
        assert!(
            (variance.sqrt() / 5000.75_f64.sqrt() - 1.0).abs() < 0.02,
            "{variance}"
        );
    }

    #[test]
    fn users_and_seeds_have_their_own_order() {
        let names: Vec<String> = (0..50).map(|i| i.to_string()).collect();
        let rows: Vec<(&str, &str, f32)> = names
            .iter()
            .map(|n| (n.as_str(), n.as_str(), 1.0))
            .collect();
        let data = fixtures::events(&rows);
        let model = Random::params().fit(&data).unwrap();
        let list = |model: &Random, user| model.recommend(UserId(user), 50, &[]).unwrap();
        assert_ne!(list(&model, 0), list(&model, 1));
        assert_ne!(
            list(&model, 0),
            list(&Random::params().seed(1).fit(&data).unwrap(), 0)
        );
        assert!(model.recommend(UserId(50), 1, &[]).is_err());
        assert_eq!(model.predict(None, None).basis, Basis::UnknownBoth);
    }

    #[test]
    fn a_saved_model_draws_the_same() {
        let data = fixtures::ratings(&[("a", "x", 1.0), ("b", "y", 5.0)]);
        let mut model = fixtures::round_trip(&Random::params().seed(3).fit(&data).unwrap());
        model.ratings.as_mut().unwrap().deviation = f64::NAN;
        assert!(model.check().is_err());
    }
}
