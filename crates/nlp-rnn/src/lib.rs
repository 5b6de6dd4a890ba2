#![doc = include_str!("../README.md")]

mod classifier;
mod labelled_texts;
mod language_model;
mod linear;
mod pad_sequences;
mod recurrent;
mod simd;
mod text_classifier;

pub use classifier::{
    BestBy, ClassifierBuffers, Pooling, RecurrentClassifier, RecurrentClassifierParams,
    RecurrentTrainingReport,
};
pub use labelled_texts::LabelledTexts;
pub use language_model::{
    ContinuousCache, Generation, LanguageModel, LanguageModelParams, Perplexity, Training,
    WordStream,
};
pub use linear::{LinearClassifier, LinearClassifierParams, LinearTrainingReport};
pub use pad_sequences::{PadSequences, Side};
pub use recurrent::{
    Biases, Cell, GateOrder, InputColumns, MaskedOutput, OutputColumns, Recurrent, RecurrentIds,
    RecurrentParams, RecurrentStack, Reset, Squash, StackParams, StackState, State, Steps,
};
pub use text_classifier::{
    ClassifierReport, LabelProbabilities, TextClassifier, load_text_classifier,
};
