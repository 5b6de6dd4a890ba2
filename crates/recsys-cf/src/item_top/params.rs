//! What an item-item model weighs, how it compares two items, and how many neighbours it keeps.

use guide_core::{Error, Params, Result, ensure};
use serde::{Deserialize, Serialize};

/// What an event of user `u` with item `i` counts, made of its weight `v_ui` (1 where the data has no weights).
///
/// `idf_u = max(0, ln N − ln(1 + n_u))` with `N` items and `n_u` items of the user: who takes everything says little.
/// (implicit lets it fall below 0 for a user who has every item, which turns the weights' sign; here that user counts 0.)
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Weighting {
    /// `v_ui`.
    Plain,
    /// `√v_ui idf_u`.
    Tfidf,
    /// `v_ui (K₁ + 1) / (K₁ (1 − B + B l_i / l̄) + v_ui) idf_u`, with `l_i` the item's sum of weights and `l̄` their mean
    /// over all items (Robertson, Zaragoza, 2009).
    Bm25,
}

/// How strongly an item `j` that someone has speaks for an item `i`, with `s` the
/// [`shrinkage`](ItemTopParams::shrinkage).
///
/// The first three work on the weights `w` that [`Weighting`] makes: `d = Σ_u m_u w_uj w_ui`, `a = Σ_u m_u w_uj²`,
/// `b = Σ_u m_u w_ui²`. The others ask only who has an item, so that `d`, `a` and `b` count the users of both, of `j` and of
/// `i`, and take no other weighting than [`Weighting::Plain`]. Everywhere a user counts `m_u = n_u^−e`, with `n_u` its
/// items and `e` the [`user_exponent`](ItemTopParams::user_exponent).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ItemSimilarity {
    /// `d`; takes no shrinkage, having nothing to add it to.
    Dot,
    /// `d / (√(a b) + s)`.
    Cosine,
    /// `d / (a^(1−α) b^α + s)` (Aiolli, 2013, "Efficient top-N recommendation for very large scale binary rated datasets"):
    /// the cosine at `α = ½`; less holds popular `i` back less.
    Asymmetric,
    /// `d / (a + b − d + s)`: users of both by users of either.
    Jaccard,
    /// `d / (d + α (b − d) + β (a − d) + s)` (Tversky, 1977, "Features of similarity"): Jaccard at `α = β = 1`, Dice at ½.
    Tversky,
    /// `d / ((a + b) / 2 + s)`.
    Dice,
}

impl ItemSimilarity {
    /// Whether it asks only who has an item.
    pub(super) fn of_sets(self) -> bool {
        matches!(self, Self::Jaccard | Self::Tversky | Self::Dice)
    }
}

/// Parameters of the item-item models. The defaults are those of [`ItemCosine`](crate::ItemCosine).
///
/// ```
/// use guide_core::Fit;
/// use recsys_cf::{ItemCosine, ItemSimilarity};
/// use recsys_core::{ItemId, testing::events};
/// let data = events(&[("ann", "pen"), ("ann", "ink"), ("bob", "pen"), ("cy", "pen"), ("cy", "ink"), ("cy", "cup")]);
/// let jaccard = ItemCosine::implicit().similarity(ItemSimilarity::Jaccard);
/// // Two of the three with pen or ink have both; cy alone has the cup.
/// let weight = |params: recsys_cf::ItemTopParams| Ok(params.fit(&data)?.neighbours_of(ItemId(0))?[0].score);
/// assert!((weight(jaccard.clone())? - 2.0 / 3.0).abs() < 1e-6);
/// // Shrunk by 1: 2 / (3 + 1). Squared: 4 / 9. With what the pen says summing to 1, the cup having 1/3: 2/3.
/// assert!((weight(jaccard.clone().shrinkage(1.0))? - 0.5).abs() < 1e-6);
/// assert!((weight(jaccard.clone().amplify(2.0))? - 4.0 / 9.0).abs() < 1e-6);
/// assert!((weight(jaccard.clone().normalize(true))? - 2.0 / 3.0).abs() < 1e-6);
/// // ann counts 1/2, bob 1, cy 1/3: (1/2 + 1/3) / (1/2 + 1 + 1/3).
/// assert!((weight(jaccard.user_exponent(1.0))? - 5.0 / 11.0).abs() < 1e-6);
/// # Ok::<(), guide_core::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ItemTopParams {
    /// Neighbours kept of each item, the item itself not among them.
    ///
    /// implicit's `K` counts the item itself, which is nearly always its own nearest neighbour: its `K = 21` keeps these 20.
    pub k: usize,
    /// What an event counts.
    pub weighting: Weighting,
    /// How items are compared.
    pub similarity: ItemSimilarity,
    /// BM25: how soon more of the same stops counting, `K₁`.
    pub k1: f32,
    /// BM25: how much popular items are held back, `B`, from 0 to 1.
    pub b: f32,
    /// Asymmetric cosine: how much of the norm is that of the item spoken for, from 0 to 1. Tversky: what its users count
    /// who do not have the item that speaks. Others do not read it.
    pub alpha: f32,
    /// Tversky: what the users of the item that speaks count who do not have the one spoken for. Others do not read it.
    pub beta: f32,
    /// Added below the line, so that few users in common make little, as in the evaluation by Ferrari Dacrema, Cremonesi
    /// and Jannach (2019). In the units of the denominator: users, where events count 1.
    pub shrinkage: f32,
    /// Each user counts `n_u^−e` for `n_u` items, from 0, all the same, to 2; at 1 the items of a user share one vote.
    pub user_exponent: f32,
    /// Whether what an item says is divided by its sum over the neighbours kept (L1), so that each item has one vote.
    pub normalize: bool,
    /// The power that similarities are raised to, before [`normalize`](Self::normalize): above 1 the nearest count more.
    pub amplify: f32,
}

impl Default for ItemTopParams {
    fn default() -> Self {
        Self {
            k: 20,
            weighting: Weighting::Plain,
            similarity: ItemSimilarity::Cosine,
            k1: 1.2,
            b: 0.75,
            alpha: 0.5,
            beta: 0.5,
            shrinkage: 3.0,
            user_exponent: 0.5,
            normalize: false,
            amplify: 1.0,
        }
    }
}

impl ItemTopParams {
    /// The defaults of implicit 0.7.3's cosine: no shrinkage, each user counts the same, and its `K = 20`, which counts the item
    /// itself among its neighbours.
    pub fn implicit() -> Self {
        Self {
            k: 19,
            shrinkage: 0.0,
            user_exponent: 0.0,
            ..Self::default()
        }
    }
}

guide_core::setters!(ItemTopParams {
    k: usize,
    weighting: Weighting,
    similarity: ItemSimilarity,
    k1: f32,
    b: f32,
    alpha: f32,
    beta: f32,
    shrinkage: f32,
    user_exponent: f32,
    normalize: bool,
    amplify: f32,
});

impl Params for ItemTopParams {
    fn validate(&self) -> Result<()> {
        ensure::at_least_one("k", self.k)?;
        if self.similarity.of_sets() && self.weighting != Weighting::Plain {
            let name = format!("{:?}", self.weighting).to_lowercase();
            let expected = "plain, since the similarity asks only who has an item";
            return Err(Error::param("weighting", name, expected));
        }
        ensure::not_negative("k1", self.k1)?;
        ensure::within("b", self.b, 0.0, 1.0)?;
        ensure::not_negative("alpha", self.alpha)?;
        if self.similarity == ItemSimilarity::Asymmetric {
            ensure::within("alpha", self.alpha, 0.0, 1.0)?;
        }
        ensure::not_negative("beta", self.beta)?;
        ensure::not_negative("shrinkage", self.shrinkage)?;
        if self.similarity == ItemSimilarity::Dot && self.shrinkage > 0.0 {
            let expected = "0 for the dot product, which has no denominator";
            return Err(Error::param("shrinkage", self.shrinkage, expected));
        }
        ensure::within("user_exponent", self.user_exponent, 0.0, 2.0)?;
        ensure::positive("amplify", self.amplify)
    }
}
