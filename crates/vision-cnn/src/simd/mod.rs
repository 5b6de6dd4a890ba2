//! Vector code of the convolutions: products whose rows are read where they lie in a picture.
//!
//! Each kernel is written once for the vectors of [`nn_core::simd`]; the plain ones are the twin that the tests compare the fast ones with.
#![allow(unsafe_code)]

mod correlate;
mod depthwise;
mod loops;
mod pool;
mod tile;
mod weight_product;

pub(crate) use correlate::{BLOCK, Columns, Correlate, padded_columns, panel_width};
pub(crate) use depthwise::{Depthwise, DepthwiseGradient};
pub(crate) use loops::{add_rows, mask_and_add_rows, pack_columns};
pub(crate) use pool::{add_cells, keep_larger, route_gradient, spread};
pub(crate) use weight_product::WeightProduct;
