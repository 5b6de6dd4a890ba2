#![doc = include_str!("../README.md")]

mod answer;
mod catalog;
mod evaluation;
mod events;
mod finite;
mod fold;
mod fusion;
mod guide;
mod id;
mod live;
mod noise;
mod query;
mod read_report;
mod sentence;
mod source;
mod table;
mod time;
mod trace;
#[cfg(feature = "tracing")]
mod tracing_progress;
mod value;
mod written_text;

pub use answer::{
    Answer, Counterfactual, Evidence, Explanation, Hit, Language, NamedProduct, NoHits, Reason,
    Rung, ScorePart, Standing, WordedReason,
};
pub use catalog::{Catalog, CatalogColumns, Product};
pub use evaluation::{
    BetterSource, Comparison, Difference, Evaluation, EvaluationGroup, EvaluationParams,
    GroupMeasured, MeanScores, Measured, SkippedEvents, WithoutSource,
};
pub use events::{Event, EventColumns, EventKind, Events};
pub use fusion::{ContextWeights, FusionParams};
pub use guide::{
    Asked, BuildReport, EventWeights, FactorTrial, Guide, GuideBuilder, GuideParams, MeasuredGuide,
    TuneReport, Viewed, ViewedRule,
};
pub use guide_core::table::TableFormat;
pub use guide_core::{
    Bitmap, Cancel, EarlyStopping, EpochReport, Error, ErrorKind, Fit, Header, Params, Persist,
    Progress, Result, Scored, Silent, by_name, model_file,
};
pub use id::Id;
/// A point in time of the crate `jiff`, for [`Moment`].
pub use jiff::Timestamp;
pub use live::{
    Change, FileJournal, Forgotten, Journal, JournalEntry, LiveGuide, LiveParams, Observed, Opened,
    Replayed, SyncMode, Trace,
};
pub use noise::{NoiseParams, NoiseReport};
pub use query::{Boost, Cursor, Filters, Query, Who};
pub use read_report::{ColumnUse, Finding, ReadReport, Remedy, UnusedColumn};
pub use recsys_cf::{ItemBm25, ItemCosine, ItemSimilarity, ItemTfidf, ItemTopParams, Weighting};
pub use recsys_core::{ItemId, UserId};
#[cfg(feature = "neural")]
pub use recsys_deep::{DmfLoss, DmfParams};
pub use recsys_mf::{Confidence, Ials, IalsParams, Solver};
pub use sentence::quantities::{Bound, Interval, Quantity, Unit, UnitKind, quantities};
pub use sentence::{
    Conversation, FoundBy, Intent, Polarity, Rest, Says, SentenceReader, Slot, Sort, Strength,
    Understood,
};
pub use source::{AttributeParams, Request, Source, TextParams};
pub use time::Moment;
#[cfg(feature = "tracing")]
pub use tracing_progress::TracingProgress;
