//! The inner loops compiled a second time for AVX2, chosen at run time. No fused sums, so both forms give the same bits.
#![allow(unsafe_code)]

#[cfg(target_arch = "x86_64")]
use std::arch::x86_64::*;

use super::descriptor::{self, Place, Samples, Sums};
use super::extrema::{self, Extremum};
use super::orientation;
use crate::pyramid::Plane;
use crate::simd::twice;

twice!(scan_strip, scan_strip_avx2 = extrema::scan_strip; (layers: &[Plane], first: usize, threshold: f32) -> Vec<Extremum>);
twice!(histogram, histogram_avx2 = orientation::histogram; (layer: &Plane, x: usize, y: usize, scale: f32) -> [f32; 36]);
twice!(histograms, histograms_avx2 or histograms_plain; (layer: &Plane, place: &Place) -> [[f32; 8]; 36]);

pub(super) fn histograms_plain(layer: &Plane, place: &Place) -> [[f32; 8]; 36] {
    descriptor::histograms(layer, place, Sums::add)
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn histograms_avx2(layer: &Plane, place: &Place) -> [[f32; 8]; 36] {
    descriptor::histograms(layer, place, |sums, samples, n| add_avx2(sums, samples, n))
}

/// [`Sums::add`] with the four open histograms in registers from one cell to the next.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
#[inline]
fn add_avx2(sums: &mut Sums, samples: &Samples, n: usize) {
    let bins = _mm256_setr_ps(0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0);
    let no_sign = _mm256_castsi256_ps(_mm256_set1_epi32(i32::MAX));
    let (zero, one, seven) = (
        _mm256_setzero_ps(),
        _mm256_set1_ps(1.0),
        _mm256_set1_ps(7.0),
    );
    let mut i = 0;
    while i < n {
        sums.turn_to(samples.cells[i]);
        // SAFETY: each of the four holds eight numbers.
        let mut open = sums
            .open
            .each_ref()
            .map(|sums| unsafe { _mm256_loadu_ps(sums.as_ptr()) });
        while i < n && samples.cells[i] == sums.cell {
            let apart = _mm256_and_ps(
                _mm256_sub_ps(_mm256_set1_ps(samples.bins[i]), bins),
                no_sign,
            );
            let near = _mm256_max_ps(_mm256_sub_ps(one, apart), zero);
            let share = _mm256_add_ps(near, _mm256_max_ps(_mm256_sub_ps(apart, seven), zero));
            let [a, b, c, d] = samples.parts(i);
            open[0] = _mm256_add_ps(open[0], _mm256_mul_ps(_mm256_set1_ps(a), share));
            open[1] = _mm256_add_ps(open[1], _mm256_mul_ps(_mm256_set1_ps(b), share));
            open[2] = _mm256_add_ps(open[2], _mm256_mul_ps(_mm256_set1_ps(c), share));
            open[3] = _mm256_add_ps(open[3], _mm256_mul_ps(_mm256_set1_ps(d), share));
            i += 1;
        }
        for (sums, open) in sums.open.iter_mut().zip(open) {
            // SAFETY: each of the four has room for eight numbers.
            unsafe { _mm256_storeu_ps(sums.as_mut_ptr(), open) };
        }
    }
}
