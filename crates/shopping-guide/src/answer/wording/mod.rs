//! The texts of answers: one file a language, with the same functions in each.

pub(super) mod chinese;
pub(super) mod english;
#[cfg(test)]
mod tests;
