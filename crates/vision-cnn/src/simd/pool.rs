//! Loops of pooling over the windows of one picture `[height, width, channels]`: the same operations in the same order on every path.

use nn_core::simd::{Isa, Kernel, Lanes, run};

use crate::window::Axis;

/// Channels that are handled at a time.
const WIDTH: usize = 16;

/// Shows each window: its number, and the number of each of its cells, row by row.
#[inline(always)]
fn windows(
    [rows, columns]: [Axis; 2],
    mut show: impl FnMut(usize, &mut dyn Iterator<Item = usize>),
) {
    for i in 0..rows.output {
        let (down, top) = rows.inside(i);
        for j in 0..columns.output {
            let (across, left) = columns.inside(j);
            let (n_rows, n_columns) = (down.len(), across.len());
            let cells = (0..n_rows).flat_map(|row| {
                let first = (top + row) * columns.input + left;
                first..first + n_columns
            });
            show(i * columns.output + j, &mut { cells });
        }
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
            let y = &mut y[window * depth..(window + 1) * depth];
            match cells.next() {
                Some(cell) => y.copy_from_slice(&x[cell * depth..(cell + 1) * depth]),
                None => y.fill(f32::NEG_INFINITY),
            }
            for cell in cells {
                let x = &x[cell * depth..(cell + 1) * depth];
                for (y, &x) in y.iter_mut().zip(x) {
                    *y = if x > *y || x.is_nan() { x } else { *y };
                }
            }
        });
    }
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
        for from in (0..depth).step_by(WIDTH) {
            let width = WIDTH.min(depth - from);
            windows(axes, |window, cells| {
                let place = window * depth + from;
                let (mut left, mut top) = ([0.0_f32; WIDTH], [0.0_f32; WIDTH]);
                left[..width].copy_from_slice(&dy[place..place + width]);
                top[..width].copy_from_slice(&y[place..place + width]);
                for cell in cells {
                    let place = cell * depth + from;
                    let x = &x[place..place + width];
                    let dx = &mut dx[place..place + width];
                    for (((dx, &x), left), &top) in dx.iter_mut().zip(x).zip(&mut left).zip(&top) {
                        let here = x == top;
                        *dx += if here { *left } else { 0.0 };
                        *left = if here { 0.0 } else { *left };
                    }
                }
            });
        }
    }
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
            for cell in cells {
                let x = &x[cell * depth..(cell + 1) * depth];
                y.iter_mut().zip(x).for_each(|(y, x)| *y += x);
            }
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
            for cell in cells {
                let dx = &mut dx[cell * depth..(cell + 1) * depth];
                dx.iter_mut().zip(dy).for_each(|(dx, dy)| *dx += scale * dy);
            }
        });
    }
}
