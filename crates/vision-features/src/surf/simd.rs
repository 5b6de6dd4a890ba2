//! The fast twins of `plain`, chosen at run time where the processor has AVX2. They multiply and add in the same order and
//! never at once, so that every bit is the same.
#![allow(unsafe_code)]

use std::ops::Range;

#[cfg(target_arch = "x86_64")]
use std::arch::x86_64::*;

use super::pictures::Picture;
use super::plain::{self, Lobes};
use super::{descriptor, orientation};
use crate::simd::twice;

/// See [`plain::determinants`].
///
/// # Panics
/// Where a corner and the length of `det` reach past the end of `sums`.
pub(super) fn determinants(sums: &[i32], lobes: &Lobes, first: usize, det: &mut [f32]) {
    let last = lobes.corners.iter().max().copied().unwrap_or(0);
    assert!(
        first + last + det.len() <= sums.len(),
        "corners outside the picture"
    );
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx2") {
        // SAFETY: the processor has AVX2, and every corner, moved and followed by `det.len()` numbers, lies in `sums`.
        return unsafe { determinants_avx2(sums, lobes, first, det) };
    }
    plain::determinants(sums, lobes, first, det);
}

/// See [`plain::peaks`].
///
/// # Panics
/// Where a neighbour of `columns` lies outside a row.
pub(super) fn peaks(rows: [&[f32]; 9], least: f32, columns: Range<usize>, found: &mut Vec<usize>) {
    if columns.is_empty() {
        return;
    }
    let inside = |row: &&[f32]| columns.end < row.len();
    assert!(
        columns.start > 0 && rows.iter().all(inside),
        "columns without neighbours"
    );
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx2") {
        // SAFETY: the processor has AVX2, and all columns have neighbours in all rows.
        return unsafe { peaks_avx2(rows, least, columns, found) };
    }
    plain::peaks(rows, least, columns, found);
}

/// See [`plain::sample`].
///
/// # Panics
/// Where `picture` has less than two columns or rows, or another number of pixels.
pub(super) fn sample<const W: usize>(
    picture: &Picture,
    centre: [f32; 2],
    step: [f32; 2],
    across: &[f32; W],
    out: &mut [[f32; W]],
) {
    let (width, height) = (picture.width, picture.height);
    assert!(
        width >= 2 && height >= 2 && width <= i32::MAX as usize / height,
        "{width}x{height} pixels to sample"
    );
    assert!(
        picture.pairs.len() >= width * (height - 1),
        "pixels missing"
    );
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx2") && W.is_multiple_of(8) {
        // SAFETY: the processor has AVX2, and the picture's size was just checked.
        return unsafe { sample_avx2(picture, centre, step, across, out) };
    }
    plain::sample(picture, centre, step, across, out);
}

twice!(direction, direction_avx2 = orientation::direction; (cells: &orientation::Cells, disc: &orientation::Disc) -> f32);
twice!(four, four_avx2 = descriptor::four; (patch: &descriptor::Patch, weights: &descriptor::Weights) -> [f32; 64]);
twice!(eight, eight_avx2 = descriptor::eight; (patch: &descriptor::Patch, weights: &descriptor::Weights) -> [f32; 128]);

/// # Safety
/// Every corner `first` further on, followed by `det.len()` numbers, lies in `sums`.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
unsafe fn determinants_avx2(sums: &[i32], lobes: &Lobes, first: usize, det: &mut [f32]) {
    let (wide, rest) = det.as_chunks_mut::<8>();
    let weights = lobes.weights.map(|weight| _mm256_set1_ps(weight));
    let minus = _mm256_set1_ps(0.81);
    for (block, det) in wide.iter_mut().enumerate() {
        // SAFETY: `8 * block + 8 <= det.len()`, and that many numbers follow the corner.
        let at = |k: usize| unsafe {
            let corner = first + lobes.corners[k] + 8 * block;
            _mm256_loadu_si256(sums.as_ptr().add(corner).cast())
        };
        let side = |from: usize, to: usize| _mm256_sub_epi32(at(to), at(from));
        let weigh = |from: __m256i, to: __m256i, weight: usize| {
            _mm256_mul_ps(
                _mm256_cvtepi32_ps(_mm256_sub_epi32(to, from)),
                weights[weight],
            )
        };
        let three = |k: usize, weight: usize| {
            let (a, b) = (side(k, k + 4), side(k + 1, k + 5));
            let (c, d) = (side(k + 2, k + 6), side(k + 3, k + 7));
            let two = _mm256_add_ps(weigh(a, b, weight), weigh(b, c, weight + 1));
            _mm256_add_ps(two, weigh(c, d, weight + 2))
        };
        let one = |k: usize, weight: usize| weigh(side(k, k + 1), side(k + 2, k + 3), weight);
        let dxy = _mm256_add_ps(_mm256_add_ps(one(16, 6), one(20, 7)), one(24, 8));
        let dxy = _mm256_add_ps(dxy, one(28, 9));
        let mixed = _mm256_mul_ps(_mm256_mul_ps(minus, dxy), dxy);
        let value = _mm256_sub_ps(_mm256_mul_ps(three(0, 0), three(8, 3)), mixed);
        // SAFETY: the chunk holds eight numbers.
        unsafe { _mm256_storeu_ps(det.as_mut_ptr(), value) };
    }
    plain::determinants(sums, lobes, first + 8 * wide.len(), rest);
}

/// # Safety
/// The columns before, of and after `columns` lie in every row.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
unsafe fn peaks_avx2(rows: [&[f32]; 9], least: f32, columns: Range<usize>, found: &mut Vec<usize>) {
    let bound = _mm256_set1_ps(least);
    let above = |a: __m256, b: __m256| _mm256_cmp_ps::<_CMP_GT_OQ>(a, b);
    let mut column = columns.start;
    while column + 8 <= columns.end {
        // SAFETY: eight columns from the one before, this or the one after lie in the row.
        let at = |k: usize, shift: usize| unsafe {
            _mm256_loadu_ps(rows[k].as_ptr().add(column + shift - 1))
        };
        let values = at(4, 1);
        let mut peaks = above(values, bound);
        // Most places fail beside their next neighbours.
        for k in [4, 3, 5, 1, 7, 0, 2, 6, 8] {
            if _mm256_movemask_ps(peaks) == 0 {
                break;
            }
            let sides = _mm256_max_ps(at(k, 0), at(k, 2));
            peaks = _mm256_and_ps(peaks, above(values, sides));
            if k != 4 {
                peaks = _mm256_and_ps(peaks, above(values, at(k, 1)));
            }
        }
        let mut bits = _mm256_movemask_ps(peaks);
        while bits != 0 {
            found.push(column + bits.trailing_zeros() as usize);
            bits &= bits - 1;
        }
        column += 8;
    }
    plain::peaks(rows, least, column..columns.end, found);
}

/// # Safety
/// `picture` has at least two columns and rows, fewer than 2^31 pixels, and all pairs of them.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
unsafe fn sample_avx2<const W: usize>(
    picture: &Picture,
    centre: [f32; 2],
    [dx, dy]: [f32; 2],
    across: &[f32; W],
    out: &mut [[f32; W]],
) {
    let sizes = [picture.width, picture.height];
    let pairs = picture.pairs.as_ptr().cast::<i32>();
    let width = _mm256_set1_epi32(picture.width as i32);
    let byte = _mm256_set1_epi32(0xFF);
    let first = (out.len() as f32 - 1.0) / -2.0;
    let place = |middle: f32, moved: __m256, axis: usize| {
        let at = _mm256_add_ps(_mm256_set1_ps(middle), moved);
        let last = _mm256_set1_ps((sizes[axis] - 1) as f32);
        let at = _mm256_min_ps(_mm256_max_ps(at, _mm256_setzero_ps()), last);
        let before = _mm256_set1_epi32(sizes[axis] as i32 - 2);
        let whole = _mm256_min_epi32(_mm256_cvttps_epi32(at), before);
        (whole, _mm256_sub_ps(at, _mm256_cvtepi32_ps(whole)))
    };
    for (block, across) in across.as_chunks::<8>().0.iter().enumerate() {
        // SAFETY: the chunk holds eight numbers.
        let across = unsafe { _mm256_loadu_ps(across.as_ptr()) };
        let along_x = _mm256_mul_ps(across, _mm256_set1_ps(dx));
        let along_y = _mm256_mul_ps(across, _mm256_set1_ps(dy));
        for (row, out) in out.iter_mut().enumerate() {
            let down = first + row as f32;
            let (column, fx) = place(centre[0] - down * dy, along_x, 0);
            let (row, fy) = place(centre[1] + down * dx, along_y, 1);
            let at = _mm256_add_epi32(_mm256_mullo_epi32(row, width), column);
            // SAFETY: columns are at most `width - 2` and rows `height - 2` (NaN would be 0), and the pair one further on is
            // read with each.
            let four = unsafe { _mm256_i32gather_epi32::<2>(pairs, at) };
            let pixel = |four: __m256i| _mm256_cvtepi32_ps(_mm256_and_si256(four, byte));
            let (a, c) = (pixel(four), pixel(_mm256_srli_epi32::<8>(four)));
            let b = pixel(_mm256_srli_epi32::<16>(four));
            let d = _mm256_cvtepi32_ps(_mm256_srli_epi32::<24>(four));
            let between = |a: __m256, b: __m256, f: __m256| {
                _mm256_add_ps(a, _mm256_mul_ps(f, _mm256_sub_ps(b, a)))
            };
            let value = between(between(a, b, fx), between(c, d, fx), fy);
            // SAFETY: `8 * block + 8 <= W`.
            unsafe { _mm256_storeu_ps(out.as_mut_ptr().add(8 * block), value) };
        }
    }
}
