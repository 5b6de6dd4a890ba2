//! Where the window of a convolution or a pooling lies: padding, stride and dilation, by the rules of TensorFlow and PyTorch.

use guide_core::{Error, Result};
use nn_core::{Shape, misfit};
use serde::{Deserialize, Serialize};

/// Cells added around a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Padding {
    /// None.
    Valid,
    /// TensorFlow's rule: an axis gives `⌈in / stride⌉` numbers; of the cells that this needs, the smaller half is put before.
    Same,
    /// These numbers of cells on the four sides, as in PyTorch.
    Explicit {
        /// Rows above.
        top: usize,
        /// Rows below.
        bottom: usize,
        /// Columns to the left.
        left: usize,
        /// Columns to the right.
        right: usize,
    },
}

impl Padding {
    /// The same number on all four sides, PyTorch's `padding=p`.
    pub fn all(cells: usize) -> Self {
        Self::symmetric(cells, cells)
    }

    /// Rows above and below, columns to the left and to the right: PyTorch's `padding=(rows, columns)`.
    pub fn symmetric(rows: usize, columns: usize) -> Self {
        Self::Explicit {
            top: rows,
            bottom: rows,
            left: columns,
            right: columns,
        }
    }

    /// Cells before and after the picture along an axis (0: rows, 1: columns), `None` for [`Padding::Same`].
    pub(crate) fn explicit(self, axis: usize) -> Option<[usize; 2]> {
        match self {
            Self::Valid => Some([0, 0]),
            Self::Same => None,
            Self::Explicit {
                top,
                bottom,
                left,
                right,
            } => Some(if axis == 0 {
                [top, bottom]
            } else {
                [left, right]
            }),
        }
    }
}

/// One axis of a window over a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Axis {
    /// Cells of the picture.
    pub(crate) input: usize,
    /// Cells of the window.
    pub(crate) kernel: usize,
    /// Cells between two windows.
    pub(crate) stride: usize,
    /// Cells between two cells of a window.
    pub(crate) dilation: usize,
    /// Cells added before the picture.
    pub(crate) before: usize,
    /// Cells added after the picture.
    pub(crate) after: usize,
    /// Windows.
    pub(crate) output: usize,
}

/// The window of a layer: its two axes without a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Window {
    pub(crate) kernel: [usize; 2],
    pub(crate) stride: [usize; 2],
    pub(crate) dilation: [usize; 2],
    pub(crate) padding: Padding,
    /// Whether a last window may reach over the end, as PyTorch's `ceil_mode`.
    pub(crate) ceil: bool,
}

/// The longest axis of a window, its padding and its steps: lengths above are errors of a program, and sums of these never overflow.
const MOST: usize = 1 << 20;

impl Window {
    /// Whether all lengths can be.
    ///
    /// # Errors
    /// [`Error::Param`] with the parameter and its value.
    pub(crate) fn validate(&self) -> Result<()> {
        let lengths = [
            ("kernel", self.kernel),
            ("stride", self.stride),
            ("dilation", self.dilation),
        ];
        for (name, pair) in lengths {
            if pair.iter().any(|length| !(1..=MOST).contains(length)) {
                let expected = format!("two numbers from 1 to {MOST}");
                return Err(Error::param(name, format!("{pair:?}"), expected));
            }
        }
        let sides = [0, 1].map(|axis| self.padding.explicit(axis).unwrap_or([0, 0]));
        if sides.iter().flatten().any(|&cells| cells > MOST) {
            let expected = format!("at most {MOST} cells a side");
            return Err(Error::param("padding", format!("{sides:?}"), expected));
        }
        Ok(())
    }

    /// The two axes over a picture `[height, width, channels]`.
    ///
    /// # Errors
    /// [`Error::Shape`] for a shape of another number of axes, of other `channels` where these are said, or smaller than the window;
    /// the expected shape is then the smallest.
    pub(crate) fn over(
        &self,
        layer: &str,
        channels: Option<usize>,
        input: Shape,
    ) -> Result<[Axis; 2]> {
        let &[height, width, depth] = input.axes() else {
            let [least_height, least_width] = self.least();
            let expected = [least_height, least_width, channels.unwrap_or(1)];
            return Err(misfit(layer, &expected, input));
        };
        let expected = channels.unwrap_or(depth);
        let [least_height, least_width] = self.least();
        if depth != expected || height < least_height || width < least_width || depth == 0 {
            let least = [
                height.max(least_height),
                width.max(least_width),
                expected.max(1),
            ];
            return Err(misfit(layer, &least, input));
        }
        Ok([self.axis(0, height), self.axis(1, width)])
    }

    /// The smallest picture that holds a window.
    fn least(&self) -> [usize; 2] {
        [0, 1].map(|axis| match self.padding.explicit(axis) {
            Some([before, after]) => self.span(axis).saturating_sub(before + after).max(1),
            None => 1,
        })
    }

    /// Cells from the first to the last of a window.
    fn span(&self, axis: usize) -> usize {
        (self.kernel[axis] - 1) * self.dilation[axis] + 1
    }

    fn axis(&self, axis: usize, input: usize) -> Axis {
        let (stride, span) = (self.stride[axis], self.span(axis));
        let (before, after, output) = match self.padding.explicit(axis) {
            None => {
                let output = input.div_ceil(stride);
                let total = ((output - 1) * stride + span).saturating_sub(input);
                (total / 2, total - total / 2, output)
            }
            Some([before, after]) => {
                let free = input + before + after - span;
                let mut output = if self.ceil {
                    free.div_ceil(stride) + 1
                } else {
                    free / stride + 1
                };
                // A window that begins behind the picture and what is added before it is left out.
                if self.ceil && (output - 1) * stride >= input + before {
                    output -= 1;
                }
                (before, after, output)
            }
        };
        Axis {
            input,
            kernel: self.kernel[axis],
            stride,
            dilation: self.dilation[axis],
            before,
            after,
            output,
        }
    }
}

impl Axis {
    /// The cells of the picture within window `place`: numbers of window cells, and the first cell of the picture.
    pub(crate) fn inside(&self, place: usize) -> (std::ops::Range<usize>, usize) {
        let start = place * self.stride; // in the padded picture
        let first = self.before.saturating_sub(start).div_ceil(self.dilation);
        let end = (self.input + self.before).saturating_sub(start);
        let last = end.div_ceil(self.dilation).min(self.kernel);
        let first = first.min(last);
        (
            first..last,
            (start + first * self.dilation).saturating_sub(self.before),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window(kernel: usize, stride: usize, dilation: usize, padding: Padding) -> Window {
        Window {
            kernel: [kernel; 2],
            stride: [stride; 2],
            dilation: [dilation; 2],
            padding,
            ceil: false,
        }
    }

    #[test]
    fn same_puts_the_smaller_half_before() {
        let axis = window(3, 2, 1, Padding::Same).axis(0, 8);
        assert_eq!((axis.before, axis.after, axis.output), (0, 1, 4));
        let axis = window(4, 1, 2, Padding::Same).axis(0, 5);
        assert_eq!((axis.before, axis.after, axis.output), (3, 3, 5));
        let axis = window(1, 3, 1, Padding::Same).axis(0, 7);
        assert_eq!((axis.before, axis.after, axis.output), (0, 0, 3));
    }

    #[test]
    fn a_window_that_reaches_over_the_end_counts_in_ceil_mode() {
        let mut window = window(2, 2, 1, Padding::Valid);
        assert_eq!(window.axis(0, 5).output, 2);
        window.ceil = true;
        assert_eq!(window.axis(0, 5).output, 3);
        // It would begin in what is added behind.
        window.padding = Padding::all(1);
        window.stride = [3; 2];
        assert_eq!(window.axis(0, 5).output, 2);
    }

    #[test]
    fn the_cells_of_a_window_within_the_picture() {
        let axis = window(3, 2, 2, Padding::all(3)).axis(0, 4);
        // Cells −3, −1, 1; −1, 1, 3; 1, 3, 5.
        assert_eq!(axis.output, 3);
        assert_eq!(axis.inside(0), (2..3, 1));
        assert_eq!(axis.inside(1), (1..3, 1));
        assert_eq!(axis.inside(2), (0..2, 1));
        // Windows that lie wholly in what was added.
        let axis = window(1, 1, 1, Padding::all(2)).axis(0, 1);
        assert!(axis.inside(0).0.is_empty() && axis.inside(4).0.is_empty());
    }
}
