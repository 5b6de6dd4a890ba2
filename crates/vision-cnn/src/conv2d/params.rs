//! The parameters of a convolution.

use guide_core::{Error, Params, Result, ensure, setters};
use nn_core::{Activation, Init};
use serde::{Deserialize, Serialize};

use crate::Padding;
use crate::window::Window;

/// The largest number of channels.
pub(crate) const MAX_CHANNELS: usize = 1 << 20;
/// The largest stride. The backward pass visits `stride · stride` sets of cells, so that a larger one would only cost time.
pub(crate) const MAX_STRIDE: usize = 1 << 10;
/// The largest number of weights in a tensor: 4 GiB.
pub(crate) const MAX_WEIGHTS: usize = 1 << 30;

/// Parameters of a [`crate::Conv2d`]. The default is Keras's `Conv2D(1, 3)` over one channel.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Conv2dParams {
    /// Channels of the input, 1 to 2²⁰.
    pub n_in: usize,
    /// Channels of the output, 1 to 2²⁰.
    pub n_out: usize,
    /// Height and width of the kernel. It holds `height · width · n_in / groups · n_out` weights, at most 2³⁰.
    pub kernel: [usize; 2],
    /// Rows and columns from one window to the next, 1 to 1024 each.
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
    /// Initialisation of the kernel, with `fan_in = height · width · n_in / groups` and `fan_out = height · width · n_out`.
    pub init: Init,
    /// Initialisation of the bias.
    pub bias_init: Init,
    /// Seed of both initialisations.
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
    /// From `n_in` to `n_out` channels with a square kernel, initialised as in Keras: glorot uniform, bias 0.
    pub fn keras(n_in: usize, n_out: usize, kernel: usize) -> Self {
        Self {
            n_in,
            n_out,
            kernel: [kernel; 2],
            ..Self::default()
        }
    }

    /// The same initialised as in PyTorch: kernel and bias `U(±1 / √fan_in)`.
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
        ensure::within("n_in", self.n_in, 1, MAX_CHANNELS)?;
        ensure::within("n_out", self.n_out, 1, MAX_CHANNELS)?;
        ensure::at_least_one("groups", self.groups)?;
        if self
            .stride
            .iter()
            .any(|stride| !(1..=MAX_STRIDE).contains(stride))
        {
            let value = format!("{:?}", self.stride);
            let expected = format!("two numbers from 1 to {MAX_STRIDE}");
            return Err(Error::param("stride", value, expected));
        }
        self.window().validate()?;
        for (name, channels) in [("n_in", self.n_in), ("n_out", self.n_out)] {
            if channels % self.groups != 0 {
                let expected = format!("a divisor of {name} = {channels}");
                return Err(Error::param("groups", self.groups, expected));
            }
        }
        let [height, width] = self.kernel;
        let shape = [height, width, self.n_in / self.groups, self.n_out];
        let n_weights = shape
            .iter()
            .try_fold(1_usize, |n, &axis| n.checked_mul(axis));
        if n_weights.is_none_or(|n| n > MAX_WEIGHTS) {
            let expected = format!(
                "a tensor [height, width, n_in / groups, n_out] of at most {MAX_WEIGHTS} weights"
            );
            return Err(Error::param("kernel", format!("{shape:?}"), expected));
        }
        if !self.activation.keeps_output() {
            let expected = "a function whose gradient follows from its output (not a GELU)";
            let value = format!("{:?}", self.activation);
            return Err(Error::param("activation", value, expected));
        }
        Ok(())
    }
}
