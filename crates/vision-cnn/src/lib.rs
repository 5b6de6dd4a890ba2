#![doc = include_str!("../README.md")]

mod data;

pub use data::{
    Augment, Border, Catalogue, CatalogueParams, ClassFolder, Framing, Labels, LoadNotes, Loaded,
    Mnist, Normalization, Picture, PictureBatches, PictureParams, Pictures, Unreadable,
    read_cifar10, read_class_folder, read_idx, read_mnist,
};
