//! Max pooling.

use guide_core::{Params, Result};
use nn_core::{Backward, Layer, Pass, Room, Shape};
use serde::{Deserialize, Serialize};

use super::{PoolParams, by_example};
use crate::simd::{keep_larger, route_gradient};
use crate::window::Axis;

/// The largest number of each window, channel by channel. Added cells count as −∞. The gradient goes to the first largest cell, row by row,
/// as in PyTorch.
///
/// ```
/// use nn_core::{Pass, Shape, Weights, Workspace};
/// use vision_cnn::{MaxPool2d, PoolParams};
/// let pool = MaxPool2d::new(PoolParams::square(2, 2))?;
/// let (weights, mut work) = (Weights::new(), Workspace::default());
/// let picture = [1.0, 2.0, 3.0, 4.0, 8.0, 7.0, 6.0, 5.0];
/// let y = work.forward(&pool, &Pass::infer(&weights, 1), Shape::of(&[2, 4, 1]), &picture);
/// assert_eq!(y, [8.0, 6.0]);
/// # Ok::<(), guide_core::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MaxPool2d {
    params: PoolParams,
}

impl MaxPool2d {
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
}

impl Layer for MaxPool2d {
    fn kind(&self) -> &'static str {
        "MaxPooling2D"
    }

    fn output(&self, input: Shape) -> Result<Shape> {
        let [rows, columns] = self.axes(input)?;
        Ok(Shape::of(&[rows.output, columns.output, input.last()]))
    }

    fn forward(&self, _: &Pass<'_>, input: Shape, x: &[f32], y: &mut [f32], _: Room<'_>) {
        let Ok(axes) = self.axes(input) else {
            panic!("{} over {input}", self.kind())
        };
        let depth = input.last();
        let y_len = axes[0].output * axes[1].output * depth;
        by_example(y, y_len, x, input.len(), |_, y, x| {
            keep_larger(axes, depth, x, y)
        });
    }

    fn backward(&self, _: &Pass<'_>, input: Shape, at: Backward<'_>, _: Room<'_>) {
        let Some(dx) = at.dx else {
            return;
        };
        let Ok(axes) = self.axes(input) else {
            panic!("{} over {input}", self.kind())
        };
        let depth = input.last();
        let y_len = axes[0].output * axes[1].output * depth;
        let (y, dy) = (at.y, &*at.dy);
        by_example(dx, input.len(), at.x, input.len(), |example, dx, x| {
            let points = example * y_len..(example + 1) * y_len;
            route_gradient(axes, depth, x, (&y[points.clone()], &dy[points]), dx);
        });
    }
}
