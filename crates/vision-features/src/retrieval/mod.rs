//! Which product is in this photo: visual words (Sivic and Zisserman, Video Google, 2003), VLAD (Jégou et al., Aggregating
//! local descriptors into a compact image representation, 2010), and a second look by geometry.

mod bag;
mod enlarged;
mod geometry;
mod index;
mod k_means;
mod params;
mod stored;
#[cfg(test)]
mod tests;
mod vocabulary;

pub use enlarged::Enlarged;
pub use index::{Found, PictureIndex};
pub use params::{Encoding, PictureIndexParams, VisualVocabularyParams};
pub use vocabulary::VisualVocabulary;
