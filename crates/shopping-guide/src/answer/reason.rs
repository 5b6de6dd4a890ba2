//! Reasons: data with stable names, and the text in the language that was asked for.

use std::fmt;
use std::ops::Deref;

use serde::{Deserialize, Serialize};

use super::Language;
use super::wording::{chinese, english};

/// The attribute that [`Reason::Shares`] names for a price band.
pub(crate) const PRICE: &str = "price";
/// The attributes that it names for words of the title and of the longer text.
pub(crate) const TITLE: &str = "title";
pub(crate) const TEXT: &str = "text";

/// Why a product is in an answer. [`Reason::say`] words it; [`fmt::Display`] is its English.
///
/// The `share` of a reason is the part that it names, divided by the sum of all parts above 0 of the score that its `source`
/// gives the product. Scores of different sources do not compare, so neither do shares: the texts do not show them.
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
        /// The source that says so; of several, the one that adds most to the fused score.
        #[serde(default)]
        source: String,
        /// Its share of the source's score, from 0 to 1.
        share: f32,
    },
    /// The product has a trait that was asked for or that the shopper's products have.
    Shares {
        /// The attribute, or `title`, `text` or `price`.
        attribute: String,
        /// The shared value.
        value: String,
        /// The source that says so.
        #[serde(default)]
        source: String,
        /// Its share of the source's score, from 0 to 1.
        share: f32,
    },
    /// Words that the query asks for stand in a field of the product.
    Matches {
        /// The words as the product has them, in the order of the query.
        words: Vec<String>,
        /// The field: the name of an attribute, or `title` or `text`.
        field: String,
        /// The source that says so.
        #[serde(default)]
        source: String,
        /// Its share of the source's score, from 0 to 1.
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
    /// What a source of the shop's own says.
    Other {
        /// In words.
        words: String,
    },
    /// No shopper has looked at it or taken it yet.
    Untried,
    /// The shopper has it already: bought it, rated it, or named it in the history. Only in an
    /// [`Explanation`](crate::Explanation), and where the query keeps such products.
    Seen,
    /// The shopper looked at it or put it into the cart, no more.
    Viewed,
    /// The shop raises the scores of products with this value, or lowers them where the factor is below 1: the last is only said in an
    /// [`Explanation`](crate::Explanation).
    Promoted {
        /// The attribute.
        attribute: String,
        /// The value.
        value: String,
        /// What the fused score was multiplied by.
        factor: f32,
    },
    /// Only in an [`Explanation`](crate::Explanation): the shop never recommends it.
    LeftOut,
    /// Only in an [`Explanation`](crate::Explanation): the query leaves it out.
    RuledOut,
}

impl Reason {
    /// The reason in words for a shopper.
    ///
    /// ```
    /// use shopping_guide::{Language, Reason};
    /// let reason = Reason::Because {
    ///     product: "m1".to_owned(),
    ///     title: "Mug".to_owned(),
    ///     source: "neighbours".to_owned(),
    ///     share: 1.0,
    /// };
    /// assert_eq!(reason.say(Language::English), "goes with Mug");
    /// assert_eq!(reason.say(Language::Chinese), "与“Mug”常被一起选购");
    /// ```
    pub fn say(&self, language: Language) -> String {
        match language {
            Language::English => english::reason(self),
            Language::Chinese => chinese::reason(self),
        }
    }

    /// The reason together with its text.
    pub(crate) fn worded(self, language: Language) -> WordedReason {
        WordedReason {
            text: self.say(language),
            reason: self,
        }
    }

    /// Its part of what its source says of the product.
    pub(crate) fn share(&self) -> f32 {
        match self {
            Self::Because { share, .. }
            | Self::Shares { share, .. }
            | Self::Matches { share, .. } => *share,
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

/// In English.
impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.say(Language::English))
    }
}

/// A [`Reason`] with its text in the language of the query. It reads like the reason itself; as text it is its `text`.
///
/// In JSON the data and the text are one object: `{"kind":"untried","text":"nobody has looked at it or taken it yet"}`.
/// Without a `text`, it is read with the English one.
///
/// ```
/// use shopping_guide::{Catalog, Guide, Language, Product, Query, Reason};
/// let catalog = Catalog::new([Product::new("mug", "Mug")])?;
/// let guide = Guide::builder().catalog(catalog).build()?;
/// let answer = guide.recommend(&Query::nobody().language(Language::Chinese))?;
/// let reason = &answer.hits[0].reasons[0];
/// assert_eq!((&reason.reason, reason.text.as_str()), (&Reason::Untried, "暂无顾客浏览或选购"));
/// assert_eq!(reason.say(Language::English), "nobody has looked at it or taken it yet");
/// # Ok::<(), shopping_guide::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "Stored")]
#[non_exhaustive]
pub struct WordedReason {
    /// The reason as data.
    #[serde(flatten)]
    pub reason: Reason,
    /// The reason in words.
    pub text: String,
}

/// [`WordedReason`] as JSON may have it.
#[derive(Deserialize)]
struct Stored {
    #[serde(flatten)]
    reason: Reason,
    text: Option<String>,
}

impl From<Stored> for WordedReason {
    fn from(Stored { reason, text }: Stored) -> Self {
        Self {
            text: text.unwrap_or_else(|| reason.to_string()),
            reason,
        }
    }
}

impl Deref for WordedReason {
    type Target = Reason;

    fn deref(&self) -> &Reason {
        &self.reason
    }
}

impl PartialEq<Reason> for WordedReason {
    fn eq(&self, other: &Reason) -> bool {
        self.reason == *other
    }
}

impl fmt::Display for WordedReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
