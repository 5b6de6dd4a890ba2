//! Parameters of the neighbour models, with Surprise's defaults.

use guide_core::{Error, Params, Result, ensure};
use recsys_core::BiasParams;
use serde::{Deserialize, Serialize};

/// What the neighbours' ratings are compared to before they are averaged. `N` are the `k` nearest neighbours with a
/// positive similarity, `s` their similarities; written for users, items alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Estimate {
    /// `Σ_N s r_vi / Σ_N s` (`knn-basic`).
    Basic,
    /// `μ_u + Σ_N s (r_vi − μ_v) / Σ_N s`, with each one's mean rating (`knn-means`).
    Means,
    /// `μ_u + σ_u Σ_N s (r_vi − μ_v) / σ_v / Σ_N s`, with each one's mean and deviation (`knn-zscore`).
    Zscore,
    /// `b_ui + Σ_N s (r_vi − b_vi) / Σ_N s`, with the baseline estimates (`knn-baseline`).
    Baseline,
}

/// How alike two users (or items) are. `I` are the items that both rated, `I_u` those that `u` rated.
///
/// The first five compare ratings, as does [`Similarity::Asymmetric`]; [`Similarity::Jaccard`] and [`Similarity::Tversky`]
/// ask only what each has rated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Similarity {
    /// `1 / (1 + Σ_I (r_ui − r_vi)² / |I|)`.
    Msd,
    /// `Σ_I r_ui r_vi / √(Σ_I r_ui² Σ_I r_vi²)`: norms over the common items, so that one common item makes 1.
    Cosine,
    /// `Σ_I r_ui r_vi / √(Σ r_u² Σ r_v²)`: norms over *all* items of each, so that few common items make little.
    CosineAll,
    /// The correlation over the common items, with the means over them too.
    Pearson,
    /// The correlation of what remains after the baseline estimates, times `(|I| − 1) / (|I| − 1 + shrinkage)`.
    PearsonBaseline,
    /// `|I| / |I_u ∪ I_v|`.
    Jaccard,
    /// `|I| / (|I| + α |I_u \ I_v| + β |I_v \ I_u|)`, with `u` the one an estimate is for (Tversky, 1977, "Features of
    /// similarity"): Jaccard at `α = β = 1`.
    Tversky,
    /// `Σ_I r_ui r_vi / ((Σ r_u²)^α (Σ r_v²)^(1−α))`, norms over all items of each, with `u` the one an estimate is for
    /// (Aiolli, 2013, "Efficient top-N recommendation for very large scale binary rated datasets"):
    /// [`Similarity::CosineAll`] at `α = ½`.
    Asymmetric,
}

/// Parameters of [`Knn`](super::Knn). Defaults are those of Surprise 1.1.5.
///
/// ```
/// use guide_core::Fit;
/// use recsys_cf::KnnParams;
/// use recsys_core::{Duplicates, Interactions, ItemId, RatingPredictor, Records, UserId, Values};
/// // ann and bob agree on the book; bob gave the pen 2.
/// let mut records = Records::builder();
/// for (user, item, rating) in [("ann", "book", 4.0), ("bob", "book", 4.0), ("bob", "pen", 2.0)] {
///     records.push(user, item, Values { rating: Some(rating), ..Values::default() })?;
/// }
/// let data = Interactions::new(&records.finish(), Duplicates::Refuse)?;
/// let model = KnnParams::basic().fit(&data)?;
/// assert_eq!(model.predict(Some(UserId(0)), Some(ItemId(1))).rating, 2.0);
/// # Ok::<(), guide_core::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct KnnParams {
    /// What the neighbours' ratings are compared to.
    pub estimate: Estimate,
    /// Neighbours are users (`true`) or items (`false`).
    pub user_based: bool,
    /// How alike two users or items are.
    pub similarity: Similarity,
    /// The most neighbours an estimate rests on.
    pub k: usize,
    /// The fewest; with fewer the estimate falls back to the mean or baseline.
    pub min_k: usize,
    /// Two that have fewer items in common have similarity 0.
    pub min_support: usize,
    /// Pull towards 0 of similarities that rest on few items in common: times `|I| / (|I| + shrinkage)`, but
    /// `(|I| − 1) / (|I| − 1 + shrinkage)` for [`Similarity::PearsonBaseline`], whose first item is needed to compare at
    /// all. None as in Surprise: 100 for [`Similarity::PearsonBaseline`], 0 for all others.
    pub shrinkage: Option<f32>,
    /// [`Similarity::Asymmetric`], from 0 to 1, and [`Similarity::Tversky`]: see there. Others do not read it.
    pub alpha: f32,
    /// [`Similarity::Tversky`]: see there. Others do not read it.
    pub beta: f32,
    /// Baseline estimates, for [`Estimate::Baseline`] and [`Similarity::PearsonBaseline`].
    pub biases: BiasParams,
}

guide_core::setters!(KnnParams {
    estimate: Estimate,
    user_based: bool,
    similarity: Similarity,
    k: usize,
    min_k: usize,
    min_support: usize,
    shrinkage: Option<f32>,
    alpha: f32,
    beta: f32,
    biases: BiasParams,
});

impl KnnParams {
    fn new(estimate: Estimate) -> Self {
        Self {
            estimate,
            user_based: true,
            similarity: Similarity::Msd,
            k: 40,
            min_k: 1,
            min_support: 1,
            shrinkage: None,
            alpha: 0.5,
            beta: 0.5,
            biases: BiasParams::default(),
        }
    }

    /// `knn-basic`: weighted mean of the neighbours' ratings.
    pub fn basic() -> Self {
        Self::new(Estimate::Basic)
    }

    /// `knn-means`: relative to each one's mean.
    pub fn means() -> Self {
        Self::new(Estimate::Means)
    }

    /// `knn-zscore`: relative to each one's mean and deviation.
    pub fn zscore() -> Self {
        Self::new(Estimate::Zscore)
    }

    /// `knn-baseline`: relative to the baseline estimates.
    pub fn baseline() -> Self {
        Self::new(Estimate::Baseline)
    }

    /// The algorithm's name.
    pub(super) fn name(&self) -> &'static str {
        match self.estimate {
            Estimate::Basic => "knn-basic",
            Estimate::Means => "knn-means",
            Estimate::Zscore => "knn-zscore",
            Estimate::Baseline => "knn-baseline",
        }
    }

    /// Whether the baseline estimates are needed.
    pub(super) fn needs_biases(&self) -> bool {
        self.estimate == Estimate::Baseline || self.similarity == Similarity::PearsonBaseline
    }
}

impl Params for KnnParams {
    fn validate(&self) -> Result<()> {
        ensure::at_least_one("k", self.k)?;
        ensure::at_least_one("min_k", self.min_k)?;
        if self.min_k > self.k {
            return Err(Error::param(
                "min_k",
                self.min_k,
                format!("at most k = {}", self.k),
            ));
        }
        ensure::at_least_one("min_support", self.min_support)?;
        ensure::not_negative("shrinkage", self.shrinkage.unwrap_or(0.0))?;
        ensure::not_negative("alpha", self.alpha)?;
        if self.similarity == Similarity::Asymmetric {
            ensure::within("alpha", self.alpha, 0.0, 1.0)?;
        }
        ensure::not_negative("beta", self.beta)?;
        self.biases.validate()
    }
}
