//! The usual first network of Keras: conv 32, pool, conv 64, pool, dense 128, dense.

use guide_core::Result;
use nn_core::Init;

use super::Network;
use super::stack::{Behind, Conv, Stack, Start};
use crate::Flatten;

/// Initialised by Glorot's rule, as in Keras.
pub(super) fn network(input: [usize; 3], n_classes: &[usize], start: Start) -> Result<Network> {
    let init = Init::GlorotUniform;
    let stack = Stack::new(input, start)
        .conv("conv1", Conv::valid(32, 3), Some(init))?
        .max_pool(2, 2)?
        .conv("conv2", Conv::valid(64, 3), Some(init))?
        .max_pool(2, 2)?;
    let pictures = stack.shape();
    let stack = stack
        .push(Flatten)?
        .dense("dense1", 128, Behind::Flattened(pictures), init)?;
    let (weights, trunk) = stack.take();
    let network = Network::new("seed-cnn", weights, trunk)?;
    network.heads_named("dense2", n_classes, (init, start))
}
