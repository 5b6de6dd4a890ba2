//! The words dealt into parts that have about as many occurrences in the text.

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_dealt_back_and_forth() {
        let shards = Shards::deal(&[1, 9, 5, 7, 3], 2);
        // By falling count 9 7 5 3 1: the first and the last two of five to the one, as teams are picked.
        assert_eq!(shards.places, [(0, 2), (0, 0), (1, 1), (1, 0), (0, 1)]);
        assert_eq!(shards.lens, [3, 2]);
        assert_eq!(Shards::deal(&[4], 3).lens, [1, 0, 0]);
    }
}
