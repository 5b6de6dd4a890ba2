//! Interactions laid out for pairwise learning in parallel: users in shards, items in tiles that are dealt anew into blocks
//! for each epoch.
//!
//! A positive and its negative item must belong to the same worker. Blocks that never change would never set an item against
//! those of the other blocks; tiles dealt at random into blocks let any two items meet, without sorting anything twice.

use std::ops::Range;

use rand::seq::SliceRandom;
use recsys_core::{Interactions, UserId};

#[derive(Debug)]
pub(super) struct Tiles {
    /// As many user shards as item blocks.
    pub(super) n_shards: usize,
    /// The first user of each shard, and the number of users.
    pub(super) user_starts: Vec<usize>,
    /// The items that somebody took, tile after tile.
    pub(super) items: Vec<u32>,
    /// The first place of each tile in `items`, and their number.
    pub(super) item_starts: Vec<usize>,
    /// The interactions, tile after tile, inside a tile shard after shard, inside a shard by user: the places of their users
    /// in the shard ..
    entry_users: Vec<u32>,
    /// .. and of their items in the tile, apart because negatives are drawn among these alone.
    pub(super) entry_items: Vec<u32>,
    /// The first entry of each tile and shard, and their number.
    cells: Vec<usize>,
}

/// A cell of a shard and a block has about this many interactions or more: enough to make handing it to a thread cheap.
const INTERACTIONS_A_CELL: usize = 1_500;
/// More shards than this bring nothing until there are as many threads.
const MAX_SHARDS: usize = 16;
/// Items a block, at least: negatives are drawn among them.
const ITEMS_A_BLOCK: usize = 64;
/// Tiles a block: so many random draws make up a block, and so many ranges are searched for each negative.
pub(super) const TILES_A_BLOCK: usize = 8;

impl Tiles {
    pub(super) fn new(data: &Interactions, seed: u64) -> Self {
        let counts = data.item_counts();
        let mut items: Vec<u32> = (0..data.n_items() as u32)
            .filter(|&item| counts[item as usize] > 0)
            .collect();
        items.shuffle(&mut guide_core::stream(seed, TILES_STREAM));
        let n_shards = ((data.len() / INTERACTIONS_A_CELL) as f64).sqrt() as usize;
        let n_shards = n_shards
            .min(data.n_users())
            .min(items.len() / ITEMS_A_BLOCK)
            .clamp(1, MAX_SHARDS);
        let n_tiles = n_shards * TILES_A_BLOCK;
        let item_starts: Vec<usize> = (0..=n_tiles).map(|t| t * items.len() / n_tiles).collect();
        let mut places = vec![(0_u32, 0_u32); data.n_items()];
        for (tile, bounds) in item_starts.windows(2).enumerate() {
            for (place, &item) in items[bounds[0]..bounds[1]].iter().enumerate() {
                places[item as usize] = (tile as u32, place as u32);
            }
        }
        let user_starts = user_starts(data, n_shards);
        let mut cells = vec![0; n_tiles * n_shards + 1];
        let each = |visit: &mut dyn FnMut(usize, (u32, u32))| {
            for (shard, bounds) in user_starts.windows(2).enumerate() {
                for user in bounds[0]..bounds[1] {
                    for item in data.items_of(UserId(user as u32)) {
                        let (tile, item) = places[item.index()];
                        let user = (user - bounds[0]) as u32;
                        visit(tile as usize * n_shards + shard, (user, item));
                    }
                }
            }
        };
        each(&mut |cell, _| cells[cell + 1] += 1);
        for cell in 1..cells.len() {
            cells[cell] += cells[cell - 1];
        }
        let mut next = cells.clone();
        let (mut entry_users, mut entry_items) = (vec![0; data.len()], vec![0; data.len()]);
        each(&mut |cell, (user, item)| {
            (entry_users[next[cell]], entry_items[next[cell]]) = (user, item);
            next[cell] += 1;
        });
        Self {
            n_shards,
            user_starts,
            items,
            item_starts,
            entry_users,
            entry_items,
            cells,
        }
    }

    pub(super) fn n_tiles(&self) -> usize {
        self.item_starts.len() - 1
    }

    /// The entries of `shard` in `tile`: the places of their users, and of their items.
    pub(super) fn cell(&self, tile: usize, shard: usize) -> (&[u32], &[u32]) {
        let cell = tile * self.n_shards + shard;
        let range = self.cells[cell]..self.cells[cell + 1];
        (&self.entry_users[range.clone()], &self.entry_items[range])
    }

    /// Where the entries of all shards in `tile` stand.
    pub(super) fn entries_of(&self, tile: usize) -> Range<usize> {
        self.cells[tile * self.n_shards]..self.cells[(tile + 1) * self.n_shards]
    }

    /// The items of `tile`.
    pub(super) fn items_of(&self, tile: usize) -> &[u32] {
        &self.items[self.item_starts[tile]..self.item_starts[tile + 1]]
    }
}

/// Keeps the stream of the tiles apart from those of the factors and the epochs.
const TILES_STREAM: u64 = u64::MAX;

/// Cuts the users into shards of about the same number of interactions, none of them empty.
fn user_starts(data: &Interactions, n_shards: usize) -> Vec<usize> {
    let mut starts = vec![0];
    for user in 0..data.n_users() {
        let shard = starts.len();
        let enough = data.row(UserId(user as u32)).start * n_shards >= shard * data.len();
        let last_chance = data.n_users() - user == n_shards - shard;
        if shard < n_shards && user > starts[shard - 1] && (enough || last_chance) {
            starts.push(user);
        }
    }
    starts.push(data.n_users());
    starts
}
