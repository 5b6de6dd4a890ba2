//! Norms and cosines that keep their digits for rows of any size.
//!
//! The square of an `f32` below about 1e-19 has no full precision any more, because it is a subnormal number. Norms and
//! cosines of such rows are computed in `f64`, whose squares do not underflow for any `f32`.

use crate::kernels;

/// A sum of products is exact to the precision of `f32` if it is at least this large: each product loses at most 1e-45, and
/// 65,536 of them 1e-40. A larger bound sends more rows to the slower `f64` path.
const SMALLEST: f32 = 1e-30;
/// Above this, sums of products may overflow on the way although the result would not.
const LARGEST: f32 = 1e38;

/// Whether a product of norms, or a norm, is in the range in which `f32` is precise.
pub(super) fn is_exact(size: f32) -> bool {
    // Without a branch, so that loops over it are vectorised.
    #[allow(clippy::manual_range_contains)]
    let is_within = (size >= SMALLEST) & (size <= LARGEST);
    is_within
}

/// The norm `|v|`; infinite if the sum of the squares is no finite `f32`, which is so above 1.8e19.
pub(super) fn norm(vector: &[f32]) -> f32 {
    let square = kernels::dot(vector, vector);
    if square < SMALLEST {
        norm_f64(vector) as f32
    } else {
        square.sqrt()
    }
}

/// The norm `|v|`, by `f64`.
pub(super) fn norm_f64(vector: &[f32]) -> f64 {
    dot_f64(vector, vector).sqrt()
}

/// `a·b / (|a| |b|)`, within -1 and 1, by `f64`; 0 if a norm is 0.
pub(super) fn cosine(a: &[f32], b: &[f32]) -> f32 {
    let both = norm_f64(a) * norm_f64(b);
    if both > 0.0 {
        (dot_f64(a, b) / both).clamp(-1.0, 1.0) as f32
    } else {
        0.0
    }
}

fn dot_f64(a: &[f32], b: &[f32]) -> f64 {
    a.iter()
        .zip(b)
        .map(|(&x, &y)| f64::from(x) * f64::from(y))
        .sum()
}
