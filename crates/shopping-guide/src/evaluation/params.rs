//! How a guide is measured.

use guide_core::{Params, Result, ensure};
use serde::{Deserialize, Serialize};

use crate::EventKind;

/// How a guide is measured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct EvaluationParams {
    /// The part of the baskets (of the events, where there are none), last by time, that is held out. It counts for
    /// [`Evaluation::run`](crate::Evaluation::run) and
    /// [`GuideBuilder::build_measured`](crate::GuideBuilder::build_measured), which cut the log themselves.
    pub test_fraction: f32,
    /// How many hits are looked at.
    pub k: usize,
    /// Events that count as a success; none for all, purchases and good ratings included.
    pub only: Option<EventKind>,
    /// Shoppers that are asked, at most (5,000): drawn by the seed from those who can be asked.
    pub shoppers: usize,
    /// The start of all draws: of the shoppers, and of the samples behind the intervals.
    pub seed: u64,
    /// Whether the guide is also measured without each of its sources (yes). The sources are not asked again: it costs one
    /// more fusion of their lists for each source.
    pub without_each: bool,
}

impl Default for EvaluationParams {
    fn default() -> Self {
        Self {
            test_fraction: 0.1,
            k: 20,
            only: None,
            shoppers: 5000,
            seed: 0,
            without_each: true,
        }
    }
}

guide_core::setters!(EvaluationParams {
    test_fraction: f32,
    k: usize,
    only: Option<EventKind>,
    shoppers: usize,
    seed: u64,
    without_each: bool,
});

impl Params for EvaluationParams {
    fn validate(&self) -> Result<()> {
        ensure::within("test_fraction", self.test_fraction, 0.0, 1.0)?;
        ensure::at_least_one("k", self.k)?;
        ensure::at_least_one("shoppers", self.shoppers)
    }
}
