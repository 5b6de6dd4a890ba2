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

pub use dmf::{Dmf, DmfLoss, DmfParams, DmfUserTower};
pub use ncf::{Ncf, NcfParams};
pub use neumf::{Fusion, NeuMf, NeuMfParams};

// What the signatures of this crate name, so that a program needs no dependency of its own on the crates below.
pub use guide_core;
pub use guide_core::{
    Cancel, EarlyStopping, EpochReport, Error, ErrorKind, Fit, Params, Persist, Progress, Result,
    Scored, Silent, Vectors,
};
pub use nn_core;
pub use nn_core::{Summary, Untouched};
pub use recsys_core;
pub use recsys_core::{
    FoldIn, Ids, Interactions, ItemId, Model, Prediction, RatingPredictor, Recommender,
    SimilarItems, UserId,
};
