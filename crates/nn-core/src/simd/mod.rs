//! Loops compiled a second time for AVX2: Adam over the weights, and products of small matrices.
#![allow(unsafe_code)]

mod adam;
mod product;

pub(crate) use adam::adam;
pub(crate) use product::product;

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
