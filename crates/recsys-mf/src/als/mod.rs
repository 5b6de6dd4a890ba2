//! Alternating least squares on ratings: Zhou, Wilkinson, Schreiber and Pan (2008, "Large-scale parallel collaborative
//! filtering for the Netflix prize"), on what the biases leave.

mod model;
mod params;
#[cfg(test)]
mod tests;

pub use model::Als;
pub use params::AlsParams;
