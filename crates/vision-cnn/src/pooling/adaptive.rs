//! Averages over a whole picture, and over a fixed number of parts of it.

use guide_core::{Result, ensure};
use nn_core::{Backward, Layer, Pass, Room, Shape, misfit};
use serde::{Deserialize, Serialize};

use super::by_example;

/// The mean over a picture, channel by channel: `[height, width, channels]` to `[channels]`.
///
/// ```
/// use nn_core::{Pass, Shape, Weights, Workspace};
/// use vision_cnn::GlobalAvgPool;
/// let (weights, mut work) = (Weights::new(), Workspace::default());
/// let picture = [1.0, 10.0, 3.0, 30.0]; // two points of two channels
/// let y = work.forward(&GlobalAvgPool, &Pass::infer(&weights, 1), Shape::of(&[1, 2, 2]), &picture);
/// assert_eq!(y, [2.0, 20.0]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GlobalAvgPool;

impl Layer for GlobalAvgPool {
    fn kind(&self) -> &'static str {
        "GlobalAveragePooling2D"
    }

    fn output(&self, input: Shape) -> Result<Shape> {
        parts_of(self.kind(), input)?;
        Ok(Shape::of(&[input.last()]))
    }

    fn forward(&self, _: &Pass<'_>, input: Shape, x: &[f32], y: &mut [f32], _: Room<'_>) {
        average([1, 1], input, x, y);
    }

    fn backward(&self, _: &Pass<'_>, input: Shape, at: Backward<'_>, _: Room<'_>) {
        if let Some(dx) = at.dx {
            spread([1, 1], input, at.dy, dx);
        }
    }
}

/// The most parts along an axis. No picture has more rows or columns.
const MAX_PARTS: usize = 1 << 14;

/// Means over `height × width` parts of a picture of any size, as PyTorch's `AdaptiveAvgPool2d`: along an axis of `n` cells part `i` of `m` holds the
/// cells from `⌊i n / m⌋` to before `⌈(i + 1) n / m⌉`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AdaptiveAvgPool2d {
    parts: [usize; 2],
}

impl AdaptiveAvgPool2d {
    /// Pooling to so many rows and columns.
    ///
    /// # Errors
    /// [`guide_core::Error::Param`] unless both are 1 to 2¹⁴.
    pub fn new(height: usize, width: usize) -> Result<Self> {
        ensure::within("height", height, 1, MAX_PARTS)?;
        ensure::within("width", width, 1, MAX_PARTS)?;
        let parts = [height, width];
        Ok(Self { parts })
    }
}

impl Layer for AdaptiveAvgPool2d {
    fn kind(&self) -> &'static str {
        "AdaptiveAveragePooling2D"
    }

    fn output(&self, input: Shape) -> Result<Shape> {
        parts_of(self.kind(), input)?;
        let [height, width] = self.parts;
        Ok(Shape::of(&[height, width, input.last()]))
    }

    fn forward(&self, _: &Pass<'_>, input: Shape, x: &[f32], y: &mut [f32], _: Room<'_>) {
        average(self.parts, input, x, y);
    }

    fn backward(&self, _: &Pass<'_>, input: Shape, at: Backward<'_>, _: Room<'_>) {
        if let Some(dx) = at.dx {
            spread(self.parts, input, at.dy, dx);
        }
    }
}

/// The axes of a picture that is not empty.
fn parts_of(layer: &str, input: Shape) -> Result<[usize; 3]> {
    match *input.axes() {
        [height, width, depth] if !input.is_empty() => Ok([height, width, depth]),
        _ => {
            let mut least = [1; 3];
            least
                .iter_mut()
                .zip(input.axes())
                .for_each(|(least, &axis)| *least = axis.max(1));
            Err(misfit(layer, &least, input))
        }
    }
}

/// Shows each part of a picture: its number, one divided by its cells, and the number of each cell.
fn parts([rows, columns]: [usize; 2], input: Shape, mut show: impl FnMut(usize, f32, usize)) {
    let &[height, width, _] = input.axes() else {
        panic!("a picture of shape {input}")
    };
    let range = |part: usize, n_parts: usize, cells: usize| {
        part * cells / n_parts..((part + 1) * cells).div_ceil(n_parts)
    };
    for (i, j) in (0..rows).flat_map(|i| (0..columns).map(move |j| (i, j))) {
        let (down, across) = (range(i, rows, height), range(j, columns, width));
        let scale = 1.0 / (down.len() * across.len()) as f32;
        for row in down {
            for column in across.clone() {
                show(i * columns + j, scale, row * width + column);
            }
        }
    }
}

fn average(of: [usize; 2], input: Shape, x: &[f32], y: &mut [f32]) {
    let depth = input.last();
    by_example(y, of[0] * of[1] * depth, x, input.len(), |_, y, x| {
        y.fill(0.0);
        parts(of, input, |part, scale, cell| {
            let y = &mut y[part * depth..(part + 1) * depth];
            let x = &x[cell * depth..(cell + 1) * depth];
            y.iter_mut().zip(x).for_each(|(y, x)| *y += scale * x);
        });
    });
}

fn spread(of: [usize; 2], input: Shape, dy: &[f32], dx: &mut [f32]) {
    let depth = input.last();
    by_example(dx, input.len(), dy, of[0] * of[1] * depth, |_, dx, dy| {
        dx.fill(0.0);
        parts(of, input, |part, scale, cell| {
            let dx = &mut dx[cell * depth..(cell + 1) * depth];
            let dy = &dy[part * depth..(part + 1) * depth];
            dx.iter_mut().zip(dy).for_each(|(dx, dy)| *dx += scale * dy);
        });
    });
}
