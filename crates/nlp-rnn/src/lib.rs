#![doc = include_str!("../README.md")]

mod language_model;
mod recurrent;
mod simd;

pub use language_model::{
    ContinuousCache, Generation, LanguageModel, LanguageModelParams, Perplexity, Training,
    WordStream,
};
pub use recurrent::{
    Biases, Cell, GateOrder, InputColumns, MaskedOutput, OutputColumns, Recurrent, RecurrentIds,
    RecurrentParams, RecurrentStack, Reset, Squash, StackParams, StackState, State, Steps,
};
