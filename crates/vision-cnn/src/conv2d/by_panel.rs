//! Few points and many channels (an example alone, late in a network): threads share the output channels, so that each reads its part of the kernel
//! once, and the kernel is not packed beforehand.

use rayon::prelude::*;

use super::correlation::{Correlation, copy_with_zeros};
use super::phase::Direction;
use crate::simd::{BLOCK, Columns, Correlate, panel_width};

/// Points of a batch, above which packing the kernel pays.
const MAX_POINTS: usize = 512;
/// Panels of output channels, below which threads share rows instead.
const MIN_PANELS: usize = 4;
/// Points that one thread writes at a time.
const POINTS: usize = 64;

/// Rows of a picture that one thread pads at a time.
const PADDED_ROWS: usize = 4;

/// A forward convolution whose output channels are shared out to threads.
#[derive(Debug)]
pub(super) struct ByPanel {
    map: Correlation,
    n: usize,
}

impl ByPanel {
    /// `None` where it does not pay for `n` examples.
    pub(super) fn of(map: Correlation, n: usize) -> Option<Self> {
        let [rows, columns] = map.axes;
        let few = n * rows.output * columns.output <= MAX_POINTS;
        let pays = few && map.group_out >= MIN_PANELS * panel_width(map.isa);
        let here = map.direction == Direction::Forward && map.groups == 1;
        (pays && here).then_some(Self { map, n })
    }

    /// Numbers of the padded pictures.
    fn padded_len(&self) -> usize {
        self.n * self.map.buffer_len(self.map.n_rows())
    }

    /// Numbers of the outputs of a panel.
    fn panel_len(&self) -> usize {
        let [rows, columns] = self.map.axes;
        self.n * rows.output * columns.output * panel_width(self.map.isa)
    }

    fn n_panels(&self) -> usize {
        self.map.group_out.div_ceil(panel_width(self.map.isa))
    }

    /// Numbers of work space.
    pub(super) fn scratch_len(&self) -> usize {
        let block = BLOCK * panel_width(self.map.isa);
        self.padded_len() + self.n_panels() * (self.panel_len() + block)
    }

    /// `y`: the outputs for the examples `x`, with the bias and, if the second of the pair says so, `max(·, 0)`.
    pub(super) fn run(
        &self,
        kernel: &[f32],
        (bias, relu): (Option<&[f32]>, bool),
        (x, y): (&[f32], &mut [f32]),
        scratch: &mut [f32],
    ) {
        let map = &self.map;
        let [rows, columns] = map.axes;
        let (depth, n_out, width) = (map.group_in, map.group_out, panel_width(map.isa));
        let (pictures, rest) = scratch.split_at_mut(self.padded_len());
        let all_panels = self.n_panels() * (self.panel_len() + BLOCK * width);
        let panels = &mut rest[..all_panels];
        let phases = [
            map.direction.phase(&rows, 0),
            map.direction.phase(&columns, 0),
        ];
        let cells = [
            phases[0].cells(&(0..rows.output)),
            phases[1].cells(&(0..columns.output)),
        ];
        let (x_len, buffer) = (map.source_len(), self.padded_len() / self.n.max(1));
        let size = [rows.input, columns.input];
        let inside = |axis: usize| cells[axis].0 >= 0 && cells[axis].1 <= size[axis] as isize;
        let whole = inside(0) && inside(1);
        // Padded once for all panels, in parts of some rows.
        let pitch = (cells[1].1 - cells[1].0) as usize * depth;
        let examples = x
            .chunks_exact(x_len)
            .zip(pictures.chunks_exact_mut(buffer.max(1)));
        for (x, to) in examples.filter(|_| !whole) {
            let parts = to.par_chunks_mut(PADDED_ROWS * pitch).enumerate();
            parts.for_each(|(part, to)| {
                let top = cells[0].0 + (part * PADDED_ROWS) as isize;
                let bottom = top + (to.len() / pitch) as isize;
                copy_with_zeros(x, size, depth, [(top, bottom), cells[1]], to);
            });
        }
        let (source, source_len, pitch) = if whole {
            (x, x_len, columns.input * depth)
        } else {
            (&*pictures, buffer, pitch)
        };
        let points = rows.output * columns.output;
        let tasks = panels
            .par_chunks_exact_mut(self.panel_len() + BLOCK * width)
            .enumerate();
        tasks.with_max_len(1).for_each(|(panel, scratch)| {
            let (outputs, block) = scratch.split_at_mut(self.panel_len());
            let from = panel * width;
            let n = width.min(n_out - from);
            for (example, dest) in outputs.chunks_exact_mut(points * width).enumerate() {
                let product = Correlate {
                    points: [rows.output, columns.output],
                    source: &source[example * source_len..(example + 1) * source_len],
                    source_steps: [rows.stride * pitch, columns.stride * depth],
                    taps: [rows.kernel, columns.kernel],
                    tap_steps: [rows.dilation * pitch, columns.dilation * depth],
                    channels: depth,
                    weights: Columns::Plain(&kernel[from..], n_out, &mut *block),
                    n,
                    bias: bias.map(|bias| &bias[from..from + n]),
                    relu,
                    dest,
                    dest_steps: [columns.output * width, width],
                };
                product.run(map.isa);
            }
        });
        let (panels, panel_len) = (&*panels, self.panel_len() + BLOCK * width);
        let parts = y.par_chunks_mut(POINTS * n_out).enumerate();
        parts.for_each(|(part, y)| {
            for (point, y) in y.chunks_exact_mut(n_out).enumerate() {
                let place = (part * POINTS + point) * width;
                for (y, panel) in y.chunks_mut(width).zip(panels.chunks_exact(panel_len)) {
                    y.copy_from_slice(&panel[place..place + y.len()]);
                }
            }
        });
    }
}
