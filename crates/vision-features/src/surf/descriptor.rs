//! The descriptor: sums of differences in 4x4 fields of a turned and scaled patch (Bay et al. 2008, §4.2).
//!
//! The patch has 21x21 cells of one scale each. A cell is the mean of 2x2 samples of the picture halved so often that
//! these lie about a pixel apart, which costs the same for every size; OpenCV averages all pixels of the cell instead.

use super::plain::{LINE, Padded};
use super::simd;
use crate::{GrayImage, Keypoint};

/// Differences a side.
const SIDE: usize = 20;
/// Cells a side.
const CELLS: usize = SIDE + 1;

/// The picture, halved again and again, and the Gaussian weights of the differences (σ = 3.3 scales).
pub(super) struct Patches {
    levels: Vec<Padded>,
    weights: [f32; SIDE],
}

impl Patches {
    /// `None` for a picture of a single row or column, in which no key point is found either.
    pub(super) fn new(image: &GrayImage) -> Option<Self> {
        let mut levels = vec![Padded::new(image)?];
        while let Some(half) = levels.last().and_then(Padded::half) {
            levels.push(half);
        }
        let weight = |k: usize| {
            let apart = k as f32 - (SIDE - 1) as f32 / 2.0;
            (-apart * apart / (2.0 * 3.3 * 3.3)).exp()
        };
        Some(Self {
            levels,
            weights: std::array::from_fn(weight),
        })
    }

    /// `Σ dx, Σ dy, Σ |dx|, Σ |dy|` of each field, row by row, along and across the direction; of length 1.
    pub(super) fn describe(&self, keypoint: &Keypoint) -> [f32; 64] {
        self.fields(keypoint, |[dx, dy]| [dx, dy, dx.abs(), dy.abs()])
    }

    /// `Σ dx, Σ |dx|` where `dy >= 0`, the same where it is not, `Σ dy, Σ |dy|` where `dx >= 0`, the same where it is not,
    /// of each field; of length 1.
    pub(super) fn describe_extended(&self, keypoint: &Keypoint) -> [f32; 128] {
        self.fields(keypoint, |[dx, dy]| {
            let (x, y) = ([dx, dx.abs()], [dy, dy.abs()]);
            let split = |pair: [f32; 2], first: bool| match first {
                true => [pair[0], pair[1], 0.0, 0.0],
                false => [0.0, 0.0, pair[0], pair[1]],
            };
            let ([a, b, c, d], [e, f, g, h]) = (split(x, dy >= 0.0), split(y, dx >= 0.0));
            [a, b, c, d, e, f, g, h]
        })
    }

    /// The sums over 5x5 differences of the `PART` numbers that `vote` makes of each, as one vector of length 1.
    fn fields<const N: usize, const PART: usize>(
        &self,
        keypoint: &Keypoint,
        vote: impl Fn([f32; 2]) -> [f32; PART],
    ) -> [f32; N] {
        let patch = self.patch(keypoint);
        let mut out = [0.0; N];
        for (i, rows) in patch.windows(2).enumerate() {
            let [upper, lower] = rows else { continue };
            for j in 0..SIDE {
                let weight = self.weights[i] * self.weights[j];
                let falling = lower[j + 1] - upper[j];
                let rising = upper[j + 1] - lower[j];
                let votes = vote([weight * (falling + rising), weight * (falling - rising)]);
                let field = PART * (i / 5 * 4 + j / 5);
                for (out, vote) in out[field..field + PART].iter_mut().zip(votes) {
                    *out += vote;
                }
            }
        }
        let length = out.iter().map(|v| v * v).sum::<f32>().sqrt();
        out.map(|v| v / (length + f32::EPSILON))
    }

    fn patch(&self, keypoint: &Keypoint) -> [[f32; CELLS]; CELLS] {
        let scale = keypoint.size * 1.2 / 9.0;
        let wanted = (scale / 1.2).log2().max(0.0) as usize;
        let level = wanted.min(self.levels.len() - 1);
        let shrink = (1 << level) as f32;
        let picture = &self.levels[level];
        let centre = [keypoint.x, keypoint.y].map(|at| (at + 0.5) / shrink - 0.5);
        let (sin, cos) = keypoint.angle.to_radians().sin_cos();
        let step = scale / shrink / 2.0;
        let (along, down) = ([step * cos, step * sin], [-step * sin, step * cos]);
        let first = -(CELLS as f32 - 0.5);
        let mut patch = [[0.0; CELLS]; CELLS];
        for (row, cells) in patch.iter_mut().enumerate() {
            let lines = [0, 1].map(|k| {
                let row = first + (2 * row + k) as f32;
                let start = [0, 1].map(|a| centre[a] + first * along[a] + row * down[a]);
                let mut line = [0.0; LINE];
                simd::line(picture, start, along, &mut line);
                line
            });
            for (column, cell) in cells.iter_mut().enumerate() {
                let pair = |line: &[f32; LINE]| line[2 * column] + line[2 * column + 1];
                *cell = (pair(&lines[0]) + pair(&lines[1])) / 4.0;
            }
        }
        patch
    }
}

impl Padded {
    /// Three bytes more, because samples are read by fours.
    fn new(image: &GrayImage) -> Option<Self> {
        let (width, height) = (image.width(), image.height());
        if width.min(height) < 2 {
            return None;
        }
        let mut pixels = image.pixels().to_vec();
        pixels.extend([0; 3]);
        Some(Self {
            width,
            height,
            pixels,
        })
    }

    /// Means of 2x2 pixels; an odd last row or column is left out.
    fn half(&self) -> Option<Self> {
        let (width, height) = (self.width / 2, self.height / 2);
        if width.min(height) < 2 {
            return None;
        }
        let mut pixels = Vec::with_capacity(width * height + 3);
        for rows in self.pixels[..2 * height * self.width].chunks_exact(2 * self.width) {
            let (upper, lower) = rows.split_at(self.width);
            let pairs = upper
                .as_chunks::<2>()
                .0
                .iter()
                .zip(lower.as_chunks::<2>().0);
            let mean = |([a, b], [c, d]): (&[u8; 2], &[u8; 2])| {
                ((u16::from(*a) + u16::from(*b) + u16::from(*c) + u16::from(*d) + 2) / 4) as u8
            };
            pixels.extend(pairs.map(mean));
        }
        pixels.extend([0; 3]);
        Some(Self {
            width,
            height,
            pixels,
        })
    }
}
