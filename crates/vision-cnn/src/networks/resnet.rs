//! ResNet (He, Zhang, Ren, Sun, 2016) in both forms of the paper: for large pictures with torchvision's names, for small ones (§4.2)
//! with shortcuts without weights.

use guide_core::Result;
use nn_core::{Activation, Init, Residual, Sequential};

use super::stack::{Conv, Stack, Start};
use super::{Network, PaddedShortcut};
use crate::{GlobalAvgPool, MaxPool2d, Padding, PoolParams};

/// The layers in a branch.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Block {
    /// Two convolutions of 3 × 3.
    Basic,
    /// 1 × 1, 3 × 3, 1 × 1, the last with four times the channels.
    Bottleneck,
}

impl Block {
    /// Channels of the output for channels of the 3 × 3 convolution.
    fn n_out(self, channels: usize) -> usize {
        match self {
            Self::Basic => channels,
            Self::Bottleneck => 4 * channels,
        }
    }
}

/// The form for large pictures: 7 × 7 with stride 2, max pooling, four stages of blocks.
pub(super) fn large(
    blocks: [usize; 4],
    block: Block,
    input: [usize; 3],
    n_classes: &[usize],
    start: Start,
) -> Result<Network> {
    let first = Conv::same(64, 7).stride(2).without_bias();
    let pool = PoolParams::square(3, 2).padding(Padding::all(1));
    let mut stack = Stack::new(input, start)
        .then_conv_norm(["conv1", "bn1"], first)?
        .push(MaxPool2d::new(pool)?)?;
    for (stage, &n_blocks) in blocks.iter().enumerate() {
        for number in 0..n_blocks {
            let prefix = format!("layer{}.{number}", stage + 1);
            let stride = if stage > 0 && number == 0 { 2 } else { 1 };
            let channels = 64 << stage;
            let branch = branch(&mut stack, &prefix, block, channels, stride)?;
            let residual = Residual::new(branch, Activation::Relu);
            let n_out = block.n_out(channels);
            stack = if stride == 1 && stack.shape().last() == n_out {
                stack.push(residual)?
            } else {
                let names = [0, 1].map(|part| format!("{prefix}.downsample.{part}"));
                let start = stack.branch();
                let shortcut = stack.conv_norm(
                    start,
                    [&names[0], &names[1]],
                    Conv::same(n_out, 1).stride(stride).without_bias(),
                    Activation::Linear,
                )?;
                stack.push(residual.with_shortcut(shortcut))?
            };
        }
    }
    let n_weighted = blocks.iter().sum::<usize>() * if block == Block::Basic { 2 } else { 3 } + 2;
    end(
        stack,
        &format!("resnet{n_weighted}"),
        "fc",
        n_classes,
        start,
    )
}

/// The form for small pictures: 3 × 3, then three stages of `n` blocks with 16, 32 and 64 channels.
pub(super) fn small(
    n: usize,
    input: [usize; 3],
    n_classes: &[usize],
    start: Start,
) -> Result<Network> {
    let mut stack = Stack::new(input, start)
        .then_conv_norm(["conv1", "bn1"], Conv::same(16, 3).without_bias())?;
    for stage in 0..3 {
        for number in 0..n {
            let prefix = format!("layer{}.{number}", stage + 1);
            let stride = if stage > 0 && number == 0 { 2 } else { 1 };
            let channels = 16 << stage;
            let branch = branch(&mut stack, &prefix, Block::Basic, channels, stride)?;
            let residual = Residual::new(branch, Activation::Relu);
            stack = if stride == 1 {
                stack.push(residual)?
            } else {
                stack.push(residual.with_shortcut(PaddedShortcut::new(stride, channels)?))?
            };
        }
    }
    end(
        stack,
        &format!("resnet{}", 6 * n + 2),
        "linear",
        n_classes,
        start,
    )
}

/// The layers of a block beside its shortcut. The stride is that of its 3 × 3 convolution.
fn branch(
    stack: &mut Stack,
    prefix: &str,
    block: Block,
    channels: usize,
    stride: usize,
) -> Result<Sequential> {
    let convolutions: &[Conv] = match block {
        Block::Basic => &[
            Conv::same(channels, 3).stride(stride),
            Conv::same(channels, 3),
        ],
        Block::Bottleneck => &[
            Conv::same(channels, 1),
            Conv::same(channels, 3).stride(stride),
            Conv::same(4 * channels, 1),
        ],
    };
    let mut layers = stack.branch();
    for (number, &conv) in convolutions.iter().enumerate() {
        let conv_name = format!("{prefix}.conv{}", number + 1);
        let norm_name = format!("{prefix}.bn{}", number + 1);
        let last = number + 1 == convolutions.len();
        let activation = if last {
            Activation::Linear
        } else {
            Activation::Relu
        };
        let conv = conv.without_bias();
        layers = stack.conv_norm(layers, [&conv_name, &norm_name], conv, activation)?;
    }
    Ok(layers)
}

fn end(stack: Stack, name: &str, head: &str, n_classes: &[usize], start: Start) -> Result<Network> {
    let (weights, trunk) = stack.push(GlobalAvgPool)?.take();
    Network::new(name, weights, trunk)?.heads_named(head, n_classes, (Init::TorchDefault, start))
}
