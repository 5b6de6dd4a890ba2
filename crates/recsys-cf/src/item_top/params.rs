//! What an item-item model weighs, how it compares two items, and how many neighbours it keeps.

use guide_core::{Params, Result, ensure};
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

/// How alike two items are, of `d = Σ_u w_ui w_uj` and the squared norms `a = Σ_u w_ui²`, `b = Σ_u w_uj²`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ItemSimilarity {
    /// `d`.
    Dot,
    /// `d / √(a b)`.
    Cosine,
}

/// Parameters of the item-item models. The defaults are those of implicit's cosine.
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
}

impl Default for ItemTopParams {
    fn default() -> Self {
        Self {
            k: 20,
            weighting: Weighting::Plain,
            similarity: ItemSimilarity::Cosine,
            k1: 1.2,
            b: 0.75,
        }
    }
}

guide_core::setters!(ItemTopParams {
    k: usize,
    weighting: Weighting,
    similarity: ItemSimilarity,
    k1: f32,
    b: f32,
});

impl Params for ItemTopParams {
    fn validate(&self) -> Result<()> {
        ensure::at_least_one("k", self.k)?;
        ensure::not_negative("k1", self.k1)?;
        ensure::within("b", self.b, 0.0, 1.0)
    }
}
