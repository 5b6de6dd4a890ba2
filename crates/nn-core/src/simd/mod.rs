//! Loops compiled a second time for the vector units of the processor: Adam, products of small matrices, softmax.
#![allow(unsafe_code)]

mod adam;
mod product;
pub(crate) mod softmax;

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
