//! Neural collaborative filtering of ratings: `r̂ = f(p_u, q_i)`, f a network over both embeddings side by side.

mod model;
mod params;
#[cfg(test)]
mod tests;

pub use model::Ncf;
pub(crate) use model::seen;
pub use params::NcfParams;
pub(crate) use params::ensure_widths;
