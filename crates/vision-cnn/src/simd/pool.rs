//! Loops of pooling over the windows of one picture `[height, width, channels]`: the same operations in the same order on every path.

use nn_core::simd::{Isa, Kernel, Lanes, run};

use crate::window::Axis;

/// The cells of a window that lie within the picture.
#[derive(Clone, Copy)]
struct Cells {
    /// Number of the first cell in the picture.
    first: usize,
    rows: usize,
    columns: usize,
    /// Cells in a row of the picture.
    row_step: usize,
}

impl Cells {
    /// Shows the number of each cell, row by row.
    #[inline(always)]
    fn each(self, mut show: impl FnMut(usize)) {
        for row in 0..self.rows {
            let first = self.first + row * self.row_step;
            for cell in first..first + self.columns {
                show(cell);
            }
        }
    }
}

/// Shows each window: its number and its cells.
#[inline(always)]
fn windows([rows, columns]: [Axis; 2], mut show: impl FnMut(usize, Cells)) {
    for i in 0..rows.output {
        let (down, top) = rows.inside(i);
        for j in 0..columns.output {
            let (across, left) = columns.inside(j);
            let cells = Cells {
                first: top * columns.input + left,
                rows: down.len(),
                columns: across.len(),
                row_step: columns.input,
            };
            show(i * columns.output + j, cells);
        }
    }
}

/// Shows the first channel of each group of 16, then of the groups of 4 and 1 that are left. A group's numbers stay in registers.
macro_rules! by_channels {
    ($depth:expr, $of:ident($($argument:expr),*)) => {
        let mut from = 0;
        while from + 16 <= $depth {
            $of::<16>(from, $($argument),*);
            from += 16;
        }
        while from + 4 <= $depth {
            $of::<4>(from, $($argument),*);
            from += 4;
        }
        while from < $depth {
            $of::<1>(from, $($argument),*);
            from += 1;
        }
    };
}

/// The `N` numbers from `place` on.
#[inline(always)]
fn group<const N: usize>(numbers: &[f32], place: usize) -> &[f32; N] {
    match numbers[place..].first_chunk() {
        Some(group) => group,
        None => panic!("{N} channels from {place} of {}", numbers.len()),
    }
}

/// The `N` numbers from `place` on.
#[inline(always)]
fn group_mut<const N: usize>(numbers: &mut [f32], place: usize) -> &mut [f32; N] {
    let length = numbers.len();
    match numbers[place..].first_chunk_mut() {
        Some(group) => group,
        None => panic!("{N} channels from {place} of {length}"),
    }
}

/// `y`: the largest number of each window and channel, NaN if one is.
pub(crate) fn keep_larger(axes: [Axis; 2], depth: usize, x: &[f32], y: &mut [f32]) {
    run(Isa::detect(), KeepLarger { axes, depth, x, y });
}

struct KeepLarger<'a> {
    axes: [Axis; 2],
    depth: usize,
    x: &'a [f32],
    y: &'a mut [f32],
}

impl Kernel for KeepLarger<'_> {
    type Output = ();

    #[inline(always)]
    fn with<V: Lanes>(self) {
        let Self { axes, depth, x, y } = self;
        windows(axes, |window, cells| {
            by_channels!(depth, largest(cells, depth, x, &mut y[window * depth..]));
        });
    }
}

/// The largest numbers of the cells for the channels `from..from + N`.
#[inline(always)]
fn largest<const N: usize>(from: usize, cells: Cells, depth: usize, x: &[f32], y: &mut [f32]) {
    let mut largest = [f32::NEG_INFINITY; N];
    cells.each(|cell| {
        let x = group::<N>(x, cell * depth + from);
        for (largest, &x) in largest.iter_mut().zip(x) {
            *largest = if x > *largest || x.is_nan() {
                x
            } else {
                *largest
            };
        }
    });
    *group_mut(y, from) = largest;
}

/// `dx`: the gradient of each window's maximum at its first cell that equals it, summed over windows. The pair is the maxima and their gradients.
pub(crate) fn route_gradient(
    axes: [Axis; 2],
    depth: usize,
    x: &[f32],
    (y, dy): (&[f32], &[f32]),
    dx: &mut [f32],
) {
    run(
        Isa::detect(),
        RouteGradient {
            axes,
            depth,
            x,
            y,
            dy,
            dx,
        },
    );
}

struct RouteGradient<'a> {
    axes: [Axis; 2],
    depth: usize,
    x: &'a [f32],
    y: &'a [f32],
    dy: &'a [f32],
    dx: &'a mut [f32],
}

impl Kernel for RouteGradient<'_> {
    type Output = ();

    #[inline(always)]
    fn with<V: Lanes>(self) {
        let Self {
            axes,
            depth,
            x,
            y,
            dy,
            dx,
        } = self;
        dx.fill(0.0);
        windows(axes, |window, cells| {
            let points = window * depth..(window + 1) * depth;
            let (y, dy) = (&y[points.clone()], &dy[points]);
            by_channels!(depth, route(cells, depth, x, (y, dy), dx));
        });
    }
}

/// Adds the gradients of the channels `from..from + N` of a window where its maxima lie.
#[inline(always)]
fn route<const N: usize>(
    from: usize,
    cells: Cells,
    depth: usize,
    x: &[f32],
    (y, dy): (&[f32], &[f32]),
    dx: &mut [f32],
) {
    let (mut left, largest) = (*group::<N>(dy, from), group::<N>(y, from));
    cells.each(|cell| {
        let place = cell * depth + from;
        let (x, dx) = (group::<N>(x, place), group_mut::<N>(dx, place));
        for channel in 0..N {
            let here = x[channel] == largest[channel];
            dx[channel] += if here { left[channel] } else { 0.0 };
            left[channel] = if here { 0.0 } else { left[channel] };
        }
    });
}

/// `y`: the sum of each window's cells and channel, times `scale` of the window.
pub(crate) fn add_cells(
    axes: [Axis; 2],
    depth: usize,
    scale: impl Fn(usize) -> f32,
    x: &[f32],
    y: &mut [f32],
) {
    run(
        Isa::detect(),
        AddCells {
            axes,
            depth,
            scale,
            x,
            y,
        },
    );
}

struct AddCells<'a, F> {
    axes: [Axis; 2],
    depth: usize,
    scale: F,
    x: &'a [f32],
    y: &'a mut [f32],
}

impl<F: Fn(usize) -> f32> Kernel for AddCells<'_, F> {
    type Output = ();

    #[inline(always)]
    fn with<V: Lanes>(self) {
        let Self {
            axes,
            depth,
            scale,
            x,
            y,
        } = self;
        windows(axes, |window, cells| {
            let y = &mut y[window * depth..(window + 1) * depth];
            y.fill(0.0);
            cells.each(|cell| {
                let x = &x[cell * depth..(cell + 1) * depth];
                y.iter_mut().zip(x).for_each(|(y, x)| *y += x);
            });
            let scale = scale(window);
            y.iter_mut().for_each(|y| *y *= scale);
        });
    }
}

/// `dx`: to each cell the sum of `scale · dy` over the windows that it lies in.
pub(crate) fn spread(
    axes: [Axis; 2],
    depth: usize,
    scale: impl Fn(usize) -> f32,
    dy: &[f32],
    dx: &mut [f32],
) {
    run(
        Isa::detect(),
        Spread {
            axes,
            depth,
            scale,
            dy,
            dx,
        },
    );
}

struct Spread<'a, F> {
    axes: [Axis; 2],
    depth: usize,
    scale: F,
    dy: &'a [f32],
    dx: &'a mut [f32],
}

impl<F: Fn(usize) -> f32> Kernel for Spread<'_, F> {
    type Output = ();

    #[inline(always)]
    fn with<V: Lanes>(self) {
        let Self {
            axes,
            depth,
            scale,
            dy,
            dx,
        } = self;
        dx.fill(0.0);
        windows(axes, |window, cells| {
            let (dy, scale) = (&dy[window * depth..(window + 1) * depth], scale(window));
            cells.each(|cell| {
                let dx = &mut dx[cell * depth..(cell + 1) * depth];
                dx.iter_mut().zip(dy).for_each(|(dx, dy)| *dx += scale * dy);
            });
        });
    }
}
