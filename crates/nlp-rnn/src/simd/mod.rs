//! Vector code of the recurrent layers: one source, compiled for AVX-512, for AVX2 with FMA, and for plain arrays.
//!
//! The processor is asked once a call; the plain form is the twin that the tests compare the fast forms with.
#![allow(unsafe_code)]

mod factor;
mod gru;
mod lstm;
mod product;
mod simple;
mod squash;
#[cfg(test)]
mod tests;

pub(crate) use factor::Factor;
pub(crate) use gru::{GruBackward, GruForward, Phase};
pub(crate) use lstm::{LstmBackward, LstmForward};
pub(crate) use product::{Matrix, PANEL, pack, packed_len, product};
pub(crate) use simple::{SimpleBackward, SimpleForward};
pub use squash::Squash;

pub(crate) use nn_core::simd::Isa;
use nn_core::simd::{Kernel, Lanes, run};
