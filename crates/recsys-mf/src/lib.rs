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

// What the signatures of this crate name, so that a program needs no dependency of its own on the crates below.
pub use guide_core;
pub use guide_core::{
    Cancel, EarlyStopping, EpochReport, Error, ErrorKind, Fit, Params, Persist, Progress, Result,
    Scored, Silent, ndarray,
};
pub use recsys_core;
pub use recsys_core::{
    BiasParams, Biases, Contribution, Explain, FoldIn, Ids, Interactions, ItemId, Model,
    Prediction, RatingPredictor, Recommender, SimilarItems, SimilarUsers, UserId,
};
