//! Stochastic gradient descent on pairs, in parallel and yet the same for any number of threads.
//!
//! Each epoch meets every interaction once. Its items are dealt into as many blocks as there are user shards; in turn `t`
//! shard `s` works with block `s + t`, so that no two workers share a user or an item, and nothing is merged. See
//! [`tiles`](super::tiles) for why the blocks change.

use std::ops::ControlFlow;

use guide_core::kernels::{dot, pair_step, prefetch};
use guide_core::{EpochReport, Progress, Result, Rng, report, stream};
use rand::{Rng as _, seq::SliceRandom};
use rayon::prelude::*;
use recsys_core::{Interactions, ItemId, UserId};

use super::params::{BprParams, Negatives};
use super::tiles::{TILES_A_BLOCK, Tiles};

/// What training learned.
pub(super) struct Trained {
    pub(super) users: Vec<f32>,       // [n_users * n_factors]
    pub(super) items: Vec<f32>,       // [n_items * n_factors]
    pub(super) item_biases: Vec<f32>, // [n_items]
    /// The epoch it came to.
    pub(super) reached: usize,
}

/// The factors and biases of the items of one tile.
struct Tile {
    id: usize,
    rows: Vec<f32>,
    biases: Vec<f32>,
}

/// The rows of the users of one shard.
struct Shard<'a> {
    id: usize,
    first_user: usize,
    rows: &'a mut [f32],
}

impl Shard<'_> {
    /// The user at `place`.
    fn user(&self, place: u32) -> UserId {
        UserId((self.first_user + place as usize) as u32)
    }
}

pub(super) fn train(
    params: &BprParams,
    data: &Interactions,
    progress: &dyn Progress,
) -> Result<Trained> {
    let n_factors = params.n_factors;
    let tiles = Tiles::new(data, params.seed);
    let mut users = first_rows(data.n_users(), n_factors, params.seed, 0);
    for (user, row) in (0..).map(UserId).zip(users.chunks_exact_mut(n_factors)) {
        if data.row(user).is_empty() {
            row.fill(0.0);
        }
    }
    let all_items = first_rows(data.n_items(), n_factors, params.seed, 1);
    let mut learned: Vec<Tile> = (0..tiles.n_tiles())
        .map(|id| {
            let items = tiles.items_of(id);
            let rows = items
                .iter()
                .map(|&item| &all_items[item as usize * n_factors..][..n_factors]);
            Tile {
                id,
                rows: rows.flatten().copied().collect(),
                biases: vec![0.0; items.len()],
            }
        })
        .collect();
    drop(all_items);
    let trainer = Trainer {
        params,
        data,
        tiles: &tiles,
    };
    let mut reached = 0;
    for epoch in 1..=params.n_epochs {
        reached = epoch;
        let loss = trainer.epoch(epoch, &mut users, &mut learned);
        let done = EpochReport {
            algorithm: "bpr",
            epoch,
            n_epochs: params.n_epochs,
            loss: Some(loss),
        };
        if let ControlFlow::Break(()) = report(progress, done)? {
            break;
        }
    }
    let mut items = vec![0.0; data.n_items() * n_factors];
    let mut item_biases = vec![0.0; data.n_items()];
    for tile in &learned {
        let rows = tile.rows.chunks_exact(n_factors).zip(&tile.biases);
        for (&item, (row, &bias)) in tiles.items_of(tile.id).iter().zip(rows) {
            items[item as usize * n_factors..][..n_factors].copy_from_slice(row);
            item_biases[item as usize] = bias;
        }
    }
    Ok(Trained {
        users,
        items,
        item_biases,
        reached,
    })
}

/// Rows of draws from `(U(0, 1) − 0.5) / n_factors`, one stream of random numbers a row.
fn first_rows(n: usize, n_factors: usize, seed: u64, side: u64) -> Vec<f32> {
    let mut rows = vec![0.0; n * n_factors];
    rows.par_chunks_mut(n_factors)
        .enumerate()
        .with_min_len(64)
        .for_each(|(id, row)| {
            let mut rng = stream(seed, side << 32 | id as u64);
            row.fill_with(|| (rand::RngExt::random::<f32>(&mut rng) - 0.5) / n_factors as f32);
        });
    rows
}

struct Trainer<'a> {
    params: &'a BprParams,
    data: &'a Interactions,
    tiles: &'a Tiles,
}

impl Trainer<'_> {
    /// One pass over the interactions; returns the mean loss of the pairs met on the way.
    fn epoch(&self, epoch: usize, users: &mut [f32], learned: &mut [Tile]) -> f64 {
        let n_shards = self.tiles.n_shards;
        let streams = (epoch as u64 + 1) << 32;
        learned.shuffle(&mut stream(self.params.seed, streams));
        let mut rest = users;
        let mut shards: Vec<Shard<'_>> = Vec::with_capacity(n_shards);
        for (id, bounds) in self.tiles.user_starts.windows(2).enumerate() {
            let (rows, others) = rest.split_at_mut((bounds[1] - bounds[0]) * self.params.n_factors);
            let first_user = bounds[0];
            shards.push(Shard {
                id,
                first_user,
                rows,
            });
            rest = others;
        }
        let mut blocks: Vec<&mut [Tile]> = learned.chunks_mut(TILES_A_BLOCK).collect();
        let (mut loss, mut pairs) = (0.0, 0);
        for turn in 0..n_shards {
            let met: Vec<(f64, usize)> = shards
                .par_iter_mut()
                .zip(&mut blocks)
                .with_max_len(1)
                .map(|(shard, block)| {
                    let cell = 1 + turn * n_shards + shard.id;
                    let rng = stream(self.params.seed, streams + cell as u64);
                    self.learn(shard, block, rng)
                })
                .collect();
            for (cell_loss, cell_pairs) in met {
                loss += cell_loss;
                pairs += cell_pairs;
            }
            blocks.rotate_left(1);
        }
        loss / pairs.max(1) as f64
    }

    /// One pass over the interactions of a shard with the items of a block; returns the loss and the number of pairs.
    fn learn(&self, shard: &mut Shard<'_>, block: &mut [Tile], mut rng: Rng) -> (f64, usize) {
        let n_factors = self.params.n_factors;
        let (rate, verify) = (
            self.params.learning_rate,
            self.params.verify_negative_samples,
        );
        let decay = 1.0 - rate * self.params.regularization;
        let draws = Draws::new(self.params.negatives, self.tiles, block);
        let (mut loss, mut likelihood, mut pairs) = (0.0, 1.0_f64, 0);
        let n_candidates = self.params.n_candidates;
        let mut drawn = vec![Drawn::default(); TOGETHER * n_candidates];
        let mut lookups: Vec<Lookup<'_>> = Vec::with_capacity(drawn.len());
        for t in 0..block.len() {
            let tile = block[t].id;
            let (users, items) = self.tiles.cell(tile, shard.id);
            for (users, items) in users.chunks(TOGETHER).zip(items.chunks(TOGETHER)) {
                let entries = || {
                    users
                        .iter()
                        .copied()
                        .zip(items.iter().map(|&item| item as usize))
                };
                // All draws, then all look-ups, then all steps: each part fetches ahead what the next ones read, so that
                // they wait for memory together rather than one after another.
                for ((user, item), drawn) in entries().zip(drawn.chunks_exact_mut(n_candidates)) {
                    drawn.fill_with(|| draws.draw(&mut rng));
                    let owned = self.data.items_of(shard.user(user));
                    if owned.len() <= READ_THROUGH {
                        prefetch(owned);
                    } else {
                        prefetch(&owned[owned.len() / 2..][..1]);
                    }
                    prefetch(&shard.rows[user as usize * n_factors..][..n_factors]);
                    prefetch(&block[t].rows[item * n_factors..][..n_factors]);
                    prefetch(&block[t].biases[item..=item]);
                }
                for drawn in &mut drawn[..users.len() * n_candidates] {
                    drawn.item = draws.item(drawn.place);
                    let tile = &block[drawn.tile];
                    prefetch(&tile.rows[drawn.item * n_factors..][..n_factors]);
                    prefetch(&tile.biases[drawn.item..=drawn.item]);
                }
                for ((user, item), drawn) in entries().zip(drawn.chunks_exact_mut(n_candidates)) {
                    let owned = self.data.items_of(shard.user(user));
                    for drawn in drawn {
                        let other = ItemId(self.tiles.items_of(block[drawn.tile].id)[drawn.item]);
                        drawn.passed_over = (drawn.tile, drawn.item) == (t, item);
                        lookups.push(Lookup {
                            rest: if verify { owned } else { &[] },
                            item: other,
                        });
                    }
                }
                narrow(&mut lookups);
                for (drawn, lookup) in drawn.iter_mut().zip(lookups.drain(..)) {
                    drawn.passed_over |= lookup.found();
                }
                for ((user, item), drawn) in entries().zip(drawn.chunks_exact(n_candidates)) {
                    let user = &mut shard.rows[user as usize * n_factors..][..n_factors];
                    let Some((liked, passed)) = hardest(block, user, drawn)
                        .and_then(|drawn| pair(block, (t, item), drawn, n_factors))
                    else {
                        continue;
                    };
                    let score =
                        *liked.bias - *passed.bias + dot(user, liked.row) - dot(user, passed.row);
                    let odds = score.exp();
                    let wrong = 1.0 / (1.0 + odds);
                    let step = rate * wrong;
                    pair_step(user, liked.row, passed.row, step, decay);
                    *liked.bias = decay * *liked.bias + step;
                    *passed.bias = decay * *passed.bias - step;
                    // −ln σ(score), with one logarithm for several pairs.
                    let right = if odds.is_infinite() {
                        1.0
                    } else {
                        odds * wrong
                    };
                    likelihood *= f64::from(right);
                    pairs += 1;
                    if pairs % 4 == 0 {
                        loss -= likelihood.ln();
                        likelihood = 1.0;
                    }
                }
            }
        }
        (loss - likelihood.ln(), pairs)
    }
}

/// Of the candidates that are not passed over, the one that this user scores highest; the first drawn where scores are equal.
fn hardest<'a>(block: &[Tile], user: &[f32], candidates: &'a [Drawn]) -> Option<&'a Drawn> {
    let mut kept = candidates.iter().filter(|drawn| !drawn.passed_over);
    let mut best = kept.next()?;
    if candidates.len() == 1 {
        return Some(best);
    }
    let score = |drawn: &Drawn| {
        let tile = &block[drawn.tile];
        let row = &tile.rows[drawn.item * user.len()..][..user.len()];
        tile.biases[drawn.item] + dot(user, row)
    };
    let mut highest = score(best);
    for drawn in kept {
        let score = score(drawn);
        if score > highest {
            (best, highest) = (drawn, score);
        }
    }
    Some(best)
}

/// Interactions whose negatives are drawn together: few enough that their rows fit the nearest cache.
const TOGETHER: usize = 16;
/// A drawn item: the tile, counted in the block, what was drawn, and the item's place in the tile.
#[derive(Clone, Copy, Default)]
struct Drawn {
    tile: usize,
    place: usize,
    item: usize,
    passed_over: bool,
}

/// An item that is looked up among a user's own.
pub(super) struct Lookup<'a> {
    /// Where it can still be; rising.
    pub(super) rest: &'a [ItemId],
    pub(super) item: ItemId,
}

impl Lookup<'_> {
    /// Whether the item is there. Short lists are read through, which the processor does in a few wide steps.
    pub(super) fn found(&self) -> bool {
        self.rest
            .iter()
            .fold(false, |found, &own| found | (own == self.item))
    }
}

/// Halves the long lists until they are short, all in turns: each half is fetched while the others are looked at, where
/// one search after another would wait for memory at every step.
pub(super) fn narrow(lookups: &mut [Lookup<'_>]) {
    let mut halved = true;
    while halved {
        halved = false;
        for lookup in &mut *lookups {
            if lookup.rest.len() > READ_THROUGH {
                let (low, high) = lookup.rest.split_at(lookup.rest.len() / 2);
                lookup.rest = if high[0] <= lookup.item { high } else { low };
                if lookup.rest.len() > READ_THROUGH {
                    prefetch(&lookup.rest[lookup.rest.len() / 2..][..1]);
                } else {
                    prefetch(lookup.rest);
                }
                halved = true;
            }
        }
    }
}

/// The longest list that is read through rather than halved.
const READ_THROUGH: usize = 64;

struct ItemMut<'a> {
    row: &'a mut [f32],
    bias: &'a mut f32,
}

/// Two different items of a block.
fn pair<'a>(
    block: &'a mut [Tile],
    (t, item): (usize, usize),
    &Drawn {
        tile: other_t,
        item: other,
        ..
    }: &Drawn,
    n_factors: usize,
) -> Option<(ItemMut<'a>, ItemMut<'a>)> {
    let range = |item: usize| item * n_factors..(item + 1) * n_factors;
    if t == other_t {
        let tile = block.get_mut(t)?;
        let [row, other_row] = tile
            .rows
            .get_disjoint_mut([range(item), range(other)])
            .ok()?;
        let [bias, other_bias] = tile.biases.get_disjoint_mut([item, other]).ok()?;
        Some((
            ItemMut { row, bias },
            ItemMut {
                row: other_row,
                bias: other_bias,
            },
        ))
    } else {
        let [tile, other_tile] = block.get_disjoint_mut([t, other_t]).ok()?;
        Some((
            ItemMut {
                row: tile.rows.get_mut(range(item))?,
                bias: tile.biases.get_mut(item)?,
            },
            ItemMut {
                row: other_tile.rows.get_mut(range(other))?,
                bias: other_tile.biases.get_mut(other)?,
            },
        ))
    }
}

/// Draws negative items of one block.
struct Draws<'a> {
    negatives: Negatives,
    tiles: &'a Tiles,
    /// For each tile of the block, where its entries (popular) or items (uniform) begin.
    starts: [usize; TILES_A_BLOCK],
    /// How many entries or items there are before each tile of the block.
    before: [u32; TILES_A_BLOCK],
    total: u32,
}

impl<'a> Draws<'a> {
    fn new(negatives: Negatives, tiles: &'a Tiles, block: &[Tile]) -> Self {
        let (mut starts, mut before, mut total) = ([0; TILES_A_BLOCK], [0; TILES_A_BLOCK], 0);
        for (t, tile) in block.iter().enumerate() {
            let range = match negatives {
                Negatives::Popular => tiles.entries_of(tile.id),
                Negatives::Uniform => 0..tile.biases.len(),
            };
            (starts[t], before[t]) = (range.start, total);
            total += range.len() as u32;
        }
        Self {
            negatives,
            tiles,
            starts,
            before,
            total,
        }
    }

    fn draw(&self, rng: &mut Rng) -> Drawn {
        // The upper half of the product is uniform up to total / 2^32.
        let at = ((u64::from(rng.next_u32()) * u64::from(self.total)) >> 32) as u32;
        let tile = self.before[1..]
            .iter()
            .filter(|&&before| before <= at)
            .count();
        let place = self.starts[tile] + (at - self.before[tile]) as usize;
        if self.negatives == Negatives::Popular {
            prefetch(&self.tiles.entry_items[place..=place]);
        }
        Drawn {
            tile,
            place,
            ..Drawn::default()
        }
    }

    /// The item drawn with this place, by its place in the tile.
    fn item(&self, place: usize) -> usize {
        match self.negatives {
            Negatives::Popular => self.tiles.entry_items[place] as usize,
            Negatives::Uniform => place,
        }
    }
}
