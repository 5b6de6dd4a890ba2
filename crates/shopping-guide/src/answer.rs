//! What the guide answers: hits with their reasons, and the rung of the cold-start ladder that served them.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Cursor;

/// On what an answer rests: the best rung of the cold-start ladder that had something to say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Rung {
    /// A shopper of the event log, by what other shoppers did.
    Known,
    /// A history given with the query, by what other shoppers did.
    FoldedIn,
    /// Shared attributes alone: neither the history's products nor the shopper have company in the event log.
    Attributes,
    /// What most shoppers take.
    Popular,
    /// There is no hit: none was asked for, no product passes the filters, or the shopper has all that do.
    Nothing,
}

impl fmt::Display for Rung {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Known => "known",
            Self::FoldedIn => "folded-in",
            Self::Attributes => "attributes",
            Self::Popular => "popular",
            Self::Nothing => "nothing",
        })
    }
}

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
    /// On what the answer rests: the best rung of a source that found one of the hits.
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
}

/// Why an answer has no hit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum NoHits {
    /// None was asked for.
    NoneAsked,
    /// No product passes the filters, or the shop recommends none.
    NothingPasses,
    /// Products pass, and the shopper has all of them.
    HasEverything,
    /// The pages before this one gave all hits.
    NoMore,
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
    pub reasons: Vec<Reason>,
}

/// Why a product is in an answer. [`fmt::Display`] says it in words.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
#[non_exhaustive]
pub enum Reason {
    /// It goes with a product of this shopper's, as other shoppers took them.
    Because {
        /// The shopper's product.
        product: String,
        /// Its title.
        title: String,
        /// Its part of the source's score, from 0 to 1.
        share: f32,
    },
    /// The product has a trait that was asked for or that the shopper's products have.
    Shares {
        /// The attribute, or `title`, `text` or `price`.
        attribute: String,
        /// The shared value.
        value: String,
        /// Its part of the source's score, from 0 to 1.
        share: f32,
    },
    /// Many shoppers took it lately.
    Trending {
        /// Its place among all products, from 1.
        place: u32,
        /// Days after which what was taken counts half.
        half_life_days: f32,
    },
    /// Many shoppers take it.
    Popular {
        /// How many looked at it or took it.
        shoppers: u32,
        /// Its place among all products, from 1.
        place: u32,
    },
    /// The shop raises the scores of products with this value, or lowers them where the factor is below 1: the last is only said in an
    /// [`Explanation`].
    Promoted {
        /// The attribute.
        attribute: String,
        /// The value.
        value: String,
        /// What the fused score was multiplied by.
        factor: f32,
    },
    /// What a source of the shop's own says.
    Other {
        /// In words.
        words: String,
    },
    /// No shopper has looked at it or taken it yet.
    Untried,
    /// The shopper has it already: bought it, rated it, or named it in the history. Only in an [`Explanation`], and where the
    /// query keeps such products.
    Seen,
    /// The shopper looked at it or put it into the cart, no more.
    Viewed,
    /// Only in an [`Explanation`]: the shop never recommends it.
    LeftOut,
    /// Only in an [`Explanation`]: the query leaves it out.
    RuledOut,
}

impl Reason {
    /// Its part of what its source says of the product.
    pub(crate) fn share(&self) -> f32 {
        match self {
            Self::Because { share, .. } | Self::Shares { share, .. } => *share,
            _ => 1.0,
        }
    }

    /// Whether it says nothing of the one who asks.
    pub(crate) fn is_for_everyone(&self) -> bool {
        matches!(
            self,
            Self::Trending { .. } | Self::Popular { .. } | Self::Untried
        )
    }

    /// Whether it is worth saying only where there is no other.
    pub(crate) fn is_weak(&self) -> bool {
        match self {
            Self::Shares { attribute, .. } => attribute == PRICE,
            reason => *reason == Self::Untried,
        }
    }
}

/// The attribute that [`Reason::Shares`] names for a price band.
pub(crate) const PRICE: &str = "price";

/// ` (13 %)`, and nothing where there is nothing beside it.
fn percent(share: f32) -> String {
    let percent = share * 100.0;
    if percent < 99.5 {
        format!(" ({percent:.0} %)")
    } else {
        String::new()
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Because { title, share, .. } => {
                write!(f, "goes with {title}{}", percent(*share))
            }
            Self::Shares {
                attribute,
                value,
                share,
            } => write!(f, "{attribute}: {value}{}", percent(*share)),
            Self::Trending { place, .. } => write!(f, "place {place} among what is taken lately"),
            Self::Popular { shoppers, place } => {
                let s = if *shoppers == 1 { "" } else { "s" };
                write!(
                    f,
                    "place {place} by popularity, looked at or taken by {shoppers} shopper{s}"
                )
            }
            Self::Promoted {
                attribute,
                value,
                factor,
            } => {
                let verb = if *factor < 1.0 {
                    "holds back"
                } else {
                    "promotes"
                };
                write!(f, "the shop {verb} {attribute}: {value}")
            }
            Self::Other { words } => f.write_str(words),
            Self::Untried => f.write_str("nobody has looked at it or taken it yet"),
            Self::Seen => f.write_str("this shopper has it already"),
            Self::Viewed => f.write_str("this shopper looked at it or put it into the cart"),
            Self::LeftOut => f.write_str("the shop never recommends it"),
            Self::RuledOut => f.write_str("the query leaves it out"),
        }
    }
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
    pub reasons: Vec<Reason>,
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
    /// What the source adds to the fused score: 0 for a rank beyond the depth of the fusion.
    pub adds: f32,
}
