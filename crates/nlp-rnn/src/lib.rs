#![doc = include_str!("../README.md")]

mod labelled_texts;
mod language_model;
mod linear;
mod pad_sequences;
mod recurrent;
mod simd;

pub use labelled_texts::LabelledTexts;
pub use language_model::{
    ContinuousCache, Generation, LanguageModel, LanguageModelParams, Perplexity, Training,
    WordStream,
};
pub use linear::{
    ClassifierReport, LabelProbabilities, LinearClassifier, LinearClassifierParams,
    LinearTrainingReport,
};
pub use pad_sequences::{PadSequences, Side};
pub use recurrent::{
    Biases, Cell, GateOrder, InputColumns, MaskedOutput, OutputColumns, Recurrent, RecurrentIds,
    RecurrentParams, RecurrentStack, Reset, Squash, StackParams, StackState, State, Steps,
};
