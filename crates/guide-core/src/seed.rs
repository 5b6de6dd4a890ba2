//! Seeds: one portable generator, and one independent stream a shard so that threads never change a result.

use rand::SeedableRng;

/// The generator of the whole workspace: xoshiro256++ (Blackman, Vigna, 2019), whose output does not change between releases.
pub type Rng = rand::rngs::Xoshiro256PlusPlus;

/// The generator for `seed`.
///
/// ```
/// use rand::RngExt;
/// let (mut a, mut b) = (guide_core::seeded(7), guide_core::seeded(7));
/// assert_eq!(a.random::<u64>(), b.random::<u64>());
/// ```
pub fn seeded(seed: u64) -> Rng {
    Rng::seed_from_u64(seed)
}

/// The generator of one shard of the work under `seed`.
///
/// Shards are fixed by the data (a row, a block of ratings) and not by the thread that works on them.
///
/// ```
/// use guide_core::stream;
/// use rand::RngExt;
/// let first = |seed, shard| stream(seed, shard).random::<u64>();
/// assert_eq!(first(7, 0), first(7, 0));
/// assert_ne!(first(7, 0), first(7, 1));
/// ```
pub fn stream(seed: u64, shard: u64) -> Rng {
    seeded(split_mix(
        seed ^ split_mix(shard.wrapping_add(0x9E37_79B9_7F4A_7C15)),
    ))
}

/// The finaliser of SplitMix64 (Steele, Lea, Flood, 2014): spreads near-by inputs over all 64 bits. 0 stays 0.
pub fn split_mix(x: u64) -> u64 {
    let x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    x ^ (x >> 31)
}

#[cfg(test)]
mod tests {
    use rand::RngExt;

    use super::*;

    #[test]
    fn the_generators_never_change() {
        let first = |mut rng: Rng| rng.random::<u64>();
        assert_eq!(first(seeded(0)), 5_987_356_902_031_041_503);
        assert_ne!(first(stream(7, 0)), first(stream(7, 1)));
        assert_ne!(first(stream(7, 0)), first(stream(8, 0)));
    }
}
