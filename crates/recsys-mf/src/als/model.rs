//! Training, and what it leaves.

use std::ops::ControlFlow;
use std::sync::Arc;

use guide_core::{EpochReport, Fit, Params, Persist, Progress, Result};
use recsys_core::{
    BiasParams, Biases, Contribution, Explain, FoldIn, Ids, Interactions, ItemId, Model, Part,
    Prediction, RatingPredictor, Scale, UserId, ensure_history, ensure_item, ensure_user,
};
use serde::{Deserialize, Serialize};

use super::AlsParams;
use crate::alternate::{Alternation, Cells, Fixed, Rows};
use crate::factors::{Factors, factor_model, normal_rows};
use crate::parts::{Known, ensure_fits, ensure_room, largest_first};

/// Alternating least squares on ratings: `r̂_ui = μ + b_u + b_i + x_u · y_i`, or with `biased` off the plain `x_u · y_i`.
///
/// The biases are those of [`Baseline`](crate::Baseline); on the residuals `r_ui` that they leave, each epoch minimises
/// `Σ (r_ui − x_u·y_i)² + λ (Σ_u n_u |x_u|² + Σ_i n_i |y_i|²)` exactly, by the items and then by the users. The loss reported
/// is that sum divided by the number of ratings.
///
/// A user's vector is so a function of the user's ratings and the items: [`FoldIn`] gives someone with the same ratings the
/// same scores, and [`Explain`] splits a score exactly into mean, biases and what each rating of the user adds.
/// What is unknown counts 0; without biases nothing is left then, and the mean of all ratings stands in.
///
/// Zhou et al. (2008), section 3.
///
/// ```
/// use guide_core::Fit;
/// use recsys_core::{Duplicates, Interactions, ItemId, RatingPredictor, Records, UserId, Values};
/// use recsys_mf::Als;
/// let mut records = Records::builder();
/// for (user, item, rating) in [("ann", "pen", 4.0), ("ann", "ink", 2.0), ("bob", "pen", 2.0), ("bob", "ink", 1.0)] {
///     records.push(user, item, Values { rating: Some(rating), ..Values::default() })?;
/// }
/// let data = Interactions::new(&records.finish(), Duplicates::Refuse)?;
/// // the ratings are (2, 1) times (2, 1): one factor says it all
/// let als = Als::params().biased(false).n_factors(1).regularization(1e-4).fit(&data)?;
/// let pen = als.predict(Some(UserId(0)), Some(ItemId(0)));
/// assert!((pen.rating - 4.0).abs() < 0.01);
/// # Ok::<(), guide_core::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Als {
    pub(super) params: AlsParams,
    pub(super) ids: Arc<Ids>,
    pub(super) known: Known,
    pub(super) scale: Scale,
    /// The mean of all ratings, also where the factors stand alone.
    pub(super) mean: f32,
    pub(super) factors: Factors,
    pub(super) data: Interactions,
}

factor_model!(Als);

impl Fit<Interactions> for AlsParams {
    type Model = Als;

    fn fit_with(&self, data: &Interactions, progress: &dyn Progress) -> Result<Als> {
        self.validate()?;
        let n_rows = data.n_users() + data.n_items() + self.n_factors;
        ensure_room("als", n_rows, self.n_factors)?;
        let (ratings, scale) = data.require_ratings("als")?;
        let biases = Biases::fit_with(&self.bias_params(), data, &Preparation(progress))?;
        let mut residuals = ratings.to_vec();
        if self.biased {
            for user in (0..data.n_users() as u32).map(UserId) {
                for position in data.row(user) {
                    let estimate = biases.estimate(Some(user), Some(data.items()[position]));
                    residuals[position] -= estimate as f32;
                }
            }
        }
        let cell = |position: usize| (1.0, residuals[position]);
        let alternation = Alternation {
            algorithm: "als",
            by_user: Rows::by_user(data, cell, |n| self.ridge(n)),
            by_item: Rows::by_item(data, cell, |n| self.ridge(n)),
            n_factors: self.n_factors,
            n_epochs: self.n_epochs,
            unobserved: 0.0,
            solver: self.solver,
            cg_steps: self.cg_steps,
            loss_of_nothing: residuals.iter().map(|&r| f64::from(r) * f64::from(r)).sum(),
        };
        let deviation = self.init_deviation / (self.n_factors as f32).sqrt();
        let known = Known::of(data);
        let users = normal_rows(&known.users, self.n_factors, deviation, self.seed, 0);
        let (mut factors, _) = alternation.run(users, progress)?;
        let mean = biases.mean as f32;
        if self.biased {
            let narrow = |biases: Vec<f64>| biases.into_iter().map(|bias| bias as f32).collect();
            factors.mean = mean;
            factors.user_biases = narrow(biases.users);
            factors.item_biases = narrow(biases.items);
        }
        Ok(Als {
            params: self.clone(),
            ids: Arc::clone(data.ids()),
            known,
            scale,
            mean,
            factors,
            data: data.clone(),
        })
    }
}

impl AlsParams {
    fn ridge(&self, n: usize) -> f32 {
        self.regularization * n as f32
    }

    fn bias_params(&self) -> BiasParams {
        BiasParams::default()
            .reg_user(self.reg_user)
            .reg_item(self.reg_item)
    }
}

/// Passes on the epochs of the biases without their losses, so that early stopping does not hold those of the factors
/// against them.
struct Preparation<'a>(&'a dyn Progress);

impl Progress for Preparation<'_> {
    fn epoch(&self, report: &EpochReport) -> ControlFlow<()> {
        let loss = None;
        self.0.epoch(&EpochReport {
            loss,
            ..report.clone()
        })
    }
}

impl Als {
    /// The default parameters.
    pub fn params() -> AlsParams {
        AlsParams::default()
    }

    /// The bias of someone with these ratings, and the cells of what is left to the factors.
    fn row(&self, ratings: &[(ItemId, f32)]) -> (f32, Cells) {
        let rest = |&(item, rating): &(ItemId, f32)| {
            rating - self.factors.estimate(None, Some(item.index()))
        };
        let bias = if self.params.biased {
            let damped = ratings.len() as f32 + self.params.reg_user;
            if damped > 0.0 {
                ratings.iter().map(rest).sum::<f32>() / damped
            } else {
                0.0
            }
        } else {
            0.0
        };
        let mut cells = Cells::default();
        for rating in ratings {
            cells.push(rating.0.0, (1.0, rest(rating) - bias));
        }
        (bias, cells)
    }
}

impl RatingPredictor for Als {
    fn predict(&self, user: Option<UserId>, item: Option<ItemId>) -> Prediction {
        let (u, i) = (self.known.user(user), self.known.item(item));
        let rating = if self.params.biased || (u.is_some() && i.is_some()) {
            self.factors.estimate(u, i)
        } else {
            self.mean
        };
        Prediction {
            rating: self.scale.clip(rating),
            basis: self.known.basis(user, item),
        }
    }
}

impl FoldIn for Als {
    fn score_for(&self, history: &[(ItemId, f32)], scores: &mut [f32]) -> Result<()> {
        ensure_history(self, history)?;
        let (bias, cells) = self.row(history);
        let vector = Fixed::items(&self.factors, None).row(&cells, self.params.ridge(cells.len()));
        self.factors.score_for(bias, &vector, scores);
        Ok(())
    }
}

/// Mean, biases, and exactly what each rating of the user adds.
impl Explain for Als {
    fn explain(&self, user: UserId, item: ItemId) -> Result<Vec<Contribution>> {
        ensure_user(self, user)?;
        ensure_item(self, item)?;
        let items = self.data.items_of(user).iter().copied();
        let ratings: Vec<_> = items
            .zip(self.data.ratings_of(user).iter().copied())
            .collect();
        let (_, cells) = self.row(&ratings);
        let ridge = self.params.ridge(cells.len());
        let mut parts = self.factors.explain(user, item);
        parts.retain(|part| part.from != Part::Factors);
        parts.extend(Fixed::items(&self.factors, None).parts(&cells, ridge, item));
        Ok(largest_first(parts))
    }
}

impl Persist for Als {
    const KIND: &'static str = "als";
    const VERSION: u16 = 2;

    fn about(&self) -> serde_json::Value {
        serde_json::json!({
            "params": self.params,
            "n_users": self.n_users(),
            "n_items": self.n_items(),
            "ratings": self.data.len(),
        })
    }

    fn check(&self) -> Result<()> {
        let fits = self.params.validate().is_ok()
            && self.known.fits(&self.ids)
            && self.factors.fits(&self.ids)
            && self.factors.items.dim() == self.params.n_factors
            && (self.data.n_users(), self.data.n_items()) == (self.n_users(), self.n_items())
            && self.data.ratings().is_some()
            && self.mean.is_finite()
            && self.scale.min <= self.scale.max;
        ensure_fits(
            Self::KIND,
            fits,
            "factors, parameters, names and ratings do not fit together",
        )
    }
}
