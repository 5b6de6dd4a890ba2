//! Usage errors, which exit with 2, and the checks of single flags.

use std::fmt;

use clap::builder::RangedU64ValueParser;
use guide_core::Error;

/// What the command line asks for cannot be: whatever the files hold.
#[derive(Debug)]
pub struct Usage(String);

impl fmt::Display for Usage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Usage {}

/// A usage error in these words.
pub fn usage(words: impl fmt::Display) -> anyhow::Error {
    Usage(words.to_string()).into()
}

/// An error about the parameter `name` of the library, said of the flag that was typed.
pub fn of_flag(error: Error, name: &str, flag: &str) -> anyhow::Error {
    match error {
        Error::Param {
            name: found,
            value,
            expected,
        } if found == name => usage(format!("{flag} must be {expected}, but is {value}")),
        other => other.into(),
    }
}

/// Reads `KEY=VALUE`.
pub fn key_value(text: &str) -> Result<(String, String), String> {
    let pair = text
        .split_once('=')
        .ok_or_else(|| format!("`{text}` is not KEY=VALUE"))?;
    Ok((pair.0.trim().to_owned(), pair.1.trim().to_owned()))
}

/// Reads one entry of a list that is separated by commas, without the blanks around it.
pub fn listed(text: &str) -> Result<String, String> {
    match text.trim() {
        "" => Err("there is nothing between two commas, or before or behind one".to_owned()),
        entry => Ok(entry.to_owned()),
    }
}

/// Reads a number; one that is written out and beyond the largest number is refused with its value.
pub fn number(text: &str) -> Result<f32, String> {
    let text = text.trim();
    let (single, double) = (text.parse::<f32>(), text.parse::<f64>());
    match (single, double) {
        (Ok(single), Ok(double)) if single.is_infinite() && double.is_finite() => Err(format!(
            "{text} is beyond the largest number, {:e}",
            f32::MAX
        )),
        (Ok(single), _) => Ok(single),
        (Err(_), _) => Err(format!("`{text}` is no number")),
    }
}

/// Reads a whole number from 1.
pub fn at_least_one() -> RangedU64ValueParser<usize> {
    RangedU64ValueParser::new().range(1..)
}

/// Reads a part of a whole that leaves something on both sides.
pub fn fraction(text: &str) -> Result<f32, String> {
    match text.parse() {
        Ok(part) if part > 0.0 && part < 1.0 => Ok(part),
        _ => Err("it must be above 0 and below 1".to_owned()),
    }
}

/// Reads a part of a whole, 0 for nothing of it.
pub fn fraction_or_none(text: &str) -> Result<f32, String> {
    match text.parse() {
        Ok(part) if (0.0..1.0).contains(&part) => Ok(part),
        _ => Err("it must be at least 0 and below 1".to_owned()),
    }
}
