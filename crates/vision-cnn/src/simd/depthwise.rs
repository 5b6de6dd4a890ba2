//! Convolutions whose groups have one channel each: every channel is summed alone, many of them side by side.

use nn_core::simd::{Isa, Kernel, Lanes, run};

/// Points that are summed in registers at a time.
const POINTS: usize = 8;

/// A rectangle of points. All distances are in numbers.
pub(crate) struct Depthwise<'a, K> {
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
    /// Channels.
    pub(crate) channels: usize,
    /// The weights of a cell of the window, one for each channel.
    pub(crate) weights: K,
    /// Added to every point, one for each channel.
    pub(crate) bias: Option<&'a [f32]>,
    /// Whether `max(·, 0)` follows.
    pub(crate) relu: bool,
    /// The outputs of the points from the first one on.
    pub(crate) dest: &'a mut [f32],
    /// Distance of two points in the outputs.
    pub(crate) dest_steps: [usize; 2],
}

impl<'a, K: Fn(usize, usize) -> &'a [f32]> Depthwise<'a, K> {
    /// Computes the outputs, on this thread.
    pub(crate) fn run(self, isa: Isa) {
        run(isa, self);
    }
}

impl<'a, K: Fn(usize, usize) -> &'a [f32]> Kernel for Depthwise<'a, K> {
    type Output = ();

    #[inline(always)]
    fn with<V: Lanes>(self) {
        for from in (0..self.channels).step_by(V::N) {
            let width = V::N.min(self.channels - from);
            let start = match self.bias {
                Some(bias) => V::load(&bias[from..from + width]),
                None => V::splat(0.0),
            };
            for y in 0..self.points[0] {
                for first in (0..self.points[1]).step_by(POINTS) {
                    let n = POINTS.min(self.points[1] - first);
                    let place = y * self.source_steps[0] + first * self.source_steps[1] + from;
                    let mut sums = [start; POINTS];
                    for tap in 0..self.taps[0] {
                        for column in 0..self.taps[1] {
                            let weight = V::load(&(self.weights)(tap, column)[from..from + width]);
                            let place =
                                place + tap * self.tap_steps[0] + column * self.tap_steps[1];
                            for (point, sum) in sums.iter_mut().enumerate().take(n) {
                                let place = place + point * self.source_steps[1];
                                let x = V::load(&self.source[place..place + width]);
                                *sum = x.fma(weight, *sum);
                            }
                        }
                    }
                    for (point, sum) in sums.into_iter().enumerate().take(n) {
                        let place = y * self.dest_steps[0] + (first + point) * self.dest_steps[1];
                        let sum = if self.relu {
                            V::splat(0.0).max(sum)
                        } else {
                            sum
                        };
                        sum.store(&mut self.dest[place + from..place + from + width]);
                    }
                }
            }
        }
    }
}

/// The gradient of such a kernel over a rectangle of points, which is added to it. All distances are in numbers.
pub(crate) struct DepthwiseGradient<'a> {
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
    /// Channels.
    pub(crate) channels: usize,
    /// The gradients of the points, row by row.
    pub(crate) gradients: &'a [f32],
    /// The gradient of the kernel, a row of channels for each cell of the window.
    pub(crate) dest: &'a mut [f32],
}

impl DepthwiseGradient<'_> {
    /// Adds the sums, on this thread.
    pub(crate) fn run(self, isa: Isa) {
        run(isa, self);
    }
}

impl Kernel for DepthwiseGradient<'_> {
    type Output = ();

    #[inline(always)]
    fn with<V: Lanes>(self) {
        let [rows, columns] = self.points;
        for from in (0..self.channels).step_by(V::N) {
            let width = V::N.min(self.channels - from);
            for tap in 0..self.taps[0] {
                for column in 0..self.taps[1] {
                    let place = tap * self.tap_steps[0] + column * self.tap_steps[1] + from;
                    let mut sum = V::splat(0.0);
                    for y in 0..rows {
                        for x in 0..columns {
                            let place = place + y * self.source_steps[0] + x * self.source_steps[1];
                            let point = (y * columns + x) * self.channels + from;
                            let value = V::load(&self.source[place..place + width]);
                            let gradient = V::load(&self.gradients[point..point + width]);
                            sum = value.fma(gradient, sum);
                        }
                    }
                    let cell = (tap * self.taps[1] + column) * self.channels + from;
                    let dest = &mut self.dest[cell..cell + width];
                    V::load(dest).add(sum).store(dest);
                }
            }
        }
    }
}
