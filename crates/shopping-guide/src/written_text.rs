//! Texts in the CSV files that this crate writes: a text that a reader of tables would change is written as a JSON string.

use crate::value::missing;

/// Whether a text is read back as it is: nothing around it, no control character, and not a word for a missing value.
pub(crate) fn is_plain(text: &str) -> bool {
    let known = |c: char| !c.is_control() && c != '\u{fffd}' && c != '\u{feff}';
    text.trim() == text
        && !text.starts_with(['"', '\'', '#', '='])
        && text.chars().all(known)
        && !missing(text)
}

/// A text that is a JSON string if it would not be read back as it is.
pub(crate) fn written(text: &str) -> String {
    match text.is_empty() || is_plain(text) {
        true => text.to_owned(),
        false => serde_json::Value::from(text).to_string(),
    }
}

/// As [`written`], where an empty field is no text.
pub(crate) fn optional_text(text: Option<&str>) -> String {
    match text {
        None => String::new(),
        Some("") => "\"\"".to_owned(),
        Some(text) => written(text),
    }
}

/// A text as it was before [`written`]; `Err` with the field if it is no JSON string.
pub(crate) fn unwritten(field: &str) -> std::result::Result<String, String> {
    match field.starts_with('"') {
        true => serde_json::from_str(field).map_err(|_| field.to_owned()),
        false => Ok(field.to_owned()),
    }
}
