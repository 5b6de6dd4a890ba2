#![doc = include_str!("../README.md")]

mod activation;
mod batch_norm;
mod calibration;
mod classification_metrics;
mod classifier;
mod cross_entropy;
mod dense;
mod dropout;
mod embedding;
mod grads;
mod init;
mod layer;
mod layer_norm;
mod linear_model;
mod loss;
mod objective;
mod opinion_pool;
mod optimizer;
mod random;
mod residual;
mod schedule;
mod sequential;
mod shape;
mod shards;
pub mod simd;
mod step;
mod summary;
mod supervised;
#[cfg(feature = "tensorboard")]
mod tensorboard;
pub mod testing;
mod train;
mod weight_files;
mod weights;
mod workspace;

pub use activation::{Activation, sigmoid};
pub use batch_norm::BatchNorm;
pub use calibration::Calibration;
pub use classification_metrics::{Confusion, top_k_accuracy};
pub use classifier::{Classifier, ClassifierParams};
pub use cross_entropy::CrossEntropy;
pub use dense::Dense;
pub use dropout::Dropout;
pub use embedding::Embedding;
pub use grads::{Grad, Grads, RowGrad};
pub use init::Init;
pub use layer::{Backward, Layer, Mode, Pass, Room, misfit};
pub use layer_norm::LayerNorm;
pub use linear_model::{
    ClassWeight, FeatureRows, LabelledRows, LinearModelReport, LinearSvm, LinearSvmParams,
    LogisticRegression, LogisticRegressionParams,
};
pub use loss::Loss;
pub use objective::{Batch, Objective};
pub use opinion_pool::OpinionPool;
pub use optimizer::{Epsilon, Optimizer, Rule, Untouched};
pub use random::fill_row_masks;
pub use residual::Residual;
pub use schedule::{Course, Schedule, ScheduleState};
pub use sequential::Sequential;
pub use shape::Shape;
pub use shards::{Shard, Shards};
pub use step::OptimizerState;
pub use summary::{Summary, summary};
pub use supervised::{Supervised, Targets, infer};
#[cfg(feature = "tensorboard")]
pub use tensorboard::EventWriter;
pub use train::{Ending, EpochRecord, History, Trainer, Watch, report_to};
pub use weight_files::{from_safetensors, load_safetensors, save_safetensors, to_safetensors};
pub use weights::{Role, WeightId, Weights};
pub use workspace::Workspace;

// What the signatures of this crate name, so that a program needs no dependency of its own on the crates below.
pub use guide_core;
pub use guide_core::{
    Batches, Cancel, EarlyStopping, EpochReport, Error, ErrorKind, Fit, Params, Persist, Progress,
    Result, Rng, Silent, SparseRows, Tensor, ndarray,
};
