//! The parts that a source's score is the sum of.

use serde::{Deserialize, Serialize};

/// A part of the score that one source gives a product. The parts of a score add up to it but for rounding.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ScorePart {
    /// Where the part comes from.
    #[serde(flatten)]
    pub evidence: Evidence,
    /// How much it adds to the source's score. Below 0 if it speaks against the product, as parts of `factors` may.
    pub amount: f32,
}

impl ScorePart {
    /// A part of a score, for sources of a shop's own.
    pub fn new(evidence: Evidence, amount: f32) -> Self {
        Self { evidence, amount }
    }
}

/// Where a part of a source's score comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
#[non_exhaustive]
pub enum Evidence {
    /// A product of the history.
    Product {
        /// The product's id.
        product: String,
        /// Its title.
        title: String,
    },
    /// Something that the product shares with the history or that the query likes.
    Attribute {
        /// The attribute in lower case, or `title`, `text` or `price`.
        attribute: String,
        /// The shared value in lower case: a value, a word or a price band.
        value: String,
    },
    /// A word that the query asks for.
    Word {
        /// The word as the query has it.
        word: String,
        /// Where the product has it: the name of an attribute, or `title` or `text`.
        field: String,
    },
    /// The whole score: it has no parts, as what most shoppers take has none.
    Whole,
}
