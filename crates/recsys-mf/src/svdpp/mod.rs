//! SVD++: biased factors plus what the mere choice of items says (Koren, 2008, "Factorization meets the Neighborhood").

mod model;
mod params;
#[cfg(test)]
mod tests;
mod train;

pub use model::Svdpp;
pub use params::SvdppParams;
