//! What one asks the guide: for whom, how many, and which products may be among the hits.

use serde::{Deserialize, Serialize};

use crate::Language;
use crate::catalog::same_but_for_case;

/// For whom a query asks.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Who {
    /// Someone of whom nothing is known.
    #[default]
    Nobody,
    /// A shopper by the id of the event log; one that the log does not know is served like [`Who::Nobody`].
    Shopper(String),
    /// Someone with these products and weights, given on the spot; what the catalogue lacks is passed over, and
    /// [`Answer::unknown_products`](crate::Answer::unknown_products) tells.
    History(#[serde(deserialize_with = "crate::finite::weights")] Vec<(String, f32)>),
}

/// A question to the guide. As JSON it needs only the fields that say something.
///
/// ```
/// use shopping_guide::Query;
/// let query = Query::shopper("ann").n(5).price_to(20.0).attribute("colour", "red").attribute("colour", "blue");
/// assert_eq!(query.filters.attributes, [("colour".to_owned(), vec!["red".to_owned(), "blue".to_owned()])]);
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Query {
    /// For whom.
    pub who: Who,
    /// The product being looked at: hits go with it, and it is not among them.
    pub context: Option<String>,
    /// Attributes with values that the shopper likes: they raise products that have them, and refuse none; case does not
    /// matter.
    pub likes: Vec<(String, String)>,
    /// How many hits.
    pub n: usize,
    /// Which products may be among the hits.
    pub filters: Filters,
    /// The language of the reasons.
    pub language: Language,
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
    pub attributes: Vec<(String, Vec<String>)>,
    /// If given, nothing but these products; what the catalogue lacks is passed over, as a list of the stock may be newer.
    pub only: Option<Vec<String>>,
    /// None of these products; what the catalogue lacks is passed over, and
    /// [`Answer::unknown_products`](crate::Answer::unknown_products) tells.
    pub without: Vec<String>,
}

/// [`Query::nobody`].
impl Default for Query {
    fn default() -> Self {
        Self::nobody()
    }
}

impl Query {
    fn of(who: Who) -> Self {
        Self {
            who,
            context: None,
            likes: Vec::new(),
            n: 10,
            filters: Filters::default(),
            language: Language::default(),
        }
    }

    /// Asks for someone of whom nothing is known.
    pub fn nobody() -> Self {
        Self::of(Who::Nobody)
    }

    /// Asks for a shopper of the event log.
    pub fn shopper(id: impl Into<String>) -> Self {
        Self::of(Who::Shopper(id.into()))
    }

    /// Asks for someone who took `products`, each counting 1.
    pub fn history<S: Into<String>>(products: impl IntoIterator<Item = S>) -> Self {
        Self::weighted_history(products.into_iter().map(|product| (product, 1.0)))
    }

    /// Asks for someone who took `products` with these weights.
    pub fn weighted_history<S: Into<String>>(products: impl IntoIterator<Item = (S, f32)>) -> Self {
        let products = products
            .into_iter()
            .map(|(product, weight)| (product.into(), weight));
        Self::of(Who::History(products.collect()))
    }

    /// How many hits (10 unless said).
    #[must_use]
    pub fn n(mut self, n: usize) -> Self {
        self.n = n;
        self
    }

    /// The language of the reasons (English unless said).
    #[must_use]
    pub fn language(mut self, language: Language) -> Self {
        self.language = language;
        self
    }

    /// The product being looked at.
    #[must_use]
    pub fn context(mut self, product: impl Into<String>) -> Self {
        self.context = Some(product.into());
        self
    }

    /// Says that the shopper likes a value of an attribute: the source `attributes` then weighs as much as all sources
    /// together. Other products may still be among the hits.
    #[must_use]
    pub fn likes(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.likes.push((name.into(), value.into()));
        self
    }

    /// Lets products that the shopper bought or rated, or that the history names, be among the hits.
    #[must_use]
    pub fn keep_seen(mut self) -> Self {
        self.filters.keep_seen = true;
        self
    }

    /// Leaves out products too that the shopper looked at or put into the cart, and no more.
    #[must_use]
    pub fn leave_out_viewed(mut self) -> Self {
        self.filters.leave_out_viewed = Some(true);
        self
    }

    /// Lets products that the shopper looked at or put into the cart be among the hits, however the guide was built.
    #[must_use]
    pub fn keep_viewed(mut self) -> Self {
        self.filters.leave_out_viewed = Some(false);
        self
    }

    /// Lets products that are out of stock or not on sale be among the hits.
    #[must_use]
    pub fn keep_unavailable(mut self) -> Self {
        self.filters.keep_unavailable = true;
        self
    }

    /// Only products created or published within so many days before the present.
    #[must_use]
    pub fn new_within_days(mut self, days: f32) -> Self {
        self.filters.new_within_days = Some(days);
        self
    }

    /// The lowest price.
    #[must_use]
    pub fn price_from(mut self, price: f32) -> Self {
        self.filters.price_from = Some(price);
        self
    }

    /// The highest price.
    #[must_use]
    pub fn price_to(mut self, price: f32) -> Self {
        self.filters.price_to = Some(price);
        self
    }

    /// Asks for a value of an attribute: values of the same attribute are alternatives, different attributes all hold. Case
    /// does not matter. A category finds what lies below it, and may be written `Home > Kitchen`, `Home/Kitchen` or, if no path
    /// begins with it, `Kitchen`.
    #[must_use]
    pub fn attribute(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        let (name, value) = (name.into(), value.into());
        let attributes = &mut self.filters.attributes;
        match attributes
            .iter_mut()
            .find(|(known, _)| same_but_for_case(known, &name))
        {
            Some((_, values)) => values.push(value),
            None => attributes.push((name, vec![value])),
        }
        self
    }

    /// Nothing but these products.
    #[must_use]
    pub fn only<S: Into<String>>(mut self, products: impl IntoIterator<Item = S>) -> Self {
        self.filters.only = Some(products.into_iter().map(Into::into).collect());
        self
    }

    /// None of these products.
    #[must_use]
    pub fn without<S: Into<String>>(mut self, products: impl IntoIterator<Item = S>) -> Self {
        self.filters
            .without
            .extend(products.into_iter().map(Into::into));
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_of_a_few_fields_reads_from_json() {
        let read = |text| serde_json::from_str::<Query>(text);
        assert_eq!(read("{}").unwrap(), Query::nobody());
        let text = r#"{"who": {"shopper": "ann"}, "n": 3, "filters": {"price_to": 20}}"#;
        let expected = Query::shopper("ann").n(3).price_to(20.0);
        assert_eq!(read(text).unwrap(), expected);
        let slip = read(r#"{"filters": {"price_upto": 20}}"#).unwrap_err();
        assert!(slip.to_string().starts_with("unknown field `price_upto`"));
    }

    #[test]
    fn alternatives_of_an_attribute_are_one_condition_whatever_its_case() {
        let query = Query::nobody()
            .attribute("colour", "red")
            .attribute("Colour", "blue");
        let values = vec!["red".to_owned(), "blue".to_owned()];
        assert_eq!(query.filters.attributes, [("colour".to_owned(), values)]);
    }
}
