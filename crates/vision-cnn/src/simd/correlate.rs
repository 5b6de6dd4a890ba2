//! Correlation of a picture with packed weights: the outputs of a rectangle of points, each the sum over the cells of its window and the channels
//! of a group. The picture is read where it lies, so that no matrix of windows is written.

use nn_core::simd::{Isa, Kernel, Lanes, run};

use super::tile::{MOST_COLUMNS, MOST_ROWS, Start, Steps, even, most_rows, prefetch, tiles};

/// Summands of a block: so many rows of two vectors of the weights stay in the L1 cache beside the picture.
pub(crate) const BLOCK: usize = 256;

/// Rows of the next block that are asked for at a time. More hold up the loads of the tiles: 512 channels at 7 x 7 took a tenth longer.
const MOST_AHEAD: usize = 24;

/// Numbers in a full panel of packed weights.
pub(crate) fn panel_width(isa: Isa) -> usize {
    2 * isa.lanes()
}

/// Columns of packed weights for `n` columns: the last panel has one vector where that is enough.
pub(crate) fn padded_columns(isa: Isa, n: usize) -> usize {
    n.next_multiple_of(isa.lanes())
}

/// The weights of a product: a row of `n` columns for each of the `taps · channels` summands.
pub(crate) enum Columns<'a> {
    /// In panels: for each panel all rows of its columns.
    Packed(&'a [f32]),
    /// Rows at distances of the second number. For few points: each block of rows is packed into the buffer, [`BLOCK`] rows of a panel, where it is
    /// needed.
    Plain(&'a [f32], usize, &'a mut [f32]),
}

/// One rectangle of points. All distances are in numbers.
pub(crate) struct Correlate<'a> {
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
    /// Channels that are summed, which lie side by side.
    pub(crate) channels: usize,
    /// The weights.
    pub(crate) weights: Columns<'a>,
    /// Columns: outputs of a point.
    pub(crate) n: usize,
    /// Added to every point, one for each column.
    pub(crate) bias: Option<&'a [f32]>,
    /// Whether `max(·, 0)` follows.
    pub(crate) relu: bool,
    /// The outputs of the points from the first one on.
    pub(crate) dest: &'a mut [f32],
    /// Distance of two points in the outputs.
    pub(crate) dest_steps: [usize; 2],
}

impl Columns<'_> {
    /// Whether there are `k` rows of `n` columns.
    fn hold(&self, isa: Isa, k: usize, n: usize) -> bool {
        match self {
            Self::Packed(packed) => k * padded_columns(isa, n) <= packed.len(),
            Self::Plain(rows, distance, buffer) => {
                (k - 1) * distance + n <= rows.len() && BLOCK * panel_width(isa) <= buffer.len()
            }
        }
    }
}

impl Correlate<'_> {
    /// Computes the outputs, on this thread.
    ///
    /// # Panics
    /// If a slice is too short.
    pub(crate) fn run(mut self, isa: Isa) {
        let [rows, columns] = self.points;
        if rows == 0 || columns == 0 || self.n == 0 {
            return;
        }
        let last = |[rows, columns]: [usize; 2], [by_row, by_column]: [usize; 2]| {
            (rows - 1) * by_row + (columns - 1) * by_column
        };
        let k = self.taps[0] * self.taps[1] * self.channels;
        assert!(k > 0, "a correlation without summands");
        let source = last(self.points, self.source_steps) + last(self.taps, self.tap_steps);
        let dest = last(self.points, self.dest_steps);
        let fits = source + self.channels <= self.source.len()
            && dest + self.n <= self.dest.len()
            && self.weights.hold(isa, k, self.n)
            && self.bias.is_none_or(|bias| bias.len() == self.n);
        assert!(
            fits,
            "correlation of {:?} points with {:?} cells of {} channels to {}: {} numbers to {}",
            self.points,
            self.taps,
            self.channels,
            self.n,
            self.source.len(),
            self.dest.len()
        );
        // Rows that follow each other without a gap are one row.
        let gapless = |[by_row, by_column]: [usize; 2]| by_row == columns * by_column;
        if gapless(self.source_steps) && gapless(self.dest_steps) {
            self.points = [1, rows * columns];
        }
        run(isa, self);
    }
}

impl Kernel for Correlate<'_> {
    type Output = ();

    #[inline(always)]
    fn with<V: Lanes>(self) {
        let k = self.taps[0] * self.taps[1] * self.channels;
        // Cells of a window that lie side by side are summed in one run.
        let side_by_side = self.tap_steps[1] == self.channels || self.taps[1] == 1;
        let (groups, outer, inner) = if side_by_side {
            (
                (1, 0),
                (self.taps[0], self.tap_steps[0]),
                self.taps[1] * self.channels,
            )
        } else {
            (
                (self.taps[0], self.tap_steps[0]),
                (self.taps[1], self.tap_steps[1]),
                self.channels,
            )
        };
        let n_parts = inner.div_ceil(BLOCK);
        let part = inner.div_ceil(n_parts);
        let outer_steps = (BLOCK / inner).max(1);
        let mut at = Place {
            picture: self,
            from: 0,
            offset: 0,
            outer: 0,
            a_outer: outer.1,
            inner: 0,
            done: 0,
        };
        let (n, width) = (at.picture.n, 2 * V::N);
        for from in (0..n).step_by(width) {
            at.from = from;
            at.done = 0;
            for group in 0..groups.0 {
                for first in (0..outer.0).step_by(outer_steps) {
                    at.outer = outer_steps.min(outer.0 - first);
                    for inner_first in (0..inner).step_by(part) {
                        at.inner = part.min(inner - inner_first);
                        at.offset = group * groups.1 + first * outer.1 + inner_first;
                        at.block::<V>(k);
                        at.done += at.outer * at.inner;
                    }
                }
            }
        }
    }
}

/// One block of summands for one panel.
struct Place<'a> {
    picture: Correlate<'a>,
    /// First column of the panel.
    from: usize,
    /// First number of the block within a window.
    offset: usize,
    outer: usize,
    a_outer: usize,
    inner: usize,
    /// Summands before this block.
    done: usize,
}

impl Place<'_> {
    /// Adds the block to all points.
    #[inline(always)]
    fn block<V: Lanes>(&mut self, k: usize) {
        let Self { from, done, .. } = *self;
        let picture = &mut self.picture;
        let count = (2 * V::N).min(picture.n - from);
        let n_vectors = count.div_ceil(V::N);
        let width = n_vectors * V::N;
        let mut first = [0.0_f32; MOST_COLUMNS];
        if let Some(bias) = picture.bias {
            first[..count].copy_from_slice(&bias[from..from + count]);
        }
        let start = if done == 0 {
            Start::Row(first.as_ptr())
        } else {
            Start::Old
        };
        let relu = picture.relu && done + self.outer * self.inner == k;
        let steps = Steps {
            outer: self.outer,
            a_outer: self.a_outer,
            inner: self.inner,
            a_inner: 1,
            a_row: picture.source_steps[1],
            b_step: width,
        };
        let [n_rows, n_columns] = picture.points;
        let rows = even(n_columns, most_rows::<V>(n_vectors));
        let plain = match &picture.weights {
            Columns::Plain(rows, distance, _) => Some((*rows, *distance)),
            Columns::Packed(_) => None,
        };
        let panel = match &mut picture.weights {
            Columns::Packed(packed) => &packed[k * from + done * width..],
            Columns::Plain(rows, distance, buffer) => {
                let n_rows = self.outer * self.inner;
                let rows = rows[done * *distance + from..].chunks(*distance);
                for (to, row) in buffer.chunks_exact_mut(width).zip(rows).take(n_rows) {
                    let (to, rest) = to.split_at_mut(count);
                    if count == 2 * V::N {
                        let (left, right) = to.split_at_mut(V::N);
                        V::load(row).store(left);
                        V::load(&row[V::N..]).store(right);
                    } else {
                        to.copy_from_slice(&row[..count]);
                        rest.fill(0.0);
                    }
                }
                &**buffer
            }
        };
        // Rows of the next block, which are brought near bit by bit.
        let next = done + self.outer * self.inner;
        let ahead = (self.outer * self.inner).min(k - next).div_ceil(n_rows);
        let mut buffer = [0.0_f32; MOST_ROWS * MOST_COLUMNS];
        for y in 0..n_rows {
            if let Some((rows, distance)) = plain.filter(|_| ahead <= MOST_AHEAD) {
                let first = next + y * ahead;
                for row in first..(first + ahead).min(k) {
                    prefetch(&rows[row * distance + from..][..count]);
                }
            }
            for x in (0..n_columns).step_by(rows) {
                let rows = rows.min(n_columns - x);
                let [by_row, by_column] = picture.source_steps;
                let source = y * by_row + x * by_column + self.offset;
                let dest = y * picture.dest_steps[0] + x * picture.dest_steps[1] + from;
                let c_row = picture.dest_steps[1];
                // SAFETY: `run` asserted that the slices hold all points, all cells of their windows and all rows of the panels. The tile
                // reads the block's cells of `rows` points from column x on (x + rows <= columns), `outer * inner` rows of the panel behind
                // `done` of its `k` rows, and `count` columns of the outputs; where the panel is wider, it works on a buffer of its own, which
                // holds the largest tile.
                unsafe {
                    let a = picture.source.as_ptr().add(source);
                    let c = picture.dest.as_mut_ptr().add(dest);
                    let whole = count == width;
                    if !whole && done > 0 {
                        for r in 0..rows {
                            for first in (0..count).step_by(V::N) {
                                let part = (count - first).min(V::N);
                                let old =
                                    std::slice::from_raw_parts(c.add(r * c_row + first), part);
                                V::load(old).write(buffer.as_mut_ptr().add(r * width + first));
                            }
                        }
                    }
                    let into = if whole {
                        (c, c_row)
                    } else {
                        (buffer.as_mut_ptr(), width)
                    };
                    if n_vectors == 2 {
                        tiles::<V, 2, true>(rows, steps, a, panel.as_ptr(), start, relu, into);
                    } else {
                        tiles::<V, 1, true>(rows, steps, a, panel.as_ptr(), start, relu, into);
                    }
                    if whole {
                        continue;
                    }
                    for r in 0..rows {
                        for first in (0..count).step_by(V::N) {
                            let part = (count - first).min(V::N);
                            let to = std::slice::from_raw_parts_mut(c.add(r * c_row + first), part);
                            V::read(buffer.as_ptr().add(r * width + first)).store(to);
                        }
                    }
                }
            }
        }
    }
}
