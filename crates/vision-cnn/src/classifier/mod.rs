//! A classifier of pictures with one or several heads: training, probabilities, and the features of a picture.

mod evaluate;
mod model;
#[cfg(test)]
mod network_tests;
mod objective;
mod params;
#[cfg(test)]
mod tests;
mod train;

pub(crate) use objective::{SCORED, Work};

pub use evaluate::{HeadReport, PictureReport};
pub use model::{Head, PictureClassifier, PictureScores};
pub use params::{PictureClassifierParams, PictureTraining};
pub use train::PictureTrainingReport;
