//! Values as people write them in a table: numbers, prices, missing values, and how a column decides unclear ones.

mod currency;
mod finding;
mod number;
mod price;
mod price_column;
#[cfg(test)]
mod price_tests;
mod text;
mod vote;

pub(crate) use currency::{Currency, currency, currency_at, joined};
pub(crate) use finding::{Findings, ValueFinding};
pub(crate) use guide_core::table::is_missing as missing;
pub(crate) use number::{GUESSED_DECIMAL, number};
pub(crate) use price_column::PriceColumn;
pub(crate) use text::{plain_character, plain_characters};
pub(crate) use vote::{Column, Reading, Votes};
