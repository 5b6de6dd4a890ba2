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
