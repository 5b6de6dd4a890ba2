//! What a shopper's sentence says, in English, Chinese or both, by rules and by the values of the catalogue: no model is asked, and the same sentence
//! always says the same.
//!
//! The steps, each of which looks only at what the steps before left: tokens in one form for all spellings; what is not wanted ([`negation`]); the order
//! that is wanted; prices and other quantities ([`quantities`]); values of the catalogue by its own words and by words of the same meaning, the longest first ([`gazetteer`]); values with typos; words
//! of preference. What is left is told.

pub(crate) mod codes;
mod conversation;
mod follow_up;
mod gazetteer;
mod intent;
mod negation;
pub(crate) mod quantities;
mod read;
mod same_words;
#[cfg(test)]
mod tests;
mod text;
mod tokens;
mod understood;

pub use conversation::Conversation;
pub use understood::{FoundBy, Intent, Polarity, Rest, Says, Slot, Sort, Strength, Understood};

pub(crate) use understood::applied;

use gazetteer::Gazetteer;

use crate::{Catalog, Product};

/// Reads sentences of shoppers with the values of a catalogue.
///
/// ```
/// use shopping_guide::{Catalog, Polarity, Product, SentenceReader};
/// let coat = Product::new("a", "Coat").attribute("type", "Coat").attribute("colour", "Black");
/// let reader = SentenceReader::new(&Catalog::new([coat])?);
/// let understood = reader.understand("a coat, but not in black");
/// let says: Vec<_> = understood.slots.iter().map(|slot| (slot.span.clone(), slot.polarity)).collect();
/// assert_eq!(says, [(2..6, Polarity::Wanted), (19..24, Polarity::NotWanted)]);
/// # Ok::<(), shopping_guide::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct SentenceReader {
    gazetteer: Gazetteer,
}

impl SentenceReader {
    /// Takes the values of the attributes of all products.
    pub fn new(catalog: &Catalog) -> Self {
        Self {
            gazetteer: Gazetteer::new(catalog),
        }
    }

    /// What a sentence says of products, and what it is for. Of a long text the first 2,000 bytes are read, and
    /// [`Understood::bytes_not_read`] tells how many are not.
    pub fn understand(&self, sentence: &str) -> Understood {
        read::understand(&self.gazetteer, sentence)
    }

    /// Whether it knows every value of a product.
    pub(crate) fn knows_all_of(&self, product: &Product) -> bool {
        self.gazetteer.has_all_of(product)
    }
}
