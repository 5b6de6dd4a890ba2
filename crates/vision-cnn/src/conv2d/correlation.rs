//! The passes of a convolution over one example: weights packed, the picture padded strip by strip, the products.

use nn_core::simd::Isa;
use rayon::prelude::*;

use super::phase::{Direction, Phase};
use crate::simd::{BLOCK, Columns, Correlate, Depthwise, padded_columns, panel_width};
use crate::window::Axis;

/// A convolution in one direction over pictures of one size.
#[derive(Clone, Copy, Debug)]
pub(super) struct Correlation {
    pub(super) isa: Isa,
    pub(super) direction: Direction,
    pub(super) axes: [Axis; 2],
    /// Channels of a group of the convolution's input and output.
    pub(super) group_in: usize,
    pub(super) group_out: usize,
    pub(super) groups: usize,
}

/// The kernel as the strips use it.
#[derive(Clone, Copy, Debug)]
pub(super) enum StripKernel<'k> {
    /// Packed by [`Correlation::pack`]; of a depthwise convolution as it is.
    Packed(&'k [f32]),
    /// As it is, of a forward convolution without groups: for few strips.
    Plain(&'k [f32]),
}

impl StripKernel<'_> {
    fn block_len(self, map: &Correlation) -> usize {
        match self {
            Self::Packed(_) => 0,
            Self::Plain(_) => map.block_len(),
        }
    }
}

/// Numbers of a padded strip of a picture that stay in the L2 cache beside weights and results.
const STRIP: usize = 1 << 16;

impl Correlation {
    /// Channels of a group in the source and in the result.
    fn group(&self) -> [usize; 2] {
        match self.direction {
            Direction::Forward => [self.group_in, self.group_out],
            Direction::Backward => [self.group_out, self.group_in],
        }
    }

    /// Whether every group has one channel on both sides. Then the kernel is used as it is.
    pub(super) fn is_depthwise(&self) -> bool {
        self.groups > 1 && self.group_in == 1 && self.group_out == 1
    }

    /// Height and width of the source, and of the result.
    fn sizes(&self) -> [[usize; 2]; 2] {
        let (input, output) = (
            self.axes.map(|axis| axis.input),
            self.axes.map(|axis| axis.output),
        );
        match self.direction {
            Direction::Forward => [input, output],
            Direction::Backward => [output, input],
        }
    }

    /// Numbers in a row of the result.
    pub(super) fn dest_row(&self) -> usize {
        self.sizes()[1][1] * self.group()[1] * self.groups
    }

    /// Numbers in the source of an example.
    pub(super) fn source_len(&self) -> usize {
        let [height, width] = self.sizes()[0];
        height * width * self.group()[0] * self.groups
    }

    /// Rows of the result.
    pub(super) fn n_rows(&self) -> usize {
        self.sizes()[1][0]
    }

    fn phases(&self) -> impl Iterator<Item = [Phase; 2]> + use<> {
        let (direction, [rows, columns]) = (self.direction, self.axes);
        (0..direction.n_phases(&rows)).flat_map(move |y| {
            let y = direction.phase(&rows, y);
            (0..direction.n_phases(&columns)).map(move |x| [y, direction.phase(&columns, x)])
        })
    }

    /// Numbers of the packed weights of one phase and group.
    fn packed_group(&self, [y, x]: &[Phase; 2]) -> usize {
        let [source, dest] = self.group();
        y.n_taps * x.n_taps * source * padded_columns(self.isa, dest)
    }

    /// Numbers of the packed weights.
    pub(super) fn packed_len(&self) -> usize {
        if self.is_depthwise() {
            return 0;
        }
        let lengths = self.phases().map(|phases| self.packed_group(&phases));
        self.groups * lengths.sum::<usize>()
    }

    /// Packs the kernel `[height, width, in / groups, out]`.
    pub(super) fn pack(&self, kernel: &[f32], packed: &mut [f32]) {
        if self.is_depthwise() {
            return;
        }
        let mut rest = packed;
        for phases in self.phases() {
            let len = self.packed_group(&phases);
            for group in 0..self.groups {
                let (front, behind) = rest.split_at_mut(len);
                rest = behind;
                self.pack_group(&phases, group, kernel, front);
            }
        }
    }

    fn pack_group(&self, [y, x]: &[Phase; 2], group: usize, kernel: &[f32], packed: &mut [f32]) {
        /// Numbers that one thread packs in less time than another needs to begin.
        const ALONE: usize = 1 << 15;
        let [source, n] = self.group();
        let k = y.n_taps * x.n_taps * source;
        let (full, n_out) = (panel_width(self.isa), self.groups * self.group_out);
        if k == 0 {
            return;
        }
        let in_parallel = (ALONE / (k * full)).max(1);
        let panels = packed.par_chunks_mut(k * full).enumerate();
        panels
            .with_min_len(in_parallel)
            .for_each(|(panel, packed)| {
                let from = panel * full;
                let (width, count) = (packed.len() / k, full.min(n - from));
                let cells = (0..y.n_taps).flat_map(|j| (0..x.n_taps).map(move |i| (j, i)));
                for ((j, i), rows) in cells.zip(packed.chunks_exact_mut(source * width)) {
                    let cell = y.kernel(j) * self.axes[1].kernel + x.kernel(i);
                    let kernel = &kernel[cell * self.group_in * n_out..][..self.group_in * n_out];
                    if self.direction == Direction::Forward {
                        let columns = group * self.group_out + from;
                        for (row, kernel) in
                            rows.chunks_exact_mut(width).zip(kernel.chunks_exact(n_out))
                        {
                            row[..count].copy_from_slice(&kernel[columns..columns + count]);
                            row[count..].fill(0.0);
                        }
                        continue;
                    }
                    rows.fill(0.0);
                    let columns = group * self.group_out..(group + 1) * self.group_out;
                    for (column, kernel) in kernel
                        .chunks_exact(n_out)
                        .skip(from)
                        .take(count)
                        .enumerate()
                    {
                        for (row, value) in
                            rows.chunks_exact_mut(width).zip(&kernel[columns.clone()])
                        {
                            row[column] = *value;
                        }
                    }
                }
            });
    }

    /// Rows of the result in a strip: a multiple of the phases, as many as keep the strip of the source in the cache.
    pub(super) fn strip_rows(&self) -> usize {
        let step = self.direction.n_phases(&self.axes[0]);
        let [source, _] = self.sizes();
        let row = source[1] * self.group()[0] * self.groups;
        let source_rows = (STRIP / row.max(1)).max(1);
        let rows = match self.direction {
            Direction::Forward => source_rows / self.axes[0].stride,
            Direction::Backward => source_rows * self.axes[0].stride,
        };
        rows.next_multiple_of(step)
            .clamp(step, self.n_rows().next_multiple_of(step))
    }

    /// Rows of the result in a strip when an example alone is shared out to threads.
    pub(super) fn parallel_rows(&self) -> usize {
        /// Points of a strip, below which the weights are read too often.
        const MIN_POINTS: usize = 96;
        let step = self.direction.n_phases(&self.axes[0]);
        let (rows, width) = (self.n_rows(), self.sizes()[1][1]);
        // Of 16, 8, 4 and 2 strips, those that two threads finish first.
        let even = |strips: &usize| {
            let of_strip = rows.div_ceil(*strips).next_multiple_of(step);
            (of_strip * width >= MIN_POINTS).then_some(of_strip)
        };
        let of = [16, 8, 4, 2];
        let choices = of.iter().filter_map(even);
        let least = choices.min_by_key(|&of_strip| of_strip * rows.div_ceil(of_strip).div_ceil(2));
        let half = rows.div_ceil(2).next_multiple_of(step).max(step);
        least.unwrap_or(half).min(self.strip_rows())
    }

    /// Numbers of the block of the kernel that is packed at a time.
    pub(super) fn block_len(&self) -> usize {
        BLOCK * panel_width(self.isa)
    }

    /// Whether a kernel is packed within the strips, block by block, because there are few: strips of `n` examples.
    pub(super) fn packs_in_strips(&self, n: usize) -> bool {
        /// The most strips, and the fewest numbers of the kernel.
        const MAX_STRIPS: usize = 8;
        const MIN_KERNEL: usize = 1 << 16;
        let strips = n * self.n_rows().div_ceil(self.parallel_rows());
        let large = self.packed_len() >= MIN_KERNEL;
        self.direction == Direction::Forward && self.groups == 1 && strips <= MAX_STRIPS && large
    }

    /// The cells of the source that `rows` of the result look at, along rows and columns; the same for all phases.
    fn cells(&self, rows: std::ops::Range<usize>) -> Option<[(isize, isize); 2]> {
        let mut all: Option<[(isize, isize); 2]> = None;
        for [y, x] in self.phases() {
            let points = [y.within(rows.clone()), 0..x.n];
            if y.n_taps * x.n_taps == 0 || points.iter().any(std::ops::Range::is_empty) {
                continue;
            }
            let cells = [y.cells(&points[0]), x.cells(&points[1])];
            all = Some(match all {
                None => cells,
                Some(all) => [0, 1].map(|axis| {
                    let ((a, b), (c, d)) = (all[axis], cells[axis]);
                    (a.min(c), b.max(d))
                }),
            });
        }
        all
    }

    /// Numbers of a padded strip for so many rows of the result.
    pub(super) fn buffer_len(&self, rows: usize) -> usize {
        // Full strips differ only by where they begin.
        let cells = self.cells(0..rows.min(self.n_rows()));
        let cells = cells.map_or(0, |[(top, bottom), (left, right)]| {
            (bottom - top) * (right - left)
        });
        cells as usize * self.group()[0] * self.groups
    }

    /// Computes the rows of the result from `first` on that `dest` holds. A bias is added where there is one,
    /// and `max(·, 0)` follows if the second of the pair says so.
    pub(super) fn strip(
        &self,
        source: &[f32],
        kernel: StripKernel<'_>,
        (bias, relu): (Option<&[f32]>, bool),
        first: usize,
        dest: &mut [f32],
        buffer: &mut [f32],
    ) {
        let [source_size, _] = self.sizes();
        let [source_group, dest_group] = self.group();
        let depth = source_group * self.groups;
        let dest_row = self.dest_row();
        let rows = first..first + dest.len() / dest_row.max(1);
        let Some(cells) = self.cells(rows.clone()) else {
            dest.fill(0.0);
            return;
        };
        let (block, buffer) = buffer.split_at_mut(kernel.block_len(self));
        let (picture, origin, pitch) = padded(source, source_size, depth, cells, buffer);
        let (mut packed, plain) = match kernel {
            StripKernel::Packed(packed) => (packed, None),
            StripKernel::Plain(kernel) => (&[][..], Some(kernel)),
        };
        for phases in self.phases() {
            let [y, x] = &phases;
            let len = self.packed_group(&phases);
            let points = y.within(rows.clone());
            let (weights, behind) = if self.is_depthwise() || plain.is_some() {
                (packed, packed)
            } else {
                packed.split_at(len * self.groups)
            };
            packed = behind;
            if points.is_empty() || x.n == 0 {
                continue;
            }
            let place = (y.first + points.start * y.step - first) * dest_row;
            let dest = &mut dest[place + x.first * dest_group * self.groups..];
            let dest_steps = [y.step * dest_row, x.step * dest_group * self.groups];
            if len == 0 {
                for row in (0..points.len()).map(|t| t * dest_steps[0]) {
                    for point in (0..x.n).map(|t| row + t * dest_steps[1]) {
                        dest[point..point + dest_group * self.groups].fill(0.0);
                    }
                }
                continue;
            }
            let top = y.start + (points.start * y.advance) as isize - origin[0];
            let left = x.start - origin[1];
            let corner = top as usize * pitch + left as usize * depth;
            let source_steps = [y.advance * pitch, x.advance * depth];
            let tap_steps = [y.tap_step * pitch, x.tap_step * depth];
            let (points, taps) = ([points.len(), x.n], [y.n_taps, x.n_taps]);
            if self.is_depthwise() {
                let cell = |j, i| (y.kernel(j) * self.axes[1].kernel + x.kernel(i)) * depth;
                let product = Depthwise {
                    points,
                    source: &picture[corner..],
                    source_steps,
                    taps,
                    tap_steps,
                    channels: depth,
                    weights: |j, i| &weights[cell(j, i)..][..depth],
                    bias,
                    relu,
                    dest,
                    dest_steps,
                };
                product.run(self.isa);
                continue;
            }
            if let Some(kernel) = plain {
                let product = Correlate {
                    points,
                    source: &picture[corner..],
                    source_steps,
                    taps,
                    tap_steps,
                    channels: depth,
                    weights: Columns::Plain(kernel, dest_group, &mut *block),
                    n: dest_group,
                    bias,
                    relu,
                    dest,
                    dest_steps,
                };
                product.run(self.isa);
                continue;
            }
            for (group, weights) in weights.chunks_exact(len).enumerate() {
                let of_group = group * dest_group..(group + 1) * dest_group;
                let product = Correlate {
                    points,
                    source: &picture[corner + group * source_group..],
                    source_steps,
                    taps,
                    tap_steps,
                    channels: source_group,
                    weights: Columns::Packed(weights),
                    n: dest_group,
                    bias: bias.map(|bias| &bias[of_group.clone()]),
                    relu,
                    dest: &mut dest[of_group.start..],
                    dest_steps,
                };
                product.run(self.isa);
            }
        }
    }
}

/// The cells of a picture, which may lie outside: the picture itself where none does, otherwise a copy with zeros in `buffer`. Also the cell that
/// the first number belongs to, and the numbers in a row.
pub(super) fn padded<'p>(
    picture: &'p [f32],
    [height, width]: [usize; 2],
    depth: usize,
    [(top, bottom), (left, right)]: [(isize, isize); 2],
    buffer: &'p mut [f32],
) -> (&'p [f32], [isize; 2], usize) {
    let inside = top >= 0 && left >= 0 && bottom <= height as isize && right <= width as isize;
    let row_len = width * depth;
    if inside {
        return (picture, [0, 0], row_len);
    }
    let pitch = (right - left) as usize * depth;
    let len = (bottom - top) as usize * pitch;
    let buffer = &mut buffer[..len];
    let cells = [(top, bottom), (left, right)];
    copy_with_zeros(picture, [height, width], depth, cells, buffer);
    (buffer, [top, left], pitch)
}

/// Copies cells of a picture, and zeros for those outside, into a buffer of their length.
pub(super) fn copy_with_zeros(
    picture: &[f32],
    [height, width]: [usize; 2],
    depth: usize,
    [(top, bottom), (left, right)]: [(isize, isize); 2],
    buffer: &mut [f32],
) {
    let (row_len, pitch) = (width * depth, (right - left) as usize * depth);
    // Columns of the picture within the strip, and the zeros before and behind them.
    let from = left.clamp(0, width as isize) as usize;
    let to = right.clamp(0, width as isize) as usize;
    let zeros = ((from as isize - left).max(0) as usize * depth).min(pitch);
    let copied = zeros + (to - from) * depth;
    for (row, line) in (top..bottom).zip(buffer.chunks_exact_mut(pitch)) {
        if row < 0 || row >= height as isize {
            line.fill(0.0);
            continue;
        }
        let start = row as usize * row_len;
        line[..zeros].fill(0.0);
        line[zeros..copied].copy_from_slice(&picture[start + from * depth..start + to * depth]);
        line[copied..].fill(0.0);
    }
}
