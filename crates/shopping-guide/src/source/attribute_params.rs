//! Parameters of the source of shared attributes.

use guide_core::{Params, Result, ensure};
use serde::{Deserialize, Serialize};

/// What each field of a product weighs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct AttributeParams {
    /// Weight of an attribute with its value.
    pub attribute_weight: f32,
    /// Weight of a word of the title.
    pub title_weight: f32,
    /// Weight of a word of the longer text.
    pub text_weight: f32,
    /// Weight of the price band.
    pub price_weight: f32,
    /// Bands that prices are cut into, each with as many products; at most one a price.
    pub price_bands: usize,
}

impl Default for AttributeParams {
    fn default() -> Self {
        Self {
            attribute_weight: 1.0,
            title_weight: 1.0,
            text_weight: 0.3,
            price_weight: 0.5,
            price_bands: 8,
        }
    }
}

guide_core::setters!(AttributeParams {
    attribute_weight: f32,
    title_weight: f32,
    text_weight: f32,
    price_weight: f32,
    price_bands: usize,
});

impl Params for AttributeParams {
    fn validate(&self) -> Result<()> {
        ensure::not_negative("attribute_weight", self.attribute_weight)?;
        ensure::not_negative("title_weight", self.title_weight)?;
        ensure::not_negative("text_weight", self.text_weight)?;
        ensure::not_negative("price_weight", self.price_weight)?;
        ensure::at_least_one("price_bands", self.price_bands)
    }
}
