//! A picture as one row of numbers.

use guide_core::Result;
use nn_core::{Backward, Layer, Pass, Room, Shape};
use serde::{Deserialize, Serialize};

/// `[height, width, channels]` as `[height · width · channels]`, in that order (Keras's; PyTorch flattens channels first). A dense layer
/// behind it whose weight is to load from PyTorch's files is made by [`nn_core::Dense::after_flatten`].
///
/// ```
/// use nn_core::{Layer, Shape};
/// use vision_cnn::Flatten;
/// assert_eq!(Flatten.output(Shape::of(&[2, 3, 4]))?, Shape::of(&[24]));
/// # Ok::<(), guide_core::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flatten;

impl Layer for Flatten {
    fn kind(&self) -> &'static str {
        "Flatten"
    }

    fn output(&self, input: Shape) -> Result<Shape> {
        Ok(Shape::of(&[input.len()]))
    }

    fn forward(&self, _: &Pass<'_>, _: Shape, x: &[f32], y: &mut [f32], _: Room<'_>) {
        y.copy_from_slice(x);
    }

    fn backward(&self, _: &Pass<'_>, _: Shape, at: Backward<'_>, _: Room<'_>) {
        if let Some(dx) = at.dx {
            dx.copy_from_slice(at.dy);
        }
    }
}
