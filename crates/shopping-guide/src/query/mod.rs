//! What one asks the guide: for whom, how many, and which products may be among the hits.

mod cursor;
mod json;
mod setters;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

pub use cursor::Cursor;

use crate::Language;

/// For whom a query asks.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Who {
    /// Someone of whom nothing is known.
    #[default]
    Nobody,
    /// A shopper by the id of the event log; one that the log does not know is served like [`Who::Nobody`].
    Shopper(#[serde(deserialize_with = "crate::id::text")] String),
    /// Someone with these products and weights, given on the spot; what the catalogue lacks is passed over, and
    /// [`Answer::unknown_products`](crate::Answer::unknown_products) tells.
    History(#[serde(deserialize_with = "json::weights")] Vec<(String, f32)>),
}

/// A question to the guide. As JSON it needs only the fields that say something.
///
/// ```
/// use shopping_guide::Query;
/// let query = Query::shopper("ann").n(5).price_to(20.0).attribute("colour", "red").attribute("colour", "blue");
/// assert_eq!(query.filters.attributes, [("colour".to_owned(), vec!["red".to_owned(), "blue".to_owned()])]);
/// ```
///
/// JSON may be written as short as it is meant. At the top level, `shopper` or `history` stand for `who`, and `attributes` and
/// `not_attributes` for those of `filters`. An id is text or a whole number. One id may stand for a list of ids, and an object
/// for a list of pairs. An unknown field is an error that names it. [`Serialize`] always writes the same form, which reads
/// back as the same query.
///
/// ```
/// use shopping_guide::Query;
/// let read = |text| serde_json::from_str::<Query>(text);
/// assert_eq!(read(r#"{"shopper": 17850, "context": "a"}"#)?, Query::shopper("17850").context("a"));
/// assert_eq!(read(r#"{"history": [["a", 2.0], 17]}"#)?, Query::weighted_history([("a", 2.0), ("17", 1.0)]));
/// let query = Query::nobody().attribute("brand", "A").attribute("brand", "B");
/// assert_eq!(read(r#"{"attributes": {"brand": ["A", "B"]}}"#)?, query);
/// assert!(read(r#"{"shoper": "ann"}"#).unwrap_err().to_string().starts_with("unknown field `shoper`"));
/// let written = serde_json::to_string(&query)?;
/// assert_eq!(serde_json::from_str::<Query>(&written)?, query);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "json::Written")]
#[non_exhaustive]
pub struct Query {
    /// For whom.
    pub who: Who,
    /// The products being looked at: hits go with all of them, and none of them is a hit. Together they weigh as much as all
    /// that the shopper took.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub contexts: Vec<String>,
    /// Products that the shopper bought beside those that `who` tells of; they are owned from now on.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub bought: Vec<String>,
    /// Products that the shopper looked at, and no more, beside those that `who` tells of.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub viewed: Vec<String>,
    /// Products that are in the cart. None of them is a hit.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub cart: Vec<String>,
    /// Products that the shopper looked at in this visit, in the order of time, the latest last.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub session: Vec<String>,
    /// Attributes with values that the shopper likes: they raise products that have them, and refuse none; case does not
    /// matter.
    pub likes: Vec<(String, String)>,
    /// Words to look for, in English or Chinese: products that have them come first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// How many hits; of a page, if there are several.
    pub n: usize,
    /// Which products may be among the hits.
    pub filters: Filters,
    /// Attributes, each with the most hits of one of its values.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub at_most: Vec<(String, usize)>,
    /// The least hits that are products that nobody took yet.
    #[serde(skip_serializing_if = "is_0")]
    pub at_least_new: usize,
    /// How much a hit loses for being like a better one, from 0 to 1; `None` for what the guide was built with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub diversity: Option<f32>,
    /// Values of attributes that the shop promotes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub boosts: Vec<Boost>,
    /// Where the page begins. `None` for the first one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub page: Option<Cursor>,
    /// The language of the reasons.
    pub language: Language,
}

/// A value of an attribute that the shop promotes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Boost {
    /// The attribute.
    pub attribute: String,
    /// Its value.
    #[serde(deserialize_with = "crate::id::text")]
    pub value: String,
    /// What the fused score is multiplied by, from 0.1 to 10.
    #[serde(deserialize_with = "crate::finite::number")]
    pub factor: f32,
}

/// Which products may be among the hits; all conditions hold at once.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Filters {
    /// Whether products that the shopper bought or rated, or that the history names, may be among the hits.
    pub keep_seen: bool,
    /// Whether products that the shopper looked at or put into the cart, and no more, are left out too; none for what the
    /// guide was built with ([`Viewed`](crate::Viewed)).
    pub leave_out_viewed: Option<bool>,
    /// Whether products that are out of stock or not on sale may be among the hits.
    pub keep_unavailable: bool,
    /// Whether only products may be among the hits that are known to be in stock. Without it, products are left out only if
    /// they are known to be out of stock.
    #[serde(skip_serializing_if = "is_false")]
    pub in_stock: bool,
    /// If given, only products created or published within so many days before the present. The present is the time of the
    /// last event, or of the newest product if that is later. Products without a time are left out.
    #[serde(deserialize_with = "crate::finite::option")]
    pub new_within_days: Option<f32>,
    /// The lowest price; products without a price are left out.
    #[serde(deserialize_with = "crate::finite::option")]
    pub price_from: Option<f32>,
    /// The highest price; products without a price are left out.
    #[serde(deserialize_with = "crate::finite::option")]
    pub price_to: Option<f32>,
    /// Attributes with the values of which a product has at least one; case does not matter. A category path finds what lies
    /// below it: `Home` finds `Home > Kitchen`.
    #[serde(deserialize_with = "json::attributes")]
    pub attributes: Vec<(String, Vec<String>)>,
    /// Attributes with the values of which a product has none, found as in `attributes`: `Home` leaves out `Home > Kitchen`.
    /// Products without the attribute stay.
    #[serde(
        deserialize_with = "json::attributes",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub not_attributes: Vec<(String, Vec<String>)>,
    /// If given, nothing but these products; what the catalogue lacks is passed over, as a list of the stock may be newer.
    #[serde(deserialize_with = "json::some_ids")]
    pub only: Option<Vec<String>>,
    /// None of these products; what the catalogue lacks is passed over, and
    /// [`Answer::unknown_products`](crate::Answer::unknown_products) tells.
    #[serde(deserialize_with = "json::ids")]
    pub without: Vec<String>,
}

fn is_0(number: &usize) -> bool {
    *number == 0
}

fn is_false(condition: &bool) -> bool {
    !condition
}
