//! Ids of shoppers, products and baskets: any text, or a whole number as its digits.

use std::borrow::{Borrow, Cow};
use std::fmt;
use std::ops::Deref;

use serde::de::{Deserializer, Visitor};
use serde::{Deserialize, Serialize, Serializer};

/// The id of a shopper, a product, a variant group or a basket, as the shop has it.
///
/// Made from a text or from a whole number, which stands for its digits: `17` and `"17"` are the same id. A borrowed text is not
/// copied. As JSON an id is written as a string; it is read from a string or a whole number.
///
/// ```
/// use shopping_guide::{Event, Id, Product};
/// assert_eq!(Id::from(17), "17");
/// assert_eq!(Event::view(17, "mug"), Event::view("17", String::from("mug")));
/// assert_eq!(Product::new(-3, "Mug").id, "-3");
/// assert_eq!(serde_json::from_str::<Id>("17")?, serde_json::from_str::<Id>("\"17\"")?);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Id<'a>(Cow<'a, str>);

impl<'a> Id<'a> {
    /// The id that `id` stands for.
    pub fn new(id: impl Into<Self>) -> Self {
        id.into()
    }

    /// The id as a text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The id as a text of its own.
    pub fn into_string(self) -> String {
        self.0.into_owned()
    }

    /// An id that borrows nothing.
    pub fn into_owned(self) -> Id<'static> {
        Id(Cow::Owned(self.into_string()))
    }
}

/// Everything that borrows as a text: `&str`, `&String`, `&Arc<str>`, `&Id`. Nothing is copied.
impl<'a, T: AsRef<str> + ?Sized> From<&'a T> for Id<'a> {
    fn from(id: &'a T) -> Self {
        Self(Cow::Borrowed(id.as_ref()))
    }
}

impl From<String> for Id<'_> {
    fn from(id: String) -> Self {
        Self(Cow::Owned(id))
    }
}

impl From<Box<str>> for Id<'_> {
    fn from(id: Box<str>) -> Self {
        Self(Cow::Owned(id.into()))
    }
}

impl From<char> for Id<'_> {
    fn from(id: char) -> Self {
        Self(Cow::Owned(id.into()))
    }
}

impl<'a> From<Cow<'a, str>> for Id<'a> {
    fn from(id: Cow<'a, str>) -> Self {
        Self(id)
    }
}

macro_rules! from_whole_numbers {
    ($($number:ty),+) => {
        $(impl From<$number> for Id<'_> {
            fn from(id: $number) -> Self {
                Self(Cow::Owned(id.to_string()))
            }
        })+
    };
}

from_whole_numbers!(
    u8, u16, u32, u64, u128, usize, i8, i16, i32, i64, i128, isize
);

impl From<Id<'_>> for String {
    fn from(id: Id<'_>) -> Self {
        id.into_string()
    }
}

impl From<&Id<'_>> for String {
    fn from(id: &Id<'_>) -> Self {
        id.as_str().to_owned()
    }
}

impl Deref for Id<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        self.as_str()
    }
}

impl AsRef<str> for Id<'_> {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

/// A map by ids can be asked for a text: both have the same hash and order.
impl Borrow<str> for Id<'_> {
    fn borrow(&self) -> &str {
        self.as_str()
    }
}

impl PartialEq<str> for Id<'_> {
    fn eq(&self, other: &str) -> bool {
        self.as_str() == other
    }
}

impl PartialEq<&str> for Id<'_> {
    fn eq(&self, other: &&str) -> bool {
        self.as_str() == *other
    }
}

impl PartialEq<String> for Id<'_> {
    fn eq(&self, other: &String) -> bool {
        self.as_str() == other
    }
}

impl fmt::Display for Id<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl Serialize for Id<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Id<'_> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // Only a format that names the type of each value, such as JSON, can say whether it is a text or a number. The codec of
        // model files cannot: there an id is a text.
        match deserializer.is_human_readable() {
            true => deserializer.deserialize_any(OfTextOrNumber),
            false => String::deserialize(deserializer).map(Self::from),
        }
    }
}

struct OfTextOrNumber;

impl Visitor<'_> for OfTextOrNumber {
    type Value = Id<'static>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an id: a text or a whole number")
    }

    fn visit_str<E>(self, id: &str) -> Result<Self::Value, E> {
        Ok(Id::from(id.to_owned()))
    }

    fn visit_string<E>(self, id: String) -> Result<Self::Value, E> {
        Ok(Id::from(id))
    }

    fn visit_u64<E>(self, id: u64) -> Result<Self::Value, E> {
        Ok(Id::from(id))
    }

    fn visit_i64<E>(self, id: i64) -> Result<Self::Value, E> {
        Ok(Id::from(id))
    }
}

/// Reads a `String` as [`Id`] does, for `#[serde(deserialize_with)]`.
pub(crate) fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    Id::deserialize(deserializer).map(Id::into_string)
}

/// As [`text`], or nothing.
pub(crate) fn optional_text<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<String>, D::Error> {
    let id: Option<Id<'_>> = Option::deserialize(deserializer)?;
    Ok(id.map(Id::into_string))
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;
    use std::sync::Arc;

    use super::*;

    fn is_borrowed(id: &Id<'_>) -> bool {
        matches!(id.0, Cow::Borrowed(_))
    }

    #[test]
    fn a_borrowed_text_is_not_copied_and_a_number_is_its_digits() {
        let text = String::from("mug");
        let shared: Arc<str> = "mug".into();
        for id in [
            Id::from("mug"),
            Id::from(&text),
            Id::from(&&text[..]),
            Id::from(&shared),
            Id::from(&Id::from("mug")),
            Id::from(Cow::Borrowed("mug")),
        ] {
            assert!(is_borrowed(&id) && id == "mug", "{id}");
        }
        assert_eq!(Id::from(text), "mug");
        assert_eq!(Id::from(0_u8), "0");
        assert_eq!(Id::from(i64::MIN), "-9223372036854775808");
        assert_eq!(Id::from(u64::MAX), "18446744073709551615");
        assert_eq!(Id::from(17_usize), Id::from(17_i32));
        assert!(!is_borrowed(&Id::from("mug").into_owned()));
    }

    #[test]
    fn ids_are_read_from_texts_and_whole_numbers_alone() {
        let read = |text| serde_json::from_str::<Id<'_>>(text);
        assert_eq!(read("\"杯\"").unwrap(), "杯");
        assert_eq!(
            read("18446744073709551615").unwrap(),
            "18446744073709551615"
        );
        assert_eq!(read("-1").unwrap(), "-1");
        for refused in ["1.5", "true", "null", "[1]"] {
            let message = read(refused).unwrap_err().to_string();
            assert!(message.contains("a text or a whole number"), "{message}");
        }
        assert_eq!(serde_json::to_string(&Id::from(17)).unwrap(), "\"17\"");
    }

    #[test]
    fn a_map_by_ids_is_asked_for_texts() {
        let map = HashMap::from([(Id::from(17), "seventeen")]);
        assert_eq!(map.get("17"), Some(&"seventeen"));
    }
}
