#![doc = include_str!("../README.md")]

mod dmf;
mod fold_in;
mod ncf;
mod neumf;
mod pair_net;
mod pairs;
mod scorer;

pub use dmf::{Dmf, DmfLoss, DmfParams};
pub use ncf::{Ncf, NcfParams};
pub use neumf::{Fusion, NeuMf, NeuMfParams};
