//! The comparisons with AVX2, chosen at run time. All of them are exact twins of the plain ones.
#![allow(unsafe_code)]

#[cfg(target_arch = "x86_64")]
use std::arch::x86_64::*;

#[cfg(target_arch = "x86_64")]
use super::descriptor::squared_norm;
use super::descriptor::{BitPanel, BytePanel, Keys, LANES, ROWS};
use super::scalar;
use super::search::Search;
use crate::simd::twice;

twice!(byte_keys, byte_keys_avx2 or scalar::byte_keys; (queries: &[[u8; 128]; ROWS], panels: &[BytePanel], out: &mut [Keys]));
twice!(bit_keys, bit_keys_avx2 or scalar::bit_keys; (queries: &[[u64; 4]; ROWS], panels: &[BitPanel], out: &mut [Keys]));

pub(super) fn float_keys<const N: usize>(
    queries: &[[f32; N]; ROWS],
    panels: &[[[f32; LANES]; N]],
    out: &mut [Keys],
) {
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx2") {
        // SAFETY: the processor has AVX2, which is all that the callee asks for.
        return unsafe { float_keys_avx2(queries, panels, out) };
    }
    scalar::float_keys(queries, panels, out);
}

/// [`Search::look`], compiled a second time.
pub(super) fn look(
    search: &mut Search,
    row: usize,
    n_rows: usize,
    first_column: usize,
    keys: &[Keys],
) {
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx2") {
        // SAFETY: the processor has AVX2, which is all that the callee asks for.
        return unsafe { look_avx2(search, row, n_rows, first_column, keys) };
    }
    search.look(row, n_rows, first_column, keys);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn look_avx2(search: &mut Search, row: usize, n_rows: usize, first_column: usize, keys: &[Keys]) {
    search.look(row, n_rows, first_column, keys);
}

/// `|a|^2 + |b|^2 - 2 a·b`, two panels at a time: eight sums hide the latency, and a query once spread serves both.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn byte_keys_avx2(queries: &[[u8; 128]; ROWS], panels: &[BytePanel], out: &mut [Keys]) {
    let norms = queries.map(|query| squared_norm(&query));
    // Two elements in one i32, the first in the low half, as `BytePanel::pairs` has them in memory.
    let spread = queries.map(|query| {
        let pairs = query.as_chunks::<2>().0;
        std::array::from_fn(|p| i32::from(pairs[p][0]) | i32::from(pairs[p][1]) << 16)
    });
    let (panels, last) = panels.as_chunks::<2>();
    let (out, last_out) = out.as_chunks_mut::<2>();
    for (panels, out) in panels.iter().zip(out) {
        byte_block(&spread, &norms, panels, out);
    }
    for (panel, out) in last.iter().zip(last_out) {
        byte_block(
            &spread,
            &norms,
            std::array::from_ref(panel),
            std::array::from_mut(out),
        );
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
#[inline]
fn byte_block<const P: usize>(
    queries: &[[i32; 64]; ROWS],
    norms: &[i32; ROWS],
    panels: &[BytePanel; P],
    out: &mut [Keys; P],
) {
    let mut dots = [[_mm256_setzero_si256(); ROWS]; P];
    for pair in 0..64 {
        for (panel, dots) in panels.iter().zip(&mut dots) {
            let others = load(&panel.pairs[pair]);
            for (query, dot) in queries.iter().zip(dots) {
                let products = _mm256_madd_epi16(_mm256_set1_epi32(query[pair]), others);
                *dot = _mm256_add_epi32(*dot, products);
            }
        }
    }
    for ((panel, dots), out) in panels.iter().zip(dots).zip(out) {
        let panel_norms = load(&panel.norms);
        for ((dot, &norm), keys) in dots.into_iter().zip(norms).zip(out) {
            let norms = _mm256_add_epi32(panel_norms, _mm256_set1_epi32(norm));
            store(keys, _mm256_sub_epi32(norms, _mm256_slli_epi32::<1>(dot)));
        }
    }
}

/// Bits counted by looking up each half byte (Mula, Kurz, Lemire 2018).
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn bit_keys_avx2(queries: &[[u64; 4]; ROWS], panels: &[BitPanel], out: &mut [Keys]) {
    let queries = queries.map(|query| scalar::halves(&query));
    let low = _mm256_set1_epi8(15);
    let table = _mm256_broadcastsi128_si256(_mm_setr_epi8(
        0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4,
    ));
    for (panel, out) in panels.iter().zip(out) {
        // At most 8 words of 8 bits in each byte.
        let mut counts = [_mm256_setzero_si256(); ROWS];
        for (word, others) in panel.iter().enumerate() {
            let others = load(others);
            for (query, count) in queries.iter().zip(&mut counts) {
                let differ = _mm256_xor_si256(_mm256_set1_epi32(query[word] as i32), others);
                let high = _mm256_and_si256(_mm256_srli_epi16::<4>(differ), low);
                let bits = _mm256_add_epi8(
                    _mm256_shuffle_epi8(table, _mm256_and_si256(differ, low)),
                    _mm256_shuffle_epi8(table, high),
                );
                *count = _mm256_add_epi8(*count, bits);
            }
        }
        for (count, keys) in counts.into_iter().zip(out) {
            let pairs = _mm256_maddubs_epi16(count, _mm256_set1_epi8(1));
            store(keys, _mm256_madd_epi16(pairs, _mm256_set1_epi16(1)));
        }
    }
}

/// The plain twin, compiled a second time.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn float_keys_avx2<const N: usize>(
    queries: &[[f32; N]; ROWS],
    panels: &[[[f32; LANES]; N]],
    out: &mut [Keys],
) {
    scalar::float_keys(queries, panels, out);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
#[inline]
fn load<T: Copy>(values: &[T; LANES]) -> __m256i {
    const { assert!(size_of::<T>() == 4) };
    // SAFETY: the array holds 32 bytes, and an unaligned load takes any address.
    unsafe { _mm256_loadu_si256(values.as_ptr().cast()) }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
#[inline]
fn store(out: &mut [i32; LANES], values: __m256i) {
    // SAFETY: the array holds 32 bytes, and an unaligned store takes any address.
    unsafe { _mm256_storeu_si256(out.as_mut_ptr().cast(), values) }
}
