//! Average pooling.

use guide_core::{Params, Result};
use nn_core::{Backward, Layer, Pass, Room, Shape};
use serde::{Deserialize, Serialize};

use super::{PoolParams, by_example};
use crate::Padding;
use crate::simd::{add_cells, spread};
use crate::window::Axis;

/// The mean of each window, channel by channel. Added cells count as 0, or not at all without `count_include_pad`; what a window in
/// `ceil_mode` reaches beyond the padding never counts, as in PyTorch.
///
/// ```
/// use nn_core::{Pass, Shape, Weights, Workspace};
/// use vision_cnn::{AvgPool2d, PoolParams};
/// let pool = AvgPool2d::new(PoolParams::square(2, 2))?;
/// let (weights, mut work) = (Weights::new(), Workspace::default());
/// let picture = [1.0, 2.0, 3.0, 4.0, 8.0, 7.0, 6.0, 5.0];
/// let y = work.forward(&pool, &Pass::infer(&weights, 1), Shape::of(&[2, 4, 1]), &picture);
/// assert_eq!(y, [4.5, 4.5]);
/// # Ok::<(), guide_core::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AvgPool2d {
    params: PoolParams,
}

impl AvgPool2d {
    /// A pooling layer with this window.
    ///
    /// # Errors
    /// [`guide_core::Error::Param`] for invalid parameters.
    pub fn new(params: PoolParams) -> Result<Self> {
        params.validate()?;
        Ok(Self { params })
    }

    fn axes(&self, input: Shape) -> Result<[Axis; 2]> {
        self.params.window().over(self.kind(), None, input)
    }

    /// The axes of a checked shape.
    fn checked(&self, input: Shape) -> [Axis; 2] {
        match self.axes(input) {
            Ok(axes) => axes,
            Err(reason) => panic!("{reason}"),
        }
    }

    /// One divided by the cells that count in a window.
    fn scale(&self, axes: [Axis; 2], window: usize) -> f32 {
        let [rows, columns] = axes;
        let places = [window / columns.output, window % columns.output];
        let counted = |axis: usize| {
            let (axis, place) = (axes[axis], places[axis]);
            if self.params.count_include_pad && self.params.padding != Padding::Same {
                let start = place * axis.stride;
                axis.kernel
                    .min(axis.input + axis.before + axis.after - start)
            } else {
                axis.inside(place).0.len()
            }
        };
        debug_assert!(places[0] < rows.output);
        1.0 / (counted(0) * counted(1)).max(1) as f32
    }
}

impl Layer for AvgPool2d {
    fn kind(&self) -> &'static str {
        "AveragePooling2D"
    }

    fn output(&self, input: Shape) -> Result<Shape> {
        let [rows, columns] = self.axes(input)?;
        Ok(Shape::of(&[rows.output, columns.output, input.last()]))
    }

    fn forward(&self, _: &Pass<'_>, input: Shape, x: &[f32], y: &mut [f32], _: Room<'_>) {
        let (axes, depth) = (self.checked(input), input.last());
        let y_len = axes[0].output * axes[1].output * depth;
        by_example(y, y_len, x, input.len(), |_, y, x| {
            add_cells(axes, depth, |window| self.scale(axes, window), x, y);
        });
    }

    fn backward(&self, _: &Pass<'_>, input: Shape, at: Backward<'_>, _: Room<'_>) {
        let Some(dx) = at.dx else {
            return;
        };
        let (axes, depth) = (self.checked(input), input.last());
        let y_len = axes[0].output * axes[1].output * depth;
        by_example(dx, input.len(), at.dy, y_len, |_, dx, dy| {
            spread(axes, depth, |window| self.scale(axes, window), dy, dx);
        });
    }
}
