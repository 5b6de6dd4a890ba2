//! Reads numbers of single precision from JSON without turning those beyond its range into infinity.

use std::fmt::Display;

use serde::de::{Deserialize, Deserializer, Error};

/// `value` in single precision.
///
/// # Errors
/// An error with the value and the largest number, if the value is out of range.
pub(crate) fn single<E: Error>(what: impl Display, value: f64) -> Result<f32, E> {
    let single = value as f32;
    match single.is_finite() || !value.is_finite() {
        true => Ok(single),
        false => Err(E::custom(format!(
            "{what} {value:e} is beyond the largest number, {:e}",
            f32::MAX
        ))),
    }
}

/// A number.
pub(crate) fn number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f32, D::Error> {
    single("number", f64::deserialize(deserializer)?)
}

/// A number or nothing.
pub(crate) fn option<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<f32>, D::Error> {
    let value: Option<f64> = Option::deserialize(deserializer)?;
    value.map(|value| single("number", value)).transpose()
}

#[cfg(test)]
mod tests {
    use crate::Query;

    #[test]
    fn numbers_beyond_single_precision_are_refused_with_their_value() {
        let refused = |text: &str| serde_json::from_str::<Query>(text).unwrap_err().to_string();
        for name in ["price_from", "price_to"] {
            for (value, shown) in [("61e39", "number 6.1e40"), ("-1e39", "number -1e39")] {
                let message = refused(&format!(r#"{{"filters": {{"{name}": {value}}}}}"#));
                let expected = format!("{shown} is beyond the largest number, 3.4028235e38");
                assert!(message.contains(&expected), "{message}");
            }
        }
        let message = refused(r#"{"who": {"history": [["b", 1e39]]}}"#);
        assert!(
            message.contains("weight of `b`, 1e39 is beyond"),
            "{message}"
        );
        let text = r#"{"who": {"history": [["b", 0.5]]}, "filters": {"price_to": 3.4e38}}"#;
        let query: Query = serde_json::from_str(text).unwrap();
        assert_eq!(query.filters.price_to, Some(3.4e38));
        let nothing = r#"{"filters": {"price_to": null}}"#;
        assert_eq!(
            serde_json::from_str::<Query>(nothing)
                .unwrap()
                .filters
                .price_to,
            None
        );
    }
}
