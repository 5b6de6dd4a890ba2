//! Parameters that training takes from the data unless they are set: `Option<f32>`, where `None` is "from the data".
//!
//! In JSON `None` is `null`. In binary files it is NaN, which no parameter may be. The field takes four bytes, as in older
//! files where it was a plain `f32`.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// For `#[serde(serialize_with)]` through `#[serde(with = "crate::auto")]`.
pub(crate) fn serialize<S: Serializer>(
    value: &Option<f32>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    if serializer.is_human_readable() {
        value.serialize(serializer)
    } else {
        value.unwrap_or(f32::NAN).serialize(serializer)
    }
}

/// For `#[serde(deserialize_with)]` through `#[serde(with = "crate::auto")]`.
pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<f32>, D::Error> {
    if deserializer.is_human_readable() {
        Option::deserialize(deserializer)
    } else {
        let value = f32::deserialize(deserializer)?;
        Ok(Some(value).filter(|value| !value.is_nan()))
    }
}
