//! Neural collaborative filtering of ratings: `r̂ = f(p_u, q_i)`, f a network over both embeddings side by side.

mod model;
mod params;
#[cfg(test)]
mod tests;

pub use model::Ncf;
pub use params::NcfParams;
