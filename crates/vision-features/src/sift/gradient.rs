//! Gradients of pixels side by side, in arithmetic that is the same for one number and for eight in a register.

use guide_core::kernels::prefetch;

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

/// Lengths, and directions in turns in `0.0..=1.0`, anticlockwise as the picture is seen, of the gradients of the pixels of row
/// `y` from column `x` on. There must be pixels all around those that are used; beyond the end of a row there is nonsense.
#[inline(always)]
pub(super) fn gradients(layer: &Plane, x: usize, y: usize) -> (Lanes, Lanes) {
    let right = lanes(layer, x + 1, y);
    let left = lanes(layer, x - 1, y);
    let above = lanes(layer, x, y - 1);
    let below = lanes(layer, x, y + 1);
    let (mut lengths, mut turns) = ([0.0; SIDE_BY_SIDE], [0.0; SIDE_BY_SIDE]);
    for i in 0..SIDE_BY_SIDE {
        let (dx, dy) = (right[i] - left[i], above[i] - below[i]);
        lengths[i] = (dx * dx + dy * dy).sqrt();
        turns[i] = direction(dx, dy);
    }
    (lengths, turns)
}

/// Numbers of the plane from column `x` of row `y` on, in the order they are stored, then zeros.
#[inline(always)]
fn lanes(layer: &Plane, x: usize, y: usize) -> Lanes {
    let rest = layer.from(x, y);
    rest.first_chunk()
        .copied()
        .unwrap_or_else(|| std::array::from_fn(|i| rest.get(i).copied().unwrap_or(0.0)))
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

/// `exp(-d² / 2σ²)` for the distances `-radius..=radius` from a centre: a bell is the product of its values along the two axes.
pub(super) struct Bell {
    /// From `-radius` on, and as many more as are looked up side by side.
    values: Vec<f32>,
    radius: isize,
}

impl Bell {
    pub(super) fn new(radius: usize, sigma: f32) -> Self {
        let over = -0.5 / (sigma * sigma);
        let half: Vec<f32> = (0..=radius)
            .map(|d| ((d * d) as f32 * over).exp())
            .collect();
        let mut values = vec![0.0; 2 * radius + 1 + SIDE_BY_SIDE];
        for (d, &value) in half.iter().enumerate() {
            values[radius - d] = value;
            values[radius + d] = value;
        }
        Self {
            values,
            radius: radius as isize,
        }
    }

    #[inline(always)]
    pub(super) fn at(&self, distance: isize) -> f32 {
        self.values[(self.radius + distance) as usize]
    }

    /// Values side by side from `distance` on; beyond the radius they are 0.
    #[inline(always)]
    pub(super) fn from(&self, distance: isize) -> Lanes {
        let values = &self.values[(self.radius + distance) as usize..];
        values.first_chunk().copied().unwrap_or([0.0; SIDE_BY_SIDE])
    }
}

/// Asks for the pixels `columns` of the row some rows below `y`, whose turn comes soon: a patch has too many rows for the
/// processor to see by itself what is wanted next.
#[inline(always)]
pub(super) fn ask_ahead(layer: &Plane, columns: std::ops::Range<usize>, y: usize) {
    const AHEAD: usize = 5;
    if y + AHEAD < layer.height() {
        prefetch(&layer.row(y + AHEAD)[columns]);
    }
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
    fn gradients_are_taken_up_to_the_last_inner_pixel() {
        let mut layer = Plane::new(40, 3);
        layer.row_mut(1)[39] = 8.0;
        let (lengths, turns) = gradients(&layer, 38, 1);
        assert_eq!((lengths[0], turns[0]), (8.0, 0.0));
        layer.row_mut(1)[21] = 8.0;
        let (lengths, turns) = gradients(&layer, 20, 1);
        assert_eq!((lengths[0], turns[0]), (8.0, 0.0));
        assert_eq!((lengths[2], turns[2]), (8.0, 0.5));
        assert_eq!(lengths[3..], [0.0; SIDE_BY_SIDE - 3]);
    }
}
