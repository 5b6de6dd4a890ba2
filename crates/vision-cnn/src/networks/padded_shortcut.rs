//! A shortcut without weights (He, Zhang, Ren, Sun, 2016, option A): every second row and column, and channels of zeros.

use guide_core::{Result, ensure};
use nn_core::{Backward, Layer, Pass, Room, Shape, misfit};
use serde::{Deserialize, Serialize};

use crate::conv2d::{MAX_CHANNELS, MAX_STRIDE};

/// `y[i, j] = (0, .., x[i · stride, j · stride], .., 0)`: pictures `[height, width, channels]` to `[⌈height / stride⌉, ⌈width / stride⌉,
/// n_out]`. Of the channels that are added, the smaller half is put before.
///
/// ```
/// use nn_core::{Pass, Shape, Weights, Workspace};
/// use vision_cnn::PaddedShortcut;
/// let shortcut = PaddedShortcut::new(2, 3)?;
/// let (weights, mut work) = (Weights::new(), Workspace::default());
/// let picture = [1.0, 2.0, 3.0]; // one row
/// let y = work.forward(&shortcut, &Pass::infer(&weights, 1), Shape::of(&[1, 3, 1]), &picture);
/// assert_eq!(y, [0.0, 1.0, 0.0, 0.0, 3.0, 0.0]);
/// # Ok::<(), guide_core::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaddedShortcut {
    stride: usize,
    n_out: usize,
}

impl PaddedShortcut {
    /// A shortcut that keeps every `stride`-th row and column, with `n_out` channels.
    ///
    /// # Errors
    /// [`guide_core::Error::Param`] unless `stride` is 1 to 1024 and `n_out` 1 to 2²⁰.
    pub fn new(stride: usize, n_out: usize) -> Result<Self> {
        ensure::within("stride", stride, 1, MAX_STRIDE)?;
        ensure::within("n_out", n_out, 1, MAX_CHANNELS)?;
        Ok(Self { stride, n_out })
    }

    /// Shows each point that is kept: where its channels begin in the input and in the output.
    fn points(&self, n: usize, input: Shape, mut show: impl FnMut(usize, usize)) {
        let &[height, width, channels] = input.axes() else {
            panic!("a picture of shape {input}")
        };
        let before = (self.n_out - channels) / 2;
        let mut to = before;
        for example in 0..n {
            for row in (0..height).step_by(self.stride) {
                for column in (0..width).step_by(self.stride) {
                    show(((example * height + row) * width + column) * channels, to);
                    to += self.n_out;
                }
            }
        }
    }
}

impl Layer for PaddedShortcut {
    fn kind(&self) -> &'static str {
        "PaddedShortcut"
    }

    fn output(&self, input: Shape) -> Result<Shape> {
        match *input.axes() {
            [height, width, channels] if channels <= self.n_out => Ok(Shape::of(&[
                height.div_ceil(self.stride),
                width.div_ceil(self.stride),
                self.n_out,
            ])),
            [height, width, _] => Err(misfit(self.kind(), &[height, width, self.n_out], input)),
            _ => Err(misfit(self.kind(), &[1, 1, self.n_out], input)),
        }
    }

    fn forward(&self, pass: &Pass<'_>, input: Shape, x: &[f32], y: &mut [f32], _: Room<'_>) {
        let channels = input.last();
        y.fill(0.0);
        self.points(pass.n, input, |from, to| {
            y[to..to + channels].copy_from_slice(&x[from..from + channels]);
        });
    }

    fn backward(&self, pass: &Pass<'_>, input: Shape, at: Backward<'_>, _: Room<'_>) {
        let (Some(dx), channels) = (at.dx, input.last()) else {
            return;
        };
        dx.fill(0.0);
        self.points(pass.n, input, |to, from| {
            dx[to..to + channels].copy_from_slice(&at.dy[from..from + channels]);
        });
    }
}
