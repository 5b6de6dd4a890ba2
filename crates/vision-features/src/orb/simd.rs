//! The inner loops with AVX2, chosen at run time; the same bits as the plain ones, most of which are compiled a second time.
#![allow(unsafe_code)]

#[cfg(target_arch = "x86_64")]
use std::arch::x86_64::*;

use super::levels::Tap;
use super::plain;
use crate::simd::twice;

twice!(fast_scores, fast_scores_avx2 or plain::fast_scores; (rows: &[&[u8]; 7], threshold: u8, from: usize, to: usize, out: &mut [u8]));
twice!(mix_rows, mix_rows_avx2 = plain::mix_rows; (upper: &[u8], lower: &[u8], weight: u16, out: &mut [u16]));
twice!(mix_columns, mix_columns_avx2 = plain::mix_columns; (mixed: &[u16], taps: &[Tap], out: &mut [u8]));
twice!(blur_row, blur_row_avx2 = plain::blur_row; (row: &[u8], weights: &[f32; 4], out: &mut [f32]));
twice!(blur_columns, blur_columns_avx2 = plain::blur_columns; (rows: &[&[f32]; 7], weights: &[f32; 4], out: &mut [u8]));
twice!(turned, turned_avx2 = plain::turned; (points: &[[f32; 512]; 2], cosine: f32, sine: f32, stride: i32, out: &mut [i32; 512]));

/// 32 pixels at a time; the last 32 overlap those before.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn fast_scores_avx2(rows: &[&[u8]; 7], threshold: u8, from: usize, to: usize, out: &mut [u8]) {
    if to < from + 32 {
        return plain::fast_scores(rows, threshold, from, to, out);
    }
    let width = out.len();
    assert!(from >= 3 && to + 3 <= width && rows.iter().all(|row| row.len() == width));
    let mut x = from;
    while x < to {
        let at = x.min(to - 32);
        let scores = scores_of_32(rows, threshold, at);
        // SAFETY: `at + 32 <= to`, which is inside `out`.
        unsafe { _mm256_storeu_si256(out.as_mut_ptr().add(at).cast(), scores) };
        x += 32;
    }
}

/// The scores of the pixels from `x` to `x + 32`, for rows that reach from `x - 3` to `x + 35`.
///
/// The least of nine in a row: for each odd place the least of eight, then of these with the better one of the two
/// neighbours, which covers the arcs that begin at an odd and at an even place.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
#[inline]
fn scores_of_32(rows: &[&[u8]; 7], threshold: u8, x: usize) -> __m256i {
    let at = |index: usize| {
        let (dx, dy) = plain::CIRCLE[index];
        let row = rows[(3 + dy) as usize];
        debug_assert!(x >= 3 && x + 35 <= row.len());
        // SAFETY: the caller checked that the row reaches from `x - 3` to `x + 35`, and dx is within -3..=3.
        unsafe { _mm256_loadu_si256(row.as_ptr().add(x.wrapping_add_signed(dx)).cast()) }
    };
    // SAFETY: as above.
    let centre = unsafe { _mm256_loadu_si256(rows[3].as_ptr().add(x).cast()) };
    let threshold = _mm256_set1_epi8(threshold as i8);
    // Nine in a row hold at least one end of each diameter.
    let ends = |a: usize| {
        let (a, b) = (at(a), at(a + 8));
        let brighter = _mm256_subs_epu8(_mm256_max_epu8(a, b), centre);
        let darker = _mm256_subs_epu8(centre, _mm256_min_epu8(a, b));
        (brighter, darker)
    };
    let (mut brighter, mut darker) = ends(0);
    for diameter in [4, 2, 6] {
        let (more_brighter, more_darker) = ends(diameter);
        brighter = _mm256_min_epu8(brighter, more_brighter);
        darker = _mm256_min_epu8(darker, more_darker);
    }
    let hope = _mm256_subs_epu8(_mm256_max_epu8(brighter, darker), threshold);
    if _mm256_testz_si256(hope, hope) == 1 {
        return _mm256_setzero_si256();
    }
    let most = _mm256_max_epu8(
        arc_of_9(std::array::from_fn(|i| _mm256_subs_epu8(at(i), centre))),
        arc_of_9(std::array::from_fn(|i| _mm256_subs_epu8(centre, at(i)))),
    );
    let none = _mm256_cmpeq_epi8(_mm256_subs_epu8(most, threshold), _mm256_setzero_si256());
    _mm256_andnot_si256(none, _mm256_subs_epu8(most, _mm256_set1_epi8(1)))
}

/// The most that all of some nine in a row reach.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
#[inline]
fn arc_of_9(circle: [__m256i; 16]) -> __m256i {
    let at = |index: usize| circle[index % 16];
    let two: [__m256i; 8] = std::array::from_fn(|i| _mm256_min_epu8(at(2 * i + 1), at(2 * i + 2)));
    let four: [__m256i; 8] = std::array::from_fn(|i| _mm256_min_epu8(two[i], two[(i + 1) % 8]));
    let mut most = _mm256_setzero_si256();
    for i in 0..8 {
        let eight = _mm256_min_epu8(four[i], four[(i + 2) % 8]);
        let ninth = _mm256_max_epu8(at(2 * i), at(2 * i + 9));
        most = _mm256_max_epu8(most, _mm256_min_epu8(eight, ninth));
    }
    most
}
