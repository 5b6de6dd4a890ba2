//! The training loop: batches, one after the other, each a step of the optimiser.

use std::ops::ControlFlow;
use std::time::Instant;

use guide_core::{EpochReport, Error, Params, Progress, Result, ensure, setters, stream};
use serde::{Deserialize, Serialize};

use crate::{Batch, Grads, Objective, Optimizer, OptimizerState, Schedule, ScheduleState, Weights};

/// Receives a report after each epoch and may stop the training.
pub trait Watch {
    /// Called after each epoch.
    fn epoch(&mut self, record: &EpochRecord) -> ControlFlow<()>;

    /// Called every few steps.
    fn within_epoch(&mut self) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }
}

/// The parameters of a training.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Trainer {
    /// Passes over the examples.
    pub n_epochs: usize,
    /// Examples in a step, in whole groups ([`Objective::group`]).
    pub batch_size: usize,
    /// What a step does.
    pub optimizer: Optimizer,
    /// How its learning rate changes.
    pub schedule: Schedule,
    /// Epochs without a better validation after which the training ends; 0 for never. Objectives without a validation refuse
    /// another value.
    pub patience: usize,
    /// At the end, also an interrupted one, goes back to the weights of the best validation; without a validation those of the
    /// last step stay.
    pub keep_best: bool,
    /// Order of the examples and dropout.
    pub seed: u64,
}

setters!(Trainer {
    n_epochs: usize,
    batch_size: usize,
    optimizer: Optimizer,
    schedule: Schedule,
    patience: usize,
    keep_best: bool,
    seed: u64,
});

impl Default for Trainer {
    /// 10 epochs of batches of 256, [`Optimizer::adam`] of 1e-3, the best weights kept.
    fn default() -> Self {
        Self {
            n_epochs: 10,
            batch_size: 256,
            optimizer: Optimizer::adam(1e-3),
            schedule: Schedule::default(),
            patience: 0,
            keep_best: true,
            seed: 0,
        }
    }
}

impl Params for Trainer {
    fn validate(&self) -> Result<()> {
        ensure::at_least_one("n_epochs", self.n_epochs)?;
        ensure::at_least_one("batch_size", self.batch_size)?;
        self.optimizer
            .validate()
            .map_err(|e| within("optimizer", e))?;
        self.schedule.validate().map_err(|e| within("schedule", e))
    }
}

/// The error of a nested parameter, by its dotted name.
fn within(field: &str, error: Error) -> Error {
    match error {
        Error::Param {
            name,
            value,
            expected,
        } => Error::param(&format!("{field}.{name}"), value, expected),
        other => other,
    }
}

/// One epoch of a training.
#[derive(Clone, Debug, PartialEq)]
pub struct EpochRecord {
    /// From 1.
    pub epoch: usize,
    /// Epochs asked for.
    pub n_epochs: usize,
    /// Mean loss of the examples, each as it was met.
    pub loss: f64,
    /// What [`Objective::validate`] gave.
    pub validation: Option<f64>,
    /// What [`Objective::measure`] gave.
    pub measured: Option<f64>,
    /// The learning rate of the last step.
    pub learning_rate: f32,
    /// Seconds for its steps, without the validation and the measurement.
    pub seconds: f64,
}

/// Why a training ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// All epochs are done.
    Finished,
    /// Nothing better for [`Trainer::patience`] epochs.
    Early,
    /// The caller broke off.
    Interrupted,
}

/// A training that is over.
#[derive(Clone, Debug, PartialEq)]
pub struct History {
    /// Its epochs.
    pub epochs: Vec<EpochRecord>,
    /// The epoch whose weights the model has, 0 for the first weights. A training that was broken off within an epoch, with no
    /// best one to go back to, has those of the last step after it.
    pub kept_epoch: usize,
    /// Why it ended.
    pub ending: Ending,
}

/// Passes each epoch on to `progress`, as the last argument of [`Trainer::train_watched`].
pub fn report_to<'p>(algorithm: &'static str, progress: &'p dyn Progress) -> impl Watch + 'p {
    Report {
        algorithm,
        progress,
    }
}

struct Report<'p> {
    algorithm: &'static str,
    progress: &'p dyn Progress,
}

impl Watch for Report<'_> {
    fn epoch(&mut self, record: &EpochRecord) -> ControlFlow<()> {
        self.progress.epoch(&EpochReport {
            algorithm: self.algorithm,
            epoch: record.epoch,
            n_epochs: record.n_epochs,
            loss: Some(record.loss),
        })
    }

    fn within_epoch(&mut self) -> ControlFlow<()> {
        self.progress.within_epoch()
    }
}

/// A closure that is called after each epoch.
impl<F: FnMut(&EpochRecord) -> ControlFlow<()>> Watch for F {
    fn epoch(&mut self, record: &EpochRecord) -> ControlFlow<()> {
        self(record)
    }
}

/// A listener that does nothing.
struct Unwatched;

impl Watch for Unwatched {
    fn epoch(&mut self, _: &EpochRecord) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }
}

/// The best validation so far, with its weights.
struct Best {
    validation: Option<f64>,
    epoch: usize,
    weights: Weights,
}

impl Trainer {
    /// Trains `weights` in place.
    ///
    /// # Errors
    /// As [`Trainer::train_watched`].
    pub fn train(&self, weights: &mut Weights, objective: &mut impl Objective) -> Result<History> {
        self.train_watched("network", weights, objective, &mut Unwatched)
    }

    /// Trains `weights` in place; errors and reports name `algorithm`. `watch`, which may be a closure over [`EpochRecord`], may end the
    /// training after an epoch or within one; the weights are then the best ones where there is a validation and
    /// [`Trainer::keep_best`] is set, else those of the last step.
    ///
    /// # Errors
    /// Bad parameters, no examples, or [`Error::Diverged`] with `algorithm`, epoch and step at the first loss, or at the end of an
    /// epoch the first weight, that is not finite; the weights are then the best ones, or those before the first step.
    pub fn train_watched(
        &self,
        algorithm: &'static str,
        weights: &mut Weights,
        objective: &mut impl Objective,
        watch: &mut dyn Watch,
    ) -> Result<History> {
        self.validate()?;
        if objective.n_examples() == 0 {
            return Err(Error::empty("the set of training examples"));
        }
        let mut best = Best {
            validation: None,
            epoch: 0,
            weights: weights.clone(),
        };
        let mut run = Run {
            trainer: self,
            algorithm,
            optimizer: OptimizerState::new(self.optimizer.clone(), weights),
            schedule: ScheduleState::new(self.schedule),
            grads: Grads::of(weights),
            examples: Vec::new(),
        };
        let mut epochs: Vec<EpochRecord> = Vec::new();
        let mut ending = Ending::Finished;
        for epoch in 1..=self.n_epochs {
            objective.begin_epoch(epoch);
            let record = run.epoch(epoch, weights, objective, watch);
            let record = record.inspect_err(|_| weights.copy_from(&best.weights))?;
            let Some(record) = record else {
                ending = Ending::Interrupted;
                break;
            };
            if self.patience > 0 && record.validation.is_none() {
                let expected = "0 where nothing is held out to watch";
                weights.copy_from(&best.weights);
                return Err(Error::param("patience", self.patience, expected));
            }
            let watched = record.validation.unwrap_or(record.loss);
            run.schedule.observe(watched);
            let better = |validation: f64| best.validation.is_none_or(|best| validation < best);
            if record.validation.is_some_and(better) {
                best.validation = record.validation;
                best.epoch = epoch;
                if self.keep_best {
                    best.weights.copy_from(weights);
                }
            }
            let goes_on = watch.epoch(&record);
            epochs.push(record);
            if goes_on.is_break() {
                ending = Ending::Interrupted;
                break;
            }
            if self.patience > 0 && epoch - best.epoch >= self.patience {
                ending = Ending::Early;
                break;
            }
        }
        let mut kept_epoch = epochs.len();
        if self.keep_best && best.validation.is_some() {
            weights.copy_from(&best.weights);
            kept_epoch = best.epoch;
        }
        Ok(History {
            epochs,
            kept_epoch,
            ending,
        })
    }
}

/// Steps between two looks at whether the training is to go on.
const STEPS_A_LOOK: usize = 32;

/// A training under way.
struct Run<'t> {
    trainer: &'t Trainer,
    algorithm: &'static str,
    optimizer: OptimizerState,
    schedule: ScheduleState,
    grads: Grads,
    /// The examples of the batch under way.
    examples: Vec<usize>,
}

impl Run<'_> {
    /// All steps of an epoch; `None` when it was broken off.
    fn epoch(
        &mut self,
        epoch: usize,
        weights: &mut Weights,
        objective: &mut impl Objective,
        watch: &mut dyn Watch,
    ) -> Result<Option<EpochRecord>> {
        let started = Instant::now();
        let trainer = self.trainer;
        let group = objective.group().max(1);
        let size = (trainer.batch_size / group).max(1);
        let batches = objective.batches(epoch, size, epoch_seed(trainer.seed, epoch))?;
        let n_batches = batches.iter().len();
        let mut batches = batches.iter();
        let (mut total, mut steps) = (0.0, 0);
        while steps < n_batches {
            if watch.within_epoch().is_break() {
                return Ok(None);
            }
            // Inside the pool, so that no step has to wake it from outside.
            let sum = rayon::scope(|_| {
                let mut sum = 0.0;
                for groups in batches.by_ref().take(STEPS_A_LOOK) {
                    steps += 1;
                    let members = groups.iter().flat_map(|&g| g * group..(g + 1) * group);
                    self.examples.clear();
                    self.examples.extend(members);
                    let loss = self.step(epoch, weights, objective);
                    if !loss.is_finite() {
                        return Err(self.diverged(epoch, steps, loss));
                    }
                    sum += loss;
                }
                Ok(sum)
            });
            total += sum?;
        }
        if let Some((_, weight)) = weights.not_finite() {
            return Err(self.diverged(epoch, steps, f64::from(weight)));
        }
        let seconds = started.elapsed().as_secs_f64();
        let validation = objective.validate(weights);
        if let Some(loss) = validation.filter(|loss| !loss.is_finite()) {
            return Err(self.diverged(epoch, steps, loss));
        }
        let factor = self.schedule.factor(epoch, self.optimizer.steps());
        Ok(Some(EpochRecord {
            epoch,
            n_epochs: trainer.n_epochs,
            loss: total / objective.n_losses() as f64,
            validation,
            measured: objective.measure(weights),
            learning_rate: trainer.optimizer.learning_rate * factor,
            seconds,
        }))
    }

    fn diverged(&self, epoch: usize, step: usize, loss: f64) -> Error {
        Error::Diverged {
            algorithm: self.algorithm,
            epoch,
            step,
            loss,
        }
    }

    /// One step; returns the sum of the losses. A loss that is not finite leaves the weights as they were.
    fn step(&mut self, epoch: usize, weights: &mut Weights, objective: &mut impl Objective) -> f64 {
        let number = self.optimizer.steps() + 1;
        self.grads.clear_but(objective.overwrites());
        let batch = Batch {
            examples: &self.examples,
            seed: self.trainer.seed,
            step: number,
        };
        let loss = objective.learn(weights, batch, &mut self.grads);
        if loss.is_finite() {
            objective.commit(weights);
            let factor = self.schedule.factor(epoch, number);
            self.optimizer.step(weights, &self.grads, factor);
        }
        loss
    }
}

/// The seed of one epoch's order.
fn epoch_seed(seed: u64, epoch: usize) -> u64 {
    use rand::RngExt;
    stream(seed, u64::MAX - epoch as u64).random()
}
