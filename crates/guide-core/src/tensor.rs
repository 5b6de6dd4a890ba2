//! The shared view of every owned `f32` array: a shape and row-major numbers.

use ndarray::{Array, Dimension};

/// An owned block of `f32` in row-major order. Every owned `ndarray` array of `f32` is one.
///
/// ```
/// use guide_core::{Tensor, ndarray::array};
/// let matrix = array![[1.0_f32, 2.0], [3.0, 4.0]];
/// assert_eq!(Tensor::shape(&matrix), [2, 2]);
/// assert_eq!(matrix.data(), [1.0, 2.0, 3.0, 4.0]);
/// ```
pub trait Tensor {
    /// Length of each axis.
    fn shape(&self) -> &[usize];

    /// The numbers, row-major.
    ///
    /// # Panics
    /// If the array is not in row-major order, as after a transposition in place.
    fn data(&self) -> &[f32];

    /// The numbers, row-major, to change.
    ///
    /// # Panics
    /// As [`Tensor::data`].
    fn data_mut(&mut self) -> &mut [f32];
}

impl<D: Dimension> Tensor for Array<f32, D> {
    fn shape(&self) -> &[usize] {
        (**self).shape()
    }

    fn data(&self) -> &[f32] {
        let Some(data) = self.as_slice() else {
            panic!("array of shape {:?} is not row-major", self.shape())
        };
        data
    }

    fn data_mut(&mut self) -> &mut [f32] {
        assert!(
            self.is_standard_layout(),
            "array of shape {:?} is not row-major",
            self.shape()
        );
        self.as_slice_mut().unwrap_or_default()
    }
}
