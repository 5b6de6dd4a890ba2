//! The direction of a key point: where the Haar responses around it point together (Bay et al. 2008, §4.1).

use super::pictures::Pictures;
use super::simd;
use crate::Keypoint;
use crate::features::unfolded;

/// Radius of the disc of responses, in scales.
const RADIUS: usize = 6;
/// Cells a side of the square in which the responses are taken.
const SIDE: usize = 2 * RADIUS + 4;
/// Responses in as many rows as the disc has, as long as those of the cells.
const RESPONSES: usize = (2 * RADIUS + 1) * SIDE;
/// How many directions are looked at, 5 degrees apart.
const WINDOWS: usize = 72;
/// Directions a window of 60 degrees has.
const WIDTH: usize = 12;

/// The brightness of cells of one scale each, with one row more, so that sums run over the ends of rows.
pub(super) type Cells = [[f32; SIDE]; SIDE + 1];

/// What all discs have in common.
pub(super) struct Disc {
    /// How many cells the columns lie to the right of the middle.
    across: [f32; SIDE],
    /// Gaussian, σ = 2.5 scales.
    weights: [f32; RESPONSES],
    /// Which responses lie in the disc.
    inside: Vec<u8>,
}

impl Disc {
    pub(super) fn new() -> Self {
        let squared = |n: usize| {
            let [x, y] = [n % SIDE, n / SIDE].map(|at| at.abs_diff(RADIUS));
            x * x + y * y
        };
        let weight = |n| (-(squared(n) as f32) / (2.0 * 2.5 * 2.5)).exp();
        let inside = (0..RESPONSES).filter(|&n| squared(n) <= RADIUS * RADIUS);
        Self {
            across: std::array::from_fn(|n| n as f32 - (SIDE - 1) as f32 / 2.0),
            weights: std::array::from_fn(weight),
            inside: inside.map(|n| n as u8).collect(),
        }
    }

    /// The direction in degrees, clockwise as seen.
    pub(super) fn direction(&self, pictures: &Pictures, keypoint: &Keypoint) -> f32 {
        let mut cells = [[0.0; SIDE]; SIDE + 1];
        pictures.cells(keypoint, [1.0, 0.0], &self.across, &mut cells[..SIDE]);
        simd::direction(&cells, self)
    }
}

/// See [`Disc::direction`].
#[inline(always)]
pub(super) fn direction(cells: &Cells, disc: &Disc) -> f32 {
    let cells = cells.as_flattened();
    // Of four cells in a column: their sum, and the lower two less the upper two.
    let (mut sums, mut falls) = ([0.0f32; RESPONSES + 3], [0.0f32; RESPONSES + 3]);
    for n in 0..RESPONSES + 3 {
        let upper = cells[n] + cells[n + SIDE];
        let lower = cells[n + 2 * SIDE] + cells[n + 3 * SIDE];
        sums[n] = upper + lower;
        falls[n] = lower - upper;
    }
    let (mut dx, mut dy) = ([0.0f32; RESPONSES], [0.0f32; RESPONSES]);
    let mut windows = [0u8; RESPONSES];
    for n in 0..RESPONSES {
        let weight = disc.weights[n];
        let x = weight * (sums[n + 2] + sums[n + 3] - (sums[n] + sums[n + 1]));
        let y = weight * (falls[n] + falls[n + 1] + (falls[n + 2] + falls[n + 3]));
        (dx[n], dy[n]) = (x, y);
        windows[n] = (degrees(x, y) * (WINDOWS as f32 / 360.0)) as i32 as u8;
    }
    let mut fives = [[0.0f32; 2]; WINDOWS + WIDTH];
    for &n in &disc.inside {
        let n = usize::from(n).min(RESPONSES - 1);
        let sum = &mut fives[usize::from(windows[n]).min(WINDOWS - 1)];
        *sum = [sum[0] + dx[n], sum[1] + dy[n]];
    }
    fives.copy_within(..WIDTH, WINDOWS);
    longest(&fives)
}

/// The direction of the longest sum over twelve neighbours, the first of which follow the last.
#[inline(always)]
fn longest(fives: &[[f32; 2]; WINDOWS + WIDTH]) -> f32 {
    let mut best = (0.0, 0.0, 0.0);
    let mut threes = [[0.0f32; 2]; WINDOWS + 9];
    for (n, three) in threes.iter_mut().enumerate() {
        for axis in 0..2 {
            three[axis] = fives[n][axis] + fives[n + 1][axis] + fives[n + 2][axis];
        }
    }
    for n in 0..WINDOWS {
        let sum = |axis: usize| {
            (threes[n][axis] + threes[n + 3][axis]) + (threes[n + 6][axis] + threes[n + 9][axis])
        };
        let (x, y) = (sum(0), sum(1));
        let squared = x * x + y * y;
        if squared > best.0 {
            best = (squared, x, y);
        }
    }
    degrees(best.1, best.2)
}

/// The direction of `(x, y)` in `0..360` degrees, to a thousandth of one (Hastings, Approximations for digital computers,
/// 1955, sheet 11).
#[inline(always)]
pub(super) fn degrees(x: f32, y: f32) -> f32 {
    let (long, short) = (x.abs().max(y.abs()), x.abs().min(y.abs()));
    let t = short / long.max(f32::MIN_POSITIVE);
    let s = t * t;
    let series = 0.999866 + s * (-0.3302995 + s * (0.180141 + s * (-0.085133 + s * 0.0208351)));
    unfolded((t * series).to_degrees(), x, y)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn degrees_are_clockwise_from_the_right() {
        for degree in 0..360 {
            let (sin, cos) = f32::to_radians(degree as f32).sin_cos();
            let got = degrees(3.0 * cos, 3.0 * sin);
            let apart = (got - degree as f32).abs();
            assert!(apart.min(360.0 - apart) < 2e-3, "{got} for {degree}");
        }
        assert_eq!(degrees(0.0, 0.0), 0.0);
    }
}
