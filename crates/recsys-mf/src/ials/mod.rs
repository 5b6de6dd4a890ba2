//! Alternating least squares on events: Hu, Koren and Volinsky (2008), with the frequency-scaled regularisation and the
//! free weight of what was not taken of Rendle, Krichene, Zhang and Koren (2021, "Revisiting the performance of iALS").

mod model;
mod params;
#[cfg(test)]
mod tests;

pub use model::{Ials, IalsFactors};
pub use params::{Confidence, IalsParams};
