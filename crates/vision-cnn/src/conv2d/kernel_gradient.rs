//! The gradients of kernel and bias: sums over fixed blocks of examples, added in their order.

use nn_core::Activation;
use nn_core::simd::Isa;
use rayon::prelude::*;

use super::Conv2dParams;
use super::correlation::{Correlation, padded};
use super::phase::Direction;
use crate::simd::{
    DepthwiseGradient, WeightProduct, add_rows, mask_and_add_rows, pack_columns, padded_columns,
    panel_width,
};

/// The most points of a strip, so that the gradients of a panel stay in the L1 cache.
const POINTS: usize = 256;
/// The most blocks of examples.
const MAX_BLOCKS: usize = 8;
/// The most numbers in the sums of all blocks. If they would be more, there are fewer blocks, at least two.
const MAX_SUMS: usize = 1 << 22;

/// `dy ← dy ⊙ f'(y)`, whose rows are added to `sum`.
fn through(isa: Isa, activation: Activation, y: &[f32], dy: &mut [f32], sum: &mut [f32]) {
    if activation == Activation::Relu {
        mask_and_add_rows(isa, y, dy, sum);
    } else {
        activation.backprop(y, dy, sum.len());
        add_rows(isa, dy, sum);
    }
}

/// How the gradient of a kernel is made for so many examples.
#[derive(Debug)]
pub(super) struct KernelGradient {
    map: Correlation,
    activation: Activation,
    /// Whether the gradient of a bias is wanted.
    bias: bool,
    /// Examples of a block.
    block: usize,
    n_blocks: usize,
    /// Rows of the output in a strip.
    rows: usize,
}

impl KernelGradient {
    /// `map` is the forward one.
    pub(super) fn new(map: Correlation, n: usize, params: &Conv2dParams) -> Self {
        debug_assert_eq!(map.direction, Direction::Forward);
        let [rows, columns] = map.axes;
        let strip = (POINTS / columns.output.max(1)).clamp(1, rows.output.max(1));
        let mut gradient = Self {
            map,
            activation: params.activation,
            bias: params.bias,
            block: 1,
            n_blocks: 1,
            // Strips of about the same height.
            rows: rows.output.div_ceil(rows.output.div_ceil(strip)),
        };
        let most = (MAX_SUMS / gradient.len().max(1)).clamp(2, MAX_BLOCKS);
        gradient.block = n.div_ceil(most).max(1);
        gradient.n_blocks = n.div_ceil(gradient.block).max(1);
        gradient
    }

    /// Numbers in the gradient.
    fn len(&self) -> usize {
        let [rows, columns] = self.map.axes;
        rows.kernel * columns.kernel * self.map.group_in * self.n_out()
    }

    fn n_out(&self) -> usize {
        self.map.group_out * self.map.groups
    }

    /// Numbers of the gradients of one panel of a strip.
    fn panel_len(&self) -> usize {
        self.rows * self.map.axes[1].output * panel_width(self.map.isa)
    }

    /// Numbers of work space of a block: the sums of kernel and bias, and what an example needs.
    fn block_len(&self) -> usize {
        self.len() + self.n_out() + self.panel_len() + self.map.buffer_len(self.rows)
    }

    /// Numbers of work space.
    pub(super) fn scratch_len(&self) -> usize {
        self.n_blocks * self.block_len()
    }

    /// Replaces `dy` by `dy ⊙ f'(y)`, and makes the sums of each block of examples in `scratch`, the blocks shared out to threads.
    pub(super) fn blocks(&self, (x, y, dy): (&[f32], &[f32], &mut [f32]), scratch: &mut [f32]) {
        let (x_len, y_len) = (
            self.map.source_len(),
            self.map.n_rows() * self.map.dest_row(),
        );
        let block_len = self.block_len();
        let scratch = &mut scratch[..self.scratch_len()];
        let blocks = dy
            .par_chunks_mut(self.block * y_len)
            .zip(y.par_chunks(self.block * y_len));
        let blocks = blocks.zip(x.par_chunks(self.block * x_len));
        let blocks = blocks.zip(scratch.par_chunks_exact_mut(block_len));
        blocks.with_max_len(1).for_each(|(((dy, y), x), scratch)| {
            let (sums, scratch) = scratch.split_at_mut(self.len() + self.n_out());
            sums.fill(0.0);
            let (of_kernel, of_bias) = sums.split_at_mut(self.len());
            let examples = dy.chunks_exact_mut(y_len).zip(y.chunks_exact(y_len));
            for ((dy, y), x) in examples.zip(x.chunks_exact(x_len)) {
                if self.bias || self.activation != Activation::Linear {
                    through(self.map.isa, self.activation, y, dy, of_bias);
                }
                self.example(x, dy, of_kernel, scratch);
            }
        });
    }

    /// Adds the sums of all blocks to the gradient of the kernel.
    pub(super) fn add_kernel(&self, blocks: &[f32], dw: &mut [f32]) {
        /// Numbers that one thread adds at a time.
        const CHUNK: usize = 1 << 13;
        let chunks = dw.par_chunks_mut(CHUNK).enumerate();
        chunks.for_each(|(chunk, dw)| {
            let from = chunk * CHUNK;
            for sums in blocks.chunks_exact(self.block_len()) {
                add_rows(self.map.isa, &sums[from..from + dw.len()], dw);
            }
        });
    }

    /// Adds the sums of all blocks to the gradient of the bias.
    pub(super) fn add_bias(&self, blocks: &[f32], db: &mut [f32]) {
        for sums in blocks.chunks_exact(self.block_len()) {
            add_rows(self.map.isa, &sums[self.len()..self.len() + db.len()], db);
        }
    }

    /// Adds the gradient of one example to `sums`.
    fn example(&self, x: &[f32], dy: &[f32], sums: &mut [f32], scratch: &mut [f32]) {
        let map = &self.map;
        let [rows, columns] = map.axes;
        let (panel, buffer) = scratch.split_at_mut(self.panel_len());
        let (n_out, full) = (self.n_out(), panel_width(map.isa));
        let depth = map.group_in * map.groups;
        let x_phase = map.direction.phase(&columns, 0);
        let y_phase = map.direction.phase(&rows, 0);
        for (strip, dy) in dy.chunks(self.rows * map.dest_row()).enumerate() {
            let points = [dy.len() / map.dest_row(), columns.output];
            let first = strip * self.rows;
            let cells = [
                y_phase.cells(&(first..first + points[0])),
                x_phase.cells(&(0..points[1])),
            ];
            let size = [rows.input, columns.input];
            let (picture, origin, pitch) = padded(x, size, depth, cells, buffer);
            let corner = [cells[0].0 - origin[0], cells[1].0 - origin[1]];
            let corner = corner[0] as usize * pitch + corner[1] as usize * depth;
            if map.is_depthwise() {
                let gradient = DepthwiseGradient {
                    points,
                    source: &picture[corner..],
                    source_steps: [rows.stride * pitch, columns.stride * depth],
                    taps: [rows.kernel, columns.kernel],
                    tap_steps: [rows.dilation * pitch, columns.dilation * depth],
                    channels: depth,
                    gradients: dy,
                    dest: &mut *sums,
                };
                gradient.run(map.isa);
                continue;
            }
            let groups = (0..map.groups).flat_map(|group| {
                (0..map.group_out)
                    .step_by(full)
                    .map(move |from| (group, from))
            });
            for (group, from) in groups {
                let n = full.min(map.group_out - from);
                let column = group * map.group_out + from;
                let width = padded_columns(map.isa, n);
                let gradients: &[f32] = if width == n_out {
                    dy
                } else {
                    pack_columns(map.isa, (dy, n_out), (column, n), (&mut *panel, width));
                    panel
                };
                let product = WeightProduct {
                    points,
                    source: &picture[corner + group * map.group_in..],
                    source_steps: [rows.stride * pitch, columns.stride * depth],
                    taps: [rows.kernel, columns.kernel],
                    tap_steps: [rows.dilation * pitch, columns.dilation * depth],
                    channels: map.group_in,
                    gradients,
                    n,
                    dest: &mut sums[column..],
                    dest_row: n_out,
                };
                product.run(map.isa);
            }
        }
    }
}
