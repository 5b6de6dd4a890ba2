//! The words dealt into parts that have about as many pairs.

use std::cmp::Reverse;

/// Which word is where.
pub(super) struct Shards {
    /// Words in each shard, at least 1 shard.
    pub(super) lens: Vec<usize>,
    /// The shard of each word, and its place there.
    pub(super) places: Vec<(u32, u32)>,
}

impl Shards {
    /// Deals the words by falling `counts`, back and forth, as teams are picked.
    pub(super) fn deal(counts: &[u64], n_shards: usize) -> Self {
        let mut order: Vec<usize> = (0..counts.len()).collect();
        order.sort_by_key(|&word| Reverse(counts[word]));
        let mut lens = vec![0; n_shards];
        let mut places = vec![(0, 0); counts.len()];
        for (turn, &word) in order.iter().enumerate() {
            let (round, seat) = (turn / n_shards, turn % n_shards);
            let shard = if round % 2 == 0 {
                seat
            } else {
                n_shards - 1 - seat
            };
            places[word] = (shard as u32, lens[shard] as u32);
            lens[shard] += 1;
        }
        Self { lens, places }
    }
}
