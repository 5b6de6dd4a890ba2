//! Stochastic gradient descent on interactions and negatives, in parallel and yet the same for any number of threads.
//!
//! Each epoch meets every interaction once and, for each, `neg_prop` items drawn from all items alike, whether the user has
//! them or not. Work is cut into the cells of [`Blocks`], no two of which share a user or an item; a cell draws its negatives
//! among its own items, as many as fall to them.

use guide_core::kernels::{dot, factor_step, prefetch};
use guide_core::{EpochReport, Progress, Result, Rng, report, stream};
use rand::{Rng as _, RngExt, seq::SliceRandom};
use recsys_core::{Interactions, UserId};

use super::loss::Loss;
use super::{LmfParams, Trained};
use crate::blocks::{Blocks, Entry, Shards};
use crate::factors::normal_rows;
use crate::parts::Known;
use crate::rates::Rate;

/// Keep the draws of users, items and shards apart.
const USER_DRAWS: u64 = 24;
const ITEM_DRAWS: u64 = 25;
const SHARD_DRAWS: u64 = 26;

/// What is learned of the users or items of one shard.
struct Side {
    biases: Vec<f32>,
    factors: Vec<f32>,
}

/// The users of one shard.
struct Users {
    side: Side,
    /// What every score has: each shard learns its own within an epoch, and between epochs it is their mean.
    bias: f32,
    rng: Rng,
    /// Negatives of an epoch, for each user.
    negatives: Vec<usize>,
    /// Those of them still to be drawn, from so many items still to be met.
    to_draw: Vec<usize>,
    items_ahead: usize,
}

impl Users {
    fn begin_epoch(&mut self, bias: f32, n_items: usize) {
        self.bias = bias;
        self.to_draw.copy_from_slice(&self.negatives);
        self.items_ahead = n_items;
    }

    /// How many of this user's negatives fall to the next `n_items`: their share of those that are left, rounded at random
    /// so that the mean is exact. All, where no other items follow.
    fn draws(&mut self, user: usize, n_items: usize) -> usize {
        let left = &mut self.to_draw[user];
        let share = n_items as f64 / self.items_ahead as f64;
        let expected = *left as f64 * share;
        let draws = ((expected + self.rng.random::<f64>()) as usize).min(*left);
        *left -= draws;
        draws
    }
}

pub(super) fn train(
    params: &LmfParams,
    data: &Interactions,
    progress: &dyn Progress,
) -> Result<Trained> {
    let (k, known) = (params.n_factors, Known::of(data));
    let weights: Vec<f32> = (0..data.len()).map(|n| data.weight(n)).collect();
    let blocks = Blocks::new(data, &weights);
    let start = |known: &[bool], side, shards: &Shards| {
        let rows = normal_rows(known, k, params.init_deviation, params.seed, side);
        shards.scatter(&rows, k).into_iter().map(|factors| Side {
            biases: vec![0.0; factors.len() / k],
            factors,
        })
    };
    let users = start(&known.users, USER_DRAWS, &blocks.users);
    let users = (0..).zip(&blocks.users.members).zip(users);
    let mut users: Vec<Users> = users
        .map(|((shard, members), side)| {
            let negatives = members.iter().map(|&user| {
                let n = data.row(UserId(user)).len();
                params.n_negatives(n, data.n_items())
            });
            Users {
                side,
                bias: 0.0,
                rng: stream(params.seed, (SHARD_DRAWS << 32) | shard),
                negatives: negatives.collect(),
                to_draw: vec![0; members.len()],
                items_ahead: 0,
            }
        })
        .collect();
    let mut items: Vec<Side> = start(&known.items, ITEM_DRAWS, &blocks.items).collect();
    let n_examples = (data.len() as f64) * (1.0 + params.neg_prop as f64);
    let (mut bias, mut reached) = (0.0, 0);
    for epoch in 1..=params.n_epochs {
        reached = epoch;
        for users in &mut users {
            users.begin_epoch(bias, data.n_items());
        }
        let loss = blocks.epoch(&mut users, &mut items, |users, items, entries| {
            let rate = Rate {
                rate: params.rate(epoch),
                pull: params.regularization,
            };
            params.learn(rate, users, items, entries)
        });
        bias = users.iter().map(|users| users.bias).sum::<f32>() / users.len() as f32;
        let done = EpochReport {
            algorithm: "lmf",
            epoch,
            n_epochs: params.n_epochs,
            loss: Some(loss / n_examples),
        };
        if report(progress, done)?.is_break() {
            break;
        }
    }
    let users: Vec<Side> = users.into_iter().map(|users| users.side).collect();
    let biases = |sides: &[Side], shards: &Shards| {
        shards.gather(sides.iter().map(|side| &side.biases[..]), 1)
    };
    let factors = |sides: &[Side], shards: &Shards| {
        shards.gather(sides.iter().map(|side| &side.factors[..]), k)
    };
    Ok(Trained {
        bias,
        user_biases: biases(&users, &blocks.users),
        item_biases: biases(&items, &blocks.items),
        users: factors(&users, &blocks.users),
        items: factors(&items, &blocks.items),
        reached,
    })
}

impl LmfParams {
    /// One pass over the users of a cell: the `entries` of each, in random order, among the negatives that fall to the cell.
    /// Returns the sum of the losses met.
    fn learn(&self, rate: Rate, users: &mut Users, items: &mut Side, entries: &[Entry]) -> f64 {
        let (k, n_items) = (self.n_factors, items.biases.len());
        let (mut loss, mut rest) = (Loss::new(), entries);
        let (mut taken, mut next) = (Vec::new(), Vec::with_capacity(TOGETHER));
        for user in 0..users.to_draw.len() {
            let n_taken = rest.partition_point(|entry| entry.user as usize == user);
            let (own, others) = rest.split_at(n_taken);
            rest = others;
            taken.clear();
            taken.extend_from_slice(own);
            taken.shuffle(&mut users.rng);
            let mut negatives = users.draws(user, n_items);
            while taken.len() + negatives > 0 {
                while next.len() < TOGETHER && taken.len() + negatives > 0 {
                    let place = below(&mut users.rng, taken.len() + negatives);
                    let (item, weight) = match taken.pop_if(|_| place >= negatives) {
                        Some(entry) => (entry.item as usize, Some(entry.rating)),
                        None => {
                            negatives -= 1;
                            (below(&mut users.rng, n_items), None)
                        }
                    };
                    prefetch(&items.factors[item * k..][..k]);
                    next.push((item, weight));
                }
                for (item, weight) in next.drain(..) {
                    step(
                        k,
                        rate,
                        (&mut *users, user),
                        (&mut *items, item),
                        |score| match weight {
                            Some(weight) => loss.taken(score, weight),
                            None => loss.passed_over(score),
                        },
                    );
                }
            }
        }
        users.items_ahead -= n_items;
        loss.total().0
    }
}

/// One step of a user and an item along the `slope` of the loss at their score.
fn step(
    k: usize,
    rate: Rate,
    (users, user): (&mut Users, usize),
    (items, item): (&mut Side, usize),
    slope: impl FnOnce(f32) -> f32,
) {
    let p = &mut users.side.factors[user * k..][..k];
    let q = &mut items.factors[item * k..][..k];
    let (user_bias, item_bias) = (&mut users.side.biases[user], &mut items.biases[item]);
    let slope = slope(users.bias + *user_bias + *item_bias + dot(p, q));
    factor_step(p, q, rate.rate * slope, rate.decay());
    rate.step(user_bias, slope);
    rate.step(item_bias, slope);
    rate.step(&mut users.bias, slope);
}

/// Items fetched ahead.
const TOGETHER: usize = 8;

/// A number below `n`: the upper half of the product is uniform up to `n / 2^64`.
fn below(rng: &mut Rng, n: usize) -> usize {
    ((u128::from(rng.next_u64()) * n as u128) >> 64) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn negatives_fall_to_blocks_as_to_their_items() {
        let side = Side {
            biases: Vec::new(),
            factors: Vec::new(),
        };
        let mut users = Users {
            side,
            bias: 0.0,
            rng: stream(5, 0),
            negatives: vec![7, 0],
            to_draw: vec![0; 2],
            items_ahead: 0,
        };
        let (blocks, epochs) = ([3, 5, 2], 2000);
        let mut drawn = [0; 3];
        for _ in 0..epochs {
            users.begin_epoch(0.0, 10);
            let mut all = 0;
            for (n_items, drawn) in blocks.into_iter().zip(&mut drawn) {
                assert_eq!(users.draws(1, n_items), 0);
                let draws = users.draws(0, n_items);
                users.items_ahead -= n_items;
                *drawn += draws;
                all += draws;
            }
            assert_eq!(all, 7);
        }
        for (n_items, drawn) in blocks.into_iter().zip(drawn) {
            let (mean, expected) = (drawn as f64 / epochs as f64, 0.7 * n_items as f64);
            assert!((mean - expected).abs() < 0.05, "{mean} {expected}");
        }
    }

    #[test]
    fn numbers_below_are_uniform() {
        let mut rng = stream(1, 1);
        let mut counts = [0; 3];
        (0..30_000).for_each(|_| counts[below(&mut rng, 3)] += 1);
        assert!(
            counts.iter().all(|count| (9_700..10_300).contains(count)),
            "{counts:?}"
        );
    }
}
