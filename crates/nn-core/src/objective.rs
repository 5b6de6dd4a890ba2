//! What is learned: examples by number, their batches, and the loss on them.

use guide_core::{Batches, Result};

use crate::{Grads, Mode, WeightId, Weights};

/// One batch of a training.
#[derive(Clone, Copy, Debug)]
pub struct Batch<'b> {
    /// The numbers of its examples.
    pub examples: &'b [usize],
    /// Seed of the training.
    pub seed: u64,
    /// Number of the step, from 1.
    pub step: u64,
}

impl Batch<'_> {
    /// The mode of its passes.
    pub fn mode(&self) -> Mode {
        Mode::Train {
            seed: self.seed,
            step: self.step,
        }
    }
}

/// What a network learns. The training loop hands it one batch after the other; how the work of a batch is split over threads is
/// its own matter, for example by [`crate::Shards`], as long as no result depends on their number.
pub trait Objective: Send {
    /// Training examples.
    fn n_examples(&self) -> usize;

    /// Examples that follow each other and stay together in a batch, such as a pair and the negatives drawn beside it; divides
    /// [`Objective::n_examples`].
    fn group(&self) -> usize {
        1
    }

    /// The batches of an epoch (from 1) over the groups, `size` groups each: shuffled by `seed` unless the objective wants another
    /// order, such as the text's own or one by length.
    ///
    /// # Errors
    /// As [`Batches::shuffled`].
    fn batches(&self, _epoch: usize, size: usize, seed: u64) -> Result<Batches> {
        Batches::shuffled(self.n_examples() / self.group().max(1), size, seed)
    }

    /// Called before each epoch (from 1), for example to draw negatives anew.
    fn begin_epoch(&mut self, _epoch: usize) {}

    /// The sum of the losses of a batch; adds the gradient of their mean over the batch to `grads`.
    fn learn(&mut self, weights: &Weights, batch: Batch<'_>, grads: &mut Grads) -> f64;

    /// A tensor whose gradient [`Objective::learn`] overwrites instead of adding to it. The loop then leaves it as the last step did,
    /// which spares two passes over a large tensor.
    fn overwrites(&self) -> Option<WeightId> {
        None
    }

    /// How many losses the sums of an epoch are made of: the examples, unless an example has several, such as the words of a text.
    fn n_losses(&self) -> usize {
        self.n_examples()
    }

    /// Writes what the last batch left into the buffers, once a step ([`crate::Layer::commit`]).
    fn commit(&mut self, _weights: &mut Weights) {}

    /// What to watch after an epoch, the lower the better: a loss on examples held out, or minus a metric. `None` where nothing
    /// is held out.
    fn validate(&mut self, _weights: &Weights) -> Option<f64> {
        None
    }

    /// A figure to report after an epoch, such as the accuracy on a test part. It decides nothing: neither which weights are kept nor
    /// when the training ends. `None` where nothing is measured.
    fn measure(&mut self, _weights: &Weights) -> Option<f64> {
        None
    }
}
