//! Convolutional networks by name: the layers up to the features, and linear heads on them.

mod alexnet;
mod architecture;
mod lenet;
mod network;
mod padded_shortcut;
mod picture_network;
mod resnet;
mod seed_cnn;
mod stack;
#[cfg(test)]
mod tests;
mod trunk_weights;
mod vgg;

pub use architecture::Architecture;
pub use network::Network;
pub use padded_shortcut::PaddedShortcut;
pub(crate) use picture_network::{PictureNetwork, check_size};
