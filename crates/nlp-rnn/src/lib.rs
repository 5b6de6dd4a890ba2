#![doc = include_str!("../README.md")]

mod labelled_texts;
mod linear;
mod pad_sequences;

pub use labelled_texts::LabelledTexts;
pub use linear::{
    ClassifierReport, LabelProbabilities, LinearClassifier, LinearClassifierParams,
    LinearTrainingReport,
};
pub use pad_sequences::{PadSequences, Side};
