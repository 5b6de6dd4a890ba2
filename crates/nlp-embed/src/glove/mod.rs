//! GloVe (Pennington, Socher, Manning, 2014, "GloVe: Global Vectors for Word Representation").

mod blocks;
mod cooccurrence;
mod model;
mod params;
mod shards;
mod table;
#[cfg(test)]
mod tests;
mod train;

pub use model::{Glove, GloveReport};
pub use params::GloveParams;
