#![doc = include_str!("../README.md")]

mod dmf;
mod fold_in;
mod limits;
mod ncf;
mod neumf;
mod pair_model;
mod pair_net;
mod pair_passes;
mod pairs;
mod scorer;
mod stored;

pub use dmf::{Dmf, DmfLoss, DmfParams};
pub use ncf::{Ncf, NcfParams};
pub use neumf::{Fusion, NeuMf, NeuMfParams};
