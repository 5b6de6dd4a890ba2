#![doc = include_str!("../README.md")]

mod baseline;
#[cfg(test)]
mod fixtures;
mod parts;
mod popular;
mod random;

pub use baseline::{Baseline, BaselineParams};
pub use popular::{Popular, PopularParams, Popularity};
pub use random::{Random, RandomParams};
