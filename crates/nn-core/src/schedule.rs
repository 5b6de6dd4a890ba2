//! Schedules: what the learning rate is multiplied by, from epoch to epoch and in the first steps.

use guide_core::{Params, Result, ensure, setters};
use serde::{Deserialize, Serialize};

/// The course over the epochs.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Course {
    /// 1.
    Constant,
    /// `γ^⌊(epoch − 1) / every⌋`: PyTorch's `StepLR`.
    Step {
        /// Epochs between two falls.
        every: usize,
        /// `γ`.
        gamma: f32,
    },
    /// `low + (1 − low) (1 + cos(π (epoch − 1) / over)) / 2`, `low` from then on: PyTorch's `CosineAnnealingLR` (Loshchilov, Hutter, 2017).
    Cosine {
        /// Epochs down to `low`.
        over: usize,
        /// Where it ends.
        low: f32,
    },
    /// 1 up to and with epoch `after`, then `γ` more with each epoch: `γ^max(epoch − after, 0)`.
    Decay {
        /// Epochs at 1.
        after: usize,
        /// `γ`.
        gamma: f32,
    },
    /// Times `γ` whenever the watched loss has not fallen by a part of 1e-4 for more than `patience` epochs: PyTorch's
    /// `ReduceLROnPlateau`.
    Plateau {
        /// Epochs without a fall before the rate falls.
        patience: usize,
        /// `γ`.
        gamma: f32,
    },
}

/// The factor of the learning rate.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Schedule {
    /// The course over the epochs.
    pub course: Course,
    /// In the first steps of a training the rate climbs to its height in this many equal parts; 0 for none.
    pub warm_up: usize,
}

setters!(Schedule {
    course: Course,
    warm_up: usize,
});

impl Default for Schedule {
    /// Always 1.
    fn default() -> Self {
        Self {
            course: Course::Constant,
            warm_up: 0,
        }
    }
}

impl Params for Schedule {
    fn validate(&self) -> Result<()> {
        match self.course {
            Course::Constant => Ok(()),
            Course::Step { every, gamma } => {
                ensure::at_least_one("course.step.every", every)?;
                ensure::positive("course.step.gamma", gamma)
            }
            Course::Cosine { over, low } => {
                ensure::at_least_one("course.cosine.over", over)?;
                ensure::within("course.cosine.low", low, 0.0, 1.0)
            }
            Course::Decay { gamma, .. } => ensure::positive("course.decay.gamma", gamma),
            Course::Plateau { gamma, .. } => {
                ensure::within("course.plateau.gamma", gamma, 0.0, 1.0)
            }
        }
    }
}

/// A schedule on its way.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ScheduleState {
    schedule: Schedule,
    best: f64,
    epochs_since: usize,
    reduced: f32,
}

/// PyTorch's `threshold` of a plateau.
const FALL: f64 = 1e-4;

impl ScheduleState {
    /// Before the first epoch.
    pub fn new(schedule: Schedule) -> Self {
        Self {
            schedule,
            best: f64::INFINITY,
            epochs_since: 0,
            reduced: 1.0,
        }
    }

    /// The factor in `epoch` (from 1) at step number `step` (from 1, over all epochs).
    ///
    /// ```
    /// use nn_core::{Course, Schedule, ScheduleState};
    /// let halves = Schedule::default().course(Course::Step { every: 2, gamma: 0.5 }).warm_up(4);
    /// let schedule = ScheduleState::new(halves);
    /// assert_eq!(schedule.factor(1, 1), 0.25);
    /// assert_eq!(schedule.factor(1, 4), 1.0);
    /// assert_eq!(schedule.factor(3, 9), 0.5);
    /// ```
    pub fn factor(&self, epoch: usize, step: u64) -> f32 {
        let done = epoch.saturating_sub(1);
        let course = match self.schedule.course {
            Course::Constant => 1.0,
            Course::Step { every, gamma } => {
                gamma.powi(i32::try_from(done / every.max(1)).unwrap_or(i32::MAX))
            }
            Course::Cosine { over, low } => {
                let part = done.min(over) as f32 / over.max(1) as f32;
                low + (1.0 - low) * 0.5 * (1.0 + (std::f32::consts::PI * part).cos())
            }
            Course::Decay { after, gamma } => {
                gamma.powi(i32::try_from(epoch.saturating_sub(after)).unwrap_or(i32::MAX))
            }
            Course::Plateau { .. } => self.reduced,
        };
        let warm_up = self.schedule.warm_up as u64;
        if step < warm_up {
            course * step as f32 / warm_up as f32
        } else {
            course
        }
    }

    /// Takes in the watched loss at the end of an epoch.
    pub fn observe(&mut self, loss: f64) {
        let Course::Plateau { patience, gamma } = self.schedule.course else {
            return;
        };
        if loss < self.best * (1.0 - FALL) {
            self.best = loss;
            self.epochs_since = 0;
        } else {
            self.epochs_since += 1;
        }
        if self.epochs_since > patience {
            self.reduced *= gamma;
            self.epochs_since = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use guide_core::testing::refuses;

    use super::*;

    #[test]
    fn bad_values_are_refused_by_name() {
        let schedule = |course| Schedule::default().course(course);
        let step = schedule(Course::Step {
            every: 1,
            gamma: 0.5,
        });
        refuses(
            &step,
            &[("course.step.every", "0"), ("course.step.gamma", "0")],
        );
        let cosine = schedule(Course::Cosine { over: 1, low: 0.0 });
        refuses(
            &cosine,
            &[("course.cosine.over", "0"), ("course.cosine.low", "2")],
        );
        let decay = schedule(Course::Decay {
            after: 1,
            gamma: 0.5,
        });
        refuses(&decay, &[("course.decay.gamma", "0")]);
        let state = ScheduleState::new(decay);
        assert_eq!(
            [1, 2, 3].map(|epoch| state.factor(epoch, 1)),
            [1.0, 0.5, 0.25]
        );
        let plateau = schedule(Course::Plateau {
            patience: 1,
            gamma: 0.5,
        });
        refuses(&plateau, &[("course.plateau.gamma", "-1")]);
    }
}
