//! A batch in fixed shards over threads, for small networks.

use guide_core::{Error, Result};
use rayon::prelude::*;

use crate::{Grads, Layer, Weights};

/// The most shards of a batch: each has gradients of its own.
const MOST_SHARDS: usize = 64;

/// Splits each batch into shards as even as can be, whatever the number of threads, and adds their gradients up in the order of the
/// shards, so that threads change no bit. Each shard has gradients and a work space `W` of its own, made once and kept.
#[derive(Debug)]
pub struct Shards<W> {
    size: usize,
    /// Of all shards but the first, which writes into the caller's.
    grads: Vec<Grads>,
    work: Vec<W>,
    losses: Vec<f64>,
}

/// One shard of a batch.
#[derive(Clone, Copy, Debug)]
pub struct Shard<'s> {
    /// The numbers of its examples.
    pub examples: &'s [usize],
    /// How many examples of the batch come before them.
    pub first: usize,
}

impl<W: Default + Send> Shards<W> {
    /// At most `size` examples a shard, and at most 64 shards a batch.
    pub fn new(size: usize) -> Self {
        Self {
            size: size.max(1),
            grads: Vec::new(),
            work: Vec::new(),
            losses: Vec::new(),
        }
    }

    /// The same for a layer.
    ///
    /// # Errors
    /// [`Error::Unsuitable`] for a layer whose results depend on the whole batch, such as batch norm.
    pub fn of_layer(size: usize, layer: &dyn Layer) -> Result<Self> {
        if layer.needs_whole_batch() {
            let needed = "the whole batch at once, since it holds a batch norm".to_owned();
            return Err(Error::Unsuitable {
                algorithm: layer.kind(),
                needed,
            });
        }
        Ok(Self::new(size))
    }

    /// Runs `learn` on every shard: it returns the sum of its losses and adds its gradient. Groups of `group` examples stay together.
    /// Returns the sum over the shards.
    pub fn learn(
        &mut self,
        weights: &Weights,
        examples: &[usize],
        group: usize,
        grads: &mut Grads,
        learn: impl Fn(Shard<'_>, &mut Grads, &mut W) -> f64 + Sync,
    ) -> f64 {
        let n_groups = examples.len() / group.max(1);
        let n_shards = examples.len().div_ceil(self.size);
        let n_shards = n_shards.clamp(1, MOST_SHARDS.min(n_groups.max(1)));
        while self.work.len() < n_shards {
            self.work.push(W::default());
            self.losses.push(0.0);
        }
        while self.grads.len() + 1 < n_shards {
            self.grads.push(Grads::of(weights));
        }
        let bound = |shard: usize| shard * n_groups / n_shards * group;
        let run = |number: usize, grads: &mut Grads, work: &mut W, loss: &mut f64| {
            let first = bound(number);
            let examples = &examples[first..bound(number + 1)];
            *loss = learn(Shard { examples, first }, grads, work);
        };
        let others = &mut self.grads[..n_shards - 1];
        let targets = rayon::iter::once(&mut *grads).chain(others.par_iter_mut());
        targets
            .zip(&mut self.work[..n_shards])
            .zip(&mut self.losses[..n_shards])
            .enumerate()
            .for_each(|(number, ((grads, work), loss))| {
                if number > 0 {
                    grads.clear();
                }
                run(number, grads, work, loss);
            });
        for shard in &self.grads[..n_shards - 1] {
            grads.add(shard);
        }
        self.losses[..n_shards].iter().sum()
    }
}
