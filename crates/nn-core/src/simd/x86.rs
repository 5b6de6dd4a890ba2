//! Vectors of AVX2 and AVX-512 registers.
use std::arch::x86_64::*;

use super::lanes::{Kernel, Lanes, TINY};

/// Runs `kernel` on AVX2 vectors.
///
/// # Safety
/// The processor has AVX2 and FMA.
#[target_feature(enable = "avx2,fma")]
pub(super) unsafe fn run_avx2<K: Kernel>(kernel: K) -> K::Output {
    kernel.with::<Avx2>()
}

/// Runs `kernel` on AVX-512 vectors.
///
/// # Safety
/// The processor has AVX-512F, AVX2 and FMA.
#[target_feature(enable = "avx512f,avx2,fma")]
pub(super) unsafe fn run_avx512<K: Kernel>(kernel: K) -> K::Output {
    kernel.with::<Avx512>()
}

/// Eight numbers in a register.
#[derive(Clone, Copy)]
pub(super) struct Avx2(__m256);

/// Sixteen numbers in a register.
#[derive(Clone, Copy)]
pub(super) struct Avx512(__m512);

/// Which lanes a shorter row takes part in: eight numbers from `8 - count` on.
const FIRST: [i32; 16] = [-1, -1, -1, -1, -1, -1, -1, -1, 0, 0, 0, 0, 0, 0, 0, 0];

impl Avx2 {
    #[inline(always)]
    fn mask(count: usize) -> __m256i {
        let from = 8 - count.min(8);
        // SAFETY: `from <= 8`, so eight of the sixteen numbers follow; AVX2 is there, as the trait says.
        unsafe { _mm256_loadu_si256(FIRST.as_ptr().add(from).cast()) }
    }
}

// SAFETY of all blocks below: the processor has AVX2 and FMA where these vectors exist (see the trait); `load` and `store`
// touch at most `len` numbers of their slice, the others beyond it are masked out.
impl Lanes for Avx2 {
    const N: usize = 8;
    const ROWS: usize = 6;

    #[inline(always)]
    fn splat(x: f32) -> Self {
        // SAFETY: as above.
        Self(unsafe { _mm256_set1_ps(x) })
    }

    #[inline(always)]
    unsafe fn read(from: *const f32) -> Self {
        // SAFETY: the caller says that eight numbers can be read.
        Self(unsafe { _mm256_loadu_ps(from) })
    }

    #[inline(always)]
    unsafe fn write(self, to: *mut f32) {
        // SAFETY: the caller says that eight numbers can be written.
        unsafe { _mm256_storeu_ps(to, self.0) }
    }

    #[inline(always)]
    fn load(from: &[f32]) -> Self {
        // SAFETY: as above.
        Self(unsafe {
            if from.len() >= 8 {
                _mm256_loadu_ps(from.as_ptr())
            } else {
                _mm256_maskload_ps(from.as_ptr(), Self::mask(from.len()))
            }
        })
    }

    #[inline(always)]
    fn store(self, to: &mut [f32]) {
        // SAFETY: as above.
        unsafe {
            if to.len() >= 8 {
                _mm256_storeu_ps(to.as_mut_ptr(), self.0);
            } else {
                _mm256_maskstore_ps(to.as_mut_ptr(), Self::mask(to.len()), self.0);
            }
        }
    }

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        // SAFETY: as above.
        Self(unsafe { _mm256_add_ps(self.0, other.0) })
    }

    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        // SAFETY: as above.
        Self(unsafe { _mm256_sub_ps(self.0, other.0) })
    }

    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        // SAFETY: as above.
        Self(unsafe { _mm256_mul_ps(self.0, other.0) })
    }

    #[inline(always)]
    fn div(self, other: Self) -> Self {
        // SAFETY: as above.
        Self(unsafe { _mm256_div_ps(self.0, other.0) })
    }

    #[inline(always)]
    fn fma(self, factor: Self, term: Self) -> Self {
        // SAFETY: as above.
        Self(unsafe { _mm256_fmadd_ps(self.0, factor.0, term.0) })
    }

    #[inline(always)]
    fn max(self, other: Self) -> Self {
        // SAFETY: as above.
        Self(unsafe { _mm256_max_ps(self.0, other.0) })
    }

    #[inline(always)]
    fn min(self, other: Self) -> Self {
        // SAFETY: as above.
        Self(unsafe { _mm256_min_ps(self.0, other.0) })
    }

    #[inline(always)]
    fn round(self) -> Self {
        // SAFETY: as above.
        Self(unsafe {
            _mm256_round_ps::<{ _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC }>(self.0)
        })
    }

    #[inline(always)]
    fn pow2(self) -> Self {
        // SAFETY: as above.
        Self(unsafe {
            let exponent = _mm256_add_epi32(_mm256_cvtps_epi32(self.0), _mm256_set1_epi32(127));
            _mm256_castsi256_ps(_mm256_slli_epi32::<23>(exponent))
        })
    }

    #[inline(always)]
    fn flush(self) -> Self {
        // SAFETY: as above.
        Self(unsafe {
            let size = _mm256_andnot_ps(_mm256_set1_ps(-0.0), self.0);
            let keep = _mm256_cmp_ps::<_CMP_NLT_UQ>(size, _mm256_set1_ps(TINY));
            _mm256_and_ps(self.0, keep)
        })
    }

    #[inline(always)]
    fn where_positive(self, value: Self) -> Self {
        // SAFETY: as above.
        Self(unsafe {
            let keep = _mm256_cmp_ps::<_CMP_NLE_UQ>(self.0, _mm256_setzero_ps());
            _mm256_and_ps(value.0, keep)
        })
    }
}

// SAFETY of all blocks below: the processor has AVX-512F where these vectors exist (see the trait); `load` and `store`
// touch at most `len` numbers of their slice, the others beyond it are masked out.
impl Lanes for Avx512 {
    const N: usize = 16;
    const ROWS: usize = 12;

    #[inline(always)]
    fn splat(x: f32) -> Self {
        // SAFETY: as above.
        Self(unsafe { _mm512_set1_ps(x) })
    }

    #[inline(always)]
    unsafe fn read(from: *const f32) -> Self {
        // SAFETY: the caller says that sixteen numbers can be read.
        Self(unsafe { _mm512_loadu_ps(from) })
    }

    #[inline(always)]
    unsafe fn write(self, to: *mut f32) {
        // SAFETY: the caller says that sixteen numbers can be written.
        unsafe { _mm512_storeu_ps(to, self.0) }
    }

    #[inline(always)]
    fn load(from: &[f32]) -> Self {
        // SAFETY: as above.
        Self(unsafe {
            if from.len() >= 16 {
                _mm512_loadu_ps(from.as_ptr())
            } else {
                _mm512_maskz_loadu_ps((1 << from.len()) - 1, from.as_ptr())
            }
        })
    }

    #[inline(always)]
    fn store(self, to: &mut [f32]) {
        // SAFETY: as above.
        unsafe {
            if to.len() >= 16 {
                _mm512_storeu_ps(to.as_mut_ptr(), self.0);
            } else {
                _mm512_mask_storeu_ps(to.as_mut_ptr(), (1 << to.len()) - 1, self.0);
            }
        }
    }

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        // SAFETY: as above.
        Self(unsafe { _mm512_add_ps(self.0, other.0) })
    }

    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        // SAFETY: as above.
        Self(unsafe { _mm512_sub_ps(self.0, other.0) })
    }

    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        // SAFETY: as above.
        Self(unsafe { _mm512_mul_ps(self.0, other.0) })
    }

    #[inline(always)]
    fn div(self, other: Self) -> Self {
        // An approximate reciprocal (14 bits), one step of Newton, and one correction of the quotient: a third of the time
        // of the division.
        // SAFETY: as above.
        Self(unsafe {
            let near = _mm512_rcp14_ps(other.0);
            let miss = _mm512_fnmadd_ps(other.0, near, _mm512_set1_ps(1.0));
            let near = _mm512_fmadd_ps(near, miss, near);
            let quotient = _mm512_mul_ps(self.0, near);
            let rest = _mm512_fnmadd_ps(other.0, quotient, self.0);
            _mm512_fmadd_ps(rest, near, quotient)
        })
    }

    #[inline(always)]
    fn fma(self, factor: Self, term: Self) -> Self {
        // SAFETY: as above.
        Self(unsafe { _mm512_fmadd_ps(self.0, factor.0, term.0) })
    }

    #[inline(always)]
    fn max(self, other: Self) -> Self {
        // SAFETY: as above.
        Self(unsafe { _mm512_max_ps(self.0, other.0) })
    }

    #[inline(always)]
    fn min(self, other: Self) -> Self {
        // SAFETY: as above.
        Self(unsafe { _mm512_min_ps(self.0, other.0) })
    }

    #[inline(always)]
    fn round(self) -> Self {
        // SAFETY: as above.
        Self(unsafe {
            _mm512_roundscale_ps::<{ _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC }>(self.0)
        })
    }

    #[inline(always)]
    fn pow2(self) -> Self {
        // SAFETY: as above.
        Self(unsafe { _mm512_scalef_ps(_mm512_set1_ps(1.0), self.0) })
    }

    #[inline(always)]
    fn flush(self) -> Self {
        // SAFETY: as above.
        Self(unsafe {
            let keep =
                _mm512_cmp_ps_mask::<_CMP_NLT_UQ>(_mm512_abs_ps(self.0), _mm512_set1_ps(TINY));
            _mm512_maskz_mov_ps(keep, self.0)
        })
    }

    #[inline(always)]
    fn where_positive(self, value: Self) -> Self {
        // SAFETY: as above.
        Self(unsafe {
            let keep = _mm512_cmp_ps_mask::<_CMP_NLE_UQ>(self.0, _mm512_setzero_ps());
            _mm512_maskz_mov_ps(keep, value.0)
        })
    }
}
