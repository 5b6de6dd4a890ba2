#![doc = include_str!("../README.md")]

mod corpus;
mod evaluate;
mod glove;
mod phrases;
mod text_file;
mod tfidf;
mod tokenize;
mod trained;
mod vectors;
mod vocabulary;
mod word2vec;

pub use corpus::Sentences;
pub use evaluate::{
    Analogies, AnalogyReport, AnalogySection, EvaluationParams, PairReport, WordPairs,
};
pub use glove::{Glove, GloveParams, GloveReport};
pub use phrases::{ENGLISH_CONNECTOR_WORDS, Joined, PhraseScoring, Phrases, PhrasesParams};
pub use text_file::{InvalidUtf8, TextFile};
pub use tfidf::{NgramKind, TfIdf, TfIdfParams, TfIdfRow, WordTokenizer};
#[cfg(feature = "chinese")]
pub use tokenize::Chinese;
pub use tokenize::{
    CHINESE_STOP_WORDS, Characters, ENGLISH_STOP_WORDS, StopWords, Tokenize, Whitespace, Words,
};
pub use vectors::{OnBadRow, Sif, SkippedRows, VectorFile, VectorFormat, WordVectors};
pub use vocabulary::{Vocabulary, VocabularyParams};
pub use word2vec::{
    Architecture, FirstVectors, TrainingReport, TrainingText, Word2Vec, Word2VecParams,
};

// What the signatures of this crate name, so that a program needs no dependency of its own on the crates below.
pub use guide_core;
pub use guide_core::{
    Cancel, EarlyStopping, EpochReport, Error, ErrorKind, Fit, Params, Persist, Progress, Result,
    Scored, Silent, SparseRows, Vectors, ndarray,
};
