#![doc = include_str!("../README.md")]

mod corpus;
mod text_file;
mod tokenize;
mod vocabulary;

pub use corpus::Sentences;
pub use text_file::{InvalidUtf8, TextFile};
#[cfg(feature = "chinese")]
pub use tokenize::Chinese;
pub use tokenize::{
    CHINESE_STOP_WORDS, Characters, ENGLISH_STOP_WORDS, StopWords, Tokenize, Whitespace, Words,
};
pub use vocabulary::{Vocabulary, VocabularyParams};
