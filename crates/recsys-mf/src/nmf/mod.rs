//! Non-negative matrix factorisation of the known ratings by multiplicative updates (Luo, Zhou, Xia, Zhu, 2014, "An
//! Efficient Non-negative Matrix-Factorization-Based Approach to Collaborative Filtering for Recommender Systems").

mod model;
mod params;
#[cfg(test)]
mod tests;
mod train;

pub use model::Nmf;
pub use params::NmfParams;
