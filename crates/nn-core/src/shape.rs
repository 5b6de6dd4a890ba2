//! The shape of one example: up to four axes, without the axis of the batch.

use std::fmt;

/// The lengths of the axes of one example, as `[width]`, `[steps, width]` or `[channels, height, width]`. A value that is copied,
/// so that no pass allocates one.
///
/// ```
/// use nn_core::Shape;
/// let picture = Shape::of(&[3, 28, 28]);
/// assert_eq!((picture.len(), picture.last()), (2352, 28));
/// assert_eq!(picture.to_string(), "[3, 28, 28]");
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Shape {
    axes: [usize; 4],
    n_axes: usize,
}

impl Shape {
    /// The shape with these axes.
    ///
    /// # Panics
    /// If there are more than four axes.
    pub fn of(axes: &[usize]) -> Self {
        assert!(axes.len() <= 4, "a shape of more than four axes: {axes:?}");
        let mut shape = Self {
            axes: [1; 4],
            n_axes: axes.len(),
        };
        shape.axes[..axes.len()].copy_from_slice(axes);
        shape
    }

    /// The lengths of the axes.
    pub fn axes(&self) -> &[usize] {
        &self.axes[..self.n_axes]
    }

    /// Numbers in one example.
    pub fn len(&self) -> usize {
        self.axes().iter().product()
    }

    /// Whether an axis has no length.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The length of the last axis, 1 without any.
    pub fn last(&self) -> usize {
        self.axes().last().copied().unwrap_or(1)
    }

    /// The same with another last axis.
    #[must_use]
    pub fn with_last(mut self, length: usize) -> Self {
        self.n_axes = self.n_axes.max(1);
        self.axes[self.n_axes - 1] = length;
        self
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.axes())
    }
}

impl fmt::Debug for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
