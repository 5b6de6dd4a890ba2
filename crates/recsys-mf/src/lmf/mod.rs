//! Logistic matrix factorisation (Johnson, 2014, "Logistic Matrix Factorization for Implicit Feedback Data"), also by plain
//! gradient descent (Rendle, Krichene, Zhang, Anderson, 2020, "Neural Collaborative Filtering vs. Matrix Factorization
//! Revisited").

mod adagrad;
mod loss;
mod model;
mod params;
mod sgd;
#[cfg(test)]
mod tests;

pub use model::Lmf;
pub use params::{LmfParams, LmfSolver};

/// What training learned.
struct Trained {
    bias: f32,
    user_biases: Vec<f32>, // [n_users]
    item_biases: Vec<f32>, // [n_items]
    users: Vec<f32>,       // [n_users * n_factors]
    items: Vec<f32>,       // [n_items * n_factors]
    /// The epoch it came to.
    reached: usize,
}
