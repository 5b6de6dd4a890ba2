//! The fast twins of `plain`, chosen at run time where the processor has AVX2. They multiply and add in the same order and
//! never at once, so that every bit is the same.
#![allow(unsafe_code)]

#[cfg(target_arch = "x86_64")]
use std::arch::x86_64::*;

use super::plain::{self, LINE, Lobes, Padded};

/// See [`plain::determinants`].
///
/// # Panics
/// Where a corner and the length of `det` reach past the end of `sums`.
pub(super) fn determinants(sums: &[i32], lobes: &Lobes, det: &mut [f32]) {
    let last = lobes.corners.iter().max().copied().unwrap_or(0);
    assert!(
        last + det.len() <= sums.len(),
        "corners outside the picture"
    );
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx2") {
        // SAFETY: the processor has AVX2, and every corner followed by `det.len()` numbers lies in `sums`.
        return unsafe { determinants_avx2(sums, lobes, det) };
    }
    plain::determinants(sums, lobes, det);
}

/// See [`plain::line`].
///
/// # Panics
/// Where `picture` has less than two columns or rows, or not three bytes more than pixels.
pub(super) fn line(picture: &Padded, start: [f32; 2], step: [f32; 2], out: &mut [f32; LINE]) {
    let (width, height) = (picture.width, picture.height);
    assert!(
        width >= 2 && height >= 2 && width <= i32::MAX as usize / height,
        "{width}x{height} pixels to sample"
    );
    assert!(picture.pixels.len() >= width * height + 3, "no padding");
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx2") {
        // SAFETY: the processor has AVX2, and the picture's size and padding were just checked.
        return unsafe { line_avx2(picture, start, step, out) };
    }
    plain::line(picture, start, step, out);
}

/// # Safety
/// Every corner followed by `det.len()` numbers lies in `sums`.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
unsafe fn determinants_avx2(sums: &[i32], lobes: &Lobes, det: &mut [f32]) {
    let (wide, rest) = det.as_chunks_mut::<8>();
    let weights = lobes.weights.map(|weight| _mm256_set1_ps(weight));
    let minus = _mm256_set1_ps(0.81);
    for (block, det) in wide.iter_mut().enumerate() {
        // SAFETY: `8 * block + 8 <= det.len()`, and that many numbers follow the corner.
        let at = |corner: usize| unsafe {
            _mm256_loadu_si256(sums.as_ptr().add(lobes.corners[corner] + 8 * block).cast())
        };
        let weigh =
            |sum: __m256i, weight: usize| _mm256_mul_ps(_mm256_cvtepi32_ps(sum), weights[weight]);
        let three = |first: usize, weight: usize| {
            let side = |k: usize| _mm256_sub_epi32(at(first + 4 + k), at(first + k));
            let sides = [side(0), side(1), side(2), side(3)];
            let box_sum = |k: usize| weigh(_mm256_sub_epi32(sides[k + 1], sides[k]), weight + k);
            _mm256_add_ps(_mm256_add_ps(box_sum(0), box_sum(1)), box_sum(2))
        };
        let one = |first: usize, weight: usize| {
            let top = _mm256_sub_epi32(at(first + 1), at(first));
            let bottom = _mm256_sub_epi32(at(first + 3), at(first + 2));
            weigh(_mm256_sub_epi32(bottom, top), weight)
        };
        let dxy = _mm256_add_ps(_mm256_add_ps(one(16, 6), one(20, 7)), one(24, 8));
        let dxy = _mm256_add_ps(dxy, one(28, 9));
        let mixed = _mm256_mul_ps(_mm256_mul_ps(minus, dxy), dxy);
        let value = _mm256_sub_ps(_mm256_mul_ps(three(0, 0), three(8, 3)), mixed);
        // SAFETY: the chunk holds eight numbers.
        unsafe { _mm256_storeu_ps(det.as_mut_ptr(), value) };
    }
    let done = 8 * wide.len();
    let moved = Lobes {
        corners: lobes.corners.map(|corner| corner + done),
        weights: lobes.weights,
    };
    plain::determinants(sums, &moved, rest);
}

/// # Safety
/// `picture` has at least two columns and rows, fewer than 2^31 pixels, and three bytes more.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
unsafe fn line_avx2(picture: &Padded, start: [f32; 2], step: [f32; 2], out: &mut [f32; LINE]) {
    let sizes = [picture.width, picture.height];
    let zero = _mm256_setzero_ps();
    let width = _mm256_set1_epi32(picture.width as i32);
    let byte = _mm256_set1_epi32(0xFF);
    let eight = _mm256_setr_ps(0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0);
    for (block, out) in out.as_chunks_mut::<8>().0.iter_mut().enumerate() {
        let k = _mm256_add_ps(_mm256_set1_ps(8.0 * block as f32), eight);
        let axis = |axis: usize| {
            let moved = _mm256_mul_ps(k, _mm256_set1_ps(step[axis]));
            let at = _mm256_add_ps(_mm256_set1_ps(start[axis]), moved);
            let last = _mm256_set1_ps((sizes[axis] - 1) as f32);
            let at = _mm256_min_ps(_mm256_max_ps(at, zero), last);
            let before = _mm256_set1_epi32(sizes[axis] as i32 - 2);
            let whole = _mm256_min_epi32(_mm256_cvttps_epi32(at), before);
            (whole, _mm256_sub_ps(at, _mm256_cvtepi32_ps(whole)))
        };
        let ((column, fx), (row, fy)) = (axis(0), axis(1));
        let at = _mm256_add_epi32(_mm256_mullo_epi32(row, width), column);
        let below = _mm256_add_epi32(at, width);
        let pixels = picture.pixels.as_ptr().cast::<i32>();
        // SAFETY: columns are at most `width - 2` and rows `height - 2` (NaN would be 0), so that both offsets lie within the
        // picture, and three bytes follow it.
        let (top, bottom) = unsafe {
            (
                _mm256_i32gather_epi32::<1>(pixels, at),
                _mm256_i32gather_epi32::<1>(pixels, below),
            )
        };
        let between = |four: __m256i| {
            let left = _mm256_cvtepi32_ps(_mm256_and_si256(four, byte));
            let right = _mm256_and_si256(_mm256_srli_epi32::<8>(four), byte);
            let rise = _mm256_sub_ps(_mm256_cvtepi32_ps(right), left);
            _mm256_add_ps(left, _mm256_mul_ps(fx, rise))
        };
        let (top, bottom) = (between(top), between(bottom));
        let value = _mm256_add_ps(top, _mm256_mul_ps(fy, _mm256_sub_ps(bottom, top)));
        // SAFETY: the chunk holds eight numbers.
        unsafe { _mm256_storeu_ps(out.as_mut_ptr(), value) };
    }
}
