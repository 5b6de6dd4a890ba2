#![doc = include_str!("../README.md")]

mod dataset;
mod error;
pub mod kernels;
pub mod model_file;
mod packed;
mod params;
mod progress;
mod seed;
mod tensor;
pub mod testing;
mod vectors;

pub use dataset::{Batches, Dataset, holdout, k_fold};
pub use error::{Error, Result};
pub use model_file::{Header, Persist};
pub use ndarray;
pub use packed::{open_unpacked, unpacked};
pub use params::{Fit, Params, by_name, ensure};
pub use progress::{Cancel, EarlyStopping, EpochReport, Progress, Silent, report};
pub use seed::{Rng, seeded, stream};
pub use tensor::Tensor;
pub use vectors::{Metric, Scored, VectorIndex, Vectors};
