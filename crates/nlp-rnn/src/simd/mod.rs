//! Vector code of the recurrent layers: one source, compiled for AVX-512, for AVX2 with FMA, and for plain arrays.
//!
//! The processor is asked once a call; the plain form is the twin that the tests compare the fast forms with.
#![allow(unsafe_code)]

mod factor;
mod gru;
mod lanes;
mod lstm;
mod plain;
mod product;
mod simple;
mod squash;
#[cfg(test)]
mod tests;
mod x86;

pub(crate) use factor::Factor;
pub(crate) use gru::{GruBackward, GruForward, Phase};
pub(crate) use lstm::{LstmBackward, LstmForward};
pub(crate) use product::{Matrix, PANEL, pack, packed_len, product};
pub(crate) use simple::{SimpleBackward, SimpleForward};
pub use squash::Squash;

use lanes::Lanes;

/// The instructions that the vector code uses. A value other than the plain one proves that the processor has them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Isa(Kind);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Plain,
    #[cfg(target_arch = "x86_64")]
    Avx2,
    #[cfg(target_arch = "x86_64")]
    Avx512,
}

impl Isa {
    /// The fastest that this processor has.
    pub(crate) fn detect() -> Self {
        #[cfg(target_arch = "x86_64")]
        {
            if std::arch::is_x86_feature_detected!("avx512f") && has_avx2() {
                return Self(Kind::Avx512);
            }
            if has_avx2() {
                return Self(Kind::Avx2);
            }
        }
        Self(Kind::Plain)
    }

    /// All that this processor has, the plain one first.
    #[cfg(test)]
    pub(crate) fn all() -> Vec<Self> {
        let mut all = vec![Self(Kind::Plain)];
        #[cfg(target_arch = "x86_64")]
        {
            if has_avx2() {
                all.push(Self(Kind::Avx2));
            }
            if std::arch::is_x86_feature_detected!("avx512f") && has_avx2() {
                all.push(Self(Kind::Avx512));
            }
        }
        all
    }
}

#[cfg(target_arch = "x86_64")]
fn has_avx2() -> bool {
    std::arch::is_x86_feature_detected!("avx2") && std::arch::is_x86_feature_detected!("fma")
}

/// Work written once for any kind of vector.
trait Kernel {
    /// What the work returns.
    type Output;

    /// Does the work with vectors of the kind `V`. Implementations are `#[inline(always)]`, so that they are compiled for
    /// the instructions of the caller.
    fn with<V: Lanes>(self) -> Self::Output;
}

/// Runs `kernel` with the vectors of `isa`.
#[inline]
fn run<K: Kernel>(isa: Isa, kernel: K) -> K::Output {
    match isa.0 {
        Kind::Plain => kernel.with::<plain::Plain>(),
        // SAFETY: an `Isa` of this kind is only made after the processor was found to have AVX2 and FMA.
        #[cfg(target_arch = "x86_64")]
        Kind::Avx2 => unsafe { x86::run_avx2(kernel) },
        // SAFETY: an `Isa` of this kind is only made after the processor was found to have AVX-512F, AVX2 and FMA.
        #[cfg(target_arch = "x86_64")]
        Kind::Avx512 => unsafe { x86::run_avx512(kernel) },
    }
}
