//! What was said in the sentences of one conversation, taken together.

use serde::{Deserialize, Serialize};

use super::follow_up::{Facet, FollowUp, follow_up};
use super::read::MOST_BYTES;
use super::understood::{FoundBy, Polarity, Says, Slot, Strength, Understood};

/// What a cheaper product costs at most, of the price in the middle of those shown.
const CHEAPER: f32 = 0.8;
/// What a dearer product costs at least.
const DEARER: f32 = 1.25;

/// The sentences of one shopper so far: what they say together, and what was shown.
///
/// A sentence replaces what was said of the same attribute before: "red shoes", then "in blue", asks for blue shoes. With "also" it adds. Where it names
/// another type of product, a new search begins. As JSON it can be kept by a program between two sentences.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Conversation {
    /// What holds of the products that are wanted, as all sentences so far say. The spans are those of the sentence that said it.
    pub slots: Vec<Slot>,
    /// Words that stand for no slot and that the search takes as words.
    pub words: Vec<String>,
    /// The products of the last answer, in its order.
    pub shown: Vec<String>,
    /// Products that were shown and are not wanted.
    pub refused: Vec<String>,
}

impl Conversation {
    /// Takes in a sentence. `prices` are those of the products that were shown.
    pub(crate) fn hear(&mut self, sentence: &str, understood: &Understood, prices: &[f32]) {
        let follow_up = follow_up(sentence, MOST_BYTES);
        let new_type = understood
            .slots
            .iter()
            .find(|slot| is_of(slot, Facet::Type) && slot.polarity == Polarity::Wanted);
        if new_type.is_some_and(|new| !follow_up.adds && self.has_another_type(new)) {
            *self = Self::default();
        }
        self.clear(&follow_up);
        if !follow_up.adds {
            let is_replaced =
                |before: &Slot| understood.slots.iter().any(|slot| replaces(slot, before));
            self.slots.retain(|before| !is_replaced(before));
        }
        for slot in &understood.slots {
            let is_same =
                |before: &Slot| (&before.says, before.polarity) == (&slot.says, slot.polarity);
            self.slots.retain(|before| !is_same(before));
            self.slots.push(slot.clone());
        }
        self.compare_prices(&follow_up, prices);
        if follow_up.something_else {
            let shown = self.shown.iter().filter(|id| !self.refused.contains(id));
            let shown: Vec<String> = shown.cloned().collect();
            self.refused.extend(shown);
        }
        let words: Vec<String> = understood
            .rest
            .iter()
            .filter(|rest| rest.polarity == Polarity::Wanted)
            .map(|rest| rest.text.clone())
            .collect();
        // A sentence that only changes what was asked leaves the words as they are.
        if !words.is_empty() && follow_up == FollowUp::default() {
            self.words = words;
        }
    }

    fn has_another_type(&self, new: &Slot) -> bool {
        let mut types = self.slots.iter().filter(|slot| is_of(slot, Facet::Type));
        types.any(|before| before.says != new.says)
    }

    /// Drops what any value will do of, and asks for other values than before.
    fn clear(&mut self, follow_up: &FollowUp) {
        for facet in &follow_up.any {
            self.slots.retain(|slot| !is_of(slot, *facet));
        }
        for facet in &follow_up.another {
            for slot in self.slots.iter_mut().filter(|slot| is_of(slot, *facet)) {
                slot.polarity = Polarity::NotWanted;
            }
        }
    }

    fn compare_prices(&mut self, follow_up: &FollowUp, prices: &[f32]) {
        let mut prices = prices.to_vec();
        prices.sort_by(f32::total_cmp);
        let Some(&middle) = prices.get(prices.len() / 2) else {
            return;
        };
        let says = match (follow_up.cheaper, follow_up.dearer) {
            (true, _) => Says::Price {
                from: None,
                to: Some(middle * CHEAPER),
                currency: None,
            },
            (false, true) => Says::Price {
                from: Some(middle * DEARER),
                to: None,
                currency: None,
            },
            (false, false) => return,
        };
        self.slots.retain(|slot| !is_of(slot, Facet::Price));
        self.slots.push(Slot {
            says,
            polarity: Polarity::Wanted,
            strength: Strength::Must,
            span: 0..0,
            confidence: 1.0,
            found_by: FoundBy::QuantityRule,
        });
    }
}

impl Slot {
    /// Whether it says what kind of product is wanted.
    pub(crate) fn is_of_type(&self) -> bool {
        is_of(self, Facet::Type)
    }
}

/// Whether a slot is of a kind of attribute.
fn is_of(slot: &Slot, facet: Facet) -> bool {
    match &slot.says {
        Says::Attribute { any_of } => any_of.iter().any(|(name, _)| facet.is(name)),
        Says::Price { .. } => facet == Facet::Price,
        Says::Quantity(_) | Says::Sort(_) => false,
    }
}

/// Whether what `new` says takes the place of what was said before.
fn replaces(new: &Slot, before: &Slot) -> bool {
    match (&new.says, &before.says) {
        (Says::Attribute { any_of: new_values }, Says::Attribute { any_of: values }) => {
            let same_attribute = new_values
                .iter()
                .any(|(name, _)| values.iter().any(|(other, _)| other == name));
            // A value that is not wanted leaves those that are, unless it is one of them.
            same_attribute
                && (new.polarity == before.polarity && new.polarity == Polarity::Wanted
                    || new.says == before.says)
        }
        (Says::Price { .. }, Says::Price { .. }) | (Says::Sort(_), Says::Sort(_)) => true,
        _ => false,
    }
}
