//! What the kernels ask of a vector of `f32`, and the kinds of vectors that processors have.

use super::plain;
#[cfg(target_arch = "x86_64")]
use super::x86;

/// Below this size, states and gradients become 0: products of denormal numbers are 10 to 40 times slower.
pub const TINY: f32 = 1e-30;

/// A vector of [`Lanes::N`] numbers.
///
/// Vectors of x86 registers exist only inside kernels that [`run`](super::run) started for the instructions they need. Their types
/// are private, so that no other code makes one, and the methods may be safe.
pub trait Lanes: Copy {
    /// Numbers in a vector.
    const N: usize;
    /// Rows of the largest tile of a product: `2 * ROWS` sums, 2 vectors and 1 number fit into the registers.
    const ROWS: usize;

    /// `x` in every lane.
    fn splat(x: f32) -> Self;

    /// Reads `N` numbers.
    ///
    /// # Safety
    /// `from` can be read for `N` numbers.
    unsafe fn read(from: *const f32) -> Self;

    /// Writes `N` numbers.
    ///
    /// # Safety
    /// `to` can be written for `N` numbers.
    unsafe fn write(self, to: *mut f32);

    /// The first `N` numbers of `from`, or all of them followed by zeros if it is shorter.
    fn load(from: &[f32]) -> Self;
    /// Writes as many numbers as `to` holds, at most `N`.
    fn store(self, to: &mut [f32]);

    /// `self + other`.
    fn add(self, other: Self) -> Self;
    /// `self - other`.
    fn sub(self, other: Self) -> Self;
    /// `self * other`.
    fn mul(self, other: Self) -> Self;
    /// `self / other`, within two units in the last place.
    fn div(self, other: Self) -> Self;
    /// `self * factor + term`.
    fn fma(self, factor: Self, term: Self) -> Self;
    /// The larger of the two; `other` if one of them is NaN.
    fn max(self, other: Self) -> Self;
    /// The smaller of the two; `other` if one of them is NaN.
    fn min(self, other: Self) -> Self;
    /// The nearest whole number.
    fn round(self) -> Self;
    /// `2^self` for whole numbers from −126 to 127.
    fn pow2(self) -> Self;
    /// 0 where `|self| < TINY`, else the number itself; NaN stays.
    fn flush(self) -> Self;
    /// `value` where `self > 0` or NaN, else 0.
    fn where_positive(self, value: Self) -> Self;
}

/// The instructions that the vector code uses. A value other than the plain one proves that the processor has them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Isa(Kind);

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
    pub fn detect() -> Self {
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

    /// Numbers in one of its vectors.
    pub fn lanes(self) -> usize {
        match self.0 {
            Kind::Plain => plain::Plain::N,
            #[cfg(target_arch = "x86_64")]
            Kind::Avx2 => x86::Avx2::N,
            #[cfg(target_arch = "x86_64")]
            Kind::Avx512 => x86::Avx512::N,
        }
    }

    /// All that this processor has, the plain one first: for tests that compare them.
    pub fn all() -> Vec<Self> {
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
pub trait Kernel {
    /// What the work returns.
    type Output;

    /// Does the work with vectors of the kind `V`. Implementations are `#[inline(always)]`, so that they are compiled for
    /// the instructions of the caller.
    fn with<V: Lanes>(self) -> Self::Output;
}

/// Runs `kernel` with the vectors of `isa`.
#[inline]
pub fn run<K: Kernel>(isa: Isa, kernel: K) -> K::Output {
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
