//! What an event counts, by its kind and value.

use serde::{Deserialize, Serialize};

use crate::EventKind;
use crate::guide::{EventWeights, ViewedRule};

/// How the events of a log are weighed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Weighing {
    /// The kinds of events, and whether what was only viewed is left out of answers.
    pub(crate) rule: ViewedRule,
    /// The lowest and the highest rating, in double precision: their difference may be beyond `f32`.
    ratings: Option<(f64, f64)>,
}

impl Weighing {
    /// For a log with these kinds and values.
    pub(super) fn new(
        rule: ViewedRule,
        events: impl Iterator<Item = (EventKind, Option<f32>)>,
    ) -> Self {
        let stars = events.filter(|(kind, _)| *kind == EventKind::Rating);
        let stars = stars.filter_map(|(_, value)| value.map(f64::from));
        let wider = |scale: Option<(f64, f64)>, stars: f64| {
            let (worst, best) = scale.unwrap_or((stars, stars));
            Some((worst.min(stars), best.max(stars)))
        };
        Self {
            rule,
            ratings: stars.fold(None, wider),
        }
    }

    /// What an event counts: a rating by where it lies between the worst of the log (0) and the best (1); any other by its kind, as
    /// `weights` say.
    pub(crate) fn weight(
        &self,
        weights: &EventWeights,
        kind: EventKind,
        value: Option<f32>,
    ) -> f32 {
        match (kind, value) {
            (EventKind::Rating, Some(value)) => weights.rating * self.place(value),
            (kind, _) => weights.of(self.rule.counts_as(kind)),
        }
    }

    /// Ratings that came after the log was weighed may lie beyond its worst and best.
    fn place(&self, value: f32) -> f32 {
        match self.ratings {
            Some((worst, best)) if best > worst => {
                (((f64::from(value) - worst) / (best - worst)) as f32).clamp(0.0, 1.0)
            }
            _ => 1.0,
        }
    }

    /// Whether the numbers of a file make sense.
    pub(super) fn is_sound(&self) -> bool {
        let sound =
            |&(worst, best): &(f64, f64)| worst.is_finite() && best.is_finite() && worst <= best;
        self.ratings.iter().all(sound)
    }
}
