#![doc = include_str!("../README.md")]

mod als;
mod alternate;
mod auto;
mod baseline;
mod blocks;
mod bpr;
mod descent;
mod factors;
#[cfg(test)]
mod fixtures;
mod graph_filter;
mod ials;
mod lmf;
mod nmf;
mod parts;
mod popular;
mod pure_svd;
mod random;
mod rates;
mod solve;
mod svd;
mod svdpp;
mod truncated_svd;

pub use als::{Als, AlsParams};
pub use alternate::Solver;
pub use baseline::{Baseline, BaselineParams};
pub use bpr::{Bpr, BprParams, Negatives};
pub use graph_filter::{GraphFilter, GraphFilterParams};
pub use ials::{Confidence, Ials, IalsFactors, IalsParams};
pub use lmf::{Lmf, LmfParams, LmfSolver};
pub use nmf::{Nmf, NmfParams};
pub use popular::{Popular, PopularParams, Popularity};
pub use pure_svd::{PureSvd, PureSvdParams};
pub use random::{Random, RandomParams};
pub use svd::{Svd, SvdParams};
pub use svdpp::{Svdpp, SvdppParams};
