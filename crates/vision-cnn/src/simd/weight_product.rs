//! The gradient of a kernel: for each cell of the window and each input channel, the sum over points of the input times the gradient of the
//! output.

use nn_core::simd::{Isa, Kernel, Lanes, run};

use super::correlate::padded_columns;
use super::tile::{MOST_COLUMNS, MOST_ROWS, Start, Steps, even, most_rows, tiles};

/// A rectangle of points, added to the gradient of a kernel. All distances are in numbers.
pub(crate) struct WeightProduct<'a> {
    /// Rows and columns of points.
    pub(crate) points: [usize; 2],
    /// The picture from the first cell of the first point's window on.
    pub(crate) source: &'a [f32],
    /// Distance of two points in the picture, along rows and columns.
    pub(crate) source_steps: [usize; 2],
    /// Rows and columns of a window.
    pub(crate) taps: [usize; 2],
    /// Distance of two cells of a window in the picture.
    pub(crate) tap_steps: [usize; 2],
    /// Input channels, which lie side by side.
    pub(crate) channels: usize,
    /// The gradients of the points, row by row: one vector or two of the processor's for each, zeros behind `n`.
    pub(crate) gradients: &'a [f32],
    /// Output channels of this product.
    pub(crate) n: usize,
    /// The gradient of the kernel, rows of `dest_row` numbers, from the first of these channels on.
    pub(crate) dest: &'a mut [f32],
    /// Distance of two rows of it.
    pub(crate) dest_row: usize,
}

impl WeightProduct<'_> {
    /// Adds the sums, on this thread.
    ///
    /// # Panics
    /// If a slice is too short, or `n` is wider than a panel.
    pub(crate) fn run(mut self, isa: Isa) {
        let [rows, columns] = self.points;
        let k = self.taps[0] * self.taps[1] * self.channels;
        if rows == 0 || columns == 0 || self.n == 0 || k == 0 {
            return;
        }
        let last = |[rows, columns]: [usize; 2], [by_row, by_column]: [usize; 2]| {
            (rows - 1) * by_row + (columns - 1) * by_column
        };
        let source = last(self.points, self.source_steps) + last(self.taps, self.tap_steps);
        let fits = source + self.channels <= self.source.len()
            && (k - 1) * self.dest_row + self.n <= self.dest.len()
            && self.n <= 2 * isa.lanes()
            && rows * columns * padded_columns(isa, self.n) <= self.gradients.len();
        assert!(
            fits,
            "gradient of {:?} cells of {} channels by {} over {:?} points: {} numbers to {}",
            self.taps,
            self.channels,
            self.n,
            self.points,
            self.source.len(),
            self.dest.len()
        );
        if self.source_steps[0] == columns * self.source_steps[1] {
            self.points = [1, rows * columns];
        }
        run(isa, self);
    }
}

impl Kernel for WeightProduct<'_> {
    type Output = ();

    #[inline(always)]
    fn with<V: Lanes>(self) {
        let n_vectors = self.n.div_ceil(V::N);
        let width = n_vectors * V::N;
        let side_by_side = self.tap_steps[1] == self.channels || self.taps[1] == 1;
        let (n_runs, len) = if side_by_side {
            (1, self.taps[1] * self.channels)
        } else {
            (self.taps[1], self.channels)
        };
        let rows = even(len, most_rows::<V>(n_vectors));
        let steps = Steps {
            outer: self.points[0],
            a_outer: self.source_steps[0],
            inner: self.points[1],
            a_inner: self.source_steps[1],
            a_row: 1,
            b_step: width,
        };
        let b = self.gradients.as_ptr();
        let mut buffer = [0.0_f32; MOST_ROWS * MOST_COLUMNS];
        for y in 0..self.taps[0] {
            for x in 0..n_runs {
                for first in (0..len).step_by(rows) {
                    let rows = rows.min(len - first);
                    let source = y * self.tap_steps[0] + x * self.tap_steps[1] + first;
                    let row = (y * n_runs + x) * len + first;
                    // SAFETY: `run` asserted that the slices hold all points, all cells of their windows, and all rows of the gradient. The tile
                    // reads `rows` neighbours (first + rows <= len) in the windows of all points, one row of `width` numbers of the
                    // gradients for each, and touches `n` columns of `rows` rows; where a vector is wider, it works on a buffer of its
                    // own, which holds the largest tile.
                    unsafe {
                        let a = self.source.as_ptr().add(source);
                        let c = self.dest.as_mut_ptr().add(row * self.dest_row);
                        let whole = self.n == width;
                        if !whole {
                            for r in 0..rows {
                                let row = buffer.as_mut_ptr().add(r * width);
                                std::ptr::copy_nonoverlapping(
                                    c.add(r * self.dest_row),
                                    row,
                                    self.n,
                                );
                            }
                        }
                        let into = if whole {
                            (c, self.dest_row)
                        } else {
                            (buffer.as_mut_ptr(), width)
                        };
                        if n_vectors == 2 {
                            tiles::<V, 2, false>(rows, steps, a, b, Start::Old, false, into);
                        } else {
                            tiles::<V, 1, false>(rows, steps, a, b, Start::Old, false, into);
                        }
                        if whole {
                            continue;
                        }
                        for r in 0..rows {
                            let row = buffer.as_ptr().add(r * width);
                            std::ptr::copy_nonoverlapping(row, c.add(r * self.dest_row), self.n);
                        }
                    }
                }
            }
        }
    }
}
