#![doc = include_str!("../README.md")]

mod baseline;
mod blocks;
mod factors;
#[cfg(test)]
mod fixtures;
mod parts;
mod popular;
mod random;
mod solve;
mod svd;

pub use baseline::{Baseline, BaselineParams};
pub use popular::{Popular, PopularParams, Popularity};
pub use random::{Random, RandomParams};
pub use svd::{Svd, SvdParams};
