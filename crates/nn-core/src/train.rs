//! The training loop: shuffled batches, each split into fixed shards, so that no number depends on the threads.

use std::ops::ControlFlow;
use std::time::Instant;

use guide_core::{
    Batches, EpochReport, Error, Params, Progress, Result, Rng, ensure, setters, stream,
};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::{Grad, Grads, Optimizer, OptimizerState, Schedule, ScheduleState, Snapshot, Weights};

/// What a model `M` learns: examples by number, and the loss on them.
pub trait Objective<M>: Sync {
    /// What a pass leaves for [`Objective::absorb`]; `()` for models without running statistics.
    type Trace: Send;

    /// Training examples.
    fn n_examples(&self) -> usize;

    /// Called before each epoch (from 1), for example to draw negatives anew.
    fn begin_epoch(&mut self, _epoch: usize) {}

    /// The sum of the losses of `examples`; adds `scale` times its gradient to `grads`.
    fn learn(
        &self,
        model: &M,
        examples: &[usize],
        scale: f32,
        rng: &mut Rng,
        grads: &mut [Grad],
    ) -> (f64, Self::Trace);

    /// Folds what a pass left into the model, in the order of the shards.
    fn absorb(&self, _model: &mut M, _trace: Self::Trace) {}

    /// What to watch after an epoch, the lower the better: a loss on examples held out, or minus a metric. `None` where nothing
    /// is held out.
    fn validate(&self, _model: &M) -> Option<f64> {
        None
    }
}

/// The parameters of a training.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Trainer {
    /// Passes over the examples.
    pub n_epochs: usize,
    /// Examples in a step.
    pub batch_size: usize,
    /// Examples that one thread takes at a time. Results depend on it in their last bits (and batch norm in more than that),
    /// never on the number of threads.
    pub shard_size: usize,
    /// What a step does.
    pub optimizer: Optimizer,
    /// How its learning rate changes.
    pub schedule: Schedule,
    /// Epochs without a better validation after which the training ends; 0 for never.
    pub patience: usize,
    /// At the end, also an interrupted one, goes back to the weights of the best validation.
    pub keep_best: bool,
    /// Order of the examples and dropout.
    pub seed: u64,
}

setters!(Trainer {
    n_epochs: usize,
    batch_size: usize,
    shard_size: usize,
    optimizer: Optimizer,
    schedule: Schedule,
    patience: usize,
    keep_best: bool,
    seed: u64,
});

impl Default for Trainer {
    /// 10 epochs of batches of 256 in shards of 64, [`Optimizer::adam`] of 1e-3, the best weights kept.
    fn default() -> Self {
        Self {
            n_epochs: 10,
            batch_size: 256,
            shard_size: 64,
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
        ensure::at_least_one("shard_size", self.shard_size)?;
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
    /// The learning rate of the last step.
    pub learning_rate: f32,
    /// Seconds for its steps, without the validation.
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
    /// The epoch whose weights the model has.
    pub kept_epoch: usize,
    /// Why it ended.
    pub ending: Ending,
}

/// Passes each epoch on to `progress`, as the last argument of [`Trainer::train`].
pub fn report_to<'p>(
    algorithm: &'static str,
    progress: &'p dyn Progress,
) -> impl FnMut(&EpochRecord) -> ControlFlow<()> + 'p {
    move |record| {
        progress.epoch(&EpochReport {
            algorithm,
            epoch: record.epoch,
            n_epochs: record.n_epochs,
            loss: Some(record.loss),
        })
    }
}

/// The work space of one shard, kept from step to step.
struct Shard<T> {
    grads: Grads,
    loss: f64,
    trace: Option<T>,
}

/// The best validation so far, with its weights.
#[derive(Default)]
struct Best {
    validation: Option<f64>,
    epoch: usize,
    weights: Snapshot,
}

impl Trainer {
    /// Trains `model` in place. `watch` hears of each epoch and may end the training; the weights are then as good as at the end
    /// of a whole one: the best, where there is a validation and [`Trainer::keep_best`] is set.
    ///
    /// # Errors
    /// Bad parameters, no examples, or [`Error::Diverged`] with `algorithm`, epoch and step at the first loss that is not finite;
    /// the model then has its best weights, or those before the first step.
    pub fn train<M: Weights + Sync, O: Objective<M>>(
        &self,
        algorithm: &'static str,
        model: &mut M,
        objective: &mut O,
        watch: &mut dyn FnMut(&EpochRecord) -> ControlFlow<()>,
    ) -> Result<History> {
        self.validate()?;
        if objective.n_examples() == 0 {
            return Err(Error::empty("the set of training examples"));
        }
        let mut best = Best::default();
        best.weights.take(model);
        let mut run = Run::new(self, model);
        let mut epochs = Vec::new();
        let mut ending = Ending::Finished;
        for epoch in 1..=self.n_epochs {
            objective.begin_epoch(epoch);
            let record = run.epoch(algorithm, epoch, model, objective);
            let record = record.inspect_err(|_| best.weights.restore(model))?;
            let watched = record.validation.unwrap_or(record.loss);
            run.schedule.hear(watched);
            let better = |validation: f64| best.validation.is_none_or(|best| validation < best);
            if record.validation.is_some_and(better) {
                best.validation = record.validation;
                best.epoch = epoch;
                if self.keep_best {
                    best.weights.take(model);
                }
            }
            let goes_on = watch(&record);
            let waited = epoch - best.epoch;
            let tired = self.patience > 0 && record.validation.is_some() && waited >= self.patience;
            epochs.push(record);
            if goes_on.is_break() {
                ending = Ending::Interrupted;
                break;
            }
            if tired {
                ending = Ending::Early;
                break;
            }
        }
        let mut kept_epoch = epochs.len();
        if self.keep_best && best.validation.is_some() {
            best.weights.restore(model);
            kept_epoch = best.epoch;
        }
        Ok(History {
            epochs,
            kept_epoch,
            ending,
        })
    }
}

/// A training under way.
struct Run<'t, T> {
    trainer: &'t Trainer,
    optimizer: OptimizerState,
    schedule: ScheduleState,
    shards: Vec<Shard<T>>,
}

impl<'t, T: Send> Run<'t, T> {
    fn new(trainer: &'t Trainer, model: &impl Weights) -> Self {
        let n_shards = trainer.batch_size.div_ceil(trainer.shard_size);
        let shards = (0..n_shards).map(|_| Shard {
            grads: Grads::of(model),
            loss: 0.0,
            trace: None,
        });
        Self {
            trainer,
            optimizer: OptimizerState::new(trainer.optimizer.clone(), model),
            schedule: ScheduleState::new(trainer.schedule),
            shards: shards.collect(),
        }
    }

    fn epoch<M: Weights + Sync, O: Objective<M, Trace = T>>(
        &mut self,
        algorithm: &'static str,
        epoch: usize,
        model: &mut M,
        objective: &O,
    ) -> Result<EpochRecord> {
        let started = Instant::now();
        let trainer = self.trainer;
        let n_examples = objective.n_examples();
        let order = split_seed(trainer.seed, epoch);
        let batches = Batches::shuffled(n_examples, trainer.batch_size, order)?;
        let diverged = |step, loss| Error::Diverged {
            algorithm,
            epoch,
            step,
            loss,
        };
        let (mut total, mut factor) = (0.0, 1.0);
        for (index, batch) in batches.iter().enumerate() {
            factor = self.schedule.factor(epoch, self.optimizer.steps() + 1);
            let loss = self.step(model, objective, batch, factor);
            if !loss.is_finite() {
                return Err(diverged(index + 1, loss / batch.len() as f64));
            }
            total += loss;
        }
        let seconds = started.elapsed().as_secs_f64();
        let validation = objective.validate(model);
        if let Some(loss) = validation.filter(|loss| !loss.is_finite()) {
            return Err(diverged(batches.iter().len(), loss));
        }
        Ok(EpochRecord {
            epoch,
            n_epochs: trainer.n_epochs,
            loss: total / n_examples as f64,
            validation,
            learning_rate: trainer.optimizer.learning_rate * factor,
            seconds,
        })
    }

    /// One step; returns the sum of the losses. A loss that is not finite leaves the weights as they were.
    fn step<M: Weights + Sync, O: Objective<M, Trace = T>>(
        &mut self,
        model: &mut M,
        objective: &O,
        batch: &[usize],
        factor: f32,
    ) -> f64 {
        let shard_size = self.trainer.shard_size;
        let n_shards = batch.len().div_ceil(shard_size);
        let (scale, first) = (1.0 / batch.len() as f32, self.optimizer.steps() << 20);
        let seed = self.trainer.seed;
        let shared: &M = model;
        let work = |index: usize, shard: &mut Shard<T>, examples: &[usize]| {
            shard.grads.clear();
            let mut rng = stream(seed, first + index as u64);
            let grads = shard.grads.as_mut();
            let (loss, trace) = objective.learn(shared, examples, scale, &mut rng, grads);
            (shard.loss, shard.trace) = (loss, Some(trace));
        };
        let shards = &mut self.shards[..n_shards];
        if let [shard] = shards {
            work(0, shard, batch);
        } else {
            shards
                .par_iter_mut()
                .zip(batch.par_chunks(shard_size))
                .enumerate()
                .for_each(|(index, (shard, examples))| work(index, shard, examples));
        }
        let loss = shards.iter().map(|shard| shard.loss).sum::<f64>();
        if !loss.is_finite() {
            return loss;
        }
        for trace in shards.iter_mut().filter_map(|shard| shard.trace.take()) {
            objective.absorb(model, trace);
        }
        if let Some((first, rest)) = shards.split_first_mut() {
            for shard in rest {
                first.grads.add(&shard.grads);
            }
            self.optimizer.step(model, &mut first.grads, factor);
        }
        loss
    }
}

/// The seed of one epoch's order.
fn split_seed(seed: u64, epoch: usize) -> u64 {
    use rand::RngExt;
    stream(seed, u64::MAX - epoch as u64).random()
}
