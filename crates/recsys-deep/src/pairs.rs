//! Pairs of user and item with a target each: what a network of two embeddings learns from.

use guide_core::{Progress, Result, Rng, stream};
use nn_core::{Batch, Grads, History, Loss, Objective, Shards, Trainer, Weights, report_to};
use rand::RngExt;
use rayon::prelude::*;
use recsys_core::{Interactions, ItemId, UserId};

use crate::pair_net::PairNet;
use crate::pair_passes::Work;

/// One example; the three numbers stand together because batches meet them in random order.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Pair {
    pub(crate) user: u32,
    pub(crate) item: u32,
    pub(crate) target: f32,
}

impl Pair {
    /// Every interaction of `data` with this target.
    pub(crate) fn all(data: &Interactions, target: impl Fn(usize) -> f32) -> Vec<Self> {
        let users = (0..data.n_users() as u32).map(UserId);
        let rows = users.flat_map(|user| data.row(user).map(move |place| (user.0, place)));
        let pair = |(user, place): (u32, usize)| Self {
            user,
            item: data.items()[place].0,
            target: target(place),
        };
        rows.map(pair).collect()
    }
}

/// Splits off one pair of each user who has two or more, drawn by `seed`: what is left, and what is held out.
pub(crate) fn hold_one_out(pairs: Vec<Pair>, seed: u64) -> (Vec<Pair>, Vec<Pair>) {
    let (mut kept, mut held_out) = (Vec::with_capacity(pairs.len()), Vec::new());
    for row in pairs.chunk_by(|a, b| a.user == b.user) {
        let out = stream(seed ^ HOLD_OUT, u64::from(row[0].user)).random_range(0..row.len());
        for (place, &pair) in row.iter().enumerate() {
            let to = if place == out && row.len() > 1 {
                &mut held_out
            } else {
                &mut kept
            };
            to.push(pair);
        }
    }
    (kept, held_out)
}

/// Keeps the streams of what is held out apart from those of the draws.
const HOLD_OUT: u64 = 0x686F_6C64;

/// Draws items that a user does not have beside each that it has, anew for each epoch.
pub(crate) struct Redraw<'d> {
    pub(crate) data: &'d Interactions,
    pub(crate) positives: Vec<Pair>,
    pub(crate) n_negatives: usize,
    pub(crate) seed: u64,
}

/// Draws before an item is looked for in order.
const TRIES: usize = 100;

impl Redraw<'_> {
    /// After each positive, `n_negatives` items with target 0.
    fn draw(&self, epoch: usize, pairs: &mut Vec<Pair>) {
        let width = 1 + self.n_negatives;
        let seed = stream(self.seed, epoch as u64).random();
        pairs.resize(width * self.positives.len(), Pair::default());
        pairs
            .par_chunks_mut(width)
            .zip(&self.positives)
            .enumerate()
            .with_min_len(256)
            .for_each(|(place, (group, &positive))| {
                let mut rng = stream(seed, place as u64);
                let had = self.data.items_of(UserId(positive.user));
                group[0] = positive;
                for pair in &mut group[1..] {
                    let drawn = negative(self.data.n_items(), had, &mut rng);
                    // A user who has every item sees its own again.
                    *pair = drawn.map_or(positive, |item| Pair {
                        item,
                        target: 0.0,
                        ..positive
                    });
                }
            });
    }
}

/// An item that is not in `had` (rising), if there is one.
fn negative(n_items: usize, had: &[ItemId], rng: &mut Rng) -> Option<u32> {
    let n_items = n_items as u32;
    let free = |item: &u32| had.binary_search(&ItemId(*item)).is_err();
    let drawn = (0..TRIES).map(|_| rng.random_range(0..n_items)).find(free);
    drawn.or_else(|| (0..n_items).find(free))
}

/// The items of a history with target 1, each with `n_negatives` others of target 0; their user is 0.
pub(crate) fn drawn_beside(
    history: &[(ItemId, f32)],
    n_items: usize,
    n_negatives: usize,
    seed: u64,
) -> Vec<Pair> {
    let mut had: Vec<ItemId> = history.iter().map(|&(item, _)| item).collect();
    had.sort_unstable();
    let mut rng = stream(seed, u64::MAX);
    let pair = |item, target| Pair {
        user: 0,
        item,
        target,
    };
    let mut pairs = Vec::with_capacity(history.len() * (1 + n_negatives));
    for &(item, _) in history {
        pairs.push(pair(item.0, 1.0));
        let drawn = (0..n_negatives).filter_map(|_| negative(n_items, &had, &mut rng));
        pairs.extend(drawn.map(|item| pair(item, 0.0)));
    }
    pairs
}

/// What is learned: a loss of each pair's score against its target.
pub(crate) struct Pairs<'d> {
    pub(crate) pairs: Vec<Pair>,
    pub(crate) held_out: Vec<Pair>,
    pub(crate) loss: Loss,
    pub(crate) redraw: Option<Redraw<'d>>,
}

/// Pairs scored at a time in a validation.
const BLOCK: usize = 4096;

impl<'d> Pairs<'d> {
    /// The interactions of `data`, with a target each, against items drawn beside them; with one of each user `held_out` to
    /// watch, against items drawn beside it once.
    pub(crate) fn drawn(
        data: &'d Interactions,
        target: impl Fn(usize) -> f32,
        loss: Loss,
        n_negatives: usize,
        seed: u64,
        hold_out: bool,
    ) -> Self {
        let all = Pair::all(data, target);
        let (positives, held_out) = if hold_out {
            hold_one_out(all, seed)
        } else {
            (all, Vec::new())
        };
        let mut redraw = Redraw {
            data,
            positives: held_out,
            n_negatives,
            seed,
        };
        let mut held_out = Vec::new();
        redraw.draw(0, &mut held_out);
        redraw.positives = positives;
        Self {
            pairs: Vec::new(),
            held_out,
            loss,
            redraw: Some(redraw),
        }
    }

    /// Draws the negatives of an epoch, where there are any.
    pub(crate) fn draw(&mut self, epoch: usize) {
        if let Some(redraw) = &self.redraw {
            redraw.draw(epoch, &mut self.pairs);
        }
    }

    /// Pairs of an epoch.
    pub(crate) fn len(&self) -> usize {
        let drawn = |redraw: &Redraw<'_>| redraw.positives.len() * (1 + redraw.n_negatives);
        self.redraw.as_ref().map_or(self.pairs.len(), drawn)
    }

    /// A positive and its negatives.
    pub(crate) fn width(&self) -> usize {
        self.redraw
            .as_ref()
            .map_or(1, |redraw| 1 + redraw.n_negatives)
    }

    /// The mean over the pairs that are held out of `loss_of` whole blocks of them; `None` without any.
    pub(crate) fn mean_held_out(
        &self,
        loss_of: impl Fn(&[Pair]) -> f64 + Sync + Send,
    ) -> Option<f64> {
        let blocks = self.held_out.par_chunks(BLOCK);
        let sums: Vec<f64> = blocks.map(loss_of).collect();
        let n = self.held_out.len();
        (n > 0).then(|| sums.iter().sum::<f64>() / n as f64)
    }
}

/// A network that learns from pairs.
pub(crate) struct PairObjective<'n, 'd> {
    net: &'n PairNet,
    pairs: &'n mut Pairs<'d>,
    shards: Shards<Work>,
}

/// Pairs that one thread takes at a time.
const SHARD: usize = 128;

impl<'n, 'd> PairObjective<'n, 'd> {
    pub(crate) fn new(net: &'n PairNet, pairs: &'n mut Pairs<'d>) -> Self {
        let shards = Shards::new(SHARD);
        Self { net, pairs, shards }
    }
}

impl Objective for PairObjective<'_, '_> {
    fn n_examples(&self) -> usize {
        self.pairs.len()
    }

    fn group(&self) -> usize {
        self.pairs.width()
    }

    fn begin_epoch(&mut self, epoch: usize) {
        self.pairs.draw(epoch);
    }

    fn learn(&mut self, weights: &Weights, batch: Batch<'_>, grads: &mut Grads) -> f64 {
        let (net, pairs, group) = (self.net, &*self.pairs, self.pairs.width());
        let scale = 1.0 / batch.examples.len() as f32;
        self.shards.learn(
            weights,
            batch.examples,
            group,
            grads,
            |shard, grads, work| {
                work.take(shard.examples.iter().map(|&place| pairs.pairs[place]));
                net.forward(weights, work);
                let sum = work.loss(pairs.loss, scale);
                net.backward(weights, work, grads);
                sum
            },
        )
    }

    fn validate(&mut self, weights: &Weights) -> Option<f64> {
        self.pairs.mean_held_out(|pairs| {
            let mut work = Work::default();
            work.take(pairs.iter().copied());
            self.net.forward(weights, &mut work);
            work.loss(self.pairs.loss, 0.0)
        })
    }
}

impl PairNet {
    /// Trains the network on pairs; as [`Trainer::train_watched`].
    pub(crate) fn train(
        &mut self,
        trainer: &Trainer,
        algorithm: &'static str,
        pairs: &mut Pairs<'_>,
        progress: &dyn Progress,
    ) -> Result<History> {
        let mut weights = std::mem::take(&mut self.weights);
        let mut objective = PairObjective::new(self, pairs);
        let mut watch = report_to(algorithm, progress);
        let history = trainer.train_watched(algorithm, &mut weights, &mut objective, &mut watch);
        self.weights = weights;
        history
    }
}

#[cfg(test)]
mod tests {
    use recsys_core::testing::checkerboard;

    use super::*;

    #[test]
    fn negatives_are_items_that_the_user_has_not() {
        let data = checkerboard();
        for hold_out in [false, true] {
            let mut pairs = Pairs::drawn(&data, |_| 1.0, Loss::BceWithLogits, 4, 7, hold_out);
            pairs.draw(1);
            let first = pairs.pairs.clone();
            pairs.draw(2);
            assert_ne!(pairs.pairs, first);
            assert_eq!(pairs.pairs.len(), pairs.len());
            let positives = |pairs: &[Pair]| -> Vec<(u32, u32)> {
                for pair in pairs {
                    let has = data.contains(UserId(pair.user), ItemId(pair.item));
                    assert_eq!(has, pair.target == 1.0);
                }
                let positives = pairs.iter().filter(|pair| pair.target == 1.0);
                positives.map(|pair| (pair.user, pair.item)).collect()
            };
            let (mut all, held_out) = (positives(&pairs.pairs), positives(&pairs.held_out));
            assert_eq!(held_out.len(), if hold_out { data.n_users() } else { 0 });
            all.extend(held_out);
            all.sort_unstable();
            all.dedup();
            assert_eq!(all.len(), data.len(), "each interaction is on one side");
        }
    }
}
