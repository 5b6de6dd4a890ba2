//! LeNet-5 (LeCun, Bottou, Bengio, Haffner, 1998) in today's form: relu for the sigmoid, max pooling for the trained average, all
//! 16 maps joined to all 6.

use guide_core::Result;
use nn_core::Init;

use super::Network;
use super::stack::{Behind, Conv, Stack, Start};
use crate::Flatten;

/// Pictures below 32 × 32 are padded by two cells on each side, as the digits of MNIST were.
pub(super) fn network(input: [usize; 3], n_classes: &[usize], start: Start) -> Result<Network> {
    let init = Init::GlorotUniform;
    let [height, width, _] = input;
    let padding = if height.min(width) < 32 { 2 } else { 0 };
    let first = Conv {
        padding,
        ..Conv::same(6, 5)
    };
    let stack = Stack::new(input, start)
        .conv("conv1", first, Some(init))?
        .max_pool(2, 2)?
        .conv("conv2", Conv::valid(16, 5), Some(init))?
        .max_pool(2, 2)?;
    let pictures = stack.shape();
    let stack = stack
        .push(Flatten)?
        .dense("fc1", 120, Behind::Flattened(pictures), init)?
        .dense("fc2", 84, Behind::Dense, init)?;
    let (weights, trunk) = stack.take();
    let network = Network::new("lenet", weights, trunk)?;
    network.heads_named("fc3", n_classes, (init, start))
}
