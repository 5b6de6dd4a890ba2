//! Neural matrix factorisation of events (He et al., 2017): GMF, MLP, and both joined.

mod model;
mod params;
#[cfg(test)]
mod tests;

pub use model::NeuMf;
pub use params::{Fusion, NeuMfParams};
