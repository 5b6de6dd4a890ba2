//! The plain twins of the comparisons: what they mean, and what runs on a processor without AVX2.

use super::descriptor::{BitPanel, BytePanel, Keys, LANES, ROWS, squared_norm};

pub(super) fn byte_keys(queries: &[[u8; 128]; ROWS], panels: &[BytePanel], out: &mut [Keys]) {
    let query_norms = queries.map(|query| squared_norm(&query));
    for (panel, out) in panels.iter().zip(out) {
        for ((query, query_norm), keys) in queries.iter().zip(query_norms).zip(out) {
            let mut dots = [0; LANES];
            for (&[a, b], pairs) in query.as_chunks::<2>().0.iter().zip(&panel.pairs) {
                for (dot, [c, d]) in dots.iter_mut().zip(pairs) {
                    *dot += i32::from(a) * i32::from(*c) + i32::from(b) * i32::from(*d);
                }
            }
            *keys = std::array::from_fn(|lane| query_norm + panel.norms[lane] - 2 * dots[lane]);
        }
    }
}

/// The words of a bit descriptor, cut in half, low half first.
pub(super) fn halves(bits: &[u64; 4]) -> [u32; 8] {
    std::array::from_fn(|word| (bits[word / 2] >> (32 * (word % 2))) as u32)
}

pub(super) fn bit_keys(queries: &[[u64; 4]; ROWS], panels: &[BitPanel], out: &mut [Keys]) {
    let queries = queries.map(|query| halves(&query));
    for (panel, out) in panels.iter().zip(out) {
        for (query, keys) in queries.iter().zip(out) {
            *keys = [0; LANES];
            for (word, others) in query.iter().zip(panel) {
                for (key, other) in keys.iter_mut().zip(others) {
                    *key += (word ^ other).count_ones() as i32;
                }
            }
        }
    }
}

/// No fused multiply-add, so that every processor rounds alike.
#[inline(always)]
pub(super) fn float_keys<const N: usize>(
    queries: &[[f32; N]; ROWS],
    panels: &[[[f32; LANES]; N]],
    out: &mut [Keys],
) {
    for (panel, out) in panels.iter().zip(out) {
        let mut sums = [[0.0f32; LANES]; ROWS];
        for (element, others) in panel.iter().enumerate() {
            for (sums, query) in sums.iter_mut().zip(queries) {
                for (sum, other) in sums.iter_mut().zip(others) {
                    let apart = query[element] - other;
                    *sum += apart * apart;
                }
            }
        }
        *out = sums.map(|sums| sums.map(|sum| sum.to_bits() as i32));
    }
}
