#![doc = include_str!("../README.md")]

mod bio;
mod crf;
mod gazetteer;
mod recurrent;
mod simd;
mod tagged_folder;
mod tagger;
mod word_features;

pub use bio::{BioTag, Span, SpanCounts, SpanReport, SpanRule, broken_tags, spans};
pub use crf::{AllowedTags, Crf, CrfScores, TagBatch};
pub use gazetteer::{Gazetteer, Mark};
pub use recurrent::{
    Biases, Cell, GateOrder, InputColumns, MaskedOutput, OutputColumns, Recurrent, RecurrentIds,
    RecurrentParams, RecurrentStack, Reset, Squash, StackParams, StackState, State, Steps,
};
pub use tagged_folder::{TaggedFolder, TaggedNotes, TaggedSentence, read_tagged_folder};
pub use tagger::{Tagged, Tagger, TaggerData, TaggerParams, TaggerReport};
pub use word_features::{UNKNOWN, WordFeatures, WordFeaturesParams, WordRow, WordShape};
