//! Sums over long vectors, in chunks of fixed size: the same bits for any number of threads.

use guide_core::kernels::{axpy, dot as dot_of_chunk};
use rayon::prelude::*;

/// Numbers of one chunk: three chunks fit into the first-level cache.
const CHUNK: usize = 2048;
/// Least chunks of one task: with fewer, waking a thread takes longer than the work.
const TASK: usize = 32;

/// The sum in the order given.
pub(super) fn sum_of_chunks(sums: impl Iterator<Item = f64>) -> f64 {
    sums.sum()
}

/// `a · b`.
pub(super) fn dot(a: &[f32], b: &[f32]) -> f64 {
    let chunks = a.par_chunks(CHUNK).zip(b.par_chunks(CHUNK));
    let sums: Vec<f64> = chunks
        .with_min_len(TASK)
        .map(|(a, b)| f64::from(dot_of_chunk(a, b)))
        .collect();
    sum_of_chunks(sums.into_iter())
}

/// `y += alpha x`.
pub(super) fn add_scaled(alpha: f32, x: &[f32], y: &mut [f32]) {
    let chunks = x.par_chunks(CHUNK).zip(y.par_chunks_mut(CHUNK));
    chunks
        .with_min_len(TASK)
        .for_each(|(x, y)| axpy(alpha, x, y));
}

/// `y += alpha x`, then `y · z` of the new `y`: one pass over the three.
pub(super) fn add_scaled_then_dot(alpha: f32, x: &[f32], y: &mut [f32], z: &[f32]) -> f64 {
    let chunks = x
        .par_chunks(CHUNK)
        .zip(y.par_chunks_mut(CHUNK))
        .zip(z.par_chunks(CHUNK));
    let sums: Vec<f64> = chunks
        .with_min_len(TASK)
        .map(|((x, y), z)| {
            axpy(alpha, x, y);
            f64::from(dot_of_chunk(y, z))
        })
        .collect();
    sum_of_chunks(sums.into_iter())
}

/// `y = scale d y`, element by element.
pub(super) fn scale_by(scale: f32, d: &[f32], y: &mut [f32]) {
    let chunks = d.par_chunks(CHUNK).zip(y.par_chunks_mut(CHUNK));
    chunks.with_min_len(TASK).for_each(|(d, y)| {
        for (y, d) in y.iter_mut().zip(d) {
            *y *= scale * d;
        }
    });
}

/// `y = −x`.
pub(super) fn negated(x: &[f32], y: &mut [f32]) {
    let chunks = x.par_chunks(CHUNK).zip(y.par_chunks_mut(CHUNK));
    chunks.with_min_len(TASK).for_each(|(x, y)| {
        for (y, x) in y.iter_mut().zip(x) {
            *y = -x;
        }
    });
}

/// `y = x − y`.
pub(super) fn subtract_from(x: &[f32], y: &mut [f32]) {
    let chunks = x.par_chunks(CHUNK).zip(y.par_chunks_mut(CHUNK));
    chunks.with_min_len(TASK).for_each(|(x, y)| {
        for (y, x) in y.iter_mut().zip(x) {
            *y = x - *y;
        }
    });
}

/// `Σ d y²`.
pub(super) fn weighted_square(d: &[f32], y: &[f32]) -> f64 {
    let chunks = d.par_chunks(CHUNK).zip(y.par_chunks(CHUNK));
    let sums: Vec<f64> = chunks
        .with_min_len(TASK)
        .map(|(d, y)| {
            let squares = d.iter().zip(y).map(|(d, y)| d * y * y);
            f64::from(squares.sum::<f32>())
        })
        .collect();
    sum_of_chunks(sums.into_iter())
}

/// The largest magnitude; NaN if there is one.
pub(super) fn largest(x: &[f32]) -> f32 {
    let chunks = x.par_chunks(CHUNK).with_min_len(TASK);
    let largest = |largest: f32, x: f32| match x.is_nan() || largest.is_nan() {
        true => f32::NAN,
        false => largest.max(x),
    };
    chunks
        .map(|x| x.iter().map(|x| x.abs()).fold(0.0, largest))
        .reduce(|| 0.0, largest)
}
