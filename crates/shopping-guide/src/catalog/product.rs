//! One product of the catalogue.

use serde::{Deserialize, Serialize};

use crate::{Id, Moment};

/// One product. Its ids may be given as whole numbers, in JSON too.
///
/// ```
/// use shopping_guide::Product;
/// let mug = Product::new("m1", "Red enamel mug").price(6.5).attribute("colour", "red").text("Holds 0.3 l.");
/// assert_eq!((mug.value("colour"), mug.price), (Some("red"), Some(6.5)));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Product {
    /// Its id in the shop.
    #[serde(deserialize_with = "crate::id::text")]
    pub id: String,
    /// What shoppers call it.
    pub title: String,
    /// A longer text, empty if there is none.
    pub text: String,
    /// Names and values, for example `("colour", "red")`. A name may occur several times. A value `Home > Kitchen` is a
    /// category path: a filter by `Home` finds it.
    pub attributes: Vec<(String, String)>,
    /// Its price, in the shop's currency.
    pub price: Option<f32>,
    /// Where its picture is.
    pub picture: Option<String>,
    /// The variant group, for example one shirt in several sizes. An answer holds one product of a group.
    #[serde(deserialize_with = "crate::id::optional_text")]
    pub group: Option<String>,
    /// When it was created or published, in seconds since 1970-01-01 00:00 UTC.
    pub time: Option<i64>,
    /// Whether it can be bought: `Some(false)` if it is out of stock or not on sale, `None` if the shop does not say.
    /// A product with `Some(false)` is recommended only to a query that asks for such products.
    pub available: Option<bool>,
}

impl Product {
    /// A product that has an id and a title.
    ///
    /// ```
    /// use shopping_guide::Product;
    /// assert_eq!(Product::new(17, "Mug"), Product::new("17", "Mug"));
    /// assert_eq!(serde_json::from_str::<Product>(r#"{"id": 17, "title": "Mug"}"#)?, Product::new(17, "Mug"));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub fn new<'a>(id: impl Into<Id<'a>>, title: impl Into<String>) -> Self {
        Self {
            id: Id::new(id).into_string(),
            title: title.into(),
            ..Self::default()
        }
    }

    /// Sets the longer text.
    #[must_use]
    pub fn text(mut self, text: impl Into<String>) -> Self {
        self.text = text.into();
        self
    }

    /// Adds an attribute.
    #[must_use]
    pub fn attribute(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.attributes.push((name.into(), value.into()));
        self
    }

    /// Sets the price.
    #[must_use]
    pub fn price(mut self, price: f32) -> Self {
        self.price = Some(price);
        self
    }

    /// Sets where the picture is.
    #[must_use]
    pub fn picture(mut self, picture: impl Into<String>) -> Self {
        self.picture = Some(picture.into());
        self
    }

    /// Sets the variant group.
    #[must_use]
    pub fn group<'a>(mut self, group: impl Into<Id<'a>>) -> Self {
        self.group = Some(Id::new(group).into_string());
        self
    }

    /// Sets when it was created or published, in seconds since 1970-01-01 00:00 UTC.
    #[must_use]
    pub fn time(mut self, seconds: i64) -> Self {
        self.time = Some(seconds);
        self
    }

    /// Sets when it was created or published, as a [`SystemTime`](std::time::SystemTime) or a
    /// [`Timestamp`](crate::Timestamp); fractions of a second are cut off.
    #[must_use]
    pub fn at(self, time: impl Into<Moment>) -> Self {
        let time: Moment = time.into();
        self.time(time.seconds())
    }

    /// Says whether it can be bought.
    #[must_use]
    pub fn available(mut self, available: bool) -> Self {
        self.available = Some(available);
        self
    }

    /// The first value of the attribute called `name`.
    pub fn value(&self, name: &str) -> Option<&str> {
        self.values(name).first().copied()
    }

    /// All values of the attribute called `name`.
    pub fn values(&self, name: &str) -> Vec<&str> {
        let own = self.attributes.iter().filter(|(known, _)| known == name);
        own.map(|(_, value)| value.as_str()).collect()
    }
}

/// Whether two texts are equal if case is ignored, character by character.
pub(crate) fn same_but_for_case(a: &str, b: &str) -> bool {
    let (left, right) = (a.chars(), b.chars());
    a == b
        || left
            .flat_map(char::to_lowercase)
            .eq(right.flat_map(char::to_lowercase))
}
