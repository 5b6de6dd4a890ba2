//! The parameters of a convolution.

use guide_core::{Error, Params, Result, ensure, setters};
use nn_core::{Activation, Init};
use serde::{Deserialize, Serialize};

use crate::Padding;
use crate::window::Window;

/// Parameters of a [`crate::Conv2d`]. The default is Keras's `Conv2D(1, 3)` over one channel.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Conv2dParams {
    /// Channels of the input. At least 1.
    pub n_in: usize,
    /// Channels of the output. At least 1.
    pub n_out: usize,
    /// Height and width of the kernel.
    pub kernel: [usize; 2],
    /// Rows and columns between two windows.
    pub stride: [usize; 2],
    /// Cells added around the picture.
    pub padding: Padding,
    /// Rows and columns between two cells of a window. 1 is a dense window.
    pub dilation: [usize; 2],
    /// Groups of channels: each part of the outputs sees its part of the inputs alone. Divides `n_in` and `n_out`.
    pub groups: usize,
    /// Whether a bias is added to each output channel.
    pub bias: bool,
    /// The function that follows. Its gradient must follow from its output: not a GELU.
    pub activation: Activation,
    /// How the kernel begins, with `fan_in = height · width · n_in / groups` and `fan_out = height · width · n_out`.
    pub init: Init,
    /// How the bias begins.
    pub bias_init: Init,
    /// Seed of both.
    pub seed: u64,
}

impl Default for Conv2dParams {
    fn default() -> Self {
        Self {
            n_in: 1,
            n_out: 1,
            kernel: [3, 3],
            stride: [1, 1],
            padding: Padding::Valid,
            dilation: [1, 1],
            groups: 1,
            bias: true,
            activation: Activation::Linear,
            init: Init::GlorotUniform,
            bias_init: Init::Zeros,
            seed: 0,
        }
    }
}

setters!(Conv2dParams {
    n_in: usize,
    n_out: usize,
    kernel: [usize; 2],
    stride: [usize; 2],
    padding: Padding,
    dilation: [usize; 2],
    groups: usize,
    bias: bool,
    activation: Activation,
    init: Init,
    bias_init: Init,
    seed: u64,
});

impl Conv2dParams {
    /// From `n_in` to `n_out` channels with a square kernel, begun as in Keras: glorot uniform, bias 0.
    pub fn keras(n_in: usize, n_out: usize, kernel: usize) -> Self {
        Self {
            n_in,
            n_out,
            kernel: [kernel; 2],
            ..Self::default()
        }
    }

    /// The same begun as in PyTorch: kernel and bias `U(±1 / √fan_in)`.
    pub fn torch(n_in: usize, n_out: usize, kernel: usize) -> Self {
        Self {
            init: Init::TorchDefault,
            bias_init: Init::TorchDefault,
            ..Self::keras(n_in, n_out, kernel)
        }
    }

    pub(super) fn window(&self) -> Window {
        Window {
            kernel: self.kernel,
            stride: self.stride,
            dilation: self.dilation,
            padding: self.padding,
            ceil: false,
        }
    }
}

impl Params for Conv2dParams {
    fn validate(&self) -> Result<()> {
        ensure::at_least_one("n_in", self.n_in)?;
        ensure::at_least_one("n_out", self.n_out)?;
        ensure::at_least_one("groups", self.groups)?;
        self.window().validate()?;
        for (name, channels) in [("n_in", self.n_in), ("n_out", self.n_out)] {
            if channels % self.groups != 0 {
                let expected = format!("a divisor of {name} = {channels}");
                return Err(Error::param("groups", self.groups, expected));
            }
        }
        if !self.activation.keeps_output() {
            let expected = "a function whose gradient follows from its output (not a GELU)";
            let value = format!("{:?}", self.activation);
            return Err(Error::param("activation", value, expected));
        }
        Ok(())
    }
}
