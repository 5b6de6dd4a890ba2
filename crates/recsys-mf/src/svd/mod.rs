//! Matrix factorisation by stochastic gradient descent: Funk's SVD (2006), with the biases of Koren, Bell and Volinsky (2009).

mod model;
mod params;
#[cfg(test)]
mod tests;
mod train;

pub use model::Svd;
pub use params::SvdParams;
