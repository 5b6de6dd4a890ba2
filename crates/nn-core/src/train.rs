//! The training loop: shuffled batches, each split into fixed shards, so that no number depends on the threads.

use std::ops::ControlFlow;
use std::time::Instant;

use guide_core::{
    Batches, EpochReport, Error, Params, Progress, Result, Rng, ensure, setters, stream,
};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::{
    Grad, Grads, Optimizer, OptimizerState, Path, Schedule, ScheduleState, Snapshot, Weights,
};

/// What a model `M` learns: examples by number, and the loss on them.
pub trait Objective<M>: Sync {
    /// What a pass works in and leaves for [`Objective::absorb`]: one for each shard, made once and kept from step to step, so
    /// that a step need not allocate.
    type Workspace: Default + Send;

    /// Training examples.
    fn n_examples(&self) -> usize;

    /// Examples that follow each other and stay together in a batch and a shard, such as a pair and the negatives drawn beside it;
    /// divides [`Objective::n_examples`].
    fn group(&self) -> usize {
        1
    }

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
        work: &mut Self::Workspace,
    ) -> f64;

    /// Folds what the passes over the shards of a batch left into the model, once a step.
    fn absorb(&self, _model: &mut M, _shards: &[Self::Workspace]) {}

    /// What to watch after an epoch, the lower the better: a loss on examples held out, or minus a metric. `None` where nothing
    /// is held out.
    fn validate(&self, _model: &M) -> Option<f64> {
        None
    }
}

/// Hears of a training under way and may end it.
pub trait Watch {
    /// Called after each epoch.
    fn epoch(&mut self, record: &EpochRecord) -> ControlFlow<()>;

    /// Called every few steps.
    fn within_epoch(&mut self) -> ControlFlow<()>;
}

/// The parameters of a training.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Trainer {
    /// Passes over the examples.
    pub n_epochs: usize,
    /// Examples in a step, in whole groups ([`Objective::group`]).
    pub batch_size: usize,
    /// The most examples that one thread takes at a time: a batch is split into shards as even as can be, at most 64 of them.
    /// Results depend on it in their last bits (and batch norm in more than that), never on the number of threads.
    pub shard_size: usize,
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
struct ByEpoch<'w>(&'w mut dyn FnMut(&EpochRecord) -> ControlFlow<()>);

impl Watch for ByEpoch<'_> {
    fn epoch(&mut self, record: &EpochRecord) -> ControlFlow<()> {
        (self.0)(record)
    }

    fn within_epoch(&mut self) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }
}

/// The best validation so far, with its weights.
#[derive(Default)]
struct Best {
    validation: Option<f64>,
    epoch: usize,
    weights: Snapshot,
}

impl Trainer {
    /// Trains `model` in place. `watch` hears of each epoch and may end the training, as in [`Trainer::train_watched`].
    ///
    /// # Errors
    /// As [`Trainer::train_watched`].
    pub fn train<M: Weights + Send + Sync, O: Objective<M>>(
        &self,
        algorithm: &'static str,
        model: &mut M,
        objective: &mut O,
        watch: &mut dyn FnMut(&EpochRecord) -> ControlFlow<()>,
    ) -> Result<History> {
        self.train_watched(algorithm, model, objective, &mut ByEpoch(watch))
    }

    /// Trains `model` in place. `watch` may end the training after an epoch or within one; the model then has its best weights,
    /// where there is a validation and [`Trainer::keep_best`] is set, else those of the last step.
    ///
    /// # Errors
    /// Bad parameters, no examples, or [`Error::Diverged`] with `algorithm`, epoch and step at the first loss, or at the end of an
    /// epoch the first weight, that is not finite; the model then has its best weights, or those before the first step.
    pub fn train_watched<M: Weights + Send + Sync, O: Objective<M>>(
        &self,
        algorithm: &'static str,
        model: &mut M,
        objective: &mut O,
        watch: &mut dyn Watch,
    ) -> Result<History> {
        self.validate()?;
        if objective.n_examples() == 0 {
            return Err(Error::empty("the set of training examples"));
        }
        let mut best = Best::default();
        best.weights.take(model);
        let mut run = Run::new(self, algorithm, model, objective);
        let mut epochs: Vec<EpochRecord> = Vec::new();
        let mut ending = Ending::Finished;
        for epoch in 1..=self.n_epochs {
            objective.begin_epoch(epoch);
            let record = run.epoch(epoch, model, objective, watch);
            let Some(record) = record.inspect_err(|_| best.weights.restore(model))? else {
                ending = Ending::Interrupted;
                break;
            };
            if self.patience > 0 && record.validation.is_none() {
                let expected = "0 where nothing is held out to watch";
                best.weights.restore(model);
                return Err(Error::param("patience", self.patience, expected));
            }
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

/// The most shards of a batch: each has gradients of its own.
const MOST_SHARDS: usize = 64;

/// Steps between two looks at whether the training is to go on.
const STEPS_A_LOOK: usize = 32;

/// A training under way; gradients, work spaces and losses are those of the shards of a batch.
struct Run<'t, W> {
    trainer: &'t Trainer,
    algorithm: &'static str,
    optimizer: OptimizerState,
    schedule: ScheduleState,
    group: usize,
    /// Groups in a batch.
    batch_size: usize,
    grads: Vec<Grads>,
    workspaces: Vec<W>,
    losses: Vec<f64>,
    /// The examples of the batch under way.
    examples: Vec<usize>,
}

impl<'t, W: Default + Send> Run<'t, W> {
    fn new<M: Weights>(
        trainer: &'t Trainer,
        algorithm: &'static str,
        model: &M,
        objective: &impl Objective<M, Workspace = W>,
    ) -> Self {
        let group = objective.group().max(1);
        let n_groups = objective.n_examples() / group;
        let batch_size = (trainer.batch_size / group).clamp(1, n_groups.max(1));
        let n_shards = n_shards(batch_size, group, trainer.shard_size);
        Self {
            trainer,
            algorithm,
            optimizer: OptimizerState::new(trainer.optimizer.clone(), model),
            schedule: ScheduleState::new(trainer.schedule),
            group,
            batch_size,
            grads: (0..n_shards).map(|_| Grads::of(model)).collect(),
            workspaces: (0..n_shards).map(|_| W::default()).collect(),
            losses: vec![0.0; n_shards],
            examples: Vec::with_capacity(batch_size * group),
        }
    }

    /// All steps of an epoch; `None` when it was broken off.
    fn epoch<M: Weights + Send + Sync, O: Objective<M, Workspace = W>>(
        &mut self,
        epoch: usize,
        model: &mut M,
        objective: &O,
        watch: &mut dyn Watch,
    ) -> Result<Option<EpochRecord>> {
        let started = Instant::now();
        let trainer = self.trainer;
        let n_groups = objective.n_examples() / self.group;
        let order = split_seed(trainer.seed, epoch);
        let batches = Batches::shuffled(n_groups, self.batch_size, order)?;
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
                    let loss = self.step(epoch, model, objective, groups);
                    if !loss.is_finite() {
                        return Err(self.diverged(epoch, steps, loss));
                    }
                    sum += loss;
                }
                Ok(sum)
            });
            total += sum?;
        }
        if let Some(weight) = not_finite(model) {
            return Err(self.diverged(epoch, steps, weight));
        }
        let seconds = started.elapsed().as_secs_f64();
        let validation = objective.validate(model);
        if let Some(loss) = validation.filter(|loss| !loss.is_finite()) {
            return Err(self.diverged(epoch, steps, loss));
        }
        let factor = self.schedule.factor(epoch, self.optimizer.steps());
        Ok(Some(EpochRecord {
            epoch,
            n_epochs: trainer.n_epochs,
            loss: total / objective.n_examples() as f64,
            validation,
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
    fn step<M: Weights + Sync, O: Objective<M, Workspace = W>>(
        &mut self,
        epoch: usize,
        model: &mut M,
        objective: &O,
        groups: &[usize],
    ) -> f64 {
        let group = self.group;
        let members = groups.iter().flat_map(|&g| g * group..(g + 1) * group);
        self.examples.clear();
        self.examples.extend(members);
        let n_shards = n_shards(groups.len(), group, self.trainer.shard_size);
        let scale = 1.0 / self.examples.len() as f32;
        let (seed, first) = (self.trainer.seed, self.optimizer.steps() << 20);
        let (shared, examples): (&M, &[usize]) = (model, &self.examples);
        let bound = |shard: usize| shard * groups.len() / n_shards * group;
        let grads = &mut self.grads[..n_shards];
        let workspaces = &mut self.workspaces[..n_shards];
        let losses = &mut self.losses[..n_shards];
        grads
            .par_iter_mut()
            .zip(&mut *workspaces)
            .zip(&mut *losses)
            .enumerate()
            .for_each(|(shard, ((grads, work), loss))| {
                grads.clear();
                let mut rng = stream(seed, first + shard as u64);
                let examples = &examples[bound(shard)..bound(shard + 1)];
                let grads = grads.as_mut();
                *loss = objective.learn(shared, examples, scale, &mut rng, grads, work);
            });
        let loss = losses.iter().sum::<f64>();
        if !loss.is_finite() {
            return loss / self.examples.len() as f64;
        }
        objective.absorb(model, workspaces);
        if let Some((first, rest)) = grads.split_first_mut() {
            for shard in rest {
                first.add(shard);
            }
            let factor = self.schedule.factor(epoch, self.optimizer.steps() + 1);
            self.optimizer.step(model, first, factor);
        }
        loss
    }
}

/// Shards of a batch of so many groups.
fn n_shards(n_groups: usize, group: usize, shard_size: usize) -> usize {
    let n_shards = (n_groups * group).div_ceil(shard_size);
    n_shards.clamp(1, MOST_SHARDS.min(n_groups.max(1)))
}

/// The first number of the model that is not finite.
fn not_finite(model: &impl Weights) -> Option<f64> {
    let mut found = None;
    model.visit(&Path::ROOT, &mut |_, _, tensor| {
        let bad = tensor.data().iter().find(|x| !x.is_finite());
        found = found.or(bad.map(|&x| f64::from(x)));
    });
    found
}

/// The seed of one epoch's order.
fn split_seed(seed: u64, epoch: usize) -> u64 {
    use rand::RngExt;
    stream(seed, u64::MAX - epoch as u64).random()
}
