#![doc = include_str!("../README.md")]

mod allowed;
mod bitmap;
mod dataset;
mod error;
mod error_kind;
mod file_format;
mod gzip;
pub mod kernels;
pub mod model_file;
mod params;
#[cfg(feature = "picture")]
pub mod picture;
mod printable;
mod progress;
mod seed;
mod sparse_rows;
#[cfg(feature = "table")]
pub mod table;
mod tensor;
pub mod testing;
mod vectors;

pub use allowed::Allowed;
pub use bitmap::Bitmap;
pub use dataset::{Batches, Dataset, holdout, k_fold, stratified_holdout};
pub use error::{Error, Result};
pub use error_kind::ErrorKind;
pub use file_format::{foreign_format, foreign_format_remedy};
pub use gzip::{open_unpacked, unpacked};
pub use model_file::{Header, Persist};
pub use ndarray;
pub use params::{Fit, Params, by_name, check_params, ensure};
pub use printable::{is_printable, printable, printable_path};
pub use progress::{Cancel, EarlyStopping, EpochReport, Progress, Silent, report};
pub use seed::{Rng, seeded, split_mix, stream};
pub use serde_json;
pub use sparse_rows::SparseRows;
pub use tensor::Tensor;
pub use vectors::{DotScan, Found, Metric, Scored, VectorIndex, Vectors};
