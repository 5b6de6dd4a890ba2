//! Parameters of the source `text`.

use guide_core::{Params, Result, ensure};
use serde::{Deserialize, Serialize};

/// The largest weight of a field, and the largest `k1`: within it every score is a finite number.
const MOST: f32 = 1e6;

/// How words of a query are looked for in the fields of a product: BM25F (Robertson, Zaragoza, 2009, section 3.6.4).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct TextParams {
    /// How much further occurrences of a word add: with 0 it only counts whether the word is there.
    pub k1: f32,
    /// How much the length of a field counts, from 0 (not at all) to 1 (an occurrence in a field of twice the mean length counts half).
    pub b: f32,
    /// Weight of an occurrence in the title; 0 does not look there.
    pub title: f32,
    /// Weight of an occurrence in the value of an attribute; 0 does not look there.
    pub attributes: f32,
    /// Weight of an occurrence in the longer text; 0 does not look there.
    pub text: f32,
}

impl Default for TextParams {
    fn default() -> Self {
        Self {
            k1: 1.2,
            b: 0.75,
            title: 2.0,
            attributes: 1.5,
            text: 1.0,
        }
    }
}

guide_core::setters!(TextParams {
    k1: f32,
    b: f32,
    title: f32,
    attributes: f32,
    text: f32,
});

impl Params for TextParams {
    fn validate(&self) -> Result<()> {
        ensure::within("k1", self.k1, 0.0, MOST)?;
        ensure::within("b", self.b, 0.0, 1.0)?;
        ensure::within("title", self.title, 0.0, MOST)?;
        ensure::within("attributes", self.attributes, 0.0, MOST)?;
        ensure::within("text", self.text, 0.0, MOST)
    }
}
