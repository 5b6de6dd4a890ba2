//! What can be set of a live guide.

use guide_core::{Params, Result, ensure};
use serde::{Deserialize, Serialize};

/// Parameters of a [`LiveGuide`](crate::LiveGuide).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct LiveParams {
    /// Changes after which the guide takes them into its log and counts anew, in the background (50,000). Answers are the same before and
    /// after; with fewer changes they take less time.
    pub settle_after: usize,
    /// Events that are older than so many days before the latest are dropped when the guide is settled or fitted again, those too that wait for
    /// their product; none keeps all. Events without a time stay.
    pub keep_days: Option<f32>,
    /// Of each shopper only so many events are kept when the guide is settled or fitted again, the latest by time; none keeps all.
    pub keep_events: Option<usize>,
}

impl Default for LiveParams {
    fn default() -> Self {
        Self {
            settle_after: 50_000,
            keep_days: None,
            keep_events: None,
        }
    }
}

guide_core::setters!(LiveParams {
    settle_after: usize,
    keep_days: Option<f32>,
    keep_events: Option<usize>,
});

impl Params for LiveParams {
    fn validate(&self) -> Result<()> {
        ensure::at_least_one("settle_after", self.settle_after)?;
        self.keep_days
            .map_or(Ok(()), |days| ensure::positive("keep_days", days))?;
        self.keep_events
            .map_or(Ok(()), |events| ensure::at_least_one("keep_events", events))
    }
}
