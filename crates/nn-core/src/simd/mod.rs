//! Vector code. Public are [`Lanes`], vectors of `f32` that a kernel is written for once, and [`run`], which runs a kernel with the
//! fastest vectors of the processor: the crates built on this one write their kernels with them.
#![allow(unsafe_code)]

mod adam;
pub(crate) mod batch_norm;
mod lanes;
mod plain;
mod product;
pub(crate) mod softmax;
#[cfg(target_arch = "x86_64")]
mod x86;

pub(crate) use adam::adam;
pub(crate) use product::product;

pub use lanes::{Isa, Kernel, Lanes, TINY, run};

/// Proof that the processor has AVX2 and FMA, found once and passed on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Avx2(());

impl Avx2 {
    /// `None` where the plain loops must do.
    pub(crate) fn detect() -> Option<Self> {
        #[cfg(target_arch = "x86_64")]
        if std::arch::is_x86_feature_detected!("avx2") && std::arch::is_x86_feature_detected!("fma")
        {
            return Some(Self(()));
        }
        None
    }
}
