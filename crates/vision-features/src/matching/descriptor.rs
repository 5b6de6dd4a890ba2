//! What can be matched: descriptors of bytes, of bits, and of floating-point numbers.

use guide_core::{Error, Result};

use super::{scalar, simd};

/// Train descriptors that are compared at once, one a lane.
pub(super) const LANES: usize = 8;
/// Query descriptors that are compared at once, so that a train descriptor once read serves several.
pub(super) const ROWS: usize = 4;

/// The keys of `ROWS` queries and `LANES` train descriptors.
pub(super) type Keys = [[i32; LANES]; ROWS];

/// What can be matched by brute force: `[u8; 128]` (SIFT, L2, exact), `[u64; 4]` (ORB, Hamming) and `[f32; N]` (SURF, L2).
///
/// The bits of `[u64; 4]` are those of OpenCV's 32 bytes read as four little-endian words.
///
/// ```
/// use vision_features::nearest;
/// let (mut a, b) = ([0u8; 128], [0u8; 128]);
/// (a[0], a[127]) = (30, 40);
/// assert_eq!(nearest(&[a], &[b], 1)?[0][0].distance, 50.0);
/// assert_eq!(nearest(&[[3.0f32, 4.0]], &[[0.0, 0.0]], 1)?[0][0].distance, 5.0);
/// # Ok::<(), guide_core::Error>(())
/// ```
pub trait Descriptor: Compare {}

impl Descriptor for [u8; 128] {}
impl Descriptor for [u64; 4] {}
impl<const N: usize> Descriptor for [f32; N] {}

/// How a descriptor is compared. Not nameable outside, which seals [`Descriptor`].
///
/// Whatever the distance is, it has a key: an `i32` that is not negative and grows with it. One search then serves all.
pub trait Compare: Copy + Send + Sync + 'static {
    /// `LANES` train descriptors interleaved, so that a register holds the same element of all.
    type Panel: Send + Sync;

    /// Interleaves.
    fn pack(rows: &[Self; LANES]) -> Self::Panel;

    /// The keys of all of `queries` with all of `panels`.
    fn keys(queries: &[Self; ROWS], panels: &[Self::Panel], out: &mut [Keys]);

    /// The distance behind a key.
    fn distance(key: i32) -> f32;

    /// The first element that is not finite.
    fn not_finite(&self) -> Option<(usize, f32)> {
        None
    }
}

/// `LANES` SIFT descriptors: elements in pairs, as the product of pairs of `i16` wants them, and squared norms.
pub struct BytePanel {
    pub(super) pairs: [[[i16; 2]; LANES]; 64],
    pub(super) norms: [i32; LANES],
}

/// `Σ (a_i - b_i)^2` as integers: at most 128 · 255^2 = 8,323,200.
impl Compare for [u8; 128] {
    type Panel = BytePanel;

    fn pack(rows: &[Self; LANES]) -> BytePanel {
        let pair = |pair: usize, lane: usize| {
            let row = &rows[lane];
            [i16::from(row[2 * pair]), i16::from(row[2 * pair + 1])]
        };
        BytePanel {
            pairs: std::array::from_fn(|p| std::array::from_fn(|lane| pair(p, lane))),
            norms: rows.map(|row| squared_norm(&row)),
        }
    }

    fn keys(queries: &[Self; ROWS], panels: &[BytePanel], out: &mut [Keys]) {
        simd::byte_keys(queries, panels, out);
    }

    fn distance(key: i32) -> f32 {
        (key as f32).sqrt()
    }
}

pub(super) fn squared_norm(row: &[u8; 128]) -> i32 {
    row.iter().map(|&v| i32::from(v) * i32::from(v)).sum()
}

/// `LANES` ORB descriptors, by words of 32 bits.
pub(super) type BitPanel = [[u32; LANES]; 8];

/// The number of bits that differ.
impl Compare for [u64; 4] {
    type Panel = BitPanel;

    fn pack(rows: &[Self; LANES]) -> BitPanel {
        let rows = rows.map(|row| scalar::halves(&row));
        std::array::from_fn(|word| std::array::from_fn(|lane| rows[lane][word]))
    }

    fn keys(queries: &[Self; ROWS], panels: &[BitPanel], out: &mut [Keys]) {
        simd::bit_keys(queries, panels, out);
    }

    fn distance(key: i32) -> f32 {
        key as f32
    }
}

/// `Σ (a_i - b_i)^2`, whose bits as an integer are ordered as the numbers are, because it is not negative.
impl<const N: usize> Compare for [f32; N] {
    type Panel = [[f32; LANES]; N];

    fn pack(rows: &[Self; LANES]) -> Self::Panel {
        std::array::from_fn(|element| std::array::from_fn(|lane| rows[lane][element]))
    }

    fn keys(queries: &[Self; ROWS], panels: &[Self::Panel], out: &mut [Keys]) {
        simd::float_keys(queries, panels, out);
    }

    fn distance(key: i32) -> f32 {
        f32::from_bits(key as u32).sqrt()
    }

    fn not_finite(&self) -> Option<(usize, f32)> {
        let index = self.iter().position(|value| !value.is_finite())?;
        Some((index, self[index]))
    }
}

/// Refuses NaN and infinities.
pub(super) fn check_finite<D: Descriptor>(side: &str, descriptors: &[D]) -> Result<()> {
    for (row, descriptor) in descriptors.iter().enumerate() {
        if let Some((index, value)) = descriptor.not_finite() {
            return Err(Error::NotFinite {
                what: format!("{side} descriptor {row}: value"),
                index,
                value: f64::from(value),
            });
        }
    }
    Ok(())
}
