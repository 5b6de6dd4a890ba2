//! The parameters of max and average pooling.

use guide_core::{Error, Params, Result, setters};
use serde::{Deserialize, Serialize};

use crate::Padding;
use crate::window::Window;

/// Parameters of a pooling window. The default is 2 × 2 with the window's size as stride.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PoolParams {
    /// Height and width of the window.
    pub kernel: [usize; 2],
    /// Rows and columns from one window to the next; `None` is the window's size.
    pub stride: Option<[usize; 2]>,
    /// Cells added around the picture. On each side at most half the window, as in PyTorch, so that every window holds a cell.
    pub padding: Padding,
    /// Whether a last window may reach over the end, as PyTorch's `ceil_mode`.
    pub ceil_mode: bool,
    /// Whether the average counts the added cells (default true, as in PyTorch). Those of [`Padding::Same`] never count, as in Keras. Maxima
    /// ignore it.
    pub count_include_pad: bool,
    /// Seed. Pooling draws nothing.
    pub seed: u64,
}

impl Default for PoolParams {
    fn default() -> Self {
        Self {
            kernel: [2, 2],
            stride: None,
            padding: Padding::Valid,
            ceil_mode: false,
            count_include_pad: true,
            seed: 0,
        }
    }
}

setters!(PoolParams {
    kernel: [usize; 2],
    stride: Option<[usize; 2]>,
    padding: Padding,
    ceil_mode: bool,
    count_include_pad: bool,
    seed: u64,
});

impl PoolParams {
    /// A square window with this stride.
    pub fn square(kernel: usize, stride: usize) -> Self {
        Self {
            kernel: [kernel; 2],
            stride: Some([stride; 2]),
            ..Self::default()
        }
    }

    pub(super) fn window(&self) -> Window {
        Window {
            kernel: self.kernel,
            stride: self.stride.unwrap_or(self.kernel),
            dilation: [1, 1],
            padding: self.padding,
            ceil: self.ceil_mode,
        }
    }
}

impl Params for PoolParams {
    fn validate(&self) -> Result<()> {
        self.window().validate()?;
        for (axis, kernel) in self.kernel.into_iter().enumerate() {
            let sides = self.padding.explicit(axis).unwrap_or([0, 0]);
            if let Some(side) = sides.into_iter().find(|&side| side > kernel / 2) {
                let expected = format!("at most half the window of {kernel} cells");
                return Err(Error::param("padding", side, expected));
            }
        }
        Ok(())
    }
}
