//! AlexNet (Krizhevsky, Sutskever, Hinton, 2012) in the form of one column (Krizhevsky, 2014), with torchvision's names.

use guide_core::Result;
use nn_core::{Dropout, Init};

use super::Network;
use super::stack::{Behind, Conv, Stack, Start};
use crate::{AdaptiveAvgPool2d, Flatten};

pub(super) fn network(input: [usize; 3], n_classes: &[usize], start: Start) -> Result<Network> {
    let first = Conv {
        n_out: 64,
        kernel: 11,
        stride: 4,
        padding: 2,
        bias: true,
    };
    let stack = Stack::new(input, start)
        .conv("features.0", first, None)?
        .max_pool(3, 2)?
        .conv("features.3", Conv::same(192, 5), None)?
        .max_pool(3, 2)?
        .conv("features.6", Conv::same(384, 3), None)?
        .conv("features.8", Conv::same(256, 3), None)?
        .conv("features.10", Conv::same(256, 3), None)?
        .max_pool(3, 2)?
        .push(AdaptiveAvgPool2d::new(6, 6)?)?;
    let pictures = stack.shape();
    let init = Init::TorchDefault;
    let stack = stack
        .push(Flatten)?
        .push(Dropout::new(0.5, 1)?)?
        .dense("classifier.1", 4096, Behind::Flattened(pictures), init)?
        .push(Dropout::new(0.5, 2)?)?
        .dense("classifier.4", 4096, Behind::Dense, init)?;
    let (weights, trunk) = stack.take();
    Network::new("alexnet", weights, trunk)?.heads_named("classifier.6", n_classes, (init, start))
}
