//! Convolutional networks by name: the layers up to the features, and linear heads on them.

mod alexnet;
mod architecture;
mod lenet;
mod network;
mod padded_shortcut;
mod resnet;
mod seed_cnn;
mod stack;
#[cfg(test)]
mod tests;
mod vgg;

pub use architecture::Architecture;
pub use network::Network;
pub use padded_shortcut::PaddedShortcut;
