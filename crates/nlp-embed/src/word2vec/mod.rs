//! word2vec (Mikolov, Chen, Corrado, Dean, 2013, "Efficient Estimation of Word Representations in Vector Space"; Mikolov,
//! Sutskever, Chen, Corrado, Dean, 2013, "Distributed Representations of Words and Phrases and their Compositionality").

mod encode;
mod first;
mod huffman;
mod model;
mod params;
mod plan;
mod rows;
mod sampling;
mod shard;
mod subwords;
#[cfg(test)]
mod tests;
mod train;

pub use model::{TrainingReport, TrainingText, Word2Vec};
pub use params::{Architecture, FirstVectors, Word2VecParams};
