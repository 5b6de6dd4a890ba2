//! Deep matrix factorisation (Xue et al., 2017): two towers, over a user's row and an item's column of the matrix.

mod model;
mod params;
#[cfg(test)]
mod tests;
mod tower;
mod train;
mod user_tower;

pub use model::Dmf;
pub use params::{DmfLoss, DmfParams};
pub use user_tower::DmfUserTower;
