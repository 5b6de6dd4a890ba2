//! Integral images: the sum of any upright box from four numbers (Crow 1984; Viola, Jones 2001).

use rayon::prelude::*;

use crate::GrayImage;

/// `S(x, y)`, the sum of the pixels left of column `x` and above row `y`, kept so that every `step`-th column is adjacent.
///
/// The sums of large pictures overflow, and those of boxes come out right again, since both wrap.
pub(super) struct Integral {
    /// Columns of the picture.
    pub(super) width: usize,
    /// Rows of the picture.
    pub(super) height: usize,
    /// How far apart adjacent numbers are.
    pub(super) step: usize,
    /// How many columns `x` have the same `x % step`.
    pitch: usize,
    pub(super) sums: Vec<i32>,
}

impl Integral {
    /// With the columns in their order.
    pub(super) fn new(image: &GrayImage) -> Self {
        let (width, height) = (image.width(), image.height());
        let pitch = width + 1;
        let mut sums = vec![0i32; pitch * (height + 1)];
        for y in 0..height {
            let (above, below) = sums[y * pitch..].split_at_mut(pitch);
            let mut row = 0i32;
            let columns = below[1..pitch].iter_mut().zip(&above[1..]);
            for ((below, &above), &pixel) in columns.zip(image.row(y)) {
                row = row.wrapping_add(i32::from(pixel));
                *below = above.wrapping_add(row);
            }
        }
        Self {
            width,
            height,
            step: 1,
            pitch,
            sums,
        }
    }

    /// The same with twice the step.
    pub(super) fn coarser(&self) -> Self {
        let (step, pitch) = (2 * self.step, self.pitch.div_ceil(2));
        let mut sums = vec![0i32; step * pitch * (self.height + 1)];
        let rows = sums.par_chunks_exact_mut(step * pitch).with_min_len(16);
        rows.zip(self.sums.par_chunks_exact(self.step * self.pitch))
            .for_each(|(out, row)| {
                // Of every second number, those from the first and from the second on.
                let (first, second) = out.split_at_mut(self.step * pitch);
                let phases = first
                    .chunks_exact_mut(pitch)
                    .zip(second.chunks_exact_mut(pitch));
                for ((first, second), row) in phases.zip(row.chunks_exact(self.pitch)) {
                    let (pairs, odd) = row.as_chunks::<2>();
                    for ((first, second), pair) in first.iter_mut().zip(second).zip(pairs) {
                        [*first, *second] = *pair;
                    }
                    first[pairs.len()..].copy_from_slice(odd);
                }
            });
        Self {
            width: self.width,
            height: self.height,
            step,
            pitch,
            sums,
        }
    }

    /// Where `S(x, y)` is kept; `S(x + j step, y)` is kept `j` further on.
    pub(super) fn at(&self, x: usize, y: usize) -> usize {
        (y * self.step + x % self.step) * self.pitch + x / self.step
    }
}
