//! Which points of a result are made from which cells of a source, along one axis: of a convolution, and of its transpose.

use crate::window::Axis;

/// Equally spaced points whose windows have the same cells of the kernel: point `t` of `n` is number `first + t · step` of the result,
/// and its window begins at cell `start + t · advance` of the source (negative: before it).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Phase {
    pub(super) first: usize,
    pub(super) step: usize,
    pub(super) n: usize,
    pub(super) start: isize,
    pub(super) advance: usize,
    /// Cells of the window, each `tap_step` after the one before.
    pub(super) n_taps: usize,
    pub(super) tap_step: usize,
    /// Number of the kernel's cell that belongs to the first cell of the window ..
    kernel_first: usize,
    /// .. and the step to the next: negative for the transpose.
    kernel_step: isize,
}

impl Phase {
    /// The kernel's cell for cell `tap` of the window.
    pub(super) fn kernel(&self, tap: usize) -> usize {
        let cell = self.kernel_first as isize + self.kernel_step * tap as isize;
        cell as usize
    }

    /// The points among the numbers `range` of the result: their numbers `t`.
    pub(super) fn within(&self, range: std::ops::Range<usize>) -> std::ops::Range<usize> {
        let at = |number: usize| {
            number
                .saturating_sub(self.first)
                .div_ceil(self.step)
                .min(self.n)
        };
        at(range.start)..at(range.end)
    }

    /// The first cell that points `t` look at, and the one behind the last.
    pub(super) fn cells(&self, points: &std::ops::Range<usize>) -> (isize, isize) {
        let at = |t: usize| self.start + (t * self.advance) as isize;
        let span = (self.n_taps - 1) * self.tap_step;
        (at(points.start), at(points.end - 1) + span as isize + 1)
    }
}

/// A convolution, or the transposed map.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Direction {
    /// From the input to the output.
    Forward,
    /// From the gradient of the output to that of the input.
    Backward,
}

impl Direction {
    /// Phases along an axis.
    pub(super) fn n_phases(self, axis: &Axis) -> usize {
        match self {
            Self::Forward => 1,
            Self::Backward => axis.stride,
        }
    }

    /// Phase `number` along an axis.
    pub(super) fn phase(self, axis: &Axis, number: usize) -> Phase {
        if self == Self::Forward {
            return Phase {
                first: 0,
                step: 1,
                n: axis.output,
                start: -(axis.before as isize),
                advance: axis.stride,
                n_taps: axis.kernel,
                tap_step: axis.dilation,
                kernel_first: 0,
                kernel_step: 1,
            };
        }
        // Input i = number + stride · t meets kernel cell k in output o where stride · o = i + before − dilation · k.
        let (stride, dilation) = (axis.stride, axis.dilation);
        let divisor = gcd(stride, dilation);
        let (every, tap_step) = (stride / divisor, dilation / divisor);
        let place = number + axis.before;
        let meets =
            |cell: &usize| (place as isize - (cell * dilation) as isize) % stride as isize == 0;
        let least = (0..every.min(axis.kernel)).find(meets);
        let n_taps = least.map_or(0, |cell| (axis.kernel - cell).div_ceil(every));
        let last = least.unwrap_or(0) + n_taps.saturating_sub(1) * every;
        let start = (place as isize - (last * dilation) as isize) / stride as isize;
        Phase {
            first: number,
            step: stride,
            n: axis.input.saturating_sub(number).div_ceil(stride),
            start,
            advance: 1,
            n_taps,
            tap_step,
            kernel_first: last,
            kernel_step: -(every as isize),
        }
    }
}

fn gcd(a: usize, b: usize) -> usize {
    if b == 0 { a } else { gcd(b, a % b) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each pair of an input and an output that a kernel cell joins is met once in either direction.
    #[test]
    fn both_directions_join_the_same_cells() {
        for (kernel, stride, dilation) in [
            (3, 1, 1),
            (3, 2, 1),
            (5, 3, 2),
            (2, 4, 6),
            (1, 2, 1),
            (4, 2, 4),
        ] {
            let (input, before) = (11_usize, 3);
            let span = (kernel - 1) * dilation + 1;
            let output = (input + 2 * before).saturating_sub(span) / stride + 1;
            let axis = Axis {
                input,
                kernel,
                stride,
                dilation,
                before,
                after: before,
                output,
            };
            let joins = |direction: Direction, n_source: usize| {
                let mut joins = Vec::new();
                for number in 0..direction.n_phases(&axis) {
                    let phase = direction.phase(&axis, number);
                    for (t, tap) in
                        (0..phase.n).flat_map(|t| (0..phase.n_taps).map(move |tap| (t, tap)))
                    {
                        let cell =
                            phase.start + (t * phase.advance + tap * phase.tap_step) as isize;
                        if (0..n_source as isize).contains(&cell) {
                            joins.push((
                                phase.first + t * phase.step,
                                cell as usize,
                                phase.kernel(tap),
                            ));
                        }
                    }
                }
                joins
            };
            let forward = joins(Direction::Forward, input);
            let mut forward: Vec<_> = forward.into_iter().map(|(y, x, k)| (x, y, k)).collect();
            let mut backward = joins(Direction::Backward, output);
            forward.sort_unstable();
            backward.sort_unstable();
            assert!(!forward.is_empty());
            assert_eq!(
                forward, backward,
                "kernel {kernel}, stride {stride}, dilation {dilation}"
            );
        }
    }
}
