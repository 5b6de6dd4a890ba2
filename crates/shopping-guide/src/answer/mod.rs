//! The answer to a query: hits with their reasons, and what they are based on ([`Rung`]).

mod counterfactual;
mod language;
mod reason;
mod rung;
mod score_part;
mod wording;

use serde::{Deserialize, Serialize};

use crate::Cursor;

pub use counterfactual::{Counterfactual, NamedProduct};
pub use language::Language;
pub(crate) use reason::{PRICE, TEXT, TITLE};
pub use reason::{Reason, WordedReason};
pub use rung::{NoHits, Rung};
pub use score_part::{Evidence, ScorePart};

/// The answer to a [`Query`](crate::Query).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Answer {
    /// Best first; fewer than asked for where the filters leave fewer.
    pub hits: Vec<Hit>,
    /// What [`Query::page`](crate::Query::page) takes to go on behind these hits; `None` if there is no further hit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<Cursor>,
    /// How many hits the pages before this one gave; 0 for the first one.
    #[serde(default, skip_serializing_if = "is_0")]
    pub hits_before: usize,
    /// What the hits are based on: the first that applies, in the order of [`Rung`].
    pub rung: Rung,
    /// How many products pass the filters and are not left out for another reason: with 0 there are no hits.
    pub allowed: usize,
    /// How many products pass the filters, those included that are left out because the shopper has them: with 0 the filters
    /// leave nothing, and with more than 0 where `allowed` is 0 the shopper has everything that passes.
    #[serde(default)]
    pub passing: usize,
    /// Whether the query names a shopper whom the event log does not know, and who was served like nobody.
    pub unknown_shopper: bool,
    /// Products of the history or to leave out that the catalogue does not have and that were passed over, by the alphabet.
    pub unknown_products: Vec<String>,
    /// Words of [`Query::text`](crate::Query::text) that no product has which may be among the hits, as they are written. All of them where nothing
    /// matches: the hits are then those of the query without its text.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unmatched_words: Vec<String>,
    /// How many words behind the first 64 of the text were not looked for; each Chinese character counts as one.
    #[serde(default, skip_serializing_if = "is_0")]
    pub words_left_out: usize,
}

impl Answer {
    /// Why there is no hit; none where there is one.
    ///
    /// ```
    /// use shopping_guide::{Catalog, Guide, NoHits, Product, Query};
    /// let catalog = Catalog::new([Product::new("mug", "Mug").price(6.0), Product::new("bowl", "Bowl").price(9.0)])?;
    /// let guide = Guide::builder().catalog(catalog).build()?;
    /// let has_all = guide.recommend(&Query::history(["mug", "bowl"]))?;
    /// assert_eq!(has_all.no_hits(), Some(NoHits::HasEverything));
    /// let too_cheap = guide.recommend(&Query::nobody().price_to(5.0))?;
    /// assert_eq!(too_cheap.no_hits(), Some(NoHits::NothingPasses));
    /// # Ok::<(), shopping_guide::Error>(())
    /// ```
    pub fn no_hits(&self) -> Option<NoHits> {
        let why = match (self.allowed, self.passing) {
            (0, 0) => NoHits::NothingPasses,
            (0, _) => NoHits::HasEverything,
            _ if self.hits_before > 0 => NoHits::NoMore,
            _ => NoHits::NoneAsked,
        };
        self.hits.is_empty().then_some(why)
    }
}

fn is_0(number: &usize) -> bool {
    *number == 0
}

/// One recommended product.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Hit {
    /// The product's id.
    pub product: String,
    /// Its title.
    pub title: String,
    /// Its price, in the shop's currency; `None` if the catalogue has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price: Option<f32>,
    /// Where its picture is; `None` if the catalogue has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub picture: Option<String>,
    /// Whether it can be bought; `None` if the shop does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub available: Option<bool>,
    /// The fused score: compares within one answer only.
    pub score: f32,
    /// The sources that found it, the one that adds most first.
    pub sources: Vec<String>,
    /// Why: never empty, the strongest first, and what is true for everyone last.
    pub reasons: Vec<WordedReason>,
}

/// How one product fares for one who asks, source by source.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Explanation {
    /// The product's id.
    pub product: String,
    /// Its title.
    pub title: String,
    /// True if the shopper already has it: bought, rated, named in the history, or viewed where that is left out. The other
    /// fields then describe the product as if it were allowed.
    pub seen: bool,
    /// Its place among all products that may be among the hits, from 1, as in an answer; none where the shop never recommends
    /// it or the query leaves it out.
    pub place: Option<usize>,
    /// The fused score.
    pub score: f32,
    /// What each source says of it.
    pub sources: Vec<Standing>,
    /// Why, the strongest first.
    pub reasons: Vec<WordedReason>,
    /// On what the sources rest for the one who asks: of a fused product, those that found a fused one.
    pub rung: Rung,
    /// As [`Answer::unknown_shopper`].
    pub unknown_shopper: bool,
    /// As [`Answer::unknown_products`].
    pub unknown_products: Vec<String>,
}

/// How a source ranks a product.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Standing {
    /// The source's name.
    pub source: String,
    /// The product's rank among all that the source can propose, from 1; none where it is not among them.
    pub rank: Option<usize>,
    /// The source's own score: compares within this source only.
    pub score: Option<f32>,
    /// The parts of `score`, all of them: they add up to it but for rounding. Empty without a score.
    #[serde(default)]
    pub parts: Vec<ScorePart>,
    /// What the source adds to the fused score: 0 for a rank beyond the depth of the fusion.
    pub adds: f32,
}
