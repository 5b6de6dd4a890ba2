//! What one asks the guide: for whom, how many, and which products may be among the hits.

use serde::{Deserialize, Serialize};

/// For whom a query asks.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Who {
    /// Someone of whom nothing is known.
    #[default]
    Nobody,
    /// A shopper by the id of the event log; one that the log does not know is served like [`Who::Nobody`].
    Shopper(String),
    /// Someone with these products and weights, given on the spot.
    History(Vec<(String, f32)>),
}

/// A question to the guide.
///
/// ```
/// use shopping_guide::Query;
/// let query = Query::shopper("ann").n(5).price_to(20.0).attribute("colour", "red").attribute("colour", "blue");
/// assert_eq!(query.filters.attributes, [("colour".to_owned(), vec!["red".to_owned(), "blue".to_owned()])]);
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
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
}

/// Which products may be among the hits; all conditions hold at once.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Filters {
    /// Whether products of the shopper's own history may be among the hits.
    pub keep_seen: bool,
    /// The lowest price; products without a price are left out.
    pub price_from: Option<f32>,
    /// The highest price; products without a price are left out.
    pub price_to: Option<f32>,
    /// Attributes with the values of which a product has at least one; case does not matter.
    pub attributes: Vec<(String, Vec<String>)>,
    /// If given, nothing but these products; what the catalogue lacks is passed over, as a list of the stock may be newer.
    pub only: Option<Vec<String>>,
    /// None of these products, which the catalogue must have.
    pub without: Vec<String>,
}

impl Query {
    fn of(who: Who) -> Self {
        Self {
            who,
            context: None,
            likes: Vec::new(),
            n: 10,
            filters: Filters::default(),
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

    /// Lets products of the shopper's own history be among the hits.
    #[must_use]
    pub fn keep_seen(mut self) -> Self {
        self.filters.keep_seen = true;
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

    /// Asks for a value of an attribute: values of the same attribute are alternatives, different attributes all hold.
    #[must_use]
    pub fn attribute(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        let (name, value) = (name.into(), value.into());
        let attributes = &mut self.filters.attributes;
        match attributes.iter_mut().find(|(known, _)| *known == name) {
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
