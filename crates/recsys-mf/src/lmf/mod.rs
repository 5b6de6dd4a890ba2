//! Logistic matrix factorisation (Johnson, 2014, "Logistic Matrix Factorization for Implicit Feedback Data").

mod model;
mod params;
#[cfg(test)]
mod tests;
mod train;

pub use model::Lmf;
pub use params::LmfParams;
