//! What the kernels ask of a vector of `f32`.

/// Below this size, states and gradients become 0: products of denormal numbers are 10 to 40 times slower.
pub(super) const TINY: f32 = 1e-30;

/// A vector of [`Lanes::N`] numbers.
///
/// Vectors of x86 registers exist only inside kernels that [`run`](super::run) started for the instructions they need. No
/// other code makes one, so the methods may be safe.
pub(super) trait Lanes: Copy {
    /// Numbers in a vector.
    const N: usize;
    /// Rows of the largest tile of a product: `2 * ROWS` sums, 2 vectors and 1 number fit into the registers.
    const ROWS: usize;

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

    fn add(self, other: Self) -> Self;
    fn sub(self, other: Self) -> Self;
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
