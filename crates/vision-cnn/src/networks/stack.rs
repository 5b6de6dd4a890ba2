//! A network that is put together layer by layer: each layer takes what comes out of the one before.

use guide_core::{Error, Result};
use nn_core::{Activation, BatchNorm, Dense, Init, Layer, Sequential, Shape, Weights};

use crate::conv2d::MAX_WEIGHTS;
use crate::{Conv2d, Conv2dParams, MaxPool2d, Padding, PoolParams};

/// Where the first weights of a network come from.
#[derive(Clone, Copy, Debug)]
pub(super) enum Start {
    /// Random numbers of this seed.
    Seed(u64),
    /// Zeros, which weights from a file will replace. A network of more trained numbers than the file holds is refused before memory is
    /// reserved for it.
    File {
        /// Trained numbers in the file.
        n_weights: usize,
    },
}

impl Start {
    /// The rule of a layer's initialisation: `drawn`, or zeros before a file.
    pub(super) fn init(self, drawn: Init) -> Init {
        match self {
            Self::Seed(_) => drawn,
            Self::File { .. } => Init::Zeros,
        }
    }

    /// The seed of the layer with this number.
    pub(super) fn seed(self, layer: u64) -> u64 {
        match self {
            Self::Seed(seed) => seed.wrapping_mul(1009).wrapping_add(layer),
            Self::File { .. } => 0,
        }
    }

    /// Refuses a tensor that the file cannot hold beside those in `weights`, or that is too large for any network.
    ///
    /// # Errors
    /// [`Error::Decode`] for a file with fewer weights, [`Error::Param`] for a tensor of more than [`MAX_WEIGHTS`].
    pub(super) fn allow(self, weights: &Weights, shape: &[usize]) -> Result<()> {
        let n = shape
            .iter()
            .fold(1, |n: usize, &axis| n.saturating_mul(axis));
        match self {
            Self::Seed(_) if n > MAX_WEIGHTS => {
                let expected = format!("of a size whose layers have at most {MAX_WEIGHTS} weights");
                Err(Error::param(
                    "input",
                    format!("of a size that needs a layer of {n}"),
                    expected,
                ))
            }
            Self::Seed(_) => Ok(()),
            Self::File { n_weights } => {
                let needed = n.saturating_add(weights.count().0);
                if needed <= n_weights {
                    return Ok(());
                }
                let reason =
                    format!("{n_weights} weights, where the network needs {needed} or more");
                Err(Error::decode("network", reason))
            }
        }
    }
}

/// Layers so far, the tensors of the whole network, and where their first weights come from.
pub(super) struct Stack {
    weights: Weights,
    layers: Sequential,
    start: Start,
    n_layers: u64,
}

/// One convolution.
#[derive(Clone, Copy)]
pub(super) struct Conv {
    pub(super) n_out: usize,
    pub(super) kernel: usize,
    pub(super) stride: usize,
    pub(super) padding: usize,
    pub(super) bias: bool,
}

impl Conv {
    /// A kernel of `kernel` cells that keeps height and width.
    pub(super) fn same(n_out: usize, kernel: usize) -> Self {
        Self {
            n_out,
            kernel,
            stride: 1,
            padding: kernel / 2,
            bias: true,
        }
    }

    /// The same without cells added around the picture.
    pub(super) fn valid(n_out: usize, kernel: usize) -> Self {
        Self {
            padding: 0,
            ..Self::same(n_out, kernel)
        }
    }

    /// The same without a bias, as before a batch normalisation.
    pub(super) fn without_bias(self) -> Self {
        Self {
            bias: false,
            ..self
        }
    }

    /// The same with this stride along both axes.
    pub(super) fn stride(self, stride: usize) -> Self {
        Self { stride, ..self }
    }

    /// The shape of its kernel behind `n_in` channels.
    fn shape(self, n_in: usize) -> [usize; 4] {
        [self.kernel, self.kernel, n_in, self.n_out]
    }

    /// From `n_in` channels, without an activation; initialisation and seed are set by the caller.
    fn params(self, n_in: usize) -> Conv2dParams {
        Conv2dParams::torch(n_in, self.n_out, self.kernel)
            .stride([self.stride; 2])
            .padding(Padding::all(self.padding))
            .bias(self.bias)
    }
}

impl Stack {
    /// Before the first layer.
    pub(super) fn new(input: [usize; 3], start: Start) -> Self {
        Self {
            weights: Weights::new(),
            layers: Sequential::new(&input),
            start,
            n_layers: 0,
        }
    }

    /// Layers beside these, such as the branch of a block, over the same tensors. [`Stack::take`] ends it.
    pub(super) fn branch(&mut self) -> Sequential {
        Sequential::new(self.shape().axes())
    }

    /// What comes out of the last layer.
    pub(super) fn shape(&self) -> Shape {
        self.layers.output_shape()
    }

    fn next_seed(&mut self) -> u64 {
        self.n_layers += 1;
        self.start.seed(self.n_layers)
    }

    /// Adds a layer.
    pub(super) fn push(mut self, layer: impl Layer + 'static) -> Result<Self> {
        self.layers = self.layers.push(layer)?;
        Ok(self)
    }

    /// Adds a convolution with a relu, initialised by `init` with a bias of 0, or as in PyTorch without `init`.
    pub(super) fn conv(mut self, name: &str, conv: Conv, init: Option<Init>) -> Result<Self> {
        let params = conv
            .params(self.shape().last())
            .activation(Activation::Relu);
        let params = params.seed(self.next_seed());
        let (init, bias) = match init {
            Some(init) => (init, Init::Zeros),
            None => (Init::TorchDefault, Init::TorchDefault),
        };
        let params = params
            .init(self.start.init(init))
            .bias_init(self.start.init(bias));
        self.start.allow(&self.weights, &conv.shape(params.n_in))?;
        let layer = Conv2d::new(&mut self.weights, name, params)?;
        self.push(layer)
    }

    /// Adds a convolution and its batch normalisation, followed by `activation`, to `to`: initialised as in torchvision.
    pub(super) fn conv_norm(
        &mut self,
        to: Sequential,
        [conv_name, norm_name]: [&str; 2],
        conv: Conv,
        activation: Activation,
    ) -> Result<Sequential> {
        let params = conv.params(to.output_shape().last());
        let init = self.start.init(Init::KaimingNormalFanOut);
        let params = params
            .init(init)
            .bias_init(Init::Zeros)
            .seed(self.next_seed());
        self.start.allow(&self.weights, &conv.shape(params.n_in))?;
        let layer = Conv2d::new(&mut self.weights, conv_name, params)?;
        let norm = BatchNorm::new(&mut self.weights, norm_name, conv.n_out);
        to.push(layer)?.push(norm.activation(activation))
    }

    /// [`Stack::conv_norm`] with a relu at the end of these layers.
    pub(super) fn then_conv_norm(mut self, names: [&str; 2], conv: Conv) -> Result<Self> {
        let empty = Sequential::new(self.shape().axes());
        let layers = std::mem::replace(&mut self.layers, empty);
        self.layers = self.conv_norm(layers, names, conv, Activation::Relu)?;
        Ok(self)
    }

    /// Adds max pooling over windows of `kernel` × `kernel` cells with this stride.
    pub(super) fn max_pool(self, kernel: usize, stride: usize) -> Result<Self> {
        self.push(MaxPool2d::new(PoolParams::square(kernel, stride))?)
    }

    /// Adds a dense layer with relu, initialised by `init` with a bias of 0.
    pub(super) fn dense(
        mut self,
        name: &str,
        n_out: usize,
        behind: Behind,
        init: Init,
    ) -> Result<Self> {
        let (n_in, seed) = (self.shape().len(), self.next_seed());
        self.start.allow(&self.weights, &[n_in, n_out])?;
        let weights = &mut self.weights;
        let layer = match behind {
            Behind::Dense => Dense::new(weights, name, n_in, n_out, self.start.init(init), seed),
            Behind::Flattened(pictures) => {
                Dense::after_flatten(weights, name, pictures, n_out, self.start.init(init), seed)
            }
        };
        self.push(layer.activation(Activation::Relu))
    }

    /// The tensors and the layers.
    pub(super) fn take(self) -> (Weights, Sequential) {
        (self.weights, self.layers)
    }
}

/// What a dense layer stands behind.
pub(super) enum Behind {
    /// Rows of numbers.
    Dense,
    /// Flattened pictures of this shape.
    Flattened(Shape),
}
