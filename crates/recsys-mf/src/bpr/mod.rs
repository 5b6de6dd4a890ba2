//! Bayesian personalised ranking (Rendle, Freudenthaler, Gantner, Schmidt-Thieme, 2009, "BPR: Bayesian Personalized
//! Ranking from Implicit Feedback"), with the item biases and popular negatives of implicit.

mod model;
mod params;
#[cfg(test)]
mod tests;
mod tiles;
mod train;

pub use model::Bpr;
pub use params::{BprParams, Negatives};
