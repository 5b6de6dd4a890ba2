#![doc = include_str!("../README.md")]

mod classifier;
mod conv2d;
mod data;
mod embedder;
mod flatten;
mod local_response;
mod networks;
mod pooling;
mod simd;
mod window;

pub use classifier::{
    Head, HeadReport, PictureClassifier, PictureClassifierParams, PictureReport, PictureScores,
    PictureTraining, PictureTrainingReport,
};
pub use conv2d::{Conv2d, Conv2dParams};
pub use data::{
    Augment, Border, Catalogue, CatalogueParams, ClassFolder, Framing, Labels, LoadNotes, Loaded,
    Mnist, Normalization, Picture, PictureBatches, PictureParams, Pictures, Unreadable,
    read_cifar10, read_class_folder, read_idx, read_mnist,
};
pub use embedder::{
    EmbedderTrainingReport, NeighbourReport, PictureEmbedder, PictureEmbedderParams,
};
pub use flatten::Flatten;
pub use local_response::LocalResponseNorm;
pub use networks::{Architecture, Network, PaddedShortcut};
pub use pooling::{AdaptiveAvgPool2d, AvgPool2d, GlobalAvgPool, MaxPool2d, PoolParams};
pub use window::Padding;

// What the signatures of this crate name, so that a program needs no dependency of its own on the crates below.
pub use guide_core;
pub use guide_core::table::TableFormat;
pub use guide_core::{
    Cancel, Dataset, EarlyStopping, EpochReport, Error, ErrorKind, Fit, Params, Persist, Progress,
    Result, Silent, Vectors, ndarray,
};
pub use nn_core;
pub use nn_core::{
    Activation, Backward, Calibration, Confusion, Dense, History, Init, Layer, Pass, Room,
    Sequential, Shape, Summary, Watch, WeightId, Weights,
};
