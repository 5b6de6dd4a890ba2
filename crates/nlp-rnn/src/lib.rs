#![doc = include_str!("../README.md")]

mod bio;
mod classifier;
mod crf;
mod first_vectors;
mod gazetteer;
mod labelled_table;
mod labelled_texts;
mod language_model;
mod linear;
mod memory;
mod pad_sequences;
mod recurrent;
mod simd;
mod tagged_folder;
mod tagger;
mod text_classifier;
mod word_features;

pub use bio::{BioTag, Span, SpanCounts, SpanReport, SpanRule, broken_tags, spans};
pub use classifier::{
    BestBy, ClassifierBuffers, Pooling, RecurrentClassifier, RecurrentClassifierParams,
    RecurrentTrainingReport,
};
pub use crf::{AllowedTags, Crf, CrfScores, TagBatch};
pub use gazetteer::{Gazetteer, Mark};
pub use labelled_table::{LabelledTable, read_labelled_table};
pub use labelled_texts::LabelledTexts;
pub use language_model::{
    ContinuousCache, Conventions, Generation, LanguageModel, LanguageModelParams, Perplexity,
    Training,
};
pub use linear::{LinearClassifier, LinearClassifierParams, LinearTrainingReport};
pub use pad_sequences::{PadSequences, Side};
pub use recurrent::{
    Biases, Cell, GateOrder, InputColumns, MaskedOutput, OutputColumns, Recurrent, RecurrentIds,
    RecurrentParams, RecurrentStack, Reset, Squash, StackParams, StackState, State, Steps,
};
pub use tagged_folder::{TaggedFolder, TaggedNotes, TaggedSentence, read_tagged_folder};
pub use tagger::{Tagged, TaggedText, Tagger, TaggerData, TaggerParams, TaggerReport};
pub use text_classifier::{
    ClassifierReport, LabelProbabilities, TextClassifier, load_text_classifier,
};
pub use word_features::{UNKNOWN, WordFeatures, WordFeaturesParams, WordRow, WordShape};

// What the signatures of this crate name, so that a program needs no dependency of its own on the crates below.
pub use guide_core;
pub use guide_core::table::TableFormat;
pub use guide_core::{
    Cancel, EarlyStopping, EpochReport, Error, ErrorKind, Fit, Params, Persist, Progress, Result,
    Silent, ndarray,
};
pub use nlp_embed;
pub use nlp_embed::{
    Sentences, TfIdf, TfIdfParams, TfIdfRow, Tokenize, Vocabulary, WordTokenizer, WordVectors,
};
pub use nn_core;
pub use nn_core::{
    Calibration, ClassWeight, Confusion, Grads, History, Init, LinearModelReport,
    LogisticRegression, LogisticRegressionParams, Pass, Room, Watch, WeightId, Weights,
};
