//! The networks that can be asked for by name.

use std::fmt;
use std::str::FromStr;

use guide_core::{Error, Result, ensure};
use serde::{Deserialize, Serialize};

use super::stack::Start;
use super::{Network, alexnet, lenet, resnet, seed_cnn, vgg};

/// A network by name. Its tensors have the names and layouts of torchvision where torchvision has it, so that public weights load
/// ([`nn_core::load_safetensors`], [`Network::load_trunk`]).
///
/// ```
/// use vision_cnn::Architecture;
/// let network = Architecture::LeNet5.network([28, 28, 1], &[10], 0)?;
/// assert_eq!(network.weights().count().0, 61_706);
/// assert_eq!("resnet18".parse::<Architecture>()?, Architecture::ResNet18);
/// # Ok::<(), guide_core::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Architecture {
    /// Two convolutions of 3 × 3 (32 and 64 channels), each with a relu and max pooling, a dense layer of 128: the usual first network of Keras.
    SeedCnn,
    /// LeNet-5 (LeCun, Bottou, Bengio, Haffner, 1998) with relu and max pooling; pictures of 28 × 28 are padded to 32 × 32.
    #[serde(rename = "lenet")]
    LeNet5,
    /// AlexNet in the form of one column (Krizhevsky, 2014), as torchvision. Pictures of 63 × 63 or more.
    #[serde(rename = "alexnet")]
    AlexNet,
    /// VGG with 8 convolutions (Simonyan, Zisserman, 2015). VGG networks take pictures of 32 × 32 or more.
    Vgg11,
    /// The same with batch normalisation.
    Vgg11Bn,
    /// VGG with 10 convolutions.
    Vgg13,
    /// The same with batch normalisation.
    Vgg13Bn,
    /// VGG with 13 convolutions.
    Vgg16,
    /// The same with batch normalisation.
    Vgg16Bn,
    /// VGG with 16 convolutions.
    Vgg19,
    /// The same with batch normalisation.
    Vgg19Bn,
    /// ResNet for large pictures (He, Zhang, Ren, Sun, 2016), 18 layers.
    #[serde(rename = "resnet18")]
    ResNet18,
    /// The same with 34 layers.
    #[serde(rename = "resnet34")]
    ResNet34,
    /// The same with 50 layers, in blocks of three.
    #[serde(rename = "resnet50")]
    ResNet50,
    /// ResNet for small pictures (§4.2 of the same paper), 20 layers, shortcuts without weights.
    #[serde(rename = "resnet20")]
    ResNet20,
    /// The same with 32 layers.
    #[serde(rename = "resnet32")]
    ResNet32,
    /// The same with 56 layers.
    #[serde(rename = "resnet56")]
    ResNet56,
}

impl Architecture {
    /// All of them.
    pub const ALL: [Self; 17] = [
        Self::SeedCnn,
        Self::LeNet5,
        Self::AlexNet,
        Self::Vgg11,
        Self::Vgg11Bn,
        Self::Vgg13,
        Self::Vgg13Bn,
        Self::Vgg16,
        Self::Vgg16Bn,
        Self::Vgg19,
        Self::Vgg19Bn,
        Self::ResNet18,
        Self::ResNet34,
        Self::ResNet50,
        Self::ResNet20,
        Self::ResNet32,
        Self::ResNet56,
    ];

    /// Its name in small letters, such as `vgg16-bn`.
    pub fn name(self) -> &'static str {
        match self {
            Self::SeedCnn => "seed-cnn",
            Self::LeNet5 => "lenet",
            Self::AlexNet => "alexnet",
            Self::Vgg11 => "vgg11",
            Self::Vgg11Bn => "vgg11-bn",
            Self::Vgg13 => "vgg13",
            Self::Vgg13Bn => "vgg13-bn",
            Self::Vgg16 => "vgg16",
            Self::Vgg16Bn => "vgg16-bn",
            Self::Vgg19 => "vgg19",
            Self::Vgg19Bn => "vgg19-bn",
            Self::ResNet18 => "resnet18",
            Self::ResNet34 => "resnet34",
            Self::ResNet50 => "resnet50",
            Self::ResNet20 => "resnet20",
            Self::ResNet32 => "resnet32",
            Self::ResNet56 => "resnet56",
        }
    }

    /// The network for pictures `[height, width, channels]` with one head for each number of classes, initialised by `seed`.
    ///
    /// # Errors
    /// [`Error::Shape`] for pictures that are too small, [`Error::Param`] for sides above 2¹⁴ or more than 1024 channels, without heads
    /// or with a head without classes.
    pub fn network(self, input: [usize; 3], n_classes: &[usize], seed: u64) -> Result<Network> {
        check_heads(n_classes)?;
        self.build(input, n_classes, Start::Seed(seed))
    }

    /// The network before weights from a file that holds `n_weights` trained numbers are put in.
    ///
    /// # Errors
    /// As [`Architecture::network`], [`Error::Decode`] for a network that needs more numbers.
    pub(crate) fn stored(
        self,
        input: [usize; 3],
        n_classes: &[usize],
        n_weights: usize,
    ) -> Result<Network> {
        check_heads(n_classes)?;
        self.build(input, n_classes, Start::File { n_weights })
    }

    /// The network without heads: the layers from the picture to its features, initialised by `seed`.
    ///
    /// # Errors
    /// [`Error::Shape`] for pictures that are too small, [`Error::Param`] for sides above 2¹⁴ or more than 1024 channels.
    pub fn trunk(self, input: [usize; 3], seed: u64) -> Result<Network> {
        self.build(input, &[], Start::Seed(seed))
    }

    /// The same before weights from a file that holds `n_weights` trained numbers are put in.
    ///
    /// # Errors
    /// As [`Architecture::trunk`], [`Error::Decode`] for layers that need more numbers.
    pub(crate) fn stored_trunk(self, input: [usize; 3], n_weights: usize) -> Result<Network> {
        self.build(input, &[], Start::File { n_weights })
    }

    fn build(self, input: [usize; 3], n_classes: &[usize], start: Start) -> Result<Network> {
        check_input(input)?;
        let network = match self {
            Self::SeedCnn => seed_cnn::network(input, n_classes, start),
            Self::LeNet5 => lenet::network(input, n_classes, start),
            Self::AlexNet => alexnet::network(input, n_classes, start),
            Self::Vgg11 => vgg::network(&vgg::VGG11, false, input, n_classes, start),
            Self::Vgg11Bn => vgg::network(&vgg::VGG11, true, input, n_classes, start),
            Self::Vgg13 => vgg::network(&vgg::VGG13, false, input, n_classes, start),
            Self::Vgg13Bn => vgg::network(&vgg::VGG13, true, input, n_classes, start),
            Self::Vgg16 => vgg::network(&vgg::VGG16, false, input, n_classes, start),
            Self::Vgg16Bn => vgg::network(&vgg::VGG16, true, input, n_classes, start),
            Self::Vgg19 => vgg::network(&vgg::VGG19, false, input, n_classes, start),
            Self::Vgg19Bn => vgg::network(&vgg::VGG19, true, input, n_classes, start),
            Self::ResNet18 => {
                resnet::large([2, 2, 2, 2], resnet::Block::Basic, input, n_classes, start)
            }
            Self::ResNet34 => {
                resnet::large([3, 4, 6, 3], resnet::Block::Basic, input, n_classes, start)
            }
            Self::ResNet50 => resnet::large(
                [3, 4, 6, 3],
                resnet::Block::Bottleneck,
                input,
                n_classes,
                start,
            ),
            Self::ResNet20 => resnet::small(3, input, n_classes, start),
            Self::ResNet32 => resnet::small(5, input, n_classes, start),
            Self::ResNet56 => resnet::small(9, input, n_classes, start),
        };
        let network = network.map_err(|error| match error {
            Error::Shape {
                what,
                expected,
                got,
            } => Error::Shape {
                what: format!("{self} for pictures of {} x {}: {what}", input[0], input[1]),
                expected,
                got,
            },
            other => other,
        });
        Ok(network?.of(self))
    }
}

/// The largest height and width of a picture, as of [`crate::Pictures`], and the most channels: no number of a layer overflows.
const MAX_SIDE: usize = 1 << 14;
const MAX_CHANNELS: usize = 1 << 10;

/// Refuses pictures beyond these bounds. Pictures that are too small are refused by the layers, which know the least size.
fn check_input([height, width, channels]: [usize; 3]) -> Result<()> {
    ensure::within("height", height, 0, MAX_SIDE)?;
    ensure::within("width", width, 0, MAX_SIDE)?;
    ensure::within("channels", channels, 0, MAX_CHANNELS)
}

/// Refuses a network that tells nothing apart.
fn check_heads(n_classes: &[usize]) -> Result<()> {
    if n_classes.is_empty() || n_classes.contains(&0) {
        let value = format!("{n_classes:?}");
        let expected = "a head or more, each with a class or more";
        return Err(Error::param("n_classes", value, expected));
    }
    Ok(())
}

impl fmt::Display for Architecture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Architecture {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        let found = Self::ALL.into_iter().find(|known| known.name() == name);
        found.ok_or_else(|| {
            let names: Vec<&str> = Self::ALL.iter().map(|known| known.name()).collect();
            Error::param("architecture", name, format!("one of {}", names.join(", ")))
        })
    }
}
