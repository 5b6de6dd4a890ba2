#![doc = include_str!("../README.md")]

mod activation;
mod batch_norm;
mod calibration;
mod chain;
mod classification_metrics;
mod dense;
mod dropout;
mod embedding;
mod grads;
mod init;
mod layer;
mod layer_norm;
mod logistic_regression;
mod loss;
mod optimizer;
mod schedule;
mod simd;
mod step;
mod summary;
mod supervised;
#[cfg(feature = "tensorboard")]
mod tensorboard;
pub mod testing;
mod train;
mod weight_files;
mod weights;

pub use activation::{Activate, Activation, sigmoid};
pub use batch_norm::{BatchNorm1d, BatchStatistics};
pub use calibration::Calibration;
pub use chain::Chain;
pub use classification_metrics::Confusion;
pub use dense::Dense;
pub use dropout::Dropout;
pub use embedding::Embedding;
pub use grads::{Grad, Grads, RowGrad};
pub use init::Init;
pub use layer::Layer;
pub use layer_norm::LayerNorm;
pub use logistic_regression::{
    ClassWeight, FeatureRows, LabelledRows, LogisticRegression, LogisticRegressionParams,
    LogisticRegressionReport,
};
pub use loss::{CrossEntropy, Loss};
pub use optimizer::{Epsilon, Optimizer, Rule, Untouched};
pub use schedule::{Course, Schedule, ScheduleState};
pub use step::OptimizerState;
pub use summary::{Summary, summary};
pub use supervised::Supervised;
#[cfg(feature = "tensorboard")]
pub use tensorboard::EventWriter;
pub use train::{Ending, EpochRecord, History, Objective, Trainer, Watch, report_to};
pub use weight_files::{from_safetensors, load_safetensors, save_safetensors, to_safetensors};
pub use weights::{Path, Role, Snapshot, Visitor, VisitorMut, Weights, count};
