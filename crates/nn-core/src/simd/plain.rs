//! Vectors as plain arrays: the form for processors without AVX2, and the twin in tests.

use super::lanes::{Lanes, TINY};

/// Eight numbers.
#[derive(Clone, Copy)]
pub(super) struct Plain([f32; 8]);

impl Plain {
    #[inline(always)]
    fn each(self, f: impl Fn(f32) -> f32) -> Self {
        Self(self.0.map(f))
    }

    #[inline(always)]
    fn both(self, other: Self, f: impl Fn(f32, f32) -> f32) -> Self {
        let mut out = self.0;
        for (x, y) in out.iter_mut().zip(other.0) {
            *x = f(*x, y);
        }
        Self(out)
    }
}

impl Lanes for Plain {
    const N: usize = 8;
    const ROWS: usize = 4;

    #[inline(always)]
    fn splat(x: f32) -> Self {
        Self([x; 8])
    }

    #[inline(always)]
    unsafe fn read(from: *const f32) -> Self {
        // SAFETY: the caller says that eight numbers can be read; an array of f32 has their alignment.
        Self(unsafe { from.cast::<[f32; 8]>().read() })
    }

    #[inline(always)]
    unsafe fn write(self, to: *mut f32) {
        // SAFETY: the caller says that eight numbers can be written; an array of f32 has their alignment.
        unsafe { to.cast::<[f32; 8]>().write(self.0) }
    }

    #[inline(always)]
    fn load(from: &[f32]) -> Self {
        let mut out = [0.0; 8];
        out.iter_mut().zip(from).for_each(|(x, y)| *x = *y);
        Self(out)
    }

    #[inline(always)]
    fn store(self, to: &mut [f32]) {
        to.iter_mut().zip(self.0).for_each(|(x, y)| *x = y);
    }

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        self.both(other, |x, y| x + y)
    }

    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        self.both(other, |x, y| x - y)
    }

    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        self.both(other, |x, y| x * y)
    }

    #[inline(always)]
    fn div(self, other: Self) -> Self {
        self.both(other, |x, y| x / y)
    }

    #[inline(always)]
    fn fma(self, factor: Self, term: Self) -> Self {
        self.mul(factor).add(term)
    }

    #[inline(always)]
    fn max(self, other: Self) -> Self {
        self.both(other, |x, y| if x > y { x } else { y })
    }

    #[inline(always)]
    fn min(self, other: Self) -> Self {
        self.both(other, |x, y| if x < y { x } else { y })
    }

    #[inline(always)]
    fn round(self) -> Self {
        self.each(f32::round_ties_even)
    }

    #[inline(always)]
    fn pow2(self) -> Self {
        self.each(|n| f32::from_bits(((n as i32 + 127) as u32) << 23))
    }

    #[inline(always)]
    fn flush(self) -> Self {
        self.each(|x| if x.abs() < TINY { 0.0 } else { x })
    }

    #[inline(always)]
    fn where_positive(self, value: Self) -> Self {
        self.both(value, |x, y| if x <= 0.0 { 0.0 } else { y })
    }
}
