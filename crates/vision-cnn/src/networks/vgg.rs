//! VGG (Simonyan, Zisserman, 2015), with torchvision's names and initialisation.

use guide_core::Result;
use nn_core::{Dropout, Init};

use super::Network;
use super::stack::{Behind, Conv, Stack, Start};
use crate::{AdaptiveAvgPool2d, Flatten};

/// Convolutions before each of the five poolings.
pub(super) const VGG11: [usize; 5] = [1, 1, 2, 2, 2];
pub(super) const VGG13: [usize; 5] = [2, 2, 2, 2, 2];
pub(super) const VGG16: [usize; 5] = [2, 2, 3, 3, 3];
pub(super) const VGG19: [usize; 5] = [2, 2, 4, 4, 4];

/// Channels of their outputs.
const CHANNELS: [usize; 5] = [64, 128, 256, 512, 512];

pub(super) fn network(
    convolutions: &[usize; 5],
    batch_norm: bool,
    input: [usize; 3],
    n_classes: &[usize],
    start: Start,
) -> Result<Network> {
    let mut stack = Stack::new(input, start);
    // torchvision numbers convolutions, normalisations, relus and poolings in one row.
    let mut number = 0;
    for (&n_layers, n_out) in convolutions.iter().zip(CHANNELS) {
        for _ in 0..n_layers {
            let name = format!("features.{number}");
            stack = if batch_norm {
                let norm = format!("features.{}", number + 1);
                number += 3;
                stack.then_conv_norm([&name, &norm], Conv::same(n_out, 3))?
            } else {
                number += 2;
                stack.conv(&name, Conv::same(n_out, 3), Some(Init::KaimingNormalFanOut))?
            };
        }
        stack = stack.max_pool(2, 2)?;
        number += 1;
    }
    let stack = stack.push(AdaptiveAvgPool2d::new(7, 7)?)?;
    let (pictures, init) = (stack.shape(), Init::Normal(0.01));
    let stack = stack
        .push(Flatten)?
        .dense("classifier.0", 4096, Behind::Flattened(pictures), init)?
        .push(Dropout::new(0.5, 1)?)?
        .dense("classifier.3", 4096, Behind::Dense, init)?
        .push(Dropout::new(0.5, 2)?)?;
    let (weights, trunk) = stack.take();
    let depth = convolutions.iter().sum::<usize>() + 3;
    let name = format!("vgg{depth}{}", if batch_norm { "-bn" } else { "" });
    let network = Network::new(&name, weights, trunk)?;
    network.heads_named("classifier.6", n_classes, (init, start))
}
