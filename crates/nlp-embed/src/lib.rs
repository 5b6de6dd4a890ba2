#![doc = include_str!("../README.md")]

mod corpus;
mod vocabulary;

pub use corpus::Sentences;
pub use vocabulary::Vocabulary;
