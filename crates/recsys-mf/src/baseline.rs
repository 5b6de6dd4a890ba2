//! The baseline predictor `μ + b_u + b_i` (Koren, 2010): what is left of taste when only generosity and merit count.

use std::sync::Arc;

use guide_core::{Fit, Params, Persist, Progress, Result};
use recsys_core::{
    BiasMethod, BiasParams, Biases, Contribution, Explain, FoldIn, Ids, Interactions, ItemId,
    Model, Part, Prediction, RatingPredictor, Recommender, Scale, UserId, ensure_history,
    ensure_item, ensure_user,
};
use serde::{Deserialize, Serialize};

use crate::parts::{Known, ensure_fits, largest_first};

/// Parameters of [`Baseline`]: those of [`BiasParams`], whose defaults are Surprise's.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct BaselineParams {
    /// How the biases are found; its fields are named without a prefix.
    #[serde(flatten)]
    pub biases: BiasParams,
}

guide_core::setters!(BaselineParams { biases: BiasParams });

impl Params for BaselineParams {
    fn validate(&self) -> Result<()> {
        self.biases.validate()
    }
}

/// The baseline predictor: `r̂_ui = μ + b_u + b_i`, an unknown user or item counting 0.
///
/// As a [`Recommender`] it ranks by `b_i`, the same for everyone. A shopper not seen in training gets the bias that the
/// training would give with the item side fixed: `b = Σ (r_i − μ − b_i) / (n + λ_u)` for ALS, `/ (n + λ n)` for SGD.
///
/// ```
/// use guide_core::Fit;
/// use recsys_core::{BiasParams, Duplicates, Interactions, ItemId, RatingPredictor, Records, UserId, Values};
/// use recsys_mf::Baseline;
/// let mut records = Records::builder();
/// for (user, item, rating) in [("ann", "pen", 5.0), ("ann", "book", 3.0), ("bob", "pen", 4.0)] {
///     records.push(user, item, Values { rating: Some(rating), ..Values::default() })?;
/// }
/// let data = Interactions::new(&records.finish(), Duplicates::Refuse)?;
/// let once = BiasParams::default().n_epochs(1).reg_item(0.0).reg_user(1.0);
/// let baseline = Baseline::params().biases(once).fit(&data)?;
/// // μ = 4; pen: (1 + 0) / 2 = 0.5; bob: (4 − 4.5) / (1 + 1) = −0.25
/// assert_eq!(baseline.predict(Some(UserId(1)), Some(ItemId(0))).rating, 4.25);
/// # Ok::<(), guide_core::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Baseline {
    params: BiasParams,
    ids: Arc<Ids>,
    known: Known,
    scale: Scale,
    biases: Biases,
}

impl Baseline {
    /// The default parameters.
    pub fn params() -> BaselineParams {
        BaselineParams::default()
    }

    /// The estimates.
    pub fn biases(&self) -> &Biases {
        &self.biases
    }
}

impl Fit<Interactions> for BaselineParams {
    type Model = Baseline;

    fn fit_with(&self, data: &Interactions, progress: &dyn Progress) -> Result<Baseline> {
        self.validate()?;
        let (_, scale) = data.require_ratings("baseline")?;
        Ok(Baseline {
            params: self.biases.clone(),
            ids: Arc::clone(data.ids()),
            known: Known::of(data),
            scale,
            biases: Biases::fit_with(&self.biases, data, progress)?,
        })
    }
}

impl Model for Baseline {
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

impl RatingPredictor for Baseline {
    fn predict(&self, user: Option<UserId>, item: Option<ItemId>) -> Prediction {
        Prediction {
            rating: self.scale.clip(self.biases.estimate(user, item) as f32),
            basis: self.known.basis(user, item),
        }
    }
}

impl Baseline {
    fn score_with(&self, user_bias: f64, scores: &mut [f32]) {
        assert_eq!(scores.len(), self.n_items(), "one score an item");
        for (score, item_bias) in scores.iter_mut().zip(&self.biases.items) {
            *score = (self.biases.mean + user_bias + item_bias) as f32;
        }
    }
}

impl Recommender for Baseline {
    fn score_items(&self, user: UserId, scores: &mut [f32]) -> Result<()> {
        ensure_user(self, user)?;
        self.score_with(self.biases.users[user.index()], scores);
        Ok(())
    }
}

impl FoldIn for Baseline {
    fn score_for(&self, history: &[(ItemId, f32)], scores: &mut [f32]) -> Result<()> {
        ensure_history(self, history)?;
        let residual = |&(item, rating): &(ItemId, f32)| {
            f64::from(rating) - self.biases.estimate(None, Some(item))
        };
        let n = history.len() as f64;
        let weight = match self.params.method {
            BiasMethod::Als => n + f64::from(self.params.reg_user),
            BiasMethod::Sgd => n + f64::from(self.params.regularization) * n,
        };
        let sum: f64 = history.iter().map(residual).sum();
        self.score_with(if weight > 0.0 { sum / weight } else { 0.0 }, scores);
        Ok(())
    }
}

impl Explain for Baseline {
    fn explain(&self, user: UserId, item: ItemId) -> Result<Vec<Contribution>> {
        ensure_user(self, user)?;
        ensure_item(self, item)?;
        let part = |from, amount: f64| Contribution {
            from,
            amount: amount as f32,
        };
        Ok(largest_first(vec![
            part(Part::GlobalMean, self.biases.mean),
            part(Part::UserBias, self.biases.users[user.index()]),
            part(Part::ItemBias, self.biases.items[item.index()]),
        ]))
    }
}

impl Persist for Baseline {
    const KIND: &'static str = "baseline";
    const VERSION: u16 = 1;

    fn about(&self) -> serde_json::Value {
        serde_json::json!({ "params": self.params, "n_users": self.n_users(), "n_items": self.n_items() })
    }

    fn check(&self) -> Result<()> {
        guide_core::check_params(Self::KIND, &self.params)?;
        let biases = &self.biases;
        let lengths_fit = biases.users.len() == self.n_users()
            && biases.items.len() == self.n_items()
            && self.known.fits(&self.ids);
        let numbers = biases
            .users
            .iter()
            .chain(&biases.items)
            .chain([&biases.mean]);
        let finite = numbers.copied().all(f64::is_finite) && self.scale.min <= self.scale.max;
        let params_fit = self.params.validate().is_ok();
        ensure_fits(
            Self::KIND,
            lengths_fit && finite && params_fit,
            "biases, parameters and names do not fit together",
        )
    }
}

#[cfg(test)]
mod tests {
    use guide_core::{Cancel, EarlyStopping, testing};
    use recsys_core::testing as checks;

    use super::*;
    use crate::fixtures;

    #[test]
    fn both_methods_equal_surprise() {
        let data = fixtures::golden_ratings();
        let als = Baseline::params().fit(&data).unwrap();
        fixtures::assert_golden(&als, "baseline_als", 1e-6);
        let sgd = Baseline::params()
            .biases(BiasParams::sgd())
            .fit(&data)
            .unwrap();
        fixtures::assert_golden(&sgd, "baseline_sgd", 1e-6);
    }

    #[test]
    fn a_new_shopper_gets_the_bias_that_training_would_give() {
        let data = fixtures::golden_ratings();
        let model = Baseline::params().fit(&data).unwrap();
        let user = UserId(4);
        let history = fixtures::rated_history(&data, user);
        let (mut trained, mut folded) = (vec![0.0; model.n_items()], vec![0.0; model.n_items()]);
        model.score_items(user, &mut trained).unwrap();
        model.score_for(&history, &mut folded).unwrap();
        assert_eq!(
            trained, folded,
            "the last half-step of ALS solves for the users"
        );

        let sgd = BiasParams::sgd().regularization(0.5);
        let model = Baseline::params().biases(sgd).fit(&data).unwrap();
        model.score_for(&[(ItemId(2), 5.0)], &mut folded).unwrap();
        let alone = model.biases.estimate(None, Some(ItemId(2)));
        let expected = alone + (5.0 - alone) / 1.5;
        assert!((f64::from(folded[2]) - expected).abs() < 1e-6);
        model.score_for(&[], &mut folded).unwrap();
        assert_eq!(folded[2], alone as f32);
    }

    #[test]
    fn it_keeps_every_contract() {
        let fit = |data: &Interactions| Baseline::params().fit(data);
        checks::recommender(fit);
        checks::rating_predictor(fit);
        checks::fold_in(
            checks::History::Ratings,
            checks::Agreement::Scores(1e-6),
            fit,
        );
        checks::explain(1e-6, fit);
        let data = fixtures::golden_ratings();
        let mut model = fit(&data).unwrap();
        checks::persist(&model, |model| {
            model.predict(Some(UserId(1)), Some(ItemId(3)))
        });
        model.biases.users.pop();
        assert!(model.check().is_err());
        let events = fixtures::events(&[("a", "x", 1.0)]);
        let error = fit(&events).unwrap_err().to_string();
        assert_eq!(
            error,
            "baseline needs ratings, but the interactions have none"
        );
    }

    #[test]
    fn training_can_be_stopped() {
        let data = fixtures::golden_ratings();
        let biases = |params: BiasParams| Baseline::params().biases(params);
        let cancel = Cancel::default();
        cancel.cancel();
        for params in [BiasParams::default(), BiasParams::sgd()] {
            let stopped = biases(params.clone()).fit_with(&data, &cancel).unwrap();
            let once = biases(params.clone().n_epochs(1)).fit(&data).unwrap();
            assert_eq!(stopped.biases, once.biases);
            let stop = EarlyStopping::new(1, 10.0);
            let early = biases(params.clone()).fit_with(&data, &stop).unwrap();
            let twice = biases(params.n_epochs(2)).fit(&data).unwrap();
            assert_eq!(early.biases, twice.biases);
        }
    }

    #[test]
    fn every_parameter_has_an_effect_and_bad_values_are_refused() {
        let data = fixtures::golden_ratings();
        let answer = |params: &BaselineParams| fixtures::answer(params, &data);
        let changes = [
            ("n_epochs", "3"),
            ("reg_user", "5"),
            ("reg_item", "5"),
            ("method", "sgd"),
        ];
        testing::params_have_effect(&Baseline::params(), &changes, answer);
        let changes = [("learning_rate", "0.01"), ("regularization", "0.1")];
        let sgd = Baseline::params().biases(BiasParams::sgd());
        testing::params_have_effect(&sgd, &changes, answer);
        let bad = [
            ("n_epochs", "0"),
            ("reg_user", "-1"),
            ("regularization", "-1"),
            ("method", "newton"),
        ];
        testing::refuses(&Baseline::params(), &bad);
    }
}
