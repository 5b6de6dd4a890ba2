//! Parameters in a file: as JSON text, so that a later version can add some. Numbers of single precision are written with the digits that
//! they have in double precision, and so come back as the same bits.

use guide_core::{Error, Result};
use serde::{Deserialize, Deserializer};
use serde_json::{Value, json};

use super::GuideParams;

pub(super) fn write(params: &GuideParams) -> Result<String> {
    let value = serde_json::to_value(params).map_err(|reason| Error::decode("guide", reason))?;
    Ok(value.to_string())
}

/// A field that is not stored has its default.
pub(super) fn read(text: &[u8]) -> Result<GuideParams> {
    parse(text).map_err(|reason| Error::decode("guide", reason))
}

/// For files before version 5, where the text is a value of the codec.
pub(super) fn deserialize<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> std::result::Result<GuideParams, D::Error> {
    let text = String::deserialize(deserializer)?;
    parse(text.as_bytes()).map_err(serde::de::Error::custom)
}

fn parse(text: &[u8]) -> serde_json::Result<GuideParams> {
    let stored: Value = serde_json::from_slice(text)?;
    let mut params = json!(GuideParams::default());
    put(&mut params, stored);
    serde_json::from_value(params)
}

/// Puts the fields of `stored` in place of the defaults.
fn put(defaults: &mut Value, stored: Value) {
    match (defaults, stored) {
        (Value::Object(fields), Value::Object(stored)) => {
            for (name, value) in stored {
                put(fields.entry(name).or_insert(Value::Null), value);
            }
        }
        (field, stored) => *field = stored,
    }
}
