//! Pooling layers.

mod adaptive;
mod avg_pool;
mod max_pool;
mod params;

pub use adaptive::{AdaptiveAvgPool2d, GlobalAvgPool};
pub use avg_pool::AvgPool2d;
pub use max_pool::MaxPool2d;
pub use params::PoolParams;

use rayon::prelude::*;

/// Runs `one` on each pair of an example's output and input, by several threads where there is enough to do.
fn by_example(
    to: &mut [f32],
    to_len: usize,
    from: &[f32],
    from_len: usize,
    one: impl Fn(usize, &mut [f32], &[f32]) + Sync,
) {
    /// Numbers that one thread takes at least.
    const LEAST: usize = 1 << 14;
    let (to_len, from_len) = (to_len.max(1), from_len.max(1));
    let examples = to
        .par_chunks_exact_mut(to_len)
        .zip(from.par_chunks_exact(from_len));
    let least = (LEAST / to_len.max(from_len)).max(1);
    let examples = examples.enumerate().with_min_len(least);
    examples.for_each(|(example, (to, from))| one(example, to, from));
}
