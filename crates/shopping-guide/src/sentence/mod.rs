//! Reads a shopper's sentence: protected codes, and quantities with their units and bounds.

pub(crate) mod codes;
pub(crate) mod quantities;
mod text;
