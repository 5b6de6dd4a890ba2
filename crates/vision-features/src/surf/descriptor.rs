//! The descriptor: sums of differences in 4x4 fields of a turned and scaled patch (Bay et al. 2008, §4.2).

use super::pictures::Pictures;
use super::simd;
use crate::Keypoint;

/// Differences a side.
const SIDE: usize = 20;

/// 21x21 cells of one scale each, the first and last column of a field twice: in each row the first cells of the four
/// fields, then their second ones, up to the sixth, which is the first of the next field.
pub(super) type Patch = [[f32; 24]; SIDE + 1];

/// Of the differences of a row, in the order of [`Patch`].
pub(super) type Weights = [[f32; 4]; 5];

/// What all patches have in common.
pub(super) struct Describer {
    /// How many cells the columns of a patch lie to the right of its middle.
    across: [f32; 24],
    /// Gaussian, σ = 3.3 scales.
    weights: Weights,
}

impl Describer {
    pub(super) fn new() -> Self {
        let weights = std::array::from_fn(|k| std::array::from_fn(|field| weight(5 * field + k)));
        let across = std::array::from_fn(|n| (5 * (n % 4) + n / 4) as f32 - 10.0);
        Self { across, weights }
    }

    /// `Σ dx, Σ dy, Σ |dx|, Σ |dy|` of each field, row by row, along and across the direction; of length 1.
    pub(super) fn describe(&self, pictures: &Pictures, keypoint: &Keypoint) -> [f32; 64] {
        simd::four(&self.patch(pictures, keypoint), &self.weights)
    }

    /// `Σ dx, Σ |dx|` where `dy >= 0`, the same where it is not, `Σ dy, Σ |dy|` where `dx >= 0`, the same where it is not,
    /// of each field; of length 1.
    pub(super) fn describe_extended(&self, pictures: &Pictures, keypoint: &Keypoint) -> [f32; 128] {
        simd::eight(&self.patch(pictures, keypoint), &self.weights)
    }

    fn patch(&self, pictures: &Pictures, keypoint: &Keypoint) -> Patch {
        let (sin, cos) = keypoint.angle.to_radians().sin_cos();
        let mut patch = [[0.0; 24]; SIDE + 1];
        pictures.cells(keypoint, [cos, sin], &self.across, &mut patch);
        patch
    }
}

fn weight(k: usize) -> f32 {
    let apart = k as f32 - (SIDE - 1) as f32 / 2.0;
    (-apart * apart / (2.0 * 3.3 * 3.3)).exp()
}

/// See [`Describer::describe`].
#[inline(always)]
pub(super) fn four(patch: &Patch, weights: &Weights) -> [f32; 64] {
    fields(patch, weights, |dx, dy| [dx, dy, dx.abs(), dy.abs()])
}

/// See [`Describer::describe_extended`].
#[inline(always)]
pub(super) fn eight(patch: &Patch, weights: &Weights) -> [f32; 128] {
    fields(patch, weights, |dx, dy| {
        let split = |value: f32, first: bool| {
            let (yes, no) = if first { (value, 0.0) } else { (0.0, value) };
            [yes, yes.abs(), no, no.abs()]
        };
        let ([a, b, c, d], [e, f, g, h]) = (split(dx, dy >= 0.0), split(dy, dx >= 0.0));
        [a, b, c, d, e, f, g, h]
    })
}

/// The sums over 5x5 differences of the `PART` numbers that `vote` makes of each, as one vector of length 1.
#[inline(always)]
fn fields<const N: usize, const PART: usize>(
    patch: &Patch,
    weights: &Weights,
    vote: impl Fn(f32, f32) -> [f32; PART],
) -> [f32; N] {
    let mut out = [0.0; N];
    let mut squares = [0.0f32; 4];
    for (band, out) in out.chunks_exact_mut(4 * PART).enumerate() {
        // Of the four fields side by side.
        let mut sums = [[0.0f32; 4]; PART];
        for i in 5 * band..5 * band + 5 {
            let (upper, lower) = (patch[i].as_chunks::<4>().0, patch[i + 1].as_chunks::<4>().0);
            let down = weight_of_row(weights, i);
            for (k, weights) in weights.iter().enumerate() {
                for field in 0..4 {
                    let weight = down * weights[field];
                    let falling = lower[k + 1][field] - upper[k][field];
                    let rising = upper[k + 1][field] - lower[k][field];
                    let votes = vote(weight * (falling + rising), weight * (falling - rising));
                    for (sums, vote) in sums.iter_mut().zip(votes) {
                        sums[field] += vote;
                    }
                }
            }
        }
        for (part, sums) in sums.iter().enumerate() {
            for (field, sum) in sums.iter().enumerate() {
                out[PART * field + part] = *sum;
                squares[field] += sum * sum;
            }
        }
    }
    let length = squares.iter().sum::<f32>().sqrt();
    let scale = 1.0 / (length + f32::EPSILON);
    for out in &mut out {
        *out *= scale;
    }
    out
}

/// Rows weigh as columns do.
fn weight_of_row(weights: &Weights, row: usize) -> f32 {
    weights[row % 5][row / 5]
}
