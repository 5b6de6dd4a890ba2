//! What was understood of a sentence.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::quantities::Quantity;
use crate::Query;

/// What was understood of a sentence, and what was not.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Understood {
    /// What the sentence is for.
    pub intent: Intent,
    /// What it says of the products that are wanted, in its order.
    pub slots: Vec<Slot>,
    /// What stands for no slot and is no filler, in the order of the sentence: each a run of words with its place.
    pub rest: Vec<Rest>,
    /// Bytes at the end of a long text that were not read.
    pub bytes_not_read: usize,
}

/// What a sentence is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Intent {
    /// To find products.
    #[default]
    Find,
    /// To find a present for somebody.
    Gift,
    /// To know which of several products is better.
    Compare,
    /// To know something of an order, a delivery, a payment, a return or the shop, which no product answers.
    Service,
    /// To complain.
    Complaint,
    /// To thank or to greet.
    Thanks,
}

impl Intent {
    /// Whether products answer it.
    pub fn wants_products(self) -> bool {
        matches!(self, Self::Find | Self::Gift | Self::Compare)
    }
}

/// Something that a sentence says of the products that are wanted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Slot {
    /// What it says.
    pub says: Says,
    /// Whether it is wanted or not wanted.
    pub polarity: Polarity,
    /// Whether it must hold or is only liked.
    pub strength: Strength,
    /// Where it stands in the sentence, in bytes.
    pub span: Range<usize>,
    /// From 0 to 1: 1 for words as the catalogue has them, less for other words of the same meaning and for typos.
    pub confidence: f32,
    /// How it was found.
    pub found_by: FoundBy,
}

/// What a slot says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Says {
    /// Values of attributes that go by the words: any of them fits. With several attributes the words fit more than one.
    Attribute {
        /// Pairs of an attribute and its value, as the catalogue writes them.
        any_of: Vec<(String, String)>,
    },
    /// A price.
    Price {
        /// The lowest, if one is said.
        from: Option<f32>,
        /// The highest, if one is said.
        to: Option<f32>,
        /// The code of the currency or its sign, if one is said. Prices are compared as numbers, whatever it is.
        currency: Option<String>,
    },
    /// A quantity that is no price: a size, a length, a number of things. No product is left out by it.
    Quantity(Quantity),
    /// The order that is wanted.
    Sort(Sort),
}

/// The order that is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Sort {
    /// The lowest price first.
    Cheapest,
    /// The highest price first.
    Dearest,
    /// The newest first.
    Newest,
    /// What most shoppers take first.
    MostPopular,
}

/// Whether something is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Polarity {
    /// It is.
    Wanted,
    /// It is not.
    NotWanted,
}

/// Whether something must hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Strength {
    /// It must.
    Must,
    /// It is liked: products that have it come first.
    Liked,
}

/// How a slot was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum FoundBy {
    /// The words are a value of the catalogue.
    Catalogue,
    /// The words mean the same as a value of the catalogue, in its language or another one.
    SameMeaning,
    /// The words are a value of the catalogue but for a typo.
    Typo,
    /// A rule for prices and other quantities.
    QuantityRule,
    /// A rule for the order.
    SortRule,
}

/// Words that stand for no slot.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Rest {
    /// The words as the sentence has them.
    pub text: String,
    /// Where they stand in the sentence, in bytes.
    pub span: Range<usize>,
    /// Whether they are not wanted.
    pub polarity: Polarity,
}

impl Understood {
    /// `query` with what the slots say: filters for what must hold, likes for what is liked. Where the words of a slot fit several attributes, the
    /// first one is filtered by. The order that is wanted is the caller's.
    pub fn apply(&self, query: Query) -> Query {
        applied(&self.slots, query)
    }
}

/// `query` with what `slots` say.
pub(crate) fn applied(slots: &[Slot], mut query: Query) -> Query {
    for slot in slots {
        match (&slot.says, slot.polarity, slot.strength) {
            (Says::Attribute { any_of }, Polarity::Wanted, Strength::Must) => {
                let first = any_of.first().map(|pair| pair.0.clone());
                for (name, value) in any_of.iter().filter(|pair| Some(&pair.0) == first.as_ref()) {
                    query = query.attribute(name, value);
                }
            }
            (Says::Attribute { any_of }, Polarity::Wanted, Strength::Liked) => {
                for (name, value) in any_of {
                    query = query.likes(name, value);
                }
            }
            (Says::Attribute { any_of }, Polarity::NotWanted, _) => {
                for (name, value) in any_of {
                    query = query.not_attribute(name, value);
                }
            }
            (Says::Price { from, to, .. }, Polarity::Wanted, _) => {
                query.filters.price_from = from.or(query.filters.price_from);
                query.filters.price_to = to.or(query.filters.price_to);
            }
            (Says::Price { .. } | Says::Sort(_) | Says::Quantity(_), ..) => {}
        }
    }
    query
}
