//! The products of a shopper's history without which a product is no longer a hit.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Language;
use super::wording::{chinese, english};
use crate::Product;

/// A product with its title.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct NamedProduct {
    /// The product's id.
    pub product: String,
    /// Its title.
    pub title: String,
}

impl NamedProduct {
    pub(crate) fn of(product: &Product) -> Self {
        Self {
            product: product.id.clone(),
            title: product.title.clone(),
        }
    }
}

/// The answer of [`Guide::because_of`](crate::Guide::because_of): the products of the history that a hit depends on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
#[non_exhaustive]
pub enum Counterfactual {
    /// Without these products in the history, the product is not among the hits; with any one of them put back, it is.
    Found {
        /// What the hit depends on, what adds most to its score first; never empty.
        products: Vec<NamedProduct>,
        /// How often the guide was asked again.
        questions: usize,
        /// The product that takes the place of the hit: the first hit of the reduced history that was no hit before. `None` if there is no
        /// such product.
        replaced_by: Option<NamedProduct>,
    },
    /// No such set was found: the product is among the hits for another reason than the history, or the search ended at its
    /// bound.
    NotFound {
        /// How often the guide was asked again.
        tried: usize,
    },
    /// The product is not among the hits to begin with.
    NotAHit {
        /// Its place in a longer answer, from 1; `None` if it cannot be a hit.
        place: Option<usize>,
    },
}

impl Counterfactual {
    /// The same in words for a shopper.
    pub fn say(&self, language: Language) -> String {
        match language {
            Language::English => english::counterfactual(self),
            Language::Chinese => chinese::counterfactual(self),
        }
    }
}

/// In English.
impl fmt::Display for Counterfactual {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.say(Language::English))
    }
}
