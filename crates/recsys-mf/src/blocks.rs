//! Ratings cut into cells that can be learned from side by side: the stratified gradient descent of Gemulla, Haas,
//! Nijkamp and Sismanis (2011).
//!
//! Users and items are dealt into the same number of shards. A rotation works on the cells `(s, s + t mod n)` of all user
//! shards `s` at once: no two of them share a user or an item. How many shards there are follows from the number of
//! ratings alone, so any number of threads gives the same bits.

use rayon::prelude::*;
use recsys_core::{Interactions, UserId};

/// One rating, with the places of its user and item inside their shards.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Entry {
    pub(crate) user: u32,
    pub(crate) item: u32,
    pub(crate) rating: f32,
}

/// The cells, and who is where.
#[derive(Debug)]
pub(crate) struct Blocks {
    pub(crate) users: Shards,
    pub(crate) items: Shards,
    /// Row by row: cell `(s, t)` at `s * n + t`. Inside a cell users rise, and each user's ratings come as they arrived.
    cells: Vec<Vec<Entry>>,
}

/// A cell has about this many ratings or more: enough to make handing it to a thread cheap.
const RATINGS_A_CELL: usize = 1_200;
/// More shards than this bring nothing until there are as many threads.
const MAX_SHARDS: usize = 32;

impl Blocks {
    pub(crate) fn new(data: &Interactions, ratings: &[f32]) -> Self {
        let wanted = ((data.len() / RATINGS_A_CELL) as f64).sqrt() as usize;
        let n_shards = wanted
            .min(data.n_users())
            .min(data.n_items())
            .clamp(1, MAX_SHARDS);
        let user_counts =
            (0..data.n_users() as u32).map(|user| data.row(UserId(user)).len() as u32);
        let users = Shards::deal(&user_counts.collect::<Vec<_>>(), n_shards);
        let items = Shards::deal(&data.item_counts(), n_shards);
        let order = data.by_arrival();
        let cells = users.members.par_iter().flat_map_iter(|members| {
            let mut row: Vec<Vec<Entry>> = vec![Vec::new(); n_shards];
            for (place, &user) in (0..).zip(members) {
                for &position in &order[data.row(UserId(user))] {
                    let (shard, item) = items.places[data.items()[position as usize].index()];
                    let rating = ratings[position as usize];
                    row[shard as usize].push(Entry {
                        user: place,
                        item,
                        rating,
                    });
                }
            }
            row
        });
        let cells = cells.collect();
        Self {
            users,
            items,
            cells,
        }
    }

    /// Runs `learn` on every cell, with what belongs to its user shard and to its item shard, and adds up what it returns.
    pub(crate) fn epoch<U: Send, I: Send>(
        &self,
        users: &mut [U],
        items: &mut [I],
        learn: impl Fn(&mut U, &mut I, &[Entry]) -> f64 + Sync,
    ) -> f64 {
        let n = users.len();
        let mut total = 0.0;
        let mut items: Vec<(usize, &mut I)> = items.iter_mut().enumerate().collect();
        for _ in 0..n {
            let pairs = users
                .par_iter_mut()
                .zip(&mut items)
                .enumerate()
                .with_max_len(1);
            let losses: Vec<f64> = pairs
                .map(|(s, (user, (t, item)))| learn(user, item, &self.cells[s * n + *t]))
                .collect();
            total += losses.iter().sum::<f64>();
            items.rotate_left(1);
        }
        total
    }
}

/// Users or items dealt into shards that have about the same number of ratings.
#[derive(Debug)]
pub(crate) struct Shards {
    /// Who is in each shard, rising.
    pub(crate) members: Vec<Vec<u32>>,
    /// The shard of each one, and its place there.
    places: Vec<(u32, u32)>,
}

impl Shards {
    /// Deals by falling `counts`, back and forth, as teams are picked.
    fn deal(counts: &[u32], n_shards: usize) -> Self {
        let mut order: Vec<u32> = (0..counts.len() as u32).collect();
        order.sort_by_key(|&id| std::cmp::Reverse(counts[id as usize]));
        let mut members = vec![Vec::new(); n_shards];
        for (turn, &id) in order.iter().enumerate() {
            let (round, seat) = (turn / n_shards, turn % n_shards);
            let shard = if round % 2 == 0 {
                seat
            } else {
                n_shards - 1 - seat
            };
            members[shard].push(id);
        }
        let mut places = vec![(0, 0); counts.len()];
        for (shard, members) in (0..).zip(&mut members) {
            members.sort_unstable();
            for (place, &id) in (0..).zip(members.iter()) {
                places[id as usize] = (shard, place);
            }
        }
        Self { members, places }
    }

    /// Cuts `rows`, `width` numbers for each id, into one array a shard.
    pub(crate) fn scatter(&self, rows: &[f32], width: usize) -> Vec<Vec<f32>> {
        let cut = |members: &Vec<u32>| {
            let rows = members
                .iter()
                .map(|&id| &rows[id as usize * width..][..width]);
            rows.flatten().copied().collect()
        };
        self.members.par_iter().map(cut).collect()
    }

    /// Puts the arrays of all shards together again: the reverse of [`Shards::scatter`].
    pub(crate) fn gather<'a>(
        &self,
        shards: impl Iterator<Item = &'a [f32]>,
        width: usize,
    ) -> Vec<f32> {
        let mut rows = vec![0.0; self.places.len() * width];
        for (members, shard) in self.members.iter().zip(shards) {
            for (place, &id) in members.iter().enumerate() {
                let to = &mut rows[id as usize * width..][..width];
                to.copy_from_slice(&shard[place * width..][..width]);
            }
        }
        rows
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;

    #[test]
    fn every_rating_is_met_once_an_epoch_and_no_two_cells_of_a_rotation_meet() {
        let data = fixtures::low_rank(300, 200, 20_000, 3);
        let blocks = Blocks::new(&data, data.ratings().unwrap());
        let n = blocks.users.members.len();
        assert_eq!(n, 4);
        let mut users: Vec<usize> = (0..n).collect();
        let mut items: Vec<Vec<(usize, Entry)>> = vec![Vec::new(); n];
        let total = blocks.epoch(&mut users, &mut items, |&mut shard, met, entries| {
            met.extend(entries.iter().map(|&entry| (shard, entry)));
            entries.len() as f64
        });
        assert_eq!(total as usize, data.len());
        let mut met: Vec<(u32, u32, f32)> = Vec::new();
        for (item_shard, entries) in items.iter().enumerate() {
            for &(user_shard, entry) in entries {
                let user = blocks.users.members[user_shard][entry.user as usize];
                let item = blocks.items.members[item_shard][entry.item as usize];
                met.push((user, item, entry.rating));
            }
        }
        met.sort_by(|a, b| a.partial_cmp(b).unwrap());
        let all = (0..300).flat_map(|user| {
            let row = data.row(UserId(user));
            row.map(move |p| (user, p))
        });
        let all: Vec<_> = all
            .map(|(user, p)| (user, data.items()[p].0, data.ratings().unwrap()[p]))
            .collect();
        assert_eq!(met, all);
    }

    #[test]
    fn shards_weigh_the_same() {
        let counts: Vec<u32> = (1..=1000).map(|rank| 10_000 / rank).collect();
        let shards = Shards::deal(&counts, 4);
        let weights: Vec<u32> = (shards.members.iter())
            .map(|members| members.iter().map(|&id| counts[id as usize]).sum())
            .collect();
        let (least, most) = (weights.iter().min().unwrap(), weights.iter().max().unwrap());
        assert!(f64::from(*most) < 1.5 * f64::from(*least), "{weights:?}");
    }

    #[test]
    fn what_is_scattered_can_be_gathered() {
        let shards = Shards::deal(&[3, 1, 4, 1, 5], 2);
        let rows: Vec<f32> = (0..15).map(|x| x as f32).collect();
        let parts = shards.scatter(&rows, 3);
        assert_eq!(shards.gather(parts.iter().map(Vec::as_slice), 3), rows);
    }
}
