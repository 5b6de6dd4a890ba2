//! A network as an embedder of pictures: features as unit vectors, trained with classes or with triplets, and its nearest neighbours
//! measured.

mod model;
mod neighbours;
mod objective;
mod params;
#[cfg(test)]
mod tests;
mod train;
mod triplets;

pub(crate) use triplets::normalize;

pub use model::PictureEmbedder;
pub use neighbours::NeighbourReport;
pub use params::PictureEmbedderParams;
pub use train::EmbedderTrainingReport;
