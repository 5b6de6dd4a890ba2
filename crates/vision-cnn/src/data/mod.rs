//! Data for networks of pictures: reading, splitting, and batches that are augmented and normalised.

mod augment;
mod batches;
mod catalogue;
#[cfg(test)]
mod catalogue_tests;
mod cifar;
mod class_folder;
mod geometry;
mod idx;
mod load;
mod normalization;
mod picture_params;
mod pictures;
mod resize;

pub use augment::{Augment, Border};
pub use batches::PictureBatches;
pub use catalogue::{Catalogue, CatalogueParams};
pub use cifar::read_cifar10;
pub use class_folder::{ClassFolder, read_class_folder};
pub use idx::{Mnist, read_idx, read_mnist};
pub use load::{LoadNotes, Loaded, Unreadable};
pub use normalization::Normalization;
pub use picture_params::{Framing, PictureParams};
pub use pictures::{Labels, Picture, Pictures};
