#![doc = include_str!("../README.md")]

mod answer;
mod catalog;
mod evaluation;
mod events;
mod finite;
mod fusion;
mod guide;
mod query;
mod read_report;
mod source;
mod table;
mod time;
mod value;
mod written_text;

pub use answer::{Answer, Explanation, Hit, NoHits, Reason, Rung, Standing};
pub use catalog::{Catalog, CatalogColumns, Product};
pub use evaluation::{BetterSource, Evaluation, EvaluationParams, Measured};
pub use events::{Event, EventColumns, EventKind, Events};
pub use fusion::{ContextWeights, FusionParams};
pub use guide::{
    BuildReport, EventWeights, FactorTrial, Guide, GuideBuilder, GuideParams, MeasuredGuide,
    TuneReport, Viewed, ViewedRule,
};
pub use guide_core::table::TableFormat;
pub use guide_core::{
    Cancel, EarlyStopping, EpochReport, Error, Header, Params, Persist, Progress, Result, Scored,
    Silent, by_name, model_file,
};
/// A moment, for [`Event::at`] and [`Product::at`].
pub use jiff::Timestamp;
pub use query::{Boost, Cursor, Filters, Query, Who};
pub use read_report::{ColumnUse, Finding, ReadReport, Remedy, UnusedColumn};
pub use recsys_cf::{ItemBm25, ItemCosine, ItemSimilarity, ItemTfidf, ItemTopParams, Weighting};
pub use recsys_core::{ItemId, UserId};
pub use recsys_mf::{Confidence, Ials, IalsParams, Solver};
pub use source::{AttributeParams, Request, Source};
