//! Gradients of pixels side by side, in arithmetic that is the same for one number and for eight in a register.

use crate::pyramid::Plane;

/// Gradients that are made together.
pub(super) const SIDE_BY_SIDE: usize = 16;

/// One number for each of the pixels.
pub(super) type Lanes = [f32; SIDE_BY_SIDE];

/// `atan(q) / 2π = q (c0 + c1 q² + ..)` for `q` in `0..=1`, to 2e-6: least squares with the weights moved until the greatest
/// error was as small as it gets.
const ATAN: [f32; 5] = [
    0.159_133_67,
    -0.052_569_64,
    0.028_673_23,
    -0.013_553_028,
    0.003_317_588_5,
];

/// Lengths, and directions in turns in `0.0..=1.0`, anticlockwise as the picture is seen, of the gradients of `n` pixels of
/// row `y` from column `x` on. There must be pixels all around; beyond `n` lengths are 0.
#[inline(always)]
pub(super) fn gradients(layer: &Plane, x: usize, y: usize, n: usize) -> (Lanes, Lanes) {
    let right = lanes(layer.row(y), x + 1, n);
    let left = lanes(layer.row(y), x - 1, n);
    let above = lanes(layer.row(y - 1), x, n);
    let below = lanes(layer.row(y + 1), x, n);
    let (mut lengths, mut turns) = ([0.0; SIDE_BY_SIDE], [0.0; SIDE_BY_SIDE]);
    for i in 0..SIDE_BY_SIDE {
        let (dx, dy) = (right[i] - left[i], above[i] - below[i]);
        lengths[i] = (dx * dx + dy * dy).sqrt();
        turns[i] = direction(dx, dy);
    }
    (lengths, turns)
}

/// `n` numbers of `row` from `start` on, then zeros.
#[inline(always)]
fn lanes(row: &[f32], start: usize, n: usize) -> Lanes {
    let row = &row[start..start + n];
    row.first_chunk().copied().unwrap_or_else(|| {
        let mut lanes = [0.0; SIDE_BY_SIDE];
        lanes[..n].copy_from_slice(row);
        lanes
    })
}

/// The direction of `(dx, dy)` in turns, in `0.0..=1.0`.
#[inline(always)]
fn direction(dx: f32, dy: f32) -> f32 {
    let (wide, high) = (dx.abs(), dy.abs());
    let (shorter, longer) = if wide < high {
        (wide, high)
    } else {
        (high, wide)
    };
    let ratio = shorter / (longer + f32::MIN_POSITIVE);
    let square = ratio * ratio;
    let [c0, c1, c2, c3, c4] = ATAN;
    let eighth = ratio * (c0 + square * (c1 + square * (c2 + square * (c3 + square * c4))));
    let quarter = if wide < high { 0.25 - eighth } else { eighth };
    let half = if dx < 0.0 { 0.5 - quarter } else { quarter };
    if dy < 0.0 { 1.0 - half } else { half }
}

/// `exp(-i² / 2σ²)` for `i` in `0..=radius`: a bell is the product of its values along the two axes.
pub(super) fn bell(radius: usize, sigma: f32) -> Vec<f32> {
    let over = -0.5 / (sigma * sigma);
    (0..=radius)
        .map(|i| ((i * i) as f32 * over).exp())
        .collect()
}

#[cfg(test)]
mod tests {
    use std::f64::consts::TAU;

    use super::*;

    #[test]
    fn directions_are_those_of_the_circle() {
        for step in 0..100_000 {
            let turn = f64::from(step) / 100_000.0;
            let (sin, cos) = (turn * TAU).sin_cos();
            let found = f64::from(direction(37.0 * cos as f32, 37.0 * sin as f32));
            let off = (found - turn).abs();
            assert!(off.min(1.0 - off) < 2.2e-6, "{turn}: {found}");
        }
        assert_eq!(direction(0.0, 0.0), 0.0);
        assert_eq!(direction(-1.0, 0.0), 0.5);
        assert_eq!(direction(0.0, -1.0), 0.75);
    }

    #[test]
    fn only_the_asked_pixels_have_gradients() {
        let mut layer = Plane::new(40, 3);
        layer.row_mut(1)[21] = 8.0;
        let (lengths, turns) = gradients(&layer, 20, 1, 1);
        assert_eq!((lengths[0], turns[0]), (8.0, 0.0));
        assert_eq!(lengths[1..], [0.0; SIDE_BY_SIDE - 1]);
        let (lengths, turns) = gradients(&layer, 20, 1, SIDE_BY_SIDE);
        assert_eq!((lengths[2], turns[2]), (8.0, 0.5));
    }
}
